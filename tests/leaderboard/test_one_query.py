"""A site whose budget is one query or one full training, and what is said of one in words."""

import re
from pathlib import Path
from typing import Any

import pytest

from nasarena.leaderboard.site import write_site
from nasarena.suite import Experiment, run
from page_text import text_of

UNITS = {"weaknas-paper": "query", "multi-fidelity": "full training"}


@pytest.fixture(scope="module", params=UNITS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("one")
    run(
        Experiment(
            methods="random-search,regularized-evolution",
            benchmarks="nasbench101-5/rotated-mnist",
            protocol=request.param,
            budget=1,
            seeds=1,
            workers=1,
            results=folder / "results",
        )
    )
    return write_site([folder / "results"], folder / request.param).parent


def test_no_page_says_one_of_several(site: Path) -> None:
    (page,) = (site / "benchmark").glob("*.html")
    text = text_of(page.read_text(encoding="utf-8"))
    assert f"Budget 1 {UNITS[site.name]}, one seed" in text
    assert f"counted up to 1 {UNITS[site.name]}. " in text
    assert text.count(f"after 1 {UNITS[site.name]}") >= 2  # in the figures' tooltips
    # An axis may end at 1 before its title, "full trainings spent".
    of_several = r"(?<![\d.,])1 (?:queries|full trainings(?! spent)|seeds|runs|methods|benchmarks)"
    for page in site.rglob("*.html"):
        assert re.findall(of_several, text_of(page.read_text(encoding="utf-8"))) == [], page


def test_nor_does_the_compare_page(site: Path, page: Any) -> None:
    page.goto((site / "compare.html").as_uri())
    said = page.locator("[data-part=summary]").inner_text()
    assert f"within 1 {UNITS[site.name]}" in said
    assert f"within 1 {UNITS[site.name]}s" not in said
