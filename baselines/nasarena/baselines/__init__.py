"""The baselines that the methods are compared with."""
