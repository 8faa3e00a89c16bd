"""What a method is, by its author's words: a file beside its runs, read without its code."""

import json
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError

from nasarena.suite.errors import UserError, one_line, printable
from nasarena.suite.files import read_regular, write_atomically

DESCRIPTION = "method.json"
MOST_BYTES = 1 << 20

LONGEST_TEXT, LONGEST_PAPER, LONGEST_WORD = 5_000, 500, 200
"""Letters of a docstring, of a paper, and of everything else."""

MOST_WORDS = 100
"""In a list: of benchmarks, packages, parameters."""

REFERENCE = re.compile(r"(?![-/~\\])(?!.*\.\.)([^\[\],*?:\\]+\.py|\w+(\.\w+)*):\w+")
"""`path/to/file.py:ClassName`, below the current folder, or `package.module:ClassName`."""

PACKAGE = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?(==[A-Za-z0-9.+!]+)?")
"""What pip installs: `name` or `name==version`."""


def _shown(text: str) -> str:
    return printable(text, kept="\n")


def _reference(text: str) -> str:
    if not REFERENCE.fullmatch(text) or not text.isprintable():
        raise ValueError("it is neither path/to/file.py:ClassName nor package.module:ClassName")
    return text


def _package(text: str) -> str:
    if not PACKAGE.fullmatch(text):
        raise ValueError("it is not the name of a package")
    return text


Text = Annotated[str, Field(max_length=LONGEST_TEXT), AfterValidator(_shown)]
Word = Annotated[str, Field(max_length=LONGEST_WORD), AfterValidator(printable)]
Reference = Annotated[str, Field(max_length=LONGEST_WORD), AfterValidator(_reference)]
Words = Annotated[tuple[Word, ...], Field(max_length=MOST_WORDS)]


@dataclass(frozen=True, kw_only=True)
class MethodDescription:
    """What the class of a method declares (see `methods.cards.Method`), and where the class is.

    `reference` is what to give `--methods`, and `package` what pip installs before; None where
    that is not known. `description` is the docstring. `parameters` has the default of each
    parameter, as text; those of the runs that differ are in the method's name.
    """

    __pydantic_config__ = ConfigDict(strict=True)

    nasarena_schema_version: Literal[1] = 1
    method: Word
    version: Word
    kind: Literal["method", "baseline", "contender"] = "method"
    reference: Reference | None = None
    package: Annotated[str, Field(max_length=LONGEST_WORD), AfterValidator(_package)] | None = None
    description: Text = ""
    paper: Annotated[str, Field(max_length=LONGEST_PAPER), AfterValidator(printable)] | None = None
    tuned_on: Words | None = None
    parameters: Annotated[dict[Word, Word], Field(max_length=MOST_WORDS)] = field(
        default_factory=dict
    )
    requires: Words = ()
    skips_twins: bool = False
    seconds_per_query: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None


_ADAPTER = TypeAdapter(MethodDescription)


def write_description(folder: Path, description: MethodDescription) -> None:
    """Store a description beside the runs, if it is not the one there. Raises OSError.

    The same description is the same bytes.
    """
    content = (json.dumps(asdict(description), indent=2, ensure_ascii=False) + "\n").encode()
    path = folder / DESCRIPTION
    try:
        if read_regular(path, MOST_BYTES) == content:
            return
    except OSError:  # there is none, or one that cannot be read
        pass
    write_atomically(path, lambda file: file.write(content))


def read_description(folder: Path, method: str, version: str) -> MethodDescription | None:
    """The description beside runs of `method` (without its parameters); None where there is none.

    Anybody can have written it: it is bounded, and what would steer a terminal or a page is
    replaced. Raises UserError for what is no description, or that of another method or version.
    """
    path = folder / DESCRIPTION
    try:
        description = _ADAPTER.validate_json(read_regular(path, MOST_BYTES))
    except FileNotFoundError:
        return None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = one_line(".".join(map(str, first["loc"])), 100)
        said = first["msg"].removeprefix("Value error, ")
        raise _unusable(path, f"{where}: {said}" if where else said) from None
    except OSError as error:
        raise _unusable(path, str(error.strerror)) from None
    if (description.method, description.version) != (method, version):
        raise _unusable(
            path,
            f"it describes {description.method} version {description.version}, the runs are of "
            f"{method} version {version}",
        )
    return description


def _unusable(path: Path, why: str) -> UserError:
    return UserError(
        f"{path} cannot be used as the description of a method ({one_line(why)}); give the "
        "command that made the runs again, and it is written anew"
    )
