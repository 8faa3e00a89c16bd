"""Quality and speed of searches in a library's own tests: fixtures for pytest."""
