"""The page in a real browser: Debian's chromium, where there is one."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from leaderboard.site import write_site
from suite.experiment import Experiment, run

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs a browser: install chromium")


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("browser")
    experiment = Experiment(
        methods="random-search,local-search,regularized-evolution[population=20,tournament=5]",
        benchmarks="nasbench201/cifar10,nasbenchgraph/proteins",
        seeds=5,
        budget=60,
        results=folder / "results",
    )
    run(experiment)
    return write_site([experiment.results], folder / "site")


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs a browser: no playwright")
    with sync_api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_opens_from_the_disk_and_asks_for_nothing_else(
    browser: object, page_file: Path, width: int, scheme: str, scripts: bool
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, java_script_enabled=scripts
    )
    page = context.new_page()
    requests, complaints = [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(page_file.as_uri())
    assert requests == [page_file.as_uri()]
    assert complaints == []
    assert page.locator("svg[role=img], figure svg").count() >= 4
    assert page.locator("th[scope=col]").count() > 0
    assert page.get_by_text("local-search").first.is_visible()
    widths = page.locator("body").bounding_box()
    assert widths["width"] <= width, "the page scrolls sideways"
    background = page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
    red, green, blue = (int(part) for part in background.strip("rgb()").split(",")[:3])
    assert (red + green + blue > 3 * 128) == (scheme == "light")
    context.close()
