"""The columnar copies of tables."""

import subprocess
import sys
from pathlib import Path

import numpy as np

from nasarena.suite.tables.arrow_columns import write_columns


def test_opening_a_table_does_not_load_pandas() -> None:
    """Half a second, which each worker process would spend on it."""
    program = (
        "import sys\n"
        "from nasarena.suite.benchmarks.registry import load_benchmark\n"
        "assert load_benchmark('nasbenchgraph/proteins').table.mean_validation.max() > 70\n"
        "print(*{'pandas'} & set(sys.modules))\n"
    )
    load = [sys.executable, "-c", program]
    subprocess.run(load, check=True)  # the copy is there now
    assert subprocess.run(load, capture_output=True, text=True, check=True).stdout.strip() == ""


def test_columns_are_mapped_read_only_and_without_pandas(tmp_path: Path) -> None:
    path = tmp_path / "new" / "columns.arrow"
    write_columns(path, {"a": np.array([1.5, np.nan]), "b": np.array([2, 3])}, {"said": "so"})
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from nasarena.suite.tables.arrow_columns import map_columns\n"
        "arrays, metadata = map_columns(Path(sys.argv[1]))\n"
        "print({name: (str(one.dtype), one.tolist()) for name, one in arrays.items()}, metadata)\n"
        "print({one.flags.writeable for one in arrays.values()}, 'pandas' in sys.modules)\n"
    )
    command = [sys.executable, "-c", program, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "{'a': ('float64', [1.5, nan]), 'b': ('int64', [2, 3])} {'said': 'so'}",
        "{False} False",
    ]
