"""What can be searched: the class, the registry, and one file for each family of benchmarks."""
