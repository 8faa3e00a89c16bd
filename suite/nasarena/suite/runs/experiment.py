"""An experiment: which methods meet on which benchmarks, for which seeds, under which protocol."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, StrictInt, ValidationError

from nasarena.suite.benchmarks.registry import choose_benchmarks, require_accuracies
from nasarena.suite.errors import UserError
from nasarena.suite.methods import choose_methods
from nasarena.suite.names import first_error, parse_seeds, split_list
from nasarena.suite.protocol import OVERRIDABLE, load_protocol
from nasarena.suite.runs.execute import Cell
from nasarena.suite.runs.runner import Report, run_cells


class Experiment(BaseModel):
    """A set of runs, as the command line, an experiment file, or Python states it.

    `methods` and `benchmarks` are lists, or one text with commas; `*` and `?` match names.
    `seeds` is a number (30: seeds 0 to 29) or a range ("100:200"). `budget`, `labels`,
    `duplicates` and `stop` override the protocol, which is then named so. Runs are a pure function
    of their identity on the `device` cpu only. With `judge`, predictors that methods show are held
    against the table, in the diagnostics of runs.

    Example:
        >>> Experiment(methods="random-search", benchmarks="nasbench201/*", seeds=2).seed_range
        range(0, 2)
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    methods: str | list[str] = Field(min_length=1)
    benchmarks: str | list[str] = Field(min_length=1)
    seeds: StrictInt | str = 100
    protocol: str = "weaknas-paper"
    budget: int | None = None
    labels: str | None = None
    duplicates: str | None = None
    stop: str | None = None
    results: Path = Path("nasarena-results")
    workers: PositiveInt | None = None
    device: Literal["cpu", "cuda"] = "cpu"
    judge: bool = False

    @property
    def seed_range(self) -> range:
        """The seeds. Raises UserError when there is none."""
        return parse_seeds(str(self.seeds))

    def cells(self) -> list[Cell]:
        """Every method on every benchmark under the protocol. Raises UserError."""
        protocol = load_protocol(self.protocol)
        changes = {
            key: str(value)
            for key in OVERRIDABLE
            if (value := getattr(self, key, None)) is not None
        }
        protocol = protocol.override(changes)
        methods = choose_methods(_parts(self.methods, "methods"))
        benchmarks = choose_benchmarks(_parts(self.benchmarks, "benchmarks"))
        if self.judge:
            for name in benchmarks:
                require_accuracies(name)
        return [
            Cell(method, name, protocol, self.judge) for name in benchmarks for method in methods
        ]


def _parts(names: str | list[str], what: str) -> list[str]:
    texts = [names] if isinstance(names, str) else names
    parts = [part for text in texts for part in split_list(text)]
    if not parts:
        raise UserError(f"the list of {what} is empty; name at least one")
    return parts


def make_experiment(values: dict[str, Any], file: Path | None = None) -> Experiment:
    """An experiment from values (None: not given) over those of a TOML file. Raises UserError."""
    where = "the experiment"
    given: dict[str, Any] = {}
    if file is not None:
        where = f"the experiment file {file}"
        try:
            given = tomllib.loads(file.read_text(encoding="utf-8"))
        except OSError as error:
            raise UserError(f"{where} cannot be read ({error.strerror})") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise UserError(f"{where} is not TOML: {error}") from None
    given |= {key: value for key, value in values.items() if value is not None}
    for key in ("methods", "benchmarks"):
        if not given.get(key):
            raise UserError(f"{where} names no {key}; give --{key} (see `nasarena {key}`)")
    try:
        return Experiment(**given)
    except ValidationError as error:
        raise UserError(f"{where}: {first_error(error)}") from None


def run(experiment: Experiment, progress: Callable[[int], None] = lambda finished: None) -> Report:
    """Run what is missing of an experiment into its results folder.

    `progress` is told the number of runs finished since it was last told. Raises UserError.
    """
    return run_cells(
        experiment.cells(),
        experiment.seed_range,
        experiment.results,
        experiment.workers,
        progress,
        experiment.device,
    )
