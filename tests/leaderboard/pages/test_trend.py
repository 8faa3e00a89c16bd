"""The pages of methods over commits: what they say, link and draw."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.leaderboard.runs_by_hand import run_set, traces_with

import nasarena.leaderboard.site as module
from histories import ELSEWHERE, commit, drawn, history, outcomes
from nasarena.leaderboard.figures.styles import method_styles
from nasarena.leaderboard.pages.assembly import Trends, site_files
from nasarena.leaderboard.pages.rendering import renderer
from nasarena.leaderboard.pages.trend import trend_page_of, trends_grid
from nasarena.leaderboard.site import WRITTEN, write_site
from nasarena.leaderboard.texts import number
from nasarena.suite.errors import UserError
from nasarena.suite.gate.history import add_entry
from nasarena.suite.gate.trend import Trend, trends_of

HOSTILE = "<img src=x onerror=alert(1)>"
URL = "https://example.org/library"
STEP = 5
"""Where method `m` becomes twice as slow."""


class Page(HTMLParser):
    """The text of a page in one line, its tags, and the rows of its tables."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.rows = "", [[""]]
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.text = " ".join(self.text.split())
        self.rows = [[" ".join(cell.split()) for cell in row] for row in self.rows]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.rows[-1]:
            self.rows[-1][-1] += data

    @property
    def links(self) -> list[str]:
        return [str(attributes["href"]) for tag, attributes in self.tags if tag == "a"]


@pytest.fixture(scope="module")
def trends() -> list[Trend]:
    rng = np.random.default_rng(0)
    moments: list[list[Any]] = []
    for place in range(10):
        if place == 3:
            moments.append(moments[-1])
            continue
        slower = 2.0 if place >= STEP else 1.0
        moments.append(
            [
                outcomes(
                    drawn(rng, slower=slower if method == "m" else 1.0),
                    method,
                    name,
                    environment=ELSEWHERE if place == 7 else '{"cpu": "here"}',
                )
                for method in ("m", HOSTILE)
                for name in ("toy/a", "toy/b")
            ]
        )
    return trends_of(history(moments, {2: f"{HOSTILE}\x1b[31m & more"}))


@pytest.fixture(scope="module")
def files(trends: list[Trend]) -> dict[str, bytes]:
    runs = [run_set(traces_with([9, 12, None, 20]), method="m")]
    return site_files(runs, renderer(has_trends=True), trends=Trends(trends, URL))


def page_of(files: dict[str, bytes], path: str) -> Page:
    return Page(files[path].decode())


def test_a_step_stands_where_it_was_planted_and_nowhere_else(
    trends: list[Trend], files: dict[str, bytes]
) -> None:
    (hostile,) = (path for path in files if path.startswith("trend/") and path != "trend/m.html")
    page, other = page_of(files, "trend/m.html"), page_of(files, hostile)
    sha = commit(STEP).sha[:7]
    assert re.search(
        rf"Its samples changed with {sha} \(worse, 1\.\d+ \[.*?\] times\)\.", page.text
    )
    assert "No step was found in its samples." in other.text
    head, *rows = page.rows[1:]
    column = head.index("step")
    # The newest commit comes first.
    assert [row[0] for row in rows] == [commit(number).sha[:7] for number in reversed(range(10))]
    marked = {row[0]: row[column] for row in rows if row[column]}
    assert list(marked) == [sha]
    assert marked[sha].startswith("worse, 1.")
    dashed = re.findall(r"stroke-dasharray: 4", files["data/m-trend-samples.svg"].decode())
    assert len(dashed) == 1
    assert b"stroke-dasharray: 4" not in files[f"data/{hostile[6:-5]}-trend-samples.svg"]


def test_the_table_says_the_samples_of_each_benchmark(
    trends: list[Trend], files: dict[str, bytes]
) -> None:
    _, trend = trends
    last = page_of(files, "trend/m.html").rows[2]
    for name in ("toy/a", "toy/b"):
        estimate = trend.samples[name][-1]
        assert estimate is not None
        assert any(cell.startswith(f"{number(estimate.value)} [") for cell in last), last


def test_commits_are_linked_where_there_is_an_address(
    trends: list[Trend], files: dict[str, bytes]
) -> None:
    outside = [link for link in page_of(files, "trend/m.html").links if "://" in link]
    assert outside == [f"{URL}/commit/{commit(number).sha}" for number in reversed(range(10))]
    styles = method_styles([trend.method for trend in trends])
    page = trend_page_of(trends[1], styles["m"], has_page=False, repo_url="")
    without = renderer().page(page.path, "trend.html.j2", page=page)
    assert "://" not in "".join(Page(without).links)


