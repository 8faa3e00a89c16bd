"""docs/weaknas.md: one setting changed at a time."""

from typing import Any

import pandas as pd
import pytest

from weaknas_docs import DOCS, PAGE


@pytest.mark.parametrize(
    ("predictor", "worse", "better", "unclear"),
    [
        (
            "mlp",
            {"initial": (30, 50, 100), "batch": (50,), "top_n": (300, 1000)},
            {"top_n": (10,)},
            {"top_n": (30,)},
        ),
        (
            "small-mlp",
            {"initial": (100,), "top_n": (300, 1000)},
            {},
            {"initial": (30, 50), "batch": (50,)},
        ),
    ],
)
def test_what_is_said_of_settings(
    made: Any,
    predictor: str,
    worse: dict[str, tuple[int, ...]],
    better: dict[str, tuple[int, ...]],
    unclear: dict[str, tuple[int, ...]],
) -> None:
    def named(changed: dict[str, tuple[int, ...]]) -> set[str]:
        return {
            made.setting_name(parameter, value, predictor)
            for parameter, values in changed.items()
            for value in values
        }

    differences = made.settings_differences(predictor)
    assert {one.seeds_a for one in differences.values()} == {30}
    clear = {name for name, one in differences.items() if one.p_holm <= 0.05}
    assert {name for name in clear if differences[name].mean.low > 0} == named(worse)
    assert {name for name in clear if differences[name].mean.high < 0} == named(better)
    without_0 = {name for name, one in differences.items() if one.mean.low > 0 or one.mean.high < 0}
    assert without_0 - clear == named(unclear)


def test_the_sizes_of_differences_of_settings_are_said(made: Any) -> None:
    def more(predictor: str, parameter: str, *values: int) -> list[int]:
        differences = made.settings_differences(predictor)
        return [
            round(abs(differences[made.setting_name(parameter, value, predictor)].mean.value))
            for value in values
        ]

    assert (
        "30, 50 and 100 first labels ({}, {} and {} samples more)".format(
            *more("mlp", "initial", 30, 50, 100)
        )
        in PAGE
    )
    assert "batches of 50 ({} more)".format(*more("mlp", "batch", 50)) in PAGE
    assert (
        "Top-N 300 ({} more) and 1,000 ({} more)".format(*more("mlp", "top_n", 300, 1000)) in PAGE
    )
    of_ten = "a Top-N of 10 needs {} samples fewer"
    assert PAGE.count(of_ten.format(*more("mlp", "top_n", 10))) == 2
    seeds = made.settings_differences("mlp", same_seeds=True)
    assert {(one.seeds_a, one.seeds_b) for one in seeds.values()} == {(30, 30)}
    clear = {name for name, one in seeds.items() if one.p_holm <= 0.05}
    others = [made.setting_name(*it, "mlp") for it in (("initial", 30), ("batch", 50))]
    before = made.settings_differences("mlp")
    assert clear == {name for name, one in before.items() if one.p_holm <= 0.05} - {*others}
    assert "(p = {:.2g} and {:.2g})".format(*(seeds[name].p_holm for name in others)) in PAGE
    ten = seeds[made.setting_name("top_n", 10, "mlp")]
    assert f"{of_ten.format(round(-ten.mean.value))} than they (p = {ten.p_holm:.2g})" in PAGE
    small = more("small-mlp", "initial", 100) + more("small-mlp", "top_n", 300, 1000)
    assert (
        "100 first labels ({} samples more) and Top-N 300 and 1,000 ({} and {} more)".format(*small)
        in PAGE
    )
    assert [len(made.settings_differences(name)) for name in ("mlp", "small-mlp")] == [11, 11]
    for name in ("settings", "settings-small"):
        shown = pd.read_csv(DOCS / "weaknas" / f"{name}.csv")["setting"]
        assert {"initial 10", "batch 10", "top_n 100"} <= {*shown}, "the released ones, in orange"
    assert "Corrected for the eleven settings of a network, their p is above 0.05" in PAGE
    for name in ("mlp", "small-mlp"):
        for batch in (1, 5, 20):
            unclear = made.settings_differences(name)[made.setting_name("batch", batch, name)]
            assert unclear.p_holm > 0.05
            assert unclear.mean.low < 0 < unclear.mean.high
    assert "For batches of 1, 5 and 20 no difference from batches of 10 was found" in PAGE
