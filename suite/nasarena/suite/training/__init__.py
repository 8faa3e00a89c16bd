"""Training the networks of a search space: where a table's accuracies come from."""
