"""A site whose methods have more pairs than a page can show."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from nasarena.leaderboard.pages import benchmark, compare_data
from nasarena.leaderboard.site import write_site
from nasarena.suite import Experiment, run

METHODS = ["random-search", *(f"regularized-evolution[population={n}]" for n in range(10, 15))]
PAIRS = 15


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of six methods, where pages show at most 14 pairs."""
    folder = tmp_path_factory.mktemp("many")
    common = {"benchmarks": "nasbenchgraph/proteins", "seeds": 2, "budget": 30, "workers": 1}
    run(Experiment(methods=METHODS, results=folder / "results", **common))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(benchmark, "SHOWN_PAIRS", 3)
        for module in (benchmark, compare_data):
            patch.setattr(module, "MOST_PAIRS", PAIRS - 1)
        return write_site([folder / "results"], folder / "site").parent


def test_all_pairs_are_in_the_file_that_the_page_names(site: Path) -> None:
    (page,) = (site / "benchmark").glob("*.html")
    text = page.read_text(encoding="utf-8")
    said = re.search(r"All ([0-9,]+) pairs are in the file (\S+) of this site\.", text)
    assert said, "the page does not say where the pairs are"
    assert int(said[1]) == PAIRS
    assert len((site / said[2]).read_text(encoding="utf-8").splitlines()) == 1 + PAIRS
    assert f"All {PAIRS} pairs<" not in text, "they are on the page, too"


def test_the_compare_page_says_that_it_tests_nothing(site: Path, page: Any) -> None:
    text = (site / "compare.html").read_text(encoding="utf-8")
    (data,) = re.findall(r'id="compare-data">(.*?)</script>', text, re.S)
    ((one,),) = (comparison["benchmarks"] for comparison in json.loads(data)["comparisons"])
    assert one["tests"] == []
    page.goto((site / "compare.html").as_uri() + "#g=within-0-5")
    summary = page.locator("[data-part=summary]").inner_text()
    assert "no tests of benchmarks with more than 100 methods" in summary
    (row,) = page.locator("[data-part=differences] tbody tr").all_inner_texts()
    assert "not tested on this page" in row or "neither" in row