def test_every_page_leads_there_and_back(files: dict[str, bytes]) -> None:
    pages = [path for path in files if path.endswith(".html")]
    assert {"trends.html", "trend/m.html", "method/m.html"} <= set(pages)
    for path in pages:
        page = page_of(files, path)
        root = "../" * path.count("/")
        assert f"{root}trends.html" in page.links
        ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
        assert len(ids) == len(set(ids))
        for link in page.links:
            if "://" not in link and not link.startswith("#"):
                assert link.partition("#")[0].replace("../", "") in files, link
    assert "../trend/m.html" in page_of(files, "method/m.html").links
    assert "../method/m.html" in page_of(files, "trend/m.html").links
    listed = page_of(files, "trends.html").links
    assert {link for link in listed if link.startswith("trend/")} == {
        path for path in pages if path.startswith("trend/")
    }
    assert all(WRITTEN.fullmatch(path) for path in files)


def test_names_and_subjects_are_text(files: dict[str, bytes]) -> None:
    for path, content in files.items():
        if not path.endswith(".html"):
            continue
        page = page_of(files, path)
        assert not [tag for tag, _ in page.tags if tag == "img"], path
        assert b"\x1b" not in content
    assert f"{HOSTILE}\ufffd[31m & more" in page_of(files, "trend/m.html").text


def test_what_is_said_of_false_steps_is_the_level_in_use(
    trends: list[Trend], files: dict[str, bytes]
) -> None:
    text = page_of(files, "trend/m.html").text
    assert "if p is at most 1 % divided by the 2 methods of this history" in text
    assert "the chance of a step on any of these 2 pages is at most 1 %" in text
    assert [trend.level for trend in trends] == [0.005, 0.005]
    assert all(step.p <= 0.005 for trend in trends for step in trend.steps)


def test_repeated_code_and_environments_are_said(files: dict[str, bytes]) -> None:
    page = page_of(files, "trend/m.html")
    assert "1 commit of 10 made the same traces as the one before" in page.text
    assert "CPU times of different environments" in page.text
    assert "Environment A: cpu here." in page.text
    assert "Environment B: cpu elsewhere." in page.text
    column = page.rows[1].index("environment")
    assert [row[column] for row in page.rows[2:]] == list("AABAAAAAAA")


def test_one_commit_with_one_seed_and_no_times_has_a_page() -> None:
    (trend,) = trends_of(history([[outcomes([301], seconds=float("nan"))]]))
    page = trend_page_of(trend, method_styles(["m"])["m"], has_page=False, repo_url="")
    text = Page(renderer().page(page.path, "trend.html.j2", page=page)).text
    assert "1 commit (2026-01-01, in UTC), 1 benchmark, one seed: no interval." in text
    assert "No step was found" in text
    assert "CPU time is information" not in text
    assert trends_grid([trend]).rows[0][-1].text == "none"


def test_benchmarks_that_come_and_go_leave_gaps() -> None:
    rng = np.random.default_rng(1)
    names = [["a"], ["a", "b"], ["b"], ["a", "b"]]
    moments = [[outcomes(drawn(rng), benchmark=name) for name in some] for some in names]
    (trend,) = trends_of(history(moments))
    assert [one is not None for one in trend.mean_samples] == [False, True, False, True]
    page = trend_page_of(trend, method_styles(["m"])["m"], has_page=False, repo_url="")
    (both, each) = page.sections[0].pictures
    assert both.drawing.data.splitlines()[1].split(",")[2] == ""
    assert len(each.drawing.data.splitlines()) == 1 + 6


def test_the_site_reads_a_history_and_checks_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def site_files_of(*given: Any) -> dict[str, bytes]:
        asked.append(given)
        return {"index.html": b""}

    monkeypatch.setattr(module, "_load", lambda folders, keep_going: [])
    monkeypatch.setattr(module, "site_files", site_files_of)
    for entry in history([[outcomes([5, 6])], [outcomes([7, 8])]]):
        add_entry(tmp_path / "h", entry)
    write_site("r", tmp_path / "out", history=tmp_path / "h", repo_url=f"{URL}/")
    trends = asked[-1][-2]
    assert (trends.methods, trends.repo_url) == ({"m"}, URL)
    write_site("r", tmp_path / "out")
    assert asked[-1][-2] == Trends()
    for address in ("javascript:alert(1)", "https://", "example.org", 'https://x/"'):
        with pytest.raises(UserError, match="is not the address of a repository; give one that"):
            write_site("r", tmp_path / "out", history=tmp_path / "h", repo_url=address)
    with pytest.raises(UserError, match="--repo-url links the commits of a history"):
        write_site("r", tmp_path / "out", repo_url=URL)


def test_without_a_history_nothing_is_said_of_one(files: dict[str, bytes]) -> None:
    runs = [run_set(traces_with([9, 12, None, 20]), method="m")]
    without = site_files(runs, renderer())
    added = files.keys() - without.keys()
    assert all(re.match(r"trend|data/(trends|.*-trend)", path) for path in added)
    assert not without.keys() - files.keys()
    assert not [path for path, content in without.items() if b"trends.html" in content]


def test_two_builds_are_the_same_bytes(trends: list[Trend]) -> None:
    styles = method_styles(["m"])
    one, two = (trend_page_of(trends[1], styles["m"], True, URL) for _ in range(2))
    assert one == two
