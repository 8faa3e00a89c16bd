"""WeakNAS, its predictors, and the project's own contenders."""
