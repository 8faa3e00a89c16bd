"""What the scripts behind docs/weaknas.md make."""

from types import SimpleNamespace
from typing import Any

import pytest

from simulations import simulation
from weaknas_docs import SCRIPTS


@pytest.fixture(scope="session")
def made() -> Any:
    """What the scripts that make tables and figures define."""
    defined = [vars(simulation(f"weaknas_{name}")) for name in SCRIPTS]
    return SimpleNamespace(**{name: value for one in defined for name, value in one.items()})
