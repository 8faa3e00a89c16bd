"""A benchmark: a search space, a data set, and the table measured on it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.arrays import Accuracies, read_only
from nasarena.suite.errors import UserError, listed, nearest, one_line
from nasarena.suite.plugins import BrokenPlugin
from nasarena.suite.protocol import Limit
from nasarena.suite.spaces import CategoricalSpace
from nasarena.suite.tables.cache import open_table
from nasarena.suite.tables.fetched.catalogue import not_here
from nasarena.suite.tables.fetched.metric_copies import fetched_metrics
from nasarena.suite.tables.fidelities import Fidelities
from nasarena.suite.tables.limited_table import LimitedTable, limited_table
from nasarena.suite.tables.metric import Column, Metric
from nasarena.suite.tables.objective import ACCURACY, Objective
from nasarena.suite.tables.proxies import Proxies, scores_among
from nasarena.suite.tables.sources import Source
from nasarena.suite.tables.table import OPTIONAL_COLUMNS, Table


@dataclass(frozen=True)
class Benchmark:
    """What is searched: named `space/dataset`.

    `read` turns the source file's bytes (and their sha256) into a table whose rows are in the
    order of the space that `make_space` makes; both are called when first needed.

    `architectures` is for spaces that are what was measured: the sha256 of which architectures the
    rows are. The table's identity then depends on it; elsewhere the name of the space says it.

    `space_name` is that of the search space, where the benchmark's own does not begin with it:
    averages are taken within spaces first.

    `further_facts` gives what else the source measured, for the benchmark's card: by name, in
    words.

    `fidelities` are the lengths of training that were measured, where there are several; the last
    is that of the table. `read_shorter` gives the validation accuracies of the others, an array for
    each: (architectures, training runs), of the runs of the table or of any others. It raises
    UserError where they have to be fetched.

    `objective` is what the table's labels and tests measure; the table holds them so that higher
    is better.

    `beside` gives the metrics that come with the benchmark in a file of their own, as the suite's
    own zero-cost scores do.

    `limit` is the one that a protocol sets (see `limited`), "" for none.
    """

    name: str
    make_space: Callable[[], CategoricalSpace]
    file: Source
    read: Callable[[bytes, str], Table]
    licence: str
    citation: str
    architectures: str = ""
    space_name: str = ""
    further_facts: Callable[[], dict[str, str]] = dict
    objective: Objective = ACCURACY
    fidelities: Fidelities | None = None
    read_shorter: Callable[["Benchmark"], Sequence[Accuracies]] | None = None
    beside: Callable[[], Mapping[str, Column]] = dict
    limit: str = ""

    @cached_property
    def space(self) -> CategoricalSpace:
        """The search space."""
        try:
            return self.make_space()
        except Exception as error:  # anybody's code
            raise self._broken("space", error) from error

    @cached_property
    def table(self) -> Table:
        """The measured metrics, memory-mapped from the cache.

        Test accuracies that the source lacks may have been fetched. The sha256 is that of the
        source's table all the same, so that stored runs stay runs on it.
        """
        table = open_table(self.name, self.file, self._read)
        if self.architectures:
            digest = sha256(f"{table.sha256}\0{self.architectures}".encode()).hexdigest()
            table = replace(table, sha256=digest)
        if table.test is None and (fetched := self._fetched.get("test")) is not None:
            table = replace(table, test=fetched.values, sha256=table.sha256)
        return table

    def limited(self, limit: str) -> "Benchmark":
        """This benchmark under a protocol's limit (`metric:number`), always the same object.

        Raises UserError where it has no such metric, or no architecture keeps to the limit.
        """
        if limit not in self._limited:
            self._limited[limit] = self._under(limit)
        return self._limited[limit]

    @cached_property
    def _limited(self) -> dict[str, "Benchmark"]:
        return {"": self}

    def _under(self, limit: str) -> "Benchmark":
        try:
            metric, _ = wanted = Limit.parse(limit)
        except ValueError as error:
            raise UserError(f"'{one_line(limit, 60)}' is no limit: {error}") from None
        column = self.metric(metric)
        sign = {"min": 1.0, "max": -1.0}.get(column.metric.direction or "")
        if sign is None:
            raise UserError(
                f"{metric} of {self.name} cannot be limited: neither more nor less of it is "
                "better; name another metric"
            )
        feasible = sign * column.values <= sign * wanted.number  # NaN is not
        if not feasible.any():
            best = np.nanmin(sign * column.values) * sign
            raise UserError(
                f"no architecture of {self.name} has {limit_text(wanted, column.metric)}; the best "
                f"has {best:.6g}"
            )
        under = replace(self, limit=str(wanted))
        # As if they had been opened: no file holds such a table.
        vars(under)["space"], vars(under)["metrics"] = self.space, self.metrics
        vars(under)["table"] = limited_table(
            self.table, feasible, self.objective, f"{wanted} {_digest(column.values)}"
        )
        return under

    @property
    def limit_text(self) -> str:
        """The limit in words: `latency_ms.edgegpu of at most 5 ms`; "" without one."""
        limit = Limit.parse(self.limit) if self.limit else None
        return limit_text(limit, self.metrics[limit.metric].metric) if limit else ""

    @property
    def limit_sentence(self) -> str:
        """The limit, and how many architectures keep to it, in a sentence; "" without one."""
        if not isinstance(self.table, LimitedTable):
            return ""
        kept, size = int(self.table.feasible.sum()), self.table.size
        missing = size - self.metrics[Limit.parse(self.limit).metric].measured
        return (
            f"Only architectures with {self.limit_text} can be the answer: {kept:,} of {size:,}."
            + f" The {missing:,} that were not measured do not count among them." * (missing > 0)
        )

    @cached_property
    def metrics(self) -> Mapping[str, Column]:
        """All that was measured, by name: the table's own metrics, then those that were fetched.

        Example:
            >>> load_benchmark("nasbench201/cifar10").metrics["training_seconds"].metric.unit
            's'
        """
        return self._own_metrics() | dict(self.beside()) | self._fetched

    @cached_property
    def scores(self) -> Proxies:
        """All zero-cost scores that are here."""
        return scores_among(self.metrics)

    def proxies(self, names: Sequence[str] = ()) -> Proxies:
        """Zero-cost scores: those named, or all that the benchmark has.

        Raises UserError when it has none, or lacks one; also when all are asked for and some were
        not fetched, since a run would otherwise depend on what is here.

        Example:
            >>> load_benchmark("nasbench201/cifar100").proxies(["params"]).scores["params"].size
            15625
        """
        if names and set(names) <= {*self.scores.names}:
            return self.scores.select(names)
        if more := [one for one in not_here(self.name) if one.scores]:
            raise UserError(
                f"zero-cost scores of {self.name} have to be fetched first; give: "
                f"nasarena fetch {' '.join(one.name for one in more)}"
            )
        try:
            return self.scores.select(names)
        except UserError as error:
            raise UserError(f"{self.name} has {error}") from None

    def require_fidelities(self) -> Fidelities:
        """The lengths of training. Raises UserError where there is only one."""
        if self.fidelities is None:
            raise UserError(
                f"{self.name} has full trainings only, and the protocol asks for shorter ones as "
                "well; choose another benchmark or another protocol"
            )
        return self.fidelities

    def shorter_trainings(self) -> Sequence[Accuracies]:
        """Validation accuracies of the shorter trainings, percent, beside `fidelities.epochs`.

        Shape of each: (architectures, training runs). Raises UserError where there are none, or
        where they have to be fetched.
        """
        self.require_fidelities()
        return self._shorter

    @cached_property
    def _shorter(self) -> Sequence[Accuracies]:
        assert self.read_shorter is not None
        shorter = list(self.read_shorter(self))
        read_only(shorter)
        return shorter

    def metric(self, name: str) -> Column:
        """One of `metrics`. Raises UserError where the benchmark has none of this name."""
        if name in self.metrics:
            return self.metrics[name]
        said = f"{self.name} has no metric '{one_line(name, 60)}'; {nearest(name, self.metrics)}"
        if more := not_here(self.name):
            said += f"; more can be fetched: nasarena fetch {' '.join(one.name for one in more)}"
        raise UserError(said)

    def untrained_metric(self, name: str) -> NDArray[np.float64]:
        """What problems show of a metric that costs no training, shape (architectures,).

        Higher is better, as what is to be minimised is negated; NaN where an architecture was not
        measured. Raises UserError for a metric that needs training, or has no direction.
        """
        metric, values = self.metric(name).metric, np.asarray(self.metrics[name].values)
        if metric.needs_training:
            raise UserError(
                f"{name} cannot be measured without training, so that no method is shown it; name "
                f"one of: {listed(self._untrained())}"
            )
        if metric.direction is None:
            raise UserError(
                f"neither more nor less of {name} is better; name one of: "
                f"{listed(self._untrained())}"
            )
        return values if metric.direction == "max" else 0.0 - values

    def _untrained(self) -> list[str]:
        every = (column.metric for column in self.metrics.values())
        return [one.name for one in every if not one.needs_training and one.direction]

    @property
    def is_surrogate(self) -> bool:
        """Whether the labels are predictions of a model."""
        return False

    @property
    def fetched_test_sha256(self) -> str:
        """Of the test accuracies that were fetched, which the table's sha256 says nothing of.

        "" where none were.
        """
        fetched = self._fetched.get("test")
        return "" if fetched is None else fetched.sha256

    def _own_metrics(self) -> dict[str, Column]:
        table, objective = self.table, self.objective
        if not table.optimum_known:
            return {}
        own = {
            Metric("validation", objective.unit, objective.direction): table.mean_validation,
            Metric("test", objective.unit, objective.direction): table.test,
            Metric("training_seconds", "s", "min"): table.training_seconds,
            Metric("parameters", "", "min"): table.parameters,
            Metric("latency_seconds", "s", "min"): table.latency_seconds,
        }
        return {
            metric.name: Column(
                metric,
                objective.measured(values) if metric.name in ("validation", "test") else values,
                "",
                table.sha256,
            )
            for metric, values in own.items()
            if values is not None
        }

    @cached_property
    def _fetched(self) -> dict[str, Column]:
        found = fetched_metrics(self.name)
        for name, column in found.items():
            if column.values.size != self.space.size:
                raise UserError(
                    f"{column.source} has {column.values.size:,} values of {name} for the "
                    f"{self.space.size:,} architectures of {self.name}"
                )
        return found

    def forget_table(self) -> None:
        """The table is opened again when it is next used: more of it may have been fetched."""
        for kept in ("table", "metrics", "scores", "_fetched", "_limited", "_shorter"):
            vars(self).pop(kept, None)

    def chargeable(self, duplicates: str) -> int:
        """How many architectures can be charged: all, or `by_isomorphism` one of each class."""
        return self.table.size if duplicates == "by_id" else self.space.class_count

    def look_up(self, architecture: int | str) -> dict[str, Any]:
        """What is known of one architecture, given by its id or its key.

        Its `id` and `key`; its mean `validation` accuracy and that of each training run, its
        `regret` (its distance to the best of the space) and its `test` accuracy, in percent and
        points, or in the unit of the benchmark's `objective`, as measured; training and latency in
        seconds; the number of parameters. None where the source has none. `metrics` are those that
        were fetched beside these, by name, None where this architecture was not measured. Raises
        UserError for what is no architecture of the space.

        Example:
            >>> load_benchmark("nasbench201/cifar10").look_up("000000")["key"]
            '000000'
        """
        space, table = self.space, self.table
        id = int(space.ids(architecture)) if isinstance(architecture, str) else architecture
        key = space.key(id)
        measured = self.objective.measured
        runs = measured(table.validation[id])
        others = {name: _number(getattr(table, name), id) for name in OPTIONAL_COLUMNS}
        if others["test"] is not None:
            others["test"] = measured(others["test"])
        return {
            "id": int(id),
            "key": key,
            "validation": measured(float(table.mean_validation[id])),
            "validation_runs": runs[~np.isnan(runs)].tolist(),
            "regret": _number(table.regret(np.array([id])), 0),
            **others,
            "metrics": {
                name: _number(column.values, id)
                for name, column in (dict(self.beside()) | self._fetched).items()
                if name not in OPTIONAL_COLUMNS
            },
        }

    def _read(self, content: bytes, source_sha256: str) -> Table:
        try:
            return self.read(content, source_sha256)
        except Exception as error:  # anybody's code
            raise self._broken("table", error) from error

    def _broken(self, what: str, error: Exception) -> BrokenPlugin:
        if isinstance(error, UserError):  # it says what to do
            return BrokenPlugin(str(error))
        said = one_line(f"{type(error).__name__}: {error}")
        return BrokenPlugin(f"the {what} of benchmark {self.name} cannot be made: {said}")


def limit_text(limit: Limit, metric: Metric) -> str:
    """`latency_ms.edgegpu of at most 5 ms`; `at least` of what is to be maximised."""
    which = "at most" if metric.direction == "min" else "at least"
    amount = f"{int(limit.number):,}" if limit.number.is_integer() else limit.amount
    return f"{limit.metric} of {which} {amount} {metric.unit}".rstrip()


def _digest(values: NDArray[np.float64]) -> str:
    return sha256(np.ascontiguousarray(values, dtype="<f8").data).hexdigest()


def _number(values: NDArray[np.float64] | None, id: int) -> float | None:
    """The value of one architecture; None where it is not known."""
    return None if values is None or np.isnan(values[id]) else float(values[id])
