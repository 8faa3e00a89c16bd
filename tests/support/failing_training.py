"""A training that fails, where other processes find it."""

import time

from nasarena.suite.live.measurement import Measurement


def four_fails(id: int) -> Measurement:
    """Trains any architecture but the fourth, for a twentieth of a second."""
    time.sleep(0.05)
    if id == 4:
        raise RuntimeError("no such network")
    return Measurement(50.0 + id / 10, 40.0, 0.5, 1.0, 100)
