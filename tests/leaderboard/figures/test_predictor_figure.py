"""The predictor study's figure: its files, what they hold, and who is drawn how."""

import csv
from dataclasses import replace
from io import BytesIO, StringIO
from xml.etree import ElementTree

import matplotlib.image
import pytest

from nasarena.leaderboard.figures.predictor_figure import (
    LIKE_REFERENCE,
    figure_files,
    predictor_styles,
)
from nasarena.suite.plugins import plugins
from nasarena.suite.predictor_study.summary import Row
from nasarena.suite.predictors import GROUP
from nasarena.suite.statistics.samples import Estimate

ROW = Row(
    benchmark="nasbench201/cifar10",
    labels=50,
    predictor="gp",
    seeds=5,
    top=157,
    tau=Estimate(0.71, 0.7, 0.72),
    tau_top=Estimate(-0.02, -0.06, 0.024),
    precision=Estimate(0.21, 0.14, 0.29),
    tau_minus_ridge=None,
    table_sha256="0" * 64,
)
ROWS = [
    replace(ROW, benchmark=benchmark, labels=labels, predictor=predictor)
    for benchmark in ("nasbench201/cifar10", "nasbenchgraph/citeseer")
    for labels in (50, 200)
    for predictor in ("gp", "ridge", "_mine<$x$>")
]


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return figure_files(ROWS)


def test_the_same_rows_give_the_same_bytes(files: dict[str, bytes]) -> None:
    assert figure_files(ROWS) == files


def test_the_svg_names_every_benchmark_predictor_and_measure(files: dict[str, bytes]) -> None:
    text = "".join(ElementTree.fromstring(files["predictors.svg"]).itertext())
    for said in ("nasbench201/cifar10", "citeseer", "gp", "ridge", "_mine<$x$>", "random order"):
        assert said in text
    for said in ("whole space", "true top 1 %", "precision", "labels", "200"):
        assert said in text


def test_the_pdf_and_the_png_are_some(files: dict[str, bytes]) -> None:
    assert files["predictors.pdf"].startswith(b"%PDF-")
    height, width, _ = matplotlib.image.imread(BytesIO(files["predictors.png"])).shape
    assert width > 900
    assert height > width / 2


def test_the_data_are_what_is_drawn(files: dict[str, bytes]) -> None:
    lines = list(csv.DictReader(StringIO(files["predictors.csv"].decode())))
    assert len(lines) == 3 * len(ROWS)
    (line,) = [
        line
        for line in lines
        if (line["benchmark"], line["measure"], line["predictor"], line["labels"])
        == ("nasbenchgraph/citeseer", "precision", "ridge", "200")
    ]
    assert (line["value"], line["low"], line["high"]) == ("0.21", "0.14", "0.29")


def test_one_seed_one_predictor_one_benchmark_and_one_number_of_labels() -> None:
    alone = replace(
        ROW,
        seeds=1,
        tau=Estimate(0.5, None, None),
        tau_top=Estimate(0.1, None, None),
        precision=Estimate(0.2, None, None),
    )
    data = figure_files([alone])["predictors.csv"].decode()
    assert "nasbench201/cifar10,tau,gp,50,0.5,,\n" in data


def test_styles_differ_and_a_predictor_keeps_its_own() -> None:
    known = list(plugins(GROUP))
    styles = predictor_styles([*known, "theirs", "mine"])
    assert len(set(styles.values())) == len(known) + 2
    assert LIKE_REFERENCE not in styles.values()
    for name in known:
        assert predictor_styles([name]) == {name: styles[name]}
