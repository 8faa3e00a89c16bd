"""How methods are drawn: a fixed colour and dash for each."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

# After seaborn's `colorblind`, each at least 3:1 on the light page and on the dark one.
COLOURS = ("#0f7fc0", "#7d858d", "#029e73", "#c565b0", "#d55e00", "#8a7bd8", "#a8780a")
DASHES: tuple[tuple[float, ...], ...] = ((), (1.2, 1.4), (5, 2), (7, 2, 1.4, 2))

# A method keeps its place for ever; new ones are added at the end.
PLACES = (
    "weaknas",
    "random-search",
    "regularized-evolution",
    "local-search",
    "weaknas-lite",
    "weaknas-ei",
    "regularized-evolution-paper",
    "weaknas-forest",
    "weaknas-gbrt",
    "path-gp",
    "brp-nas",
    "seminas",
    "gbdt-nas",
    "predictor-gcn",
    "weaknas-gcn",
    "weaknas-gp",
    "brp-nas-released",
    "seminas-released",
    "gbdt-nas-released",
)


@dataclass(frozen=True)
class Style:
    """How a method is drawn: a colour (#rrggbb), and lengths of dashes and gaps in line widths."""

    colour: str
    dash: tuple[float, ...]


def method_styles(methods: Sequence[str]) -> dict[str, Style]:
    """The style of each method: its own for the project's, by a hash of the name for others.

    All are different as long as there are at most 28 methods.
    """
    # 7 colours and 4 dashes have no common divisor: neighbours differ in both, and all 28 occur.
    places = [Style(COLOURS[n % len(COLOURS)], DASHES[n % len(DASHES)]) for n in range(28)]
    styles = {name: places[index] for index, name in enumerate(PLACES) if name in methods}
    for name in sorted(set(methods) - set(PLACES)):
        start = int.from_bytes(sha256(name.encode()).digest()[:4], "big") % len(places)
        turned = places[start:] + places[:start]
        free = [style for style in turned if style not in styles.values()]
        styles[name] = (free or turned)[0]
    return styles
