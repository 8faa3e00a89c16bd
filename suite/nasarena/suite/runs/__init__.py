"""From an experiment to stored runs: planned, executed on processes, judged."""
