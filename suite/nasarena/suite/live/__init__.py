"""Live benchmarks: architectures are trained when they are charged, not looked up."""
