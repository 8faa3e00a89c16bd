"""Work on other processes: each computes on one thread, and serves one group of tasks."""
