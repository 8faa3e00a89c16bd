"""docs/simulations/weaknas_fits.csv is what the code makes."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from simulations import simulation


def test_the_fits_are_of_the_predictors_that_searched(made: Any) -> None:
    """What the trees of a search recommended is what those of the fits predict to be the best."""
    runs, fits = made.whole_runs("gbrt"), made.fits()
    regret = runs.benchmark.table.regret(runs.recommended_ids)
    recommended = pd.DataFrame(
        {
            "seed": runs.seeds[runs.recommended_run],
            "labels": runs.recommended_after,
            "recommended": regret,
        }
    )
    chosen = (fits["predictor"] == "gbrt") & (fits["search"] == "weak")
    both = fits[chosen].merge(recommended, on=["seed", "labels"])
    assert len(both) == chosen.sum() > 0
    assert np.allclose(both["regret_predicted"], both["recommended"], rtol=1e-5)


@pytest.mark.parametrize("predictor", ["small-mlp", "mlp", "gbrt"])
def test_fits_are_what_the_code_makes(predictor: str) -> None:
    if predictor == "gbrt":
        pytest.importorskip("xgboost")
    fitting = simulation("weaknas_fits")
    seed, trace = next(fitting.traces(predictor))
    order = np.random.default_rng(seed).permutation(fitting.BENCHMARK.table.size)
    stored = pd.read_csv(fitting.CSV)
    for search, ids in (("weak", trace[:50]), ("strong", order[:50])):
        again = fitting.predictor_row(predictor, ids, seed)
        (row,) = stored[
            (stored["predictor"] == predictor)
            & (stored["search"] == search)
            & (stored["seed"] == seed)
            & (stored["labels"] == 50)
        ].to_dict("records")
        assert again["regret_best"] == pytest.approx(row["regret_best"], rel=1e-5)
        # On another processor the last bits of a fit differ.
        for key in ("tau", "tau_top", "tau_unseen"):
            assert again[key] == pytest.approx(row[key], abs=0.02)
