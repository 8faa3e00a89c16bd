"""The predictors that methods are built around."""
