"""An experiment: which methods meet on which benchmarks, for which seeds, under which protocol."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    PositiveFloat,
    PositiveInt,
    PrivateAttr,
    ValidationError,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from nasarena.suite.benchmarks.registry import (
    NotFetched,
    choose_benchmarks,
    load_benchmark,
    require_accuracies,
)
from nasarena.suite.errors import RunsFailed, UserError, nearest, one_line
from nasarena.suite.live.benchmark import LiveBenchmark
from nasarena.suite.methods import Method, MethodChoice, choose_methods
from nasarena.suite.names import first_error, listed, seed_range, split_list
from nasarena.suite.protocol import OVERRIDABLE, Protocol, load_protocol
from nasarena.suite.records.run_record import RULES
from nasarena.suite.runs.execute import Cell, effective_budget
from nasarena.suite.runs.progress import progress_bars
from nasarena.suite.runs.runner import Report, run_cells
from nasarena.suite.settings_file import read_settings
from nasarena.suite.workers.dask_connection import require_dask
from nasarena.suite.workers.limits import MEGABYTE, Limits
from nasarena.suite.workers.processes import check_workers
from nasarena.suite.workers.scheduler_address import read_address

if TYPE_CHECKING:
    Methods: TypeAlias = str | type[Method] | Method | Sequence[str | type[Method] | Method]
    Seeds: TypeAlias = int | str | range
else:  # what pydantic cannot check is checked here
    Methods = Any
    Seeds = Any


class RunsWarning(UserWarning):
    """Runs gave up or failed, or something about them should be known."""


# Said each time: Python would otherwise keep quiet when a notebook's cell is run again.
warnings.simplefilter("always", RunsWarning, append=True)


NAMES = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
"""Names in a text with commas, or a list of them."""


def _key(description: str, **schema: Any) -> WithJsonSchema:
    """What the schema of experiment files says of a key."""
    return WithJsonSchema({"description": description, **schema})


class Experiment(BaseModel):
    """A set of runs, as the command line, an experiment file, or Python states it.

    `methods` are names, classes and instances, one or a list; a text may hold several names with
    commas, and `*` and `?` match names. `benchmarks` are names in the same way. `seeds` is a
    number (30: seeds 0 to 29) or a range ("100:200", or Python's `range(100, 200)`). `protocol` is
    a name, the path of a .toml file, or a `Protocol`; `budget`, `labels`, `duplicates`, `stop` and
    `limit` override it, which is then named so. Runs are a pure function of their identity on the
    `device` cpu only. With `scheduler`, runs are made on the workers of a Dask scheduler. A run
    that takes more than `run_timeout` seconds or `run_memory` megabytes is a failed run, and the
    others go on. With `judge`, predictors that methods show are held against the table, in the
    diagnostics of runs.

    Raises UserError, one sentence, when it is made of anything that is not known or cannot be
    used.

    Example:
        >>> Experiment(methods="random-search", benchmarks="nasbench201/*", seeds=2).seed_range
        range(0, 2)
    """

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    methods: Annotated[
        Methods,
        _key(
            "Names, patterns (* and ?), path/to/file.py:ClassName or package.module:ClassName; "
            "parameters in brackets, as in weaknas-lite[top_n=30].",
            **NAMES,
        ),
    ]
    benchmarks: Annotated[str | list[str], _key("Names or patterns (* and ?).", **NAMES)]
    seeds: Annotated[
        Seeds,
        _key(
            "A number (30: seeds 0 to 29) or a range (100:200: 100 to 199).",
            anyOf=[{"type": "integer", "minimum": 1}, {"type": "string"}],
        ),
    ] = 100
    protocol: Annotated[
        str | Path | Protocol,
        _key("Name of a protocol, or the path of its .toml file.", type="string"),
    ] = "weaknas-paper"
    budget: Annotated[
        int | None, _key("Charged queries allowed in a run.", type="integer", minimum=1)
    ] = None
    labels: Annotated[
        str | None,
        _key(
            "What a query answers: the mean of the training runs, or one run.",
            enum=list(RULES["labels"]),
        ),
    ] = None
    duplicates: Annotated[
        str | None,
        _key(
            "What is charged: every architecture, or one of each isomorphism class.",
            enum=list(RULES["duplicates"]),
        ),
    ] = None
    stop: Annotated[
        str | None,
        _key("Where a run stops: at the optimum, or at the budget.", enum=list(RULES["stop"])),
    ] = None
    limit: Annotated[
        str | None,
        _key(
            "Which architectures can be the answer, as metric:number: latency_ms.edgegpu:5.",
            type="string",
        ),
    ] = None
    results: Annotated[Path, _key("Folder for the run records.", type="string")] = Path(
        "nasarena-results"
    )
    workers: Annotated[
        PositiveInt | None,
        _key("Number of processes; one for each processor if missing.", type="integer", minimum=1),
    ] = None
    scheduler: Annotated[
        str | None,
        _key(
            "Address of a Dask scheduler (tcp://host:8786, tls://host:8786) whose workers make "
            "the runs, or local:4 for one of this machine with four.",
            type="string",
        ),
    ] = None
    device: Annotated[
        Literal["cpu", "cuda"], _key("Where torch computes.", enum=["cpu", "cuda"])
    ] = "cpu"
    run_timeout: Annotated[
        PositiveFloat | None,
        _key(
            "Seconds that a run may take; one that takes longer is a failed run.",
            type="number",
            exclusiveMinimum=0,
        ),
    ] = None
    run_memory: Annotated[
        PositiveInt | None,
        _key(
            "Megabytes that a run may take beside what its process has at the start (Linux); one "
            "that takes more is a failed run.",
            type="integer",
            minimum=1,
        ),
    ] = None
    strict: Annotated[
        bool,
        _key(
            "Let methods search in processes that have no table (Linux with user namespaces).",
            type="boolean",
        ),
    ] = False
    judge: Annotated[
        bool,
        _key(
            "Measure how well a method's predictor orders the space each time it was trained.",
            type="boolean",
        ),
    ] = False

    _cells: list[Cell] = PrivateAttr(default_factory=list)

    @model_validator(mode="wrap")
    @classmethod
    def _in_one_sentence(
        cls, values: Any, handler: ModelWrapValidatorHandler["Experiment"]
    ) -> "Experiment":
        if isinstance(values, dict):
            _check_keys(values)
        try:
            return handler(values)
        except ValidationError as error:
            raise UserError(first_error(error)) from None

    @field_validator("workers")
    @classmethod
    def _are_not_too_many(cls, workers: int | None) -> int | None:
        return check_workers(workers)

    @field_validator("seeds")
    @classmethod
    def _are_seeds(cls, seeds: Any) -> Any:
        if isinstance(seeds, bool) or not isinstance(seeds, (int, str, range)):
            raise ValueError("give a number, a text as 100:200, or a range")
        seed_range(seeds)
        return seeds

    @field_validator("scheduler")
    @classmethod
    def _is_an_address(cls, scheduler: str | None) -> str | None:
        if scheduler is not None:
            read_address(scheduler)
            require_dask()
        return scheduler

    def model_post_init(self, context: Any) -> None:
        """Look for everything that is named. Raises UserError."""
        if self.scheduler is not None and self.workers is not None:
            raise UserError(
                "a scheduler has workers of its own; give either a scheduler or a number of workers"
            )
        changes = {
            key: str(value)
            for key in OVERRIDABLE
            if (value := getattr(self, key, None)) is not None
        }
        protocol = load_protocol(self.protocol).override(changes)
        methods = choose_methods(_listed_methods(self.methods))
        benchmarks = choose_benchmarks(listed(self.benchmarks, "benchmarks"))
        if self.judge:
            for name in benchmarks:
                require_accuracies(name)
        if protocol.limit:
            for name in benchmarks:
                load_benchmark(name, protocol.limit)
        for method in methods:
            _require_scores(method, benchmarks)
            _require_several_lengths(method, protocol)
        if protocol.fidelities == "multi":
            for name in benchmarks:
                load_benchmark(name).shorter_trainings()
        self._cells = [
            Cell(method, name, protocol, self.judge, self.strict)
            for name in benchmarks
            for method in methods
        ]

    def model_copy(
        self, *, update: Mapping[str, Any] | None = None, deep: bool = False
    ) -> "Experiment":
        """The same experiment with other values, checked as a new one is."""
        given = {key: getattr(self, key) for key in self.model_fields_set}
        return Experiment(**given | dict(update or {}))

    @property
    def seed_range(self) -> range:
        """The seeds."""
        return seed_range(self.seeds)

    @property
    def method_names(self) -> list[str]:
        """The names under which the methods are recorded."""
        return list(dict.fromkeys(cell.method.name for cell in self._cells))

    def cells(self) -> list[Cell]:
        """Every method on every benchmark under the protocol."""
        return list(self._cells)

    def most_trainings(self) -> int:
        """How many architectures runs on live benchmarks could train, at most."""
        return sum(
            len(self.seed_range) * effective_budget(benchmark, cell.protocol)
            for cell in self._cells
            if isinstance(benchmark := load_benchmark(cell.benchmark), LiveBenchmark)
            and benchmark.trains
        )

    def run(self, progress: bool | None = None, fresh: bool = False) -> Report:
        """Run what is missing, and report; how runs ended is for the caller to say.

        `progress` and `fresh` as in `run`. Raises UserError.
        """
        bars = [(len(self._cells) * len(self.seed_range), "running", "runs")]
        if trainings := self.most_trainings():
            bars.append((trainings, "training, at most", "trainings"))
        with progress_bars(bars, progress) as (finished, *trained):
            return run_cells(
                self._cells,
                self.seed_range,
                self.results,
                self.workers,
                finished,
                self.device,
                *trained,
                fresh=fresh,
                scheduler=read_address(self.scheduler) if self.scheduler else None,
                limits=Limits(self.run_timeout, self.run_memory and self.run_memory * MEGABYTE),
            )


def _check_keys(given: Mapping[str, Any]) -> None:
    """Raises UserError for a key that no experiment has."""
    known = Experiment.model_fields
    for key in given:
        if key not in known:
            raise UserError(f"an experiment has no '{one_line(key, 60)}'; {nearest(key, known)}")


def experiment_schema() -> dict[str, Any]:
    """The JSON schema of experiment files, for editors.

    No key is required: what a file leaves out can be given on the command line.
    """
    schema = Experiment.model_json_schema()
    for key in schema["properties"].values():
        if key.get("default", "") is None:  # TOML has no null
            del key["default"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "nasarena experiment",
        "description": "What `nasarena run --experiment FILE` runs.",
        "type": "object",
        "properties": schema["properties"],
        "additionalProperties": False,
    }


def _require_scores(method: MethodChoice, benchmarks: Sequence[str]) -> None:
    """Raises UserError where a benchmark lacks scores or metrics that a method asks for."""
    built = method.build()
    wanted: Sequence[str] | None = getattr(built, "proxies", None)
    metrics: Sequence[str] = getattr(built, "metrics", None) or ()
    if wanted is None and not metrics:
        return
    for name in benchmarks:
        try:
            if wanted is not None:
                load_benchmark(name).proxies(wanted)
            for metric in metrics:
                load_benchmark(name).untrained_metric(metric)
        except UserError as error:
            raise UserError(f"method {method.name} cannot be run: {error}") from None


def _require_several_lengths(method: MethodChoice, protocol: Protocol) -> None:
    """Raises UserError for a method that needs shorter trainings than a protocol has."""
    if protocol.fidelities == "full" and getattr(method.build(), "fidelities", False):
        raise UserError(
            f"method {method.name} searches by trainings of several lengths, and queries under "
            f"{protocol.name} answer full ones only; give --protocol multi-fidelity"
        )


def _listed_methods(given: Any) -> list[Any]:
    several = given if isinstance(given, (list, tuple)) else [given]
    parts = [
        part for one in several for part in (split_list(one) if isinstance(one, str) else [one])
    ]
    return parts or listed("", "methods")


def make_experiment(values: dict[str, Any], file: Path | None = None) -> Experiment:
    """An experiment from values (None: not given) over those of a TOML file. Raises UserError."""
    where = "the experiment"
    given: dict[str, Any] = {}
    if file is not None:
        where = f"the experiment file {file}"
        given = read_settings(file, where)
        with _named(where):
            _check_keys(given)
    given |= {key: value for key, value in values.items() if value is not None}
    for key in ("methods", "benchmarks"):
        if not given.get(key):
            raise UserError(f"{where} names no {key}; give --{key} (see `nasarena {key}`)")
    with _named(where if file else ""):
        return Experiment(**given)


@contextmanager
def _named(where: str) -> Iterator[None]:
    """Errors within begin with where they are, if that is a file."""
    try:
        yield
    except NotFetched:  # whoever asked may fetch it
        raise
    except UserError as error:
        raise UserError(f"{where}: {error}" if where else str(error)) from None


def run(
    experiment: Experiment,
    progress: bool | None = None,
    strict: bool = False,
    fresh: bool = False,
) -> Report:
    """Run what is missing of an experiment into its results folder.

    With `fresh`, all its runs are made anew, after the method's source changed for example; the
    old ones are kept aside until the new ones are complete.

    Each method with runs that gave up (they returned early, or repeated themselves until their
    patience ended) is a `RunsWarning`, and so is each with failed runs; with `strict`, failed runs
    are an error instead. A failed run is tried again next time. A bar shows the progress in a
    terminal and in a notebook; `progress` says whether, wherever it is.

    Raises RunsFailed, a UserError, with `strict`, once all runs are done and stored. Raises
    UserError where runs cannot be made at all; what was finished is then stored.

    Example:
        >>> report = run(Experiment(methods="random-search", benchmarks="nasbenchgraph/proteins",
        ...                         seeds=range(3), budget=50, results="my-results"))
        >>> report.done + report.kept
        3
    """
    report = experiment.run(progress, fresh)
    for sentence in report.warnings + ([] if strict else report.failures):
        warnings.warn(sentence, RunsWarning, stacklevel=2)
    if strict and report.failures:
        raise RunsFailed("\n".join(report.failures))
    return report
