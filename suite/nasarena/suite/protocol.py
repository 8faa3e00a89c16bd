"""The rules of a comparison, as data: named, versioned, overridable."""

import math
import re
from importlib.resources import files
from pathlib import Path
from typing import Literal, NamedTuple, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    field_validator,
    model_validator,
)

from nasarena.suite.errors import UserError, nearest, one_line
from nasarena.suite.names import Spec, first_error
from nasarena.suite.settings_file import read_settings

MOST = 1_000_000_000
"""The largest number in a protocol."""

OVERRIDABLE = ("budget", "labels", "duplicates", "stop", "patience", "fidelities", "limit")


class Limit(NamedTuple):
    """How much of a metric an architecture may have: at most so much of what is to be minimised.

    Of what is to be maximised, as throughput, it is the least. `number` is in the metric's unit.

    Example:
        >>> str(Limit.parse("latency_ms.edgegpu:5.0"))
        'latency_ms.edgegpu:5'
    """

    metric: str
    number: float

    @classmethod
    def parse(cls, text: str) -> "Limit":
        """Raises ValueError for what is not `metric:number`."""
        metric, _, number = text.rpartition(":")
        if not re.fullmatch(r"[\w.+-]{1,100}", metric):
            raise ValueError(f"a limit is written as metric:number, {AS_IN}")
        try:
            value = float(number)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise ValueError(
                f"{metric} is to be limited by a number, {AS_IN}, not by '{one_line(number, 60)}'"
            )
        return cls(metric, value)

    @property
    def amount(self) -> str:
        """The number, as short as it can be written."""
        return str(int(self.number)) if self.number.is_integer() else repr(self.number)

    def __str__(self) -> str:
        return f"{self.metric}:{self.amount}"


AS_IN = "as in latency_ms.edgegpu:5"


class Protocol(BaseModel):
    """The rules under which methods are compared.

    * `budget`: charged queries allowed (at most as many as the space has to charge).
    * `labels`: a query answers the `mean` of an architecture's training runs, or `one_run` of
      them, drawn uniformly for each (benchmark, seed, architecture).
    * `duplicates`: every architecture is charged `by_id`, or `by_isomorphism` only the first
      member of each class: its twins answer with the same label, free.
    * `stop`: a run ends when the `optimum` is charged (mean labels only) or at the `budget`.
    * `patience`: proposals in a row without a charge after which a run ends; 20 x budget if null.
    * `fidelities`: queries answer `full` trainings only, or `multi`: shorter ones as well, where a
      benchmark has them; the budget is then counted in full trainings.
    * `limit`: which architectures may be the answer, by a metric of theirs (`metric:number`, see
      `Limit`); all if it is empty. The others are charged, and answer with the worst value.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    # It becomes the name of a folder, with what is overridden after it.
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=100)
    version: int = Field(gt=0, le=MOST)
    description: str = ""
    budget: int = Field(gt=0, le=MOST)
    labels: Literal["mean", "one_run"]
    duplicates: Literal["by_id", "by_isomorphism"]
    stop: Literal["optimum", "budget"]
    patience: int | None = Field(default=None, gt=0, le=MOST)
    fidelities: Literal["full", "multi"] = "full"
    limit: str = ""

    _base: "Protocol | None" = PrivateAttr(None)

    @model_validator(mode="after")
    def _optimum_needs_mean_labels(self) -> Self:
        if self.stop == "optimum" and self.labels != "mean":
            raise ValueError(
                "stop 'optimum' is allowed with labels 'mean' only: with one run's labels the "
                "incumbent can still change after the optimum was queried; use stop 'budget'"
            )
        return self

    @field_validator("limit")
    @classmethod
    def _same_limit_same_text(cls, limit: str) -> str:
        return str(Limit.parse(limit)) if limit else ""

    @model_validator(mode="after")
    def _limit_needs_full_trainings(self) -> Self:
        if self.limit and self.fidelities != "full":
            raise ValueError("a limit is allowed with fidelities 'full' only")
        return self

    def override(self, changes: dict[str, str]) -> "Protocol":
        """This protocol with other rules, and named so: `weaknas-paper[budget=200]`.

        Labels of one run imply `stop=budget`, unless a stop is given. The name states what
        differs from the protocol without brackets, so that the same rules have the same name.
        Raises UserError for what no protocol can be.
        """
        base = self._base or self
        unknown = [key for key in changes if key not in OVERRIDABLE]
        if unknown:
            raise UserError(
                f"protocol {base.name} has no rule '{unknown[0]}'; "
                f"{nearest(unknown[0], OVERRIDABLE)}"
            )
        wanted = Spec.parse(self.name).parameters | changes
        implied = {"stop": "budget"} if wanted.get("labels") == "one_run" else {}
        try:
            changed = Protocol(**base.model_dump() | implied | wanted)
        except ValidationError as error:
            raise UserError(f"protocol {base.name}: {first_error(error)}") from None
        different = {
            key: str(getattr(changed, key))
            for key in OVERRIDABLE
            if getattr(changed, key) != getattr(base, key)
        }
        if "labels" in different and different.get("stop") == "budget":
            del different["stop"]  # implied
        named = changed.model_copy(update={"name": str(Spec(base.name, different))})
        named._base = base
        return named


def load_protocol(given: str | Path | Protocol) -> Protocol:
    """A protocol by its name, with overrides in brackets, by its TOML file's path, or as it is.

    Raises UserError when there is none, its file is no protocol, or it is named as another.
    """
    if isinstance(given, Protocol):
        base = given._base or given
        if base.name in protocol_names() and base != _read(_shipped(base.name)):
            raise UserError(
                f"a protocol with other rules is named '{base.name}', as one that nasarena ships; "
                "give it a name of its own"
            )
        return given
    spec = Spec.parse(str(given))
    if spec.name.endswith(".toml"):
        protocol = _read(Path(spec.name))
        if protocol.name in protocol_names():
            raise UserError(
                f"{spec.name} names its protocol '{protocol.name}', as one that nasarena ships; "
                "give it a name of its own"
            )
    elif spec.name in protocol_names():
        protocol = _read(_shipped(spec.name))
    else:
        raise UserError(
            f"unknown protocol '{spec.name}'; {nearest(spec.name, protocol_names())} "
            "(or give the path of a .toml file)"
        )
    return protocol.override(spec.parameters)


def protocol_names() -> list[str]:
    """The protocols that nasarena ships."""
    folder = Path(str(files("nasarena.suite"))) / "protocols"
    return sorted(path.stem for path in folder.glob("*.toml"))


def _shipped(name: str) -> Path:
    return Path(str(files("nasarena.suite"))) / "protocols" / f"{name}.toml"


def _read(path: Path) -> Protocol:
    where = f"the protocol file {path}"
    try:
        return Protocol(**read_settings(path, where))
    except ValidationError as error:
        raise UserError(f"{where}: {first_error(error)}") from None
