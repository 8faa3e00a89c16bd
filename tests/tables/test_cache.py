"""The columnar copies of tables."""

import subprocess
import sys


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
