"""Kinds of tables that people bring: each is read rightly, or refused in a sentence."""

import io
import re
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nasarena.suite.benchmarks import own_table
from nasarena.suite.benchmarks.own_table import OwnTable, read_own_table
from nasarena.suite.benchmarks.own_table_check import check_architectures
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.errors import UserError
from nasarena.suite.spaces.nasbench201 import NASBench201
from nasarena.suite.tables.objective import Objective
from nasarena.suite.tables.own_table_architectures import NASLIB_EDGES, NASLIB_OPERATIONS
from nasarena.suite.tables.own_table_columns import read_columns

CASES = Path(__file__).parents[3] / "shared" / "cases"
GRID = list(product((2, 4, 8), ("relu", "gelu")))
LABELS = [71.0, 75.5, 78.0, 74.0, 80.25, 79.0]
"""Of the grid: the best is depth 8 with relu."""

Read = Callable[..., OwnTable]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads a file of some content."""

    def own(content: str | bytes, space: str = "choices", **flags: object) -> OwnTable:
        path = tmp_path / "mine.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_own_table(path, space, read_columns(None, flags))

    return own


def grid(header: str, *columns: list[float] | list[str] | list[int]) -> str:
    """The grid as CSV with further columns."""
    lines = [f"depth,act,{header}"]
    for (depth, act), *cells in zip(GRID, *columns, strict=True):
        lines.append(",".join(map(str, (depth, act, *cells))))
    return "\n".join(lines)


def best(own: OwnTable) -> list[list[str]]:
    """The decisions of the optimum."""
    values = list(own.declared.values())
    return [
        [values[place][value] for place, value in enumerate(own.architectures[row].tolist())]
        for row in own.table.optimum.tolist()
    ]


def refusal(read: Read, content: str | bytes, space: str = "choices", **flags: object) -> str:
    """What is said of what cannot be read: one sentence."""
    with pytest.raises(UserError) as refused:
        read(content, space, **flags)
    said = str(refused.value)
    assert "\n" not in said
    assert len(said) < 500
    return said


@pytest.mark.parametrize(
    "names",
    [
        ("val_acc_12", "val_acc_200"),
        ("val_12", "val_108"),
        ("validation_accuracy_4", "validation_accuracy_36"),
        ("val_acc_1", "val_acc_3"),
        ("valAcc777", "valAcc888"),
        ("val", "val_acc"),
    ],
)
def test_columns_that_may_be_training_lengths_are_asked_about(
    read: Read, names: tuple[str, str]
) -> None:
    other = [60.0, 59.0, 58.0, 57.0, 56.0, 55.0]
    text = grid(",".join(names), other, LABELS)
    said = refusal(read, text)
    assert "--validation" in said
    assert all(name in said for name in names)
    own = read(text, validation=[names[1]])
    assert best(own) == [["8", "relu"]]
    assert dict(own.declared).keys() == {"depth", "act"}
    assert any(line.startswith(f"{names[0]}: ignored; 60.0, 59.0") for line in own.understood)


@pytest.mark.parametrize(
    "names",
    [
        *(("val_acc_1", "val_acc_2"), ("val_acc_0", "val_acc_1"), ("val_1", "val_2")),
        *(("val_acc_seed777", "val_acc_seed888"), ("val_acc_run_4", "val_acc_run_9")),
        ("val_fold1", "val_fold2"),
    ],
)
def test_columns_that_count_runs_are_runs(read: Read, names: tuple[str, str]) -> None:
    shifted = [label + (-1) ** row for row, label in enumerate(LABELS)]
    own = read(grid(",".join(names), LABELS, shifted))
    assert own.table.runs.tolist() == [2] * 6
    assert best(own) == [["8", "relu"]]


def test_columns_that_all_lines_order_alike_are_asked_about(read: Read) -> None:
    lines = [f"{a},{b},{50 + a},{60 + b},{70 + a - b}" for a, b in product(range(4), range(4))]
    text = "\n".join(["a,b,val_acc_1,val_acc_2,val_acc_3", *lines])
    assert "training runs or training lengths" in refusal(read, text)
    assert "training runs or training lengths" in refusal(
        read, "\n".join(["a," + ",".join(f"val_{n}" for n in range(1, 12)), "x" + ",50" * 11])
    )
    assert read(text, validation=["val_acc_3"]).table.best_validation == 73


def test_columns_of_tests_at_two_lengths_are_not_averaged(read: Read) -> None:
    text = grid("val_acc,test_acc_12,test_acc_200", LABELS, LABELS, LABELS)
    assert "--test" in refusal(read, text)


@pytest.mark.parametrize(
    "column",
    ["seed", "run", "trial", "fold", "repeat", "replicate", "Seed", "run_id", "random_seed", "rep"],
)
def test_lines_of_one_architecture_are_its_runs(read: Read, column: str) -> None:
    lines = [f"depth,act,{column},val_acc,train_time,test_acc"]
    for row, ((depth, act), label) in enumerate(zip(GRID, LABELS, strict=True)):
        for seed in range(2 + row % 2):  # two or three runs each
            lines.append(f"{depth},{act},{seed},{label + (-1) ** (row + seed)},{seed},{label}")
    order = np.random.default_rng(0).permutation(len(lines) - 1)
    own = read("\n".join([lines[0], *(lines[1 + row] for row in order)]))
    assert list(own.declared) == ["depth", "act"]
    assert sorted(own.table.runs.tolist()) == [2, 2, 2, 3, 3, 3]
    assert own.contents_sha256 == read("\n".join(lines)).contents_sha256
    assert own.table.training_seconds is not None
    assert set(own.table.training_seconds.tolist()) == {0.5, 1.0}
    assert best(own) == [["8", "relu"]]
    assert any(
        line.startswith(f"{column}: says which training run of an architecture")
        for line in own.understood
    )


def test_runs_of_keys_in_long_format(read: Read) -> None:
    own = read("key,seed,val\n333132,0,90\n333132,1,92\n000001,0,10\n", "nasbench201")
    assert own.table.mean_validation.tolist() == [10, 91]
    assert own.table.runs.tolist() == [1, 2]


def test_the_same_run_twice_and_repeats_without_a_column_are_refused(read: Read) -> None:
    text = "a,seed,val\nx,0,50\nx,0,51\ny,0,60\n"
    assert "line 3: this is the architecture of line 2 again, with the same seed" in refusal(
        read, text
    )
    assert "--runs" in refusal(read, "a,b,val\nx,1,50\nx,1,51\ny,2,60\n")
    own = read("a,shuffle,val\nx,0,50\nx,1,52\ny,0,60\n", runs=["shuffle"])
    assert own.table.mean_validation.tolist() == [51, 60]


def test_a_repeat_that_decides_the_label_is_asked_about(read: Read) -> None:
    """As the number of repeated layers does."""
    lines = [f"{a},{r},{50 + a + 3 * r + a % 3}" for a, r in product(range(10), (1, 2, 4))]
    text = "\n".join(["width,repeat,val_acc", *lines])
    said = refusal(read, text)
    assert "--runs repeat" in said
    assert "--decisions" in said
    assert list(read(text, decisions=["width", "repeat"]).declared) == ["width", "repeat"]
    assert read(text, runs=["repeat"]).table.validation.shape == (10, 3)


MEASURED = [100.5, 120.25, 150.0, 160.75, 99.0, 98.0]


@pytest.mark.parametrize(
    "name",
    [
        *("flops", "latency_ms", "energy", "top1", "gpu", "FLOPs(M)", "params_m", "memory_mb"),
        *("macs", "inference_time", "epoch", "num_epochs", "train_loss", "GPU hours", "throughput"),
    ],
)
@pytest.mark.parametrize("values", [MEASURED, [1, 2, 1, 2, 1, 2]])
def test_a_measurement_by_its_name_is_no_decision(
    read: Read, name: str, values: list[float]
) -> None:
    text = grid(f"{name},val_acc", values, LABELS)
    said = refusal(read, text)
    assert f"'{name}'" in said
    assert f"--ignore {name}" in said
    assert "--decisions" in said
    own = read(text, ignore=[name])
    assert list(own.declared) == ["depth", "act"]
    assert any(line.startswith(f"{name}: ignored; ") for line in own.understood)
    assert name in read(text, decisions=["depth", "act", name]).declared


@pytest.mark.parametrize(
    "values",
    [
        LABELS,
        [round(label) for label in LABELS],
        [-3 * label for label in LABELS],
        MEASURED,
        [f"net-{row}" for row in range(6)],
        [f"grade {label:g}" for label in LABELS],
    ],
)
def test_a_column_that_tells_the_label_is_no_decision(
    read: Read, values: list[float] | list[str]
) -> None:
    text = grid("hint,val_acc", values, LABELS)
    said = refusal(read, text)
    assert "'hint'" in said
    assert "--ignore hint" in said
    assert "--decisions" in said


def test_equal_labels_are_told_by_no_column(read: Read) -> None:
    """Where all are equal, each value of a column has one label, whatever the column is."""
    assert list(read(grid("val_acc", [50] * 6)).declared) == ["depth", "act"]
    more = grid("width,val_acc", [1, 2, 3, 3, 2, 1], [50] * 6)
    assert list(read(more).declared) == ["depth", "act", "width"]


def test_all_suspects_are_named_at_once_and_many_are_shortened(read: Read) -> None:
    said = refusal(read, grid("flops,energy,val", MEASURED, MEASURED, LABELS))
    assert "--ignore flops,energy" in said
    many = ",".join(f"score_x{column}" for column in range(280))
    said = refusal(read, grid(f"{many},val", *([MEASURED] * 280), LABELS))
    assert "279 others" in said
    said = refusal(read, grid(many.replace("score_", ""), *([MEASURED] * 280)))
    assert "... and 272 more" in said
    assert "... and 273 more" in refusal(
        read, grid(f"{many},val", *([MEASURED] * 280), LABELS), test=["gone"]
    )


@pytest.mark.parametrize("name", ["accuracy", "acc", "score", "Accuracy", "acc_1", "mean_accuracy"])
def test_a_score_is_validation_where_nothing_better_is_there(read: Read, name: str) -> None:
    assert best(read(grid(name, LABELS))) == [["8", "relu"]]
    text = grid(f"{name},val_acc", LABELS[::-1], LABELS)
    assert "metric" in refusal(read, text)
    assert best(read(text, ignore=[name])) == [["8", "relu"]]


LOSSES = [0.9, 0.7, 0.6, 0.8, 0.2, 0.3]


@pytest.mark.parametrize(
    "name",
    [
        *("val_loss", "loss", "error", "val_error", "validation_perplexity", "perplexity", "rmse"),
        *("val_rmse", "ValLoss", "test_loss", "mae", "top1_err"),
    ],
)
def test_a_loss_is_never_maximised(read: Read, name: str) -> None:
    text = grid(name, [10 * loss for loss in LOSSES])
    said = refusal(read, text)
    assert "--minimize" in said or "--validation" in said
    assert "--minimize" in refusal(read, text, validation=[name])
    own = read(text, objective=[name], direction="min")
    assert best(own) == [["8", "relu"]]
    assert own.objective == Objective(name, "", "min")
    assert own.objective.measured(own.table.best_validation) == 2
    assert (own.table.regret(np.arange(6)) >= 0).all()
    assert own.table.regret(np.arange(6)).max() == pytest.approx(7)


def test_minimize_finds_the_loss_beside_an_accuracy(read: Read) -> None:
    text = grid("val_acc,val_loss,test_acc,test_loss", LABELS[::-1], LOSSES, LABELS, LOSSES)
    own = read(text, direction="min")
    assert best(own) == [["8", "relu"]]
    assert own.table.test is not None
    assert own.table.test.max() == -0.2
    assert own.settings["objective"] == {"name": "val_loss", "unit": "", "direction": "min"}
    said = refusal(read, grid("val_acc", LABELS), direction="min")
    assert "--objective val_acc --direction min" in said


@pytest.mark.parametrize("direction", ["min", "max"])
def test_any_finite_number_is_an_objective(read: Read, direction: str) -> None:
    values = [-0.5, 0.0, 1e6, -3.25, 1e-9, 7.0]
    own = read(grid("thing", values), objective=["thing"], direction=direction, unit="ms")
    row = values.index(min(values) if direction == "min" else max(values))
    assert best(own) == [[str(value) for value in GRID[row]]]
    assert own.objective.text(own.table.best_validation, 2) == (
        "-3.25 ms" if direction == "min" else "1000000.00 ms"
    )
    assert not np.signbit(own.table.validation[own.table.validation == 0]).any()
    assert "not a number" in refusal(
        read, grid("thing", [*values[:5], "inf"]), objective=["thing"], direction=direction
    )
    assert "--direction" in refusal(read, grid("thing", values), objective=["thing"])


def test_negative_accuracies_name_the_flags(read: Read) -> None:
    text = grid("val_accuracy", [-label for label in LOSSES])
    assert "--objective val_accuracy with --direction" in refusal(read, text)
    assert best(read(text, direction="max")) == [["8", "relu"]]


TEXT = grid("val_acc,test", LABELS, LABELS)


def variants() -> Iterator[bytes]:
    """The same table in other notations."""
    for separator in (";", "\t"):
        yield TEXT.replace(",", separator).replace(".", ",").encode("utf-8-sig")
        yield TEXT.replace(",", separator).encode()
    yield TEXT.replace(",", "|").encode()
    yield TEXT.replace(",", "\t").replace("\n", "\r\n").encode("utf-16")
    yield ("\ufeff" + TEXT).encode()


@pytest.mark.parametrize("content", list(variants()))
def test_other_notations_of_the_same_table_are_the_same(read: Read, content: bytes) -> None:
    assert read(content).contents_sha256 == read(TEXT).contents_sha256


def test_parquet_is_the_same_table(read: Read) -> None:
    import pandas as pd

    frame = pd.read_csv(io.StringIO(TEXT))
    content = io.BytesIO()
    frame.sample(frac=1, random_state=0).to_parquet(content)  # with an index that numbers lines
    assert read(content.getvalue()).contents_sha256 == read(TEXT).contents_sha256
    frame.loc[2, "val_acc"] = np.nan
    content = io.BytesIO()
    frame.to_parquet(content)
    assert "row 3: 'val_acc' is empty" in refusal(read, content.getvalue())
    assert "cannot be read as Parquet" in refusal(read, b"PAR1" + bytes(40))
    assert "Excel" in refusal(read, b"PK\x03\x04" + bytes(40))


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("a;lr;val\nx;0,1;50,5\ny;0.2;60,5\n", "which marks decimals"),
        ("a;lr;val\nx;0.1;50,5\ny;0.2;60,5\n", "which marks decimals"),
        ("a\tcost\tval\nx\t1,500\t50\ny\t2,500\t60\n", "can be 1.500 or 1500"),
        ("a;val;x\nx;1.234.567;3\ny;60,5;4\n", "'1.234.567' in column 'val' is not a number"),
    ],
)
def test_commas_that_can_be_two_things_are_refused(
    read: Read, content: str, complaint: str
) -> None:
    assert complaint in refusal(read, content)


def naslib(id: int, brackets: bool = True) -> str:
    """A cell as NASLib writes it, from the official text of its edges."""
    space = NASBench201()
    by_edge = dict(
        zip(
            ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3)),
            space.decisions(id).tolist(),
            strict=True,
        )
    )
    numbers = [NASLIB_OPERATIONS.index(space.choices[0][by_edge[edge]]) for edge in NASLIB_EDGES]
    return f'"{tuple(numbers)}"' if brackets else "".join(map(str, numbers))


def cells(name: Callable[[int], str], count: int, dataset: str = "cifar100") -> str:
    """Some cells of an installed table."""
    table = load_benchmark(f"nasbench201/{dataset}").table
    ids = np.random.default_rng(1).choice(table.size, count, replace=False)
    lines = [f"{name(id)},{float(table.mean_validation[id])!r}" for id in ids.tolist()]
    return "\n".join(["arch,val_acc", *lines])


def test_tuples_of_naslib_are_read_with_their_brackets(read: Read) -> None:
    space = NASBench201()
    own = read('net,val\n"(4, 0, 3, 1, 4, 3)",85\n"(4, 3, 3, 0, 0, 0)",86\n', "nasbench201")
    # The first as the table of proxies writes it beside its tuple.
    official = (
        "|avg_pool_3x3~0|+|skip_connect~0|none~1|+|nor_conv_1x1~0|avg_pool_3x3~1|nor_conv_1x1~2|"
    )
    same = read(f"net,val\n{official},85\n421111,86\n", "nasbench201")
    assert (
        own.architectures[own.table.validation[:, 0] == 85]
        == same.architectures[same.table.validation[:, 0] == 85]
    )
    text = cells(naslib, 300)
    read_back = read(text, "nasbench201")
    shipped = load_benchmark("nasbench201/cifar100").table.mean_validation
    assert np.array_equal(read_back.table.mean_validation, shipped[read_back.architectures])
    assert check_architectures(read_back, "mine/cells") is None
    assert space.size == 15_625


@pytest.mark.parametrize("count", [40, 300, 2_000])
def test_tuples_without_brackets_are_never_read_as_other_cells(read: Read, count: int) -> None:
    own = read(cells(lambda id: naslib(id, brackets=False), count), "nasbench201")
    with pytest.raises(UserError, match=r"NASLib's order .* write them as NASLib's tuples"):
        check_architectures(own, "mine/cells")
    for other in ("4, 0, 3, 1, 4, 3", "[4, 0, 3, 1, 4, 3]", "4 0 3 1 4 3", "4-0-3-1-4-3"):
        assert "is no architecture" in refusal(
            read, f'net,val\n"{other}",85\n333132,86\n', "nasbench201"
        )


def test_keys_of_the_release_are_not_warned_about(read: Read) -> None:
    for count in (40, 2_000):
        own = read(cells(NASBench201().key, count), "nasbench201")
        assert check_architectures(own, "mine/cells") is None
    few = read("arch,val\n403143,85\n433000,86\n", "nasbench201")
    assert "too few to be compared" in str(check_architectures(few, "mine/cells"))


def test_labels_of_other_architectures_are_a_warning(read: Read) -> None:
    lines = cells(NASBench201().key, 500).splitlines()[1:]
    labels = [line.split(",")[1] for line in lines]
    moved = [f"{line.split(',')[0]},{labels[row - 7]}" for row, line in enumerate(lines)]
    own = read("\n".join(["arch,val_acc", *moved]), "nasbench201")
    assert "another library" in str(check_architectures(own, "mine/cells"))
    worst = [
        f"{line.split(',')[0]},{100 - float(label)}"
        for line, label in zip(lines, labels, strict=True)
    ]
    own = read("\n".join(["arch,val_acc", *worst]), "nasbench201")
    assert "--minimize" in str(check_architectures(own, "mine/cells"))


def test_each_column_is_said_with_three_values(read: Read) -> None:
    own = read(
        grid("params,note,val_acc,val_x", [1] * 6, ["z"] * 6, LABELS, MEASURED), ignore=["val_x"]
    )
    assert own.understood == (
        "depth: decision; 2, 4, 8",
        "act: decision; relu, gelu",
        "params: number of parameters; 1",
        "note: ignored, it has one value; z",
        "val_acc: validation accuracy, percent; 71.0, 75.5, 78.0 (6 values)",
        "val_x: ignored; 100.5, 120.25, 150.0 (6 values)",
    )


ANSWERS: dict[str, tuple[str, str, dict[str, object]]] = {
    "two_training_lengths": ("--validation", "depth=2,width=32", {"validation": ["val_acc_200"]}),
    "label_repeated": ("--ignore top1", "a=2,b=1", {"ignore": ["top1"]}),
    "other_measurements": (
        "--ignore flops,latency_ms,energy",
        "a=2,b=1",
        {"ignore": ["flops", "latency_ms", "energy"]},
    ),
    "loss": ("--minimize", "depth=6,width=256,act=silu,norm=in,skip=yes", {"direction": "min"}),
    "negative_loss": (
        "--direction",
        "e0=3,e1=1,e2=1,e3=3,e4=1,e5=0",
        {"direction": "max"},
    ),
    "excel_semicolon_decimal_comma": (
        "--validation",
        "depth=6,width=256,act=silu,norm=in,skip=yes",
        {"validation": ["Genauigkeit"]},
    ),
    "accuracy_column": ("", "depth=6,width=256,act=silu,norm=in,skip=yes", {}),
    "long_format": ("", "b=2", {}),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_real_files_are_answered(case: str) -> None:
    path = CASES / f"{case}.csv"
    if not path.exists():
        pytest.skip(f"needs {path.name}")
    complaint, optimum, flags = ANSWERS[case]
    if complaint:
        with pytest.raises(UserError, match=complaint):
            read_own_table(path, "choices", read_columns(None, {}))
    own = read_own_table(path, "choices", read_columns(None, flags))
    assert [
        ",".join(f"{name}={value}" for name, value in zip(own.declared, values, strict=True))
        for values in best(own)
    ] == [optimum]


LABEL = st.floats(1.5, 98.5).map(lambda value: round(value, 3))
HIDDEN = ("value", "m1", "flops", "latency_ms", "top1", "quality")
SEEDS = ("seed", "run", "trial", "fold", "replicate")
LOSS = ("val_loss", "loss", "error", "val_perplexity", "rmse")


EIGHTHS = [place + part for place in (1, 2, 3) for part in (0.125, 0.375, 0.625, 0.875)]


@example(labels=EIGHTHS, kind="plain", pick=0, separator="\t", scale=1.0)
@example(labels=EIGHTHS, kind="leak", pick=0, separator="\t", scale=0.5)
@example(labels=EIGHTHS, kind="loss", pick=0, separator="\t", scale=1.0)
@example(labels=EIGHTHS, kind="lengths", pick=0, separator="\t", scale=1.0)
@example(labels=EIGHTHS, kind="negative", pick=0, separator="\t", scale=1.0)
@example(labels=EIGHTHS, kind="long", pick=0, separator="\t", scale=1.0)
@settings(max_examples=80, deadline=None)
@given(
    labels=st.lists(LABEL, min_size=12, max_size=12, unique=True),
    kind=st.sampled_from(["plain", "lengths", "long", "leak", "loss", "negative"]),
    pick=st.integers(0, 99),
    separator=st.sampled_from([",", ";", "\t"]),
    scale=st.floats(-3, 3).filter(lambda value: abs(value) > 0.01),
)
def test_no_table_of_these_kinds_is_accepted_with_a_wrong_optimum(
    tmp_path_factory: pytest.TempPathFactory,
    labels: list[float],
    kind: str,
    pick: int,
    separator: str,
    scale: float,
) -> None:
    cells = list(product((2, 4, 8, 16), ("x", "y", "z")))
    header = ["a", "b", "val_acc"]
    rows = [[*cell, label] for cell, label in zip(cells, labels, strict=True)]
    if kind == "lengths":
        header = ["a", "b", f"val_acc_{4 + pick}", f"val_acc_{104 + pick}"]
        rows = [[*row[:2], labels[place - 1], row[2]] for place, row in enumerate(rows)]
    elif kind == "long":
        header = ["a", "b", SEEDS[pick % len(SEEDS)], "val_acc"]
        rows = [
            [*row[:2], seed, row[2] + (-1) ** seed]
            for place, row in enumerate(rows)
            for seed in range(2 * (1 + (place + pick) % 2))
        ]
    elif kind == "leak":
        header = ["a", "b", HIDDEN[pick % len(HIDDEN)], "val_acc"]
        rows = [[*row[:2], scale * row[2], row[2]] for row in rows]
    elif kind == "loss":
        header = ["a", "b", LOSS[pick % len(LOSS)]]
        rows = [[*row[:2], 100 - row[2]] for row in rows]
    elif kind == "negative":
        rows = [[*row[:2], row[2] - 100] for row in rows]
    comma = separator != "," and pick % 2 == 0
    texts = [[str(cell).replace(".", ",") if comma else str(cell) for cell in row] for row in rows]
    path = tmp_path_factory.mktemp("kinds") / "mine.csv"
    path.write_text("\n".join(separator.join(row) for row in [header, *texts]))
    truth = [str(value) for value in cells[int(np.argmax(labels))]]
    commas = [cell for row in texts for cell in row if "," in cell and separator == "\t"]
    if commas and all(re.fullmatch(r"-?[1-9]\d{0,2},\d{3}", cell) for cell in commas):
        with pytest.raises(UserError, match="thousands without a mark"):  # 1,625 may be 1625
            read_own_table(path, "choices", read_columns(None, {}))
        return
    if kind not in ("plain", "long"):
        with pytest.raises(UserError, match=";") as refused:
            read_own_table(path, "choices", read_columns(None, {}))
        assert "\n" not in str(refused.value)
        return
    own = read_own_table(path, "choices", read_columns(None, {}))
    assert list(own.declared) == ["a", "b"]
    assert best(own) == [truth]


def bomb(kind: str) -> bytes:
    """A small Parquet file that says that it holds a great deal."""
    one = pa.array(["x" * 1_000_000])
    columns = {
        "texts": pa.DictionaryArray.from_arrays(np.zeros(20_000, dtype=np.int32), one),
        "cells": pa.nulls(60_000_000, pa.int8()),
    }
    content = io.BytesIO()
    pq.write_table(pa.table({"depth": columns[kind]}), content, compression="zstd")
    assert len(content.getvalue()) < 200_000
    return content.getvalue()


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("texts", "more than .*0.3 GB of memory"),
        ("cells", "60,000,000 rows of 1 columns; at most 50,000,000 cells are read"),
    ],
)
def test_a_small_parquet_file_that_holds_too_much(
    read: Read, monkeypatch: pytest.MonkeyPatch, kind: str, said: str
) -> None:
    monkeypatch.setattr(own_table, "MEMORY", 300_000_000)
    with pytest.raises(UserError, match=said):
        read(bomb(kind))


@pytest.mark.parametrize(
    ("text", "space", "said"),
    [
        (f"arch,val_acc\n{'x' * 100_000},50\n000001,51\n", "nasbench201", "is no architecture of"),
        (f"depth,{'1' * 100_000}x,val_acc\n1,1,50\n2,2,60\n", "choices", "has 100,001 letters"),
        (f"depth,{'_' * 100_000}x,val_acc\n1,1,50\n2,2,60\n", "choices", "has 100,001 letters"),
    ],
)
def test_texts_of_any_length_are_refused_at_once(
    read: Read, text: str, space: str, said: str
) -> None:
    with pytest.raises(UserError, match=said) as refused:
        read(text, space)
    assert len(str(refused.value)) < 1000
