"""Where accuracies come from: one reader a source, one columnar format for all."""
