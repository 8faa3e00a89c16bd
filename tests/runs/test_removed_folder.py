"""Results folders that are removed while they are written into."""

from pathlib import Path

import pytest

from nasarena.suite.errors import UserError
from nasarena.suite.records.store import RUNS, open_results
from nasarena.suite.runs.removed_folder import check_not_removed


def test_what_was_removed_is_named(tmp_path: Path) -> None:
    results = open_results(tmp_path / "results", create=True)
    cell = results / "protocol" / "method"
    check_not_removed(results)
    with pytest.raises(UserError, match=f"{cell / RUNS} was removed or moved"):
        check_not_removed(results, [cell])
    results.rename(tmp_path / "elsewhere")
    with pytest.raises(UserError, match=f"{results} was removed or moved"):
        check_not_removed(results)
