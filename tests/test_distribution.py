"""What an installation puts into site-packages."""

import json
from importlib.metadata import distribution

import pytest


@pytest.fixture(scope="module")
def top_level() -> set[str]:
    installed = distribution("nasarena")
    origin = json.loads(installed.read_text("direct_url.json") or "{}")
    if origin.get("dir_info", {}).get("editable"):
        pytest.skip("an editable installation copies nothing; tox installs the wheel")
    assert installed.files is not None
    return {path.parts[0] for path in installed.files if path.parts[0] != ".."}


def test_the_wheel_holds_nasarena_alone(top_level: set[str]) -> None:
    assert {name for name in top_level if not name.endswith(".dist-info")} == {"nasarena"}


def test_data_files_come_with_it(top_level: set[str]) -> None:
    files = {str(path) for path in distribution("nasarena").files or ()}
    for name in (
        "nasarena/leaderboard/templates/base.html.j2",
        "nasarena/suite/protocols/weaknas-paper.toml",
        "nasarena/suite/statistics/published.toml",
        "nasarena/suite/tables/trained/nasbench101-5-rotated-mnist.parquet",
        "nasarena/suite/tables/trained/nasbench101-5-rotated-mnist-scores.arrow",
        *(f"nasarena/{root}/py.typed" for root in ("suite", "methods", "baselines", "leaderboard")),
    ):
        assert name in files
    # No __init__.py at this level: another distribution can add to the namespace (PEP 420).
    assert "nasarena/__init__.py" not in files
