"""From run records to numbers with intervals."""
