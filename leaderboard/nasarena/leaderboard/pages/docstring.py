"""Docstrings for people: paragraphs, lists, and what is said of each argument."""

import re
from dataclasses import dataclass

from docstring_parser.common import ParseError
from docstring_parser.google import parse


@dataclass(frozen=True)
class Paragraph:
    """A paragraph, or the items of a list."""

    text: str
    items: list[str]


@dataclass(frozen=True)
class Docstring:
    """The paragraphs of a docstring, and its `Args` section by the arguments' names."""

    paragraphs: list[Paragraph]
    arguments: dict[str, str]


def read_docstring(text: str) -> Docstring:
    """A docstring in Google's style, as this project writes them; any other as paragraphs."""
    try:
        parsed = parse(text)
    except ParseError:
        return Docstring(_paragraphs(text), {})
    arguments = {one.arg_name: _one_line(one.description or "") for one in parsed.params}
    return Docstring(_paragraphs(parsed.description or ""), arguments)


def _paragraphs(text: str) -> list[Paragraph]:
    return [_paragraph(part) for part in re.split(r"\n\s*\n", text) if part.strip()]


def _paragraph(text: str) -> Paragraph:
    if not text.lstrip().startswith("* "):
        return Paragraph(_one_line(text), [])
    items = re.split(r"^\s*\* ", text, flags=re.MULTILINE)
    return Paragraph("", [_one_line(item) for item in items if item.strip()])


def _one_line(text: str) -> str:
    return " ".join(text.split())
