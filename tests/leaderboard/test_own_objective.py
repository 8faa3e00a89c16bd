"""The pages of a benchmark whose objective is another than accuracy: a loss to be minimised."""

import json
import re
from itertools import product

import pytest

from nasarena.leaderboard.site import write_site
from nasarena.suite import Experiment, run
from nasarena.suite.checks.verdicts import MARKS
from nasarena.suite.cli import run_command
from page_text import text_of

LOSS = "mine/small-loss"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The visible text of every page, by its path; all runs of one method find the optimum."""
    folder = tmp_path_factory.mktemp("loss")
    lines = ["depth,width,act,val_loss,test_loss"]
    for row, (depth, width, act) in enumerate(product(range(5), range(5), "xyz")):
        loss = (250 + 10 * (depth - 1) ** 2 + width + row * 7 % 11 / 16) / 1e5
        lines.append(f"{depth},{width},{act},{loss},{2 * loss}")
    (folder / "loss.csv").write_text("\n".join(lines))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NASARENA_DATA", str(folder / "data"))
        patch.setenv("NASARENA_CACHE", str(folder / "cache"))
        named = ["--space", "choices", "--name", LOSS, "--minimize", "--unit", "nats"]
        assert run_command(["import", "table", str(folder / "loss.csv"), *named]) == 0
        for protocol in ("weaknas-paper", "one-run"):
            run(
                Experiment(
                    methods=["local-search", "random-search", "weaknas-lite"],
                    benchmarks=[LOSS],
                    seeds=6,
                    protocol=protocol,
                    budget=75,
                    results=folder / "results",
                    workers=1,
                )
            )
        site = write_site(folder / "results", folder / "site").parent
        return {
            str(path.relative_to(site)): path.read_text(encoding="utf-8")
            for path in site.rglob("*.html")
        }


def test_runs_that_all_agree_have_their_number_on_the_compare_page(pages: dict[str, str]) -> None:
    (data,) = re.findall(r'id="compare-data">(.*?)</script>', pages["compare.html"])
    (benchmark,) = json.loads(data)["comparisons"][0]["benchmarks"]
    assert benchmark["gap"] == "nats"
    agreeing = [answer for cell in benchmark["cells"] for answer in cell["answers"]]
    assert [0.0, 6, None] in [answer[2:5] for answer in agreeing]


def test_small_values_keep_four_significant_digits(pages: dict[str, str]) -> None:
    shown = text_of(pages["benchmark/one-run--mine--small-loss.html"])
    assert "best val_loss 0.002501 nats average of all architectures" in shown
    # The tests are twice the losses: neither is written as 0.01.
    assert re.search(
        r"average of all architectures 0\.002\d+ nats validation, 0\.005\d+ nats", shown
    )
    after = shown[shown.index("After 50 queries") : shown.rindex("Pair by pair")]
    assert "0.00 " not in after
    assert "0.01 " not in after
    # Only one of the methods recommends anything.
    assert "A dash: the method's runs do not have this value." in after


def test_the_words_are_defined_for_any_objective(pages: dict[str, str]) -> None:
    shown = text_of(pages["rules.html"])
    value, query, others = re.split(
        r" (?=query Asking)| (?=optimum The)", shown[shown.index("value") :]
    )
    assert "accuracy in percent, or the objective that the benchmark's page names" in value
    assert query.startswith("query Asking for the validation value of one architecture.")
    # Below its definition "value" stands for either; only the unit of regret names accuracy again.
    assert re.findall(r"[^ ]+ [^ ]+ accurac[^ ]*", others) == ["(percent) of accuracy,"]
    assert "by averaged validation value; 1 is the best" in others
    assert "The lowest mean val_loss" not in others


def test_every_mark_of_an_audit_is_defined(pages: dict[str, str]) -> None:
    shown = text_of(pages["rules.html"])
    definition = shown[shown.index("audit What") :].partition("tuned here")[0]
    for mark in MARKS:
        assert f"{mark.capitalize()}: " in definition


def test_pages_do_not_speak_of_accuracy(pages: dict[str, str]) -> None:
    for path in ("benchmark/one-run--mine--small-loss.html", "index.html"):
        assert "accurac" not in text_of(pages[path]), path
        assert " points" not in text_of(pages[path]), path
