"""The fenced blocks of a Markdown page: files to write, commands to run."""

import re
import shlex
from dataclasses import dataclass

_BLOCK = re.compile(
    r"(?:^`(?P<file>[^`\n]+)`:\n\n)?"
    r"(?:^<!-- not run: (?P<not_run>.*?) -->\n)?"
    r"^```(?P<language>\w+)\n(?P<content>.*?)^```$",
    re.M | re.S,
)


@dataclass(frozen=True)
class Block:
    """One fenced block.

    `file` is the name in the line before it, "`digits.csv`:". `not_run` is the reason in the
    comment above it, `<!-- not run: downloads 500 MB -->`.
    """

    language: str
    content: str
    file: str | None
    not_run: str | None

    @property
    def commands(self) -> list[list[str]]:
        """The words of each command; a command may go on over several lines."""
        lines = self.content.replace("\\\n", " ").splitlines()
        return [words for line in lines if (words := shlex.split(line, comments=True))]


def blocks(page: str) -> list[Block]:
    """The blocks of a page in order."""
    return [Block(**match.groupdict()) for match in _BLOCK.finditer(page)]
