"""Judged predictors, read from run records and looked up by the number of labels."""

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from nasarena.suite.records.run_record import RUNS_SCHEMA
from nasarena.suite.statistics.judged_predictors import read_judged

Shown = list[list[tuple[int, float]]]


def table(diagnostics: list[dict[str, list[float]]]) -> pa.Table:
    kind = RUNS_SCHEMA.field("diagnostics").type
    column = pa.array([list(noted.items()) for noted in diagnostics], kind)
    return pa.table({"diagnostics": column})


def noted(shown: list[tuple[int, float]]) -> dict[str, list[float]]:
    """What a judge notes of predictors shown after so many labels, with such a tau."""
    labels, taus = [float(labels) for labels, _ in shown], [tau for _, tau in shown]
    noted = {
        "loss": [1.0],
        "model_labels": labels,
        "model_precision": [0.5] * len(shown),
        "model_tau": taus,
        "model_tau_top": [-tau for tau in taus],
    }
    return noted if shown else {"loss": [1.0]}


@given(
    st.lists(
        st.lists(st.tuples(st.integers(1, 9), st.floats(-1, 1)), max_size=4).map(
            lambda shown: sorted(shown, key=lambda pair: pair[0])
        ),
        min_size=1,
        max_size=4,
    )
)
@settings(max_examples=100, deadline=None)
def test_the_last_predictor_by_then_counts(runs: Shown) -> None:
    judged = read_judged(table([noted(shown) for shown in runs]))
    labels = np.arange(1, 11)
    for quality, sign in (("tau", 1), ("tau_top", -1)):
        found = judged.at(quality, len(runs), labels)
        assert found.shape == (len(runs), 10)
        for run, shown in enumerate(runs):
            for place, count in enumerate(labels.tolist()):
                by_then = [tau for charged, tau in shown if charged <= count]
                expected = sign * by_then[-1] if by_then else np.nan
                assert np.array_equal(found[run, place], expected, equal_nan=True)


def test_runs_that_showed_nothing_have_nothing() -> None:
    judged = read_judged(table([{"loss": [2.0]}, {}]))
    assert np.isnan(judged.at("tau", 2, np.array([5]))).all()
