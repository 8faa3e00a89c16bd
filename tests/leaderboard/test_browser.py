"""The pages in a real browser."""

import re
from pathlib import Path
from typing import Any

import pytest

from nasarena.leaderboard.pages.rendering import renderer

HOSTILE = "<img src=x onerror=\"document.title='taken'\">"

Browser = Any
Page = Any


def kinds_of_pages(site: Path) -> list[Path]:
    """One page of each kind: those at the root, and of each folder the largest."""
    folders = ["benchmark", "method"]
    largest = [
        max((site / folder).glob("*.html"), key=lambda path: path.stat().st_size)
        for folder in folders
    ]
    return sorted(site.glob("*.html")) + largest


def benchmark_page(site: Path) -> Path:
    return max((site / "benchmark").glob("*proteins*.html"), key=lambda path: path.stat().st_size)


def table_of(page: Page, column: str) -> Any:
    """The first sortable table with a column of this title."""
    heading = page.get_by_role("columnheader", name=re.compile(column))
    return page.locator("table.sortable").filter(has=heading).first


def column_of(table: Any, place: int) -> list[str]:
    cells = table.locator(f"tbody tr:visible > :nth-child({place})")
    return [cell.strip() for cell in cells.all_inner_texts()]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_pages_open_from_the_disk_and_ask_for_nothing_else(
    browser: Browser, site: Path, width: int, scheme: str, scripts: bool
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, java_script_enabled=scripts
    )
    page, requests, complaints = context.new_page(), [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for path in kinds_of_pages(site):
        requests.clear()
        page.goto(path.as_uri())
        assert requests == [path.as_uri()]
        assert complaints == [], path.name
        assert page.locator("h1").is_visible()
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{path.name} scrolls sideways"
        cut_off = "all => all.filter((one) => one.scrollWidth > one.clientWidth).length"
        assert page.locator("pre").evaluate_all(cut_off) == 0, f"{path.name} cuts commands off"
        background = page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
        red, green, blue = (int(part) for part in background.strip("rgb()").split(",")[:3])
        assert (red + green + blue > 3 * 128) == (scheme == "light")
        controls = page.locator("main :is(button, input, select):visible").count()
        assert scripts or not controls, f"{path.name} shows controls that do nothing"
        assert len(page.locator("main").inner_text()) > 200, f"{path.name} says nothing"
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible(browser: Browser, site: Path, scheme: str) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="needs a browser: no axe-playwright-python"
    ).Axe()
    # In the dark only colours differ.
    rules = {} if scheme == "light" else {"runOnly": ["color-contrast", "link-in-text-block"]}
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    for path in kinds_of_pages(site):
        page.goto(path.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
        found = [
            (violation["id"], [node["target"] for node in violation["nodes"]][:3])
            for violation in axe.run(page, options=rules).response["violations"]
            if violation["impact"] in ("serious", "critical")
        ]
        assert found == [], path.name
    context.close()


def test_a_compare_page_without_scripts_leads_to_the_tables(browser: Browser, site: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / "compare.html").as_uri())
    assert "needs JavaScript" in page.locator("main").inner_text()
    page.locator("main").get_by_role("link", name="overview").click()
    assert page.url == (site / "index.html").as_uri()
    context.close()


def test_headers_sort_their_column_by_mouse_and_keyboard(page: Page, site: Path) -> None:
    page.goto(benchmark_page(site).as_uri())
    table = table_of(page, "samples, mean")
    titles = [title.strip() for title in table.locator("thead th").all_inner_texts()]
    place = 1 + titles.index(next(title for title in titles if "samples" in title))
    first = column_of(table, place)
    numbers = [float(text.split()[0]) for text in first]
    assert len(set(numbers)) > 2, "nothing to sort"
    header = table.locator(f"thead th:nth-child({place})")
    header.get_by_role("button").focus()
    page.keyboard.press("Enter")
    assert header.get_attribute("aria-sort") == "ascending"
    shown = [float(text.split()[0]) for text in column_of(table, place)]
    assert shown == sorted(numbers)
    header.get_by_role("button").click()
    assert header.get_attribute("aria-sort") == "descending"
    shown = [float(text.split()[0]) for text in column_of(table, place)]
    assert shown == sorted(numbers, reverse=True)
    table.locator("thead th").first.get_by_role("button").click()
    assert header.get_attribute("aria-sort") is None
    plain = [name for name in column_of(table, 1) if name != HOSTILE]
    assert plain == sorted(plain)


