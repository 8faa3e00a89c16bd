"""What the tests with a browser look at: one site, small, and Debian's chromium where it is."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nasarena.leaderboard.site import write_site
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.records.run_record import CellIdentity, Execution, RunRecord
from nasarena.suite.records.store import cell_folder, open_results
from nasarena.suite.records.stored_runs import StoredRuns
from nasarena.suite.runs.experiment import Experiment, run

CIFAR10, PROTEINS = "nasbench201/cifar10", "nasbenchgraph/proteins"
EVOLUTION = "regularized-evolution[population=%d,tournament=5]"
HOSTILE = "<img src=x onerror=\"document.title='taken'\">"


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A browser; tests that need one are skipped where there is none."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("needs a browser: install chromium")
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs a browser: no playwright")
    with sync_api.sync_playwright() as playwright:
        # Without a graphics card, Chromium can wait for its GPU process for ever.
        arguments = ["--no-sandbox", "--disable-gpu"]
        launched = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page that must not complain."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(15_000)
    page, complaints = context.new_page(), []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


@pytest.fixture(scope="session")
def browsed_results(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Methods with two budgets on two benchmarks, one with tests; two of them under other rules.

    The last has a name that would take over a page, and never finds anything.
    """
    folder = tmp_path_factory.mktemp("browsed") / "results"
    some = ["random-search", "local-search", EVOLUTION % 20, EVOLUTION % 30]
    for methods, protocol, budget in (
        (some, "weaknas-paper", 60),
        ([EVOLUTION % 10], "weaknas-paper", 90),
        (some[:2], "one-run", 60),
    ):
        run(
            Experiment(
                methods=methods,
                benchmarks=[CIFAR10, PROTEINS],
                seeds=9,
                protocol=protocol,
                budget=budget,
                results=folder,
                workers=1,
            )
        )
    _store_failures(folder)
    return folder


def _store_failures(results: Path) -> None:
    """Write three runs of a method that never find the optimum, as the runner would."""
    table = load_benchmark(PROTEINS).table
    identity = CellIdentity(
        method=HOSTILE,
        method_version="1",
        benchmark=PROTEINS,
        table_sha256=table.sha256,
        protocol="weaknas-paper[budget=60]",
        protocol_version=1,
        budget=60,
        labels="mean",
        duplicates="by_id",
        stop="optimum",
        patience=1200,
    )
    folder = cell_folder(open_results(results), identity.protocol, PROTEINS, HOSTILE)
    runs = StoredRuns(folder, identity)
    others = [id for id in range(100) if id not in table.optimum][:60]
    for seed in range(3):
        record = RunRecord(seed, others, list(range(60)), [], [], "budget")
        runs.add(record, Execution(seed, 0.0, 0.0, "", "{}"))
    runs.write()


@pytest.fixture(scope="session")
def site(browsed_results: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the site of these results."""
    return write_site([browsed_results], tmp_path_factory.mktemp("browsed") / "site").parent
