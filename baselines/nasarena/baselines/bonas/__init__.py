"""BONAS: Bayesian optimisation on the embedding of a graph network."""
