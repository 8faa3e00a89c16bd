"""The scripts of docs/simulations, as modules."""

import importlib
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "docs" / "simulations"


def simulation(name: str) -> Any:
    """What the script `docs/simulations/<name>.py` defines; scripts may import each other."""
    if str(FOLDER) not in sys.path:
        sys.path.append(str(FOLDER))  # at the end: no script hides an installed package
    module = importlib.import_module(name)
    assert module.__file__ == str(FOLDER / f"{name}.py")
    return module
