"""BRP-NAS: a predictor of which of two architectures is better, and a search with it."""
