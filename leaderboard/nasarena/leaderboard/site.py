"""The static site: pages that read from files, with their figures and data beside them."""

import re
from pathlib import Path
from urllib.parse import urlsplit

from nasarena.leaderboard.marked_folder import MarkedFolder
from nasarena.leaderboard.pages.assembly import site_files
from nasarena.leaderboard.pages.rendering import renderer
from nasarena.leaderboard.results_folders import Results, results_folders
from nasarena.suite.errors import UserError
from nasarena.suite.statistics.run_set import RunSet, load_run_sets

MARKER = "nasarena-site.json"
WRITTEN = re.compile(
    r"data/[a-z0-9-]+\.(csv|json|pdf|svg|tex)|(benchmark|method)/[a-z0-9-]+\.html|[a-z]+\.html"
)
SITE = MarkedFolder("a site of nasarena", MARKER, 2, WRITTEN)


def write_site(
    results: Results,
    out: Path | str,
    base_url: str | None = None,
    headline: str | None = None,
) -> Path:
    """Write the leaderboard of results folders into the folder `out`; returns its index.html.

    `results` is a folder, an `Experiment`, or a list of them. The same records and the same
    version of nasarena give the same bytes. A site written there before is replaced. With
    `base_url`, the address at which the folder will be published, each page states its own
    address. The overview starts with the protocol `headline`, by default with the one with most
    methods x benchmarks. Raises UserError for results that cannot be read or mix rules under one
    name, for a `headline` that they do not hold, for an `out` that holds other files or cannot be
    written, and for a `base_url` that is not an address.
    """
    out = Path(out)
    base_url = "" if base_url is None else _checked(base_url)
    SITE.check(out)
    SITE.write(site_files(_load(results_folders(results)), renderer(base_url), headline), out)
    return out / "index.html"


def _load(folders: list[Path]) -> list[RunSet]:
    import pyarrow as pa

    run_sets = load_run_sets(folders)
    # What Arrow keeps for later reading is as much again as the runs.
    pa.default_memory_pool().release_unused()
    return run_sets


def _checked(base_url: str) -> str:
    """The address with a slash at its end."""
    try:
        parts = urlsplit(base_url)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_address = False
    if not is_address or re.search(r"[\s?#\"'<>\\]", base_url) or not base_url.isprintable():
        raise UserError(
            f"--base-url {base_url!r} is not the address of a site; give one that starts with "
            "http:// or https:// and has no ? and #, as in https://example.org/leaderboard/"
        )
    return base_url.rstrip("/") + "/"
