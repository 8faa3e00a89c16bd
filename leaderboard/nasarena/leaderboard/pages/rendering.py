"""Templates to pages: what every page has around its own."""

import re
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from nasarena.leaderboard.pages.grid import csv_number
from nasarena.suite.errors import printable
from nasarena.suite.packages import nasarena_version

TRENDS = ("Over commits", "trends.html")

NAVIGATION = (
    ("Overview", "index.html"),
    ("Compare", "compare.html"),
    ("Published figures", "published.html"),
    ("Rules", "rules.html"),
)


@dataclass(frozen=True)
class Renderer:
    """Turns templates into pages of one site; `base_url` is where it will be, or empty.

    `navigation` has the titles and targets of the links on every page.
    """

    environment: Environment
    style: Markup
    script: Markup
    base_url: str
    navigation: tuple[tuple[str, str], ...]

    def page(self, path: str, template: str, **shown: object) -> str:
        """The page at `path` (from the site's root) as HTML."""
        return self.environment.get_template(template).render(
            **shown,
            path=path,
            root="../" * path.count("/"),
            navigation=self.navigation,
            canonical=self.base_url and self.base_url + path.removesuffix("index.html"),
            style=self.style,
            script=self.script,
            script_hash=_content_hash(self.script),
            version=nasarena_version(),
        )


def renderer(base_url: str = "", has_trends: bool = False) -> Renderer:
    """A renderer with the templates of this package; `has_trends`: for a site with a history."""
    environment = Environment(
        loader=PackageLoader("nasarena.leaderboard"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "printable": printable,
        "breakable": breakable,
        "together": together,
        "interval": interval,
        "lead": lead,
        "code": code,
        "plain": csv_number,
        "raw_data": raw_data,
    }
    style, script = (
        Markup("".join(environment.get_template(name).render() for name in names))
        for names in (("style.css", "controls.css"), ("script.js",))
    )
    navigation = (*NAVIGATION, TRENDS) if has_trends else NAVIGATION
    return Renderer(environment, style, script, base_url, navigation)


def _content_hash(text: str) -> str:
    """What a content security policy allows a script by: by its contents."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def breakable(text: str) -> Markup:
    """A text that may be broken where names may: after `/`, `=` and `,`, and before `[`.

    Numbers such as 1,000 stay whole.
    """
    broken = re.sub(r"([/=]|,(?!\d))|(\[)", r"\1<wbr>\2", str(escape(text)))
    return Markup(broken)


def together(text: str) -> str:
    """A text with what belongs to a number on its line: `95 %`, `p ≤ 0.05`, `20 x budget`."""
    return re.sub(
        r"(?<=\d) (?=%|x )|(?<=[≤=]) (?=\d)|(?<=\bp) (?=[≤=])", "\N{NO-BREAK SPACE}", text
    )


def interval(text: str) -> Markup:
    """`173 [149, 199]` with the interval in softer ink."""
    value, bracket, rest = text.partition(" [")
    if not bracket:
        return escape(text)
    return Markup('{} <span class="interval">[{}</span>').format(value, rest)


def lead(text: str) -> Markup:
    """`clear: because` with what stands before the colon strong."""
    word, colon, rest = text.partition(":")
    return Markup("<strong>{}</strong>{}{}").format(word, colon, rest)


def raw_data(text: str) -> Markup:
    """Lines that can stand in a script element, which nothing is escaped in: without any `<`."""
    return Markup("\n".join(map(printable, text.split("\n"))).replace("<", ""))


def code(text: str) -> Markup:
    """A text of a docstring, what stands between backticks as code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # one without its pair
        return escape(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if index % 2 else escape(part)
        for index, part in enumerate(parts)
    )
