"""Which cells the suite's own table is made of, and with which seeds each is trained."""

VERTICES = 5

EVERY_CELL = range(3)
"""The seeds that every cell is trained with."""

TOP, TOP_SEEDS = 250, range(3, 10)
"""The cells best by these are trained with these as well."""

BEST, FRESH_SEEDS = 10, range(10, 30)
"""The cells best by all of those are trained with these as well: not for the table, but to see
how far the best is ahead, with seeds that had no part in choosing it."""

PLANNED = len(EVERY_CELL) * 2_532 + len(TOP_SEEDS) * TOP + len(FRESH_SEEDS) * BEST
"""Trainings in all."""
