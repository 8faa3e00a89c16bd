"""The rules of a comparison, as data: named, versioned, overridable."""

from importlib.resources import files
from pathlib import Path
from typing import Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    model_validator,
)

from nasarena.suite.errors import UserError, nearest
from nasarena.suite.names import Spec, first_error
from nasarena.suite.settings_file import read_settings

MOST = 1_000_000_000
"""The largest number in a protocol."""

OVERRIDABLE = ("budget", "labels", "duplicates", "stop", "patience", "fidelities", "limit")


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
    * `limit`: which architectures may be the answer; all if it is empty.
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
