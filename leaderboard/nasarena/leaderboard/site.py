"""The static site: pages that read from files, with their figures and data beside them."""

import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from nasarena.leaderboard.marked_folder import MarkedFolder
from nasarena.leaderboard.pages.assembly import Trends, site_files
from nasarena.leaderboard.pages.rendering import renderer
from nasarena.leaderboard.results_folders import Results, results_folders
from nasarena.suite.errors import UserError
from nasarena.suite.gate.history import read_history
from nasarena.suite.gate.trend import trends_of
from nasarena.suite.statistics.load_run_sets import load_run_sets
from nasarena.suite.statistics.run_set import RunSet

MARKER = "nasarena-site.json"
WRITTEN = re.compile(
    r"data/[a-z0-9-]+\.(csv|json|pdf|svg|tex)|(benchmark|method|trend)/[a-z0-9-]+\.html|[a-z]+\.html"
)
SITE = MarkedFolder("a site of nasarena", MARKER, 2, WRITTEN)


def write_site(
    results: Results,
    out: Path | str,
    base_url: str | None = None,
    headline: str | None = None,
    history: Path | str | None = None,
    repo_url: str | None = None,
    keep_going: bool = False,
    metrics: Sequence[str] = (),
) -> Path:
    """Write the leaderboard of results folders into the folder `out`; returns its index.html.

    `results` is a folder, an `Experiment`, or a list of them. The same records and the same
    version of nasarena give the same bytes. A site written there before is replaced. With
    `base_url`, the address at which the folder will be published, each page states its own
    address. The overview starts with the protocol `headline`, by default with the one with most
    methods x benchmarks. With `history`, a folder that `nasarena history` wrote, each of its
    methods has a page over commits, which are linked where the address of the repository is given
    (`repo_url`). With `keep_going`, the runs of a method on a benchmark that cannot be used are
    left out, with a warning. Benchmarks that have one of `metrics` (such as parameters) show the
    front of accuracy and it.

    Raises UserError for results that cannot be read or mix rules under one name, for a `headline`
    that they do not hold, for a metric that no benchmark has, for an `out` that holds other files
    or cannot be written, for a history that cannot be read, and for a `base_url` or `repo_url` that
    is not an address.
    """
    out = Path(out)
    base_url = "" if base_url is None else _checked("--base-url", base_url, "a site", _SITE) + "/"
    trends = _trends(history, repo_url)
    SITE.check(out)
    pages = renderer(base_url, has_trends=bool(trends.every))
    run_sets = _load(results_folders(results), keep_going)
    SITE.write(site_files(run_sets, pages, headline, trends, metrics), out)
    return out / "index.html"


def _load(folders: list[Path], keep_going: bool) -> list[RunSet]:
    import pyarrow as pa

    run_sets = load_run_sets(folders, keep_going)
    # What Arrow keeps for later reading is as much again as the runs.
    pa.default_memory_pool().release_unused()
    return run_sets


def _trends(history: Path | str | None, repo_url: str | None) -> Trends:
    if history is None:
        if repo_url is not None:
            raise UserError("--repo-url links the commits of a history; give --history as well")
        return Trends()
    url = "" if repo_url is None else _checked("--repo-url", repo_url, "a repository", _REPOSITORY)
    return Trends(trends_of(read_history(Path(history))), url)


_SITE, _REPOSITORY = "https://example.org/leaderboard/", "https://github.com/example/library"


def _checked(option: str, address: str, what: str, example: str) -> str:
    """The address without a slash at its end."""
    try:
        parts = urlsplit(address)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_address = False
    if not is_address or re.search(r"[\s?#\"'<>\\]", address) or not address.isprintable():
        raise UserError(
            f"{option} {address!r} is not the address of {what}; give one that starts with "
            f"http:// or https:// and has no ? and #, as in {example}"
        )
    return address.rstrip("/")
