"""NAS-BOWL: a Gaussian process with a kernel on graphs, and expected improvement."""
