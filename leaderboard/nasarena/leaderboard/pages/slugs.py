"""Names of pages, files and anchors, from any names."""

import re
from hashlib import sha256

_PLAIN = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(/[a-z0-9]+(-[a-z0-9]+)*)*")


def slug(*names: str) -> str:
    """A name of small letters, digits and dashes; different names give different ones.

    Names that look so already stay, with `--` for `/` and between them; others get a digest, and
    so do those that could be taken for one with a digest.
    """
    name = "/".join(names)
    if _PLAIN.fullmatch(name) and len(name) <= 100 and not re.search(r"-[0-9a-f]{8}$", name):
        return name.replace("/", "--")
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower())[:80].strip("-")
    return f"{plain}-{sha256(name.encode()).hexdigest()[:8]}".lstrip("-")


def benchmark_page(comparison: str, benchmark: str) -> str:
    """Where the page of a benchmark under a comparison lies, from the site's root."""
    return f"benchmark/{slug(comparison, benchmark)}.html"


def trend_page(method: str) -> str:
    """Where the page of a method over commits lies, from the site's root."""
    return f"trend/{slug(method)}.html"


def method_page(method: str) -> str:
    """Where the page of a method lies, from the site's root."""
    return f"method/{slug(method)}.html"


def every_pair_file(comparison: str) -> str:
    """Where the differences of all pairs of a comparison's methods lie, from the site's root."""
    return f"data/{slug(comparison)}-every-pair.csv"
