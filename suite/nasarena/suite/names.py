"""Names on the command line and in folders: `name[parameter=value,...]`, lists, patterns."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from nasarena.suite.errors import UserError, nearest, one_line


@dataclass(frozen=True)
class Spec:
    """A name with parameters in brackets; written with the parameters in alphabetical order."""

    name: str
    parameters: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> "Spec":
        """`a[x=1,y=2]` as name and parameters. Raises UserError for anything else."""
        match = re.fullmatch(r"([^\[\]]+)(?:\[([^\[\]]*)\])?", text.strip(), flags=re.DOTALL)
        if match is None:
            nested = re.search(r"\[[^\]]*\[", text)
            why = "; brackets within brackets are not read" if nested else ""
            raise UserError(f"'{text}' is not a name or name[parameter=value,...]{why}")
        name, inside = match.groups()
        parameters: dict[str, str] = {}
        for part in split_list(inside or ""):
            key, equals, value = part.partition("=")
            key, value = key.strip(), value.strip()
            if not equals or not key or not value:
                raise UserError(f"in '{text}', write '{part}' as parameter=value")
            if key in parameters:
                raise UserError(f"'{text}' gives {key} twice; give it once")
            parameters[key] = value
        return cls(name.strip(), parameters)

    def __str__(self) -> str:
        if not self.parameters:
            return self.name
        inside = ",".join(f"{key}={value}" for key, value in sorted(self.parameters.items()))
        return f"{self.name}[{inside}]"


def split_list(text: str) -> list[str]:
    """The parts of a list with commas; commas in brackets do not split. Empty ones are skipped."""
    parts: list[list[str]] = [[]]
    following = ""
    for piece in reversed(re.split(r"([\[\],])", text)):
        if piece in ("[", "]"):
            following = piece
        if piece == "," and following != "]":
            parts.append([])
        else:
            parts[-1].append(piece)
    joined = ("".join(reversed(part)).strip() for part in reversed(parts))
    return [part for part in joined if part]


def expand(patterns: Iterable[str], known: Iterable[str], what: str) -> list[str]:
    """Names, with `*` and `?` replaced by the known ones they match; each once, in order.

    Raises UserError for a pattern without a match and a name that is not known.
    """
    known = list(known)
    names: dict[str, None] = {}
    for pattern in patterns:
        if "*" in pattern or "?" in pattern:
            matches = [name for name in known if fnmatchcase(name, pattern)]
            if not matches:
                raise UserError(f"no {what} matches '{pattern}'; known: {', '.join(sorted(known))}")
        elif pattern in known:
            matches = [pattern]
        else:
            raise UserError(f"unknown {what} '{pattern}'; {nearest(pattern, known)}")
        names.update(dict.fromkeys(matches))
    return list(names)


MOST_SEEDS = 1_000_000


def parse_seeds(text: str) -> range:
    """`30` as seeds 0 to 29, `100:200` as 100 to 199. Raises UserError when there are none."""
    match = re.fullmatch(r"(?:(\d{1,9}):)?(\d{1,9})", text.strip())
    if match is None:
        raise UserError(
            f"seeds '{text}' must be a number (30) or a range (100:200), each of at most 9 digits"
        )
    start, stop = int(match[1] or 0), int(match[2])
    if stop <= start:
        raise UserError(
            f"no seeds given: --seeds '{text}' is an empty range; give at least one seed, as in "
            "30 or 100:200"
        )
    if stop - start > MOST_SEEDS:
        raise UserError(f"too many seeds: '{text}' has more than {MOST_SEEDS:,}; give fewer")
    return range(start, stop)


def seed_range(seeds: str | int | range) -> range:
    """The seeds that a text, a number or a range stands for. Raises UserError when it is none."""
    if not isinstance(seeds, range):
        return parse_seeds(str(seeds))
    if seeds.step != 1:
        raise UserError(f"seeds {seeds} have steps of {seeds.step}; give a range without steps")
    return parse_seeds(f"{seeds.start}:{seeds.stop}")


def listed(given: str | Iterable[str], what: str) -> list[str]:
    """The names in a text with commas, or in several. Raises UserError when there is none."""
    texts = [given] if isinstance(given, str) else given
    parts = [part for text in texts for part in split_list(text)]
    if not parts:
        raise UserError(f"the list of {what} is empty; name at least one")
    return parts


def parse_counts(text: str, least: int, option: str) -> list[int]:
    """`50,100`, given with an option, as numbers, ascending. Raises UserError for others."""
    parts = split_list(text)
    if not parts:
        raise UserError(f"no numbers given; give at least one with {option}")
    for part in parts:
        if not (part.isascii() and part.isdigit() and len(part) <= 9 and int(part) >= least):
            raise UserError(
                f"{option} takes whole numbers of at least {least} with commas, as in "
                f"50,100,200, not '{one_line(part)}'"
            )
    return sorted({int(part) for part in parts})


def first_error(error: Exception) -> str:
    """The first complaint of a pydantic ValidationError, in one line."""
    from pydantic import ValidationError

    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_url=False)[0]
    where = one_line(".".join(str(part) for part in first["loc"]), 100)
    message = first["msg"].removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    if not where:
        return message
    return f"{where}: {message}" + (
        f", not {one_line(repr(first['input']), 100)}" if first["type"] != "missing" else ""
    )
