"""How methods are drawn: a fixed colour and dash for each."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

# After seaborn's `colorblind`, each at least 3:1 on the light page and on the dark one.
COLOURS = ("#0f7fc0", "#7d858d", "#029e73", "#c565b0", "#d55e00", "#8a7bd8", "#a8780a")
DASHES: tuple[tuple[float, ...], ...] = ((), (1.2, 1.4), (5, 2), (7, 2, 1.4, 2))
MORE_DASHES = ((7, 2, 1.4, 2, 1.4, 2), (2.6, 1.4), (11, 2.4))
"""Used when the other styles are taken: harder to tell apart."""

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
    "gbdt-nas",
    "brp-nas",
    "seminas",
    "path-gp",
    "predictor-gcn",
    "weaknas-gcn",
    "weaknas-gp",
    "brp-nas-released",
    "seminas-released",
    "gbdt-nas-released",
    "nsga2",
)


@dataclass(frozen=True)
class Style:
    """How a method is drawn: a colour (#rrggbb), and lengths of dashes and gaps in line widths."""

    colour: str
    dash: tuple[float, ...]


def method_styles(methods: Sequence[str]) -> dict[str, Style]:
    """The style of each method: its own for the project's, by a hash of the name for others.

    With other parameters, `weaknas[batch=5]`, a method has its colour and, if one is free,
    another dash. All are different as long as there are at most 49 methods.
    """
    # 7 colours and 4 dashes have no common divisor: neighbours differ in both, and all 28 occur.
    places = [Style(COLOURS[n % len(COLOURS)], DASHES[n % len(DASHES)]) for n in range(28)]
    more = [Style(colour, dash) for dash in MORE_DASHES for colour in COLOURS]
    styles = {name: places[index] for index, name in enumerate(PLACES) if name in methods}
    for name in sorted(set(methods) - set(PLACES)):
        base = name.partition("[")[0]
        start = int.from_bytes(sha256(base.encode()).digest()[:4], "big") % len(places)
        if base in PLACES:
            start = PLACES.index(base)
        turned = places[start:] + places[:start]
        # The sort is stable: first those in the colour of the name, in their order.
        own = sorted(turned, key=lambda style: style.colour != turned[0].colour)
        free = [style for style in own + more if style not in styles.values()]
        styles[name] = (free or own)[0]
    return styles
