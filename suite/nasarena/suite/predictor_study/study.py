"""The predictor study: how well predictors order a space, against the number of labels.

The paper's argument is that weak predictors suffice (Wu et al., NeurIPS 2021); this measures how
weak they are, and where. The labels are the seed-mean validation accuracies of architectures
drawn uniformly; predictors are fitted to the normal quantiles of their ranks (`rank_gaussian`)
and judged on the whole space, the labelled architectures included.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from nasarena.suite.arrays import Ids
from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.benchmarks.registry import choose_benchmarks, load_benchmark, require_accuracies
from nasarena.suite.errors import UserError
from nasarena.suite.names import expand, listed, parse_counts, seed_range
from nasarena.suite.observed_labels import random_stream
from nasarena.suite.parameters import fresh, opened, packed, value_text
from nasarena.suite.plugins import plugins
from nasarena.suite.predictor_study.measurements import Measurement, Task
from nasarena.suite.predictors import GROUP, predict_all, predictor_factory
from nasarena.suite.statistics.rank_quality import space_quality, top_count, with_ties
from nasarena.suite.targets import rank_gaussian

FEWEST_LABELS = 2
"""With a single label there is nothing to learn."""


@dataclass(frozen=True)
class Study:
    """What is measured: every predictor on every benchmark, for all numbers of labels and seeds.

    `named` are the predictors that were asked for by name, not by a pattern; `given` are those
    that are not registered, by the name under which they are measured, `packed`.
    """

    predictors: tuple[str, ...]
    benchmarks: tuple[str, ...]
    labels: tuple[int, ...]
    seeds: range
    named: frozenset[str] = frozenset()
    given: Mapping[str, bytes] = field(default_factory=dict)

    def tasks(self) -> list[Task]:
        """The measurements, seed by seed and few labels first: soon, every predictor was tried."""
        return [
            Task(benchmark, predictor, labels, seed, self.given.get(predictor))
            for seed in self.seeds
            for labels in self.labels
            for benchmark in self.benchmarks
            for predictor in self.predictors
        ]


def choose_study(
    predictors: Any,
    benchmarks: str | Sequence[str],
    labels: str | int | Sequence[int],
    seeds: str | int | range,
) -> Study:
    """A study of names and patterns, in texts with commas or lists, and of estimators.

    Predictors are what `predictor_factory` takes, one or a list; labels are numbers, seeds a
    number, a text as `100:110`, or a range. Raises UserError for what is not known, and for more
    labels than a space has architectures.
    """
    several = predictors if isinstance(predictors, (list, tuple)) else [predictors]
    texts = [one for one in several if isinstance(one, str)]
    given = dict(_given(one) for one in several if not isinstance(one, str))
    named = listed(texts, "predictors") if texts or not given else []
    names = expand(named, plugins(GROUP), "predictor")
    places = choose_benchmarks(listed(benchmarks, "benchmarks"))
    if not isinstance(labels, str):
        numbers = [labels] if isinstance(labels, int) else labels
        labels = ",".join(map(str, numbers))
    counts = parse_counts(labels, FEWEST_LABELS, "--sizes")
    for place in places:
        require_accuracies(place)
        size = load_benchmark(place).space.size
        if counts[-1] > size:
            raise UserError(
                f"{counts[-1]:,} labels are more than {place} has architectures ({size:,}); "
                "give fewer with --sizes"
            )
    return Study(
        predictors=(*names, *given),
        benchmarks=tuple(places),
        labels=tuple(counts),
        seeds=seed_range(seeds),
        named=frozenset([*named, *given]),
        given=given,
    )


def _given(predictor: Any) -> tuple[str, bytes]:
    """The name of a predictor that is not registered, and the predictor for other processes."""
    predictor_factory(predictor)
    name = value_text(predictor)
    classes = [predictor if isinstance(predictor, type) else type(predictor)]
    return name, packed(fresh(predictor), classes, f"predictor {name}")


def labelled(benchmark: Benchmark, labels: int, seed: int) -> Ids:
    """The architectures whose labels are given: drawn uniformly, shape (labels,).

    The same for every predictor; of a seed, fewer labels are a prefix of more.
    """
    rng = random_stream(benchmark.name, seed, "predictor study: labelled")
    return benchmark.space.sample(benchmark.space.size, rng)[:labels]


def predictions(task: Task) -> NDArray[np.floating]:
    """What the predictor of a task says of the whole space, shape (architectures,).

    Raises ValueError as `predict_all`.
    """
    benchmark = load_benchmark(task.benchmark)
    space = benchmark.space
    make = predictor_factory(task.predictor if task.given is None else opened(task.given))
    ids = labelled(benchmark, task.labels, task.seed)
    targets = rank_gaussian(with_ties(benchmark.table.mean_validation[ids]))
    with threadpool_limits(limits=1):
        predictor = make(space, random_stream(task.benchmark, task.seed, "predictor study: fit"))
        predictor.fit(ids, targets)
        return predict_all(predictor.predict, space.size)


def measure(task: Task) -> Measurement:
    """One measurement: a pure function of the task (and of the table and the libraries)."""
    return judged(task, predictions(task))


def judged(task: Task, predicted: NDArray[np.floating]) -> Measurement:
    """The measurement of predictions of the whole space, shape (architectures,)."""
    table = load_benchmark(task.benchmark).table
    quality = space_quality(predicted, table.mean_validation)
    return Measurement(
        benchmark=task.benchmark,
        predictor=task.predictor,
        labels=task.labels,
        seed=task.seed,
        tau=quality.tau,
        tau_top=quality.tau_top,
        precision=quality.precision,
        top=top_count(table.size),
        table_sha256=table.sha256,
    )
