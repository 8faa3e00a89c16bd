"""Docstrings for people: paragraphs, lists, and what is said of each argument."""

import re
from dataclasses import dataclass
from inspect import cleandoc


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
    """A docstring in Google's style, as this project writes them."""
    body, _, arguments = cleandoc(text).partition("\nArgs:\n")
    paragraphs = [_paragraph(part) for part in re.split(r"\n\s*\n", body) if part.strip()]
    return Docstring(paragraphs, _arguments(arguments))


def _paragraph(text: str) -> Paragraph:
    if not text.lstrip().startswith("* "):
        return Paragraph(_one_line(text), [])
    items = re.split(r"^\s*\* ", text, flags=re.MULTILINE)
    return Paragraph("", [_one_line(item) for item in items if item.strip()])


def _arguments(text: str) -> dict[str, str]:
    section = re.split(r"\n(?=\S)", text)[0]
    found = re.findall(r"^ {4}(\w+): (.*(?:\n {5,}.*)*)", section, flags=re.MULTILINE)
    return {name: _one_line(said) for name, said in found}


def _one_line(text: str) -> str:
    return " ".join(text.split())
