"""`nasarena methods`: what can be run."""

from typing import Any

from nasarena.suite.commands.options import Json
from nasarena.suite.commands.output import console, print_json, warn


def methods(json: Json = False) -> None:
    """List the methods: parameters, and what they were tuned on.

    To change parameters, write them in brackets after the name: weaknas-lite[top_n=30]. To run a
    method of your own, give path/to/file.py:ClassName, or package.module:ClassName if it is
    installed, or register it in the entry-point group nasarena.methods.

    \b
    Examples:
      nasarena methods
      nasarena run --methods "weaknas-lite[top_n=30,batch=5]" \\
          --benchmarks "nasbench201/*" --seeds 10
    """
    from nasarena.suite.methods import method_cards, method_names

    cards, warnings = method_cards(method_names())
    for warning in warnings:
        warn(warning)
    if json:
        print_json([_described(card) for card in cards])
        return
    from rich.table import Table
    from rich.text import Text

    listing = Table(title="Methods", title_justify="left", show_lines=True)
    for column in ("name", "what it is", "parameters", "tuned on"):
        listing.add_column(column, overflow="fold")
    for card in cards:
        parameters = ", ".join(f"{key}={value}" for key, value in card.parameters.items())
        summary = card.summary
        if card.missing:
            summary += f" NOT AVAILABLE: needs {', '.join(card.missing)}; run {card.install}"
        tuned_on = "not stated" if card.tuned_on is None else ", ".join(card.tuned_on) or "nothing"
        cells = (f"{card.name}\n({card.kind})", summary, parameters, tuned_on)
        listing.add_row(*map(Text, cells))  # Text: what stands in brackets is no markup
    console().print(listing)


def _described(card: Any) -> dict[str, Any]:
    return {
        "name": card.name,
        "kind": card.kind,
        "version": card.version,
        "summary": card.summary,
        "paper": card.paper,
        "parameters": card.parameters,
        "tuned_on": None if card.tuned_on is None else list(card.tuned_on),
        "skips_twins": card.skips_twins,
        "requires": list(card.requires),
        "available": not card.missing,
        "install": card.install if card.missing else None,
    }
