"""A site of runs whose budget is in full trainings: no sentence counts queries in their place."""

import re
from pathlib import Path
from typing import Any

import pytest

from nasarena.leaderboard.site import write_site
from nasarena.suite import Experiment, run
from page_text import text_of


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("several")
    run(
        Experiment(
            methods="random-search,asha",
            benchmarks="nasbench101-5/rotated-mnist",
            protocol="multi-fidelity",
            budget=60,
            seeds=2,
            workers=1,
            results=folder / "results",
        )
    )
    return write_site([folder / "results"], folder / "site", metrics=["parameters"]).parent


def test_a_benchmarks_page_counts_full_trainings(site: Path) -> None:
    (page,) = (site / "benchmark").glob("*.html")
    text = text_of(page.read_text(encoding="utf-8"))
    assert "hypervolume" in text.lower()
    assert text.count("full trainings spent") >= 4
    counting = re.findall(r"[^.]*\b(?:\d[\d,]* queries|charged queries|many queries)[^.]*", text)
    assert counting == []


def test_the_rules_charge_each_length_once(site: Path) -> None:
    text = text_of((site / "rules.html").read_text(encoding="utf-8"))
    assert "Every length of training of an architecture is charged once" in text
    assert "Every architecture is charged once" not in text


def test_the_compare_page_counts_full_trainings(site: Path, page: Any) -> None:
    page.goto((site / "compare.html").as_uri() + "#g=within-0-5")
    assert "within 60 full trainings" in page.locator("[data-part=summary]").inner_text()
    caption = page.locator("[data-part=samples] caption").inner_text()
    assert caption.startswith("Mean full trainings spent to the goal")
    main = page.locator("main").inner_text()
    assert "Budget of full trainings" in main
    assert "Best architecture after N full trainings" in main
    assert "queries" not in main
