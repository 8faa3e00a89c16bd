"""Two methods side by side: what the tables say, in each format."""

import csv
import json
from dataclasses import replace
from io import StringIO

from rich.console import Console

from nasarena.leaderboard.tables.two_methods import (
    TEXT_FORMATS,
    columns,
    effect_sentence,
    heading,
    print_tables,
)
from nasarena.suite.statistics.samples import Estimate
from nasarena.suite.statistics.samples_effect import SamplesEffect
from nasarena.suite.statistics.two_methods import PairedMeasure

SAMPLES = PairedMeasure(
    protocol="p",
    benchmark="nasbench201/cifar10",
    a="brp-nas[models=50]",
    b="b",
    paired=True,
    seeds_a=3,
    seeds_b=3,
    labels=300,
    measure="samples",
    of_a=Estimate(123.4, 100.0, 150.6),
    of_b=Estimate(80.25, 60.0, 99.0),
    difference=Estimate(43.15, -3.5, 80.0),
    p=0.0123,
)
PRECISION = replace(
    SAMPLES,
    labels=50,
    measure="precision",
    of_a=Estimate(0.25, 0.2, 0.3),
    of_b=Estimate(0.5, 0.4, 0.6),
    difference=Estimate(-0.25, -0.3, -0.2),
    p=None,
)
OTHER = replace(
    SAMPLES, benchmark="nasbench201/cifar100", seeds_a=1, seeds_b=1, difference=Estimate(-5.0)
)
ROWS = [SAMPLES, PRECISION, OTHER]
EFFECT = SamplesEffect(
    protocol="p",
    benchmark="nasbench201/cifar10",
    a="brp-nas[models=50]",
    b="b",
    budget=300,
    seeds=30,
    ratio=Estimate(1.5376, 0.95, 2.4),
    p=0.0812,
    smallest=61.23,
    note="",
)
SENTENCE = (
    "Ratio of samples, brp-nas[models=50] to b: 1.54 [0.95, 2.4], p = 0.081. Smallest "
    "difference that 30 seeds could have shown: 61.2 samples."
)


def test_cells_say_means_intervals_and_signed_differences() -> None:
    cells = {column.title: column.cells for column in columns([SAMPLES, PRECISION])}
    assert cells["labels"] == ["300", "50"]
    assert cells["measure"] == ["samples to the optimum", "precision at 1 % (%)"]
    assert cells["brp-nas[models=50]"] == ["123 [100, 151]", "25.0 [20.0, 30.0]"]
    assert cells["difference"] == ["+43.1 [-3.50, +80.0]", "-25.0 [-30.0, -20.0]"]
    assert cells["p"] == ["0.012", "\u2014"]


def test_one_seed_has_no_interval_and_says_so() -> None:
    assert columns([OTHER])[-2].cells == ["-5.00"]
    assert heading([OTHER]) == (
        "nasbench201/cifar100: p, one seed in common; no interval below 6 seeds"
    )


def test_the_line_above_says_which_runs_are_compared() -> None:
    many = replace(SAMPLES, seeds_a=30, seeds_b=30)
    assert heading([many]).endswith("p, 30 seeds in common, paired by seed")
    unpaired = replace(SAMPLES, paired=False, seeds_a=30, seeds_b=20)
    assert heading([unpaired]).endswith("labels are means: all runs of both (30 and 20), unpaired")
    few = replace(unpaired, seeds_b=5)
    assert heading([few]).endswith(
        "all runs of both (30 and 5), unpaired; no interval below 6 seeds"
    )


def test_a_table_for_each_benchmark_that_fits_the_width() -> None:
    file = StringIO()
    print_tables(ROWS, [EFFECT], Console(file=file, width=120))
    text = file.getvalue()
    assert max(map(len, text.splitlines())) <= 120
    assert "3 seeds in common, paired by seed; no interval below 6 seeds" in text
    assert "brp-nas[models=50]" in text
    assert "p = 0.081" in text


def test_markdown_escapes_names_in_titles() -> None:
    text = TEXT_FORMATS["markdown"](ROWS, [EFFECT])
    assert text.count("### nasbench201/cifar10") == 2
    assert r"| labels | measure | brp-nas\[models=50\] | b | difference | p |" in text


def test_a_sentence_says_ratio_p_and_what_could_have_been_shown() -> None:
    assert effect_sentence(EFFECT) == SENTENCE
    few = replace(EFFECT, ratio=Estimate(1.5), p=None, smallest=None, note="One seed.")
    assert effect_sentence(few).endswith("to b: 1.5, no p. One seed.")


def test_latex_has_the_sentence_in_the_caption_of_its_benchmark() -> None:
    text = TEXT_FORMATS["latex"](ROWS, [EFFECT])
    captions = [line for line in text.splitlines() if line.startswith("\\caption")]
    assert ["p = 0.081" in caption for caption in captions] == [True, False]
    assert "brp-nas{[}models=50{]}" in text
    assert text.count("\\toprule") == 2


def test_machines_read_all_fields() -> None:
    (first, *_) = csv.DictReader(StringIO(TEXT_FORMATS["csv"](ROWS, [EFFECT])))
    assert (first["difference"], first["difference_low"]) == ("43.15", "-3.5")
    *_, last = json.loads(TEXT_FORMATS["json"](ROWS, [EFFECT]))
    assert last["difference"] == -5
    assert last["difference_low"] is None
    assert list(last) == list(first)
    assert (first["p"], first["ratio"], first["ratio_low"]) == ("0.0812", "1.5376", "0.95")
    assert (last["p"], last["smallest"]) == (None, None), "of another benchmark"