def test_what_is_unknown_is_sorted_last_either_way(page: Page, site: Path) -> None:
    page.goto((site / "compare.html").as_uri())
    table = page.locator("[data-part=samples] table")
    header = table.locator("thead th").nth(1)
    for _ in range(2):
        header.get_by_role("button").click()
        shown = column_of(table, 2)
        assert shown.count("—") == 1
        assert shown[-1] == "—"


def test_a_filter_leaves_the_rows_with_all_words(page: Page, site: Path) -> None:
    page.goto(benchmark_page(site).as_uri())
    table = page.locator("table.filterable").first
    field, count = page.locator(".filter input").first, page.locator(".filter output").first
    rows = table.locator("tbody tr:visible")
    texts = rows.all_inner_texts()
    wanted = [text for text in texts if "local-search" in text and "population=20" in text]
    assert 0 < len(wanted) < len(texts)
    field.fill("Population=20  LOCAL-search")
    assert rows.all_inner_texts() == wanted
    assert count.inner_text() == f"{len(wanted)} of {len(texts)} rows"
    field.fill("")
    assert rows.all_inner_texts() == texts
    assert page.get_by_label("Filter rows").first.is_visible()


def test_a_curve_is_picked_out_by_mouse_and_keyboard(page: Page, site: Path) -> None:
    page.goto(benchmark_page(site).as_uri())
    figure = page.locator("figure").first
    lit = figure.locator("svg.picked .series.lit")
    assert lit.count() == 0
    figure.locator("svg g.key[data-series=random-search]", has_text="random").hover()
    assert lit.first.get_attribute("data-series") == "random-search"
    assert "random-search" in figure.locator(".hover").inner_text()
    page.mouse.move(0, 0)
    assert lit.count() == 0
    figure.locator("summary").focus()
    page.keyboard.press("Enter")
    button = figure.get_by_role("button", name="local-search")
    button.focus()
    assert lit.first.get_attribute("data-series") == "local-search"
    page.keyboard.press("Space")
    assert button.get_attribute("aria-pressed") == "true"
    figure.get_by_role("button", name="random-search").focus()
    assert lit.first.get_attribute("data-series") == "random-search"
    figure.locator("summary").focus()
    assert lit.first.get_attribute("data-series") == "local-search", "what was pressed stays"


FIGURE = """<!DOCTYPE html><html lang="en"><title>A figure</title><link rel="icon" href="data:,">
<figure style="width: 400px"><svg viewBox="0 0 200 100" data-x="0 200 1 100 log">
<g class="series" data-series="a[x=1,y=2]"><path d="M0 90 100 90 100 10 200 10" style="fill: none"/>
</g><g class="series" data-series="b"><path d="M0 60 200 60" style="fill: none"/></g></svg>
<script type="text/csv" class="figure-data">method,queries,share_found,low,high
"a[x=1,y=2]",0,0,0,0.2
"a[x=1,y=2]",10,0.75,0.51239,0.8
"a[x=1,y=2]",100,0.75,0.51239,0.8
b,1,0.333333,,
b,50,0.5,,
</script></figure><script>%s</script></html>"""


def test_curves_are_read_off_with_their_intervals(page: Page, tmp_path: Path) -> None:
    (tmp_path / "figure.html").write_text(FIGURE % renderer().script, encoding="utf-8")
    page.goto((tmp_path / "figure.html").as_uri())
    page.locator("summary").click()
    slider, rows = page.get_by_role("slider"), page.locator("figure li span")
    assert slider.get_attribute("aria-valuetext") == "50 queries", "where the first curve ends"
    assert rows.all_inner_texts() == ["75 [51.2, 80] %", "50 %"]
    slider.press("End")
    assert rows.all_inner_texts() == ["75 [51.2, 80] %", "— (known up to 50)"]
    slider.press("Home")
    assert slider.get_attribute("aria-valuetext") == "1 query"
    assert rows.all_inner_texts() == ["0 [0, 20] %", "33.3 %"]
    box = page.locator("svg").bounding_box()
    hover = page.locator(".hover")
    for x, y, text in (
        (150, 15, "a[x=1,y=2]: 75 [51.2, 80] % after 31.6 queries"),
        (50, 85, "a[x=1,y=2]: 0 [0, 20] % after 3.16 queries"),
        (150, 50, "b: 33.3 % after 31.6 queries"),
        (50, 5, ""),
    ):
        page.mouse.move(box["x"] + 2 * x, box["y"] + 2 * y)
        assert hover.inner_text() == text
        assert page.locator("svg.picked").count() == bool(text)
