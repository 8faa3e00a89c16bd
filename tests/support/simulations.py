"""The scripts of docs/simulations, as modules."""

import importlib.util
import sys
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "docs" / "simulations"


@cache
def simulation(name: str) -> Any:
    """What the script `docs/simulations/<name>.py` defines; it is loaded once."""
    spec = importlib.util.spec_from_file_location(f"simulation_{name}", FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module
