"""Tables of one's own: every notation is read, and whatever is wrong is named with its line."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.benchmarks.imported import Import, load_imported, record_import
from nasarena.suite.benchmarks.own_table import OwnTable, copy_path, read_own_table
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.errors import UserError
from nasarena.suite.spaces.measured_part import MeasuredCells
from nasarena.suite.spaces.nasbench101 import NASBench101
from nasarena.suite.spaces.nasbench201 import EDGES, OPERATIONS, NASBench201
from nasarena.suite.tables.own_table_columns import Columns, read_columns

CHOICES = "depth,act,val_acc\n2,relu,70\n4,relu,80\n4,gelu,90\n"
SAMPLE = Path(__file__).parents[3] / "shared" / "data" / "nasbench101_sample.jsonl"


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("NASARENA_DATA", "NASARENA_CACHE"):
        monkeypatch.setenv(variable, str(tmp_path / variable))


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., OwnTable]:
    """Reads a CSV file of some text."""

    def own(text: str | bytes, space: str = "choices", **flags: object) -> OwnTable:
        path = tmp_path / "mine.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_own_table(path, space, read_columns(None, flags))

    return own


def recorded(own: OwnTable, name: str = "mine/digits") -> Benchmark:
    manifest = Import(
        kind="table",
        benchmarks=(name,),
        source="mine.csv",
        source_sha256=own.source_sha256,
        licence="CC0",
        citation="Mine",
        settings=own.settings,
    )
    record_import(f"table-{name.replace('/', '+')}", manifest, own.save)
    return load_imported(name)


def test_a_shipped_table_written_as_csv_and_imported_is_the_same_table(
    read: Callable[..., OwnTable],
) -> None:
    shipped = load_benchmark("nasbench201/cifar10")
    table = shipped.table
    lines = ["arch,val_0,val_1,val_2,train_time,params,latency"]
    for id in np.random.default_rng(0).permutation(table.size).tolist():
        runs = ["" if np.isnan(run) else repr(float(run)) for run in table.validation[id]]
        others = (table.training_seconds, table.parameters, table.latency_seconds)
        numbers = [repr(float(column[id])) for column in others if column is not None]
        lines.append(",".join([shipped.space.key(id), *runs, *numbers]))
    benchmark = recorded(read("\n".join(lines), "nasbench201"))
    assert benchmark.table.sha256 == table.sha256
    assert benchmark.table.source_sha256 == benchmark.file.sha256
    assert isinstance(benchmark.space, NASBench201)
    assert (benchmark.licence, benchmark.citation) == ("CC0", "Mine")


def test_official_texts_of_nasbench201_are_read(read: Callable[..., OwnTable]) -> None:
    space, ids = NASBench201(), [0, 7, 4_321, 15_624]

    def official(id: int) -> str:
        named = [
            f"{OPERATIONS[operation]}~{source}"
            for operation, (source, _) in zip(space.decisions(id), EDGES, strict=True)
        ]
        return "+".join(f"|{'|'.join(named[a:b])}|" for a, b in ((0, 1), (1, 3), (3, 6)))

    assert official(15_624).startswith("|avg_pool_3x3~0|+|avg_pool_3x3~0|avg_pool_3x3~1|+")
    rows = [f"{official(id)},{50 + id % 9}" for id in ids]
    own = read("\n".join(["arch_str,val", *rows]), "nasbench201")
    assert own.architectures.tolist() == ids
    # A spreadsheet has dropped the zeros at the front of keys.
    own = read("key,val\n12,50\n0,60\n444444,70", "nasbench201")
    assert [space.key(int(id)) for id in own.architectures] == ["000000", "000012", "444444"]


def test_a_part_of_a_space_is_a_benchmark_of_its_own(read: Callable[..., OwnTable]) -> None:
    benchmark = recorded(read("key,val\n333132,91\n000001,10\n111111,60\n", "nasbench201"))
    space = benchmark.space
    assert isinstance(space, MeasuredCells)
    assert [space.key(id) for id in range(3)] == ["000001", "111111", "333132"]
    assert benchmark.table.mean_validation.tolist() == [10, 60, 91]
    assert [space.key(int(id)) for id in benchmark.table.optimum] == ["333132"]


def test_keys_of_nasbenchgraph_are_read(read: Callable[..., OwnTable]) -> None:
    whole = load_benchmark("nasbenchgraph/cora").space
    keys = [whole.key(id) for id in (0, 5, 26_205)]
    own = read("\n".join(["key,val", *(f"{key},50" for key in keys)]), "nasbenchgraph")
    assert own.architectures.tolist() == [0, 5, 26_205]


def test_matrices_of_nasbench101_are_read_in_any_punctuation(
    read: Callable[..., OwnTable],
) -> None:
    own = read(
        "module_adjacency,module_operations,validation_accuracy\n"
        "\"[[0, 1, 1], [0, 0, 1], [0, 0, 0]]\",\"['input', 'maxpool3x3', 'output']\",90\n"
        '010001000,"input,conv3x3-bn-relu,output",80\n',
        "nasbench101",
    )
    space = NASBench101()
    cells = [space.cell(int(id)) for id in own.architectures]
    by_operation = {operations[1]: matrix.tolist() for matrix, operations in cells}
    assert by_operation == {
        "maxpool3x3": [[0, 1, 1], [0, 0, 1], [0, 0, 0]],
        "conv3x3-bn-relu": [[0, 1, 0], [0, 0, 1], [0, 0, 0]],
    }


def test_real_rows_of_nasbench101_are_read(read: Callable[..., OwnTable]) -> None:
    if not SAMPLE.exists():
        pytest.skip("needs the sample of NAS-Bench-101's rows")
    names = {-1: "input", -2: "output", 0: "conv3x3-bn-relu", 1: "conv1x1-bn-relu", 2: "maxpool3x3"}
    rows = [json.loads(line) for line in SAMPLE.read_text().splitlines()[:50]]
    lines = ["matrix;ops;valid_acc;train_seconds;params"]
    expected = {}
    for row in rows:
        operations = [names[value] for value in row["operations"] if value in names]
        count = len(operations)
        matrix = "".join(str(v) for line in row["adjacency"][:count] for v in line[:count])
        accuracy = row["validation_accuracy"]["108"]
        lines.append(
            f'{matrix};"{",".join(operations)}";{accuracy!r};{row["training_time"]};'
            f"{row['trainable_parameters']}"
        )
        expected[row["hash"]] = (100 * accuracy, row["training_time"], row["trainable_parameters"])
    benchmark = recorded(read("\n".join(lines).replace(";", ","), "nasbench101", unit="fraction"))
    assert benchmark.table.training_seconds is not None
    assert benchmark.table.parameters is not None
    found = {
        benchmark.space.key(id): (
            benchmark.table.mean_validation[id],
            benchmark.table.training_seconds[id],
            benchmark.table.parameters[id],
        )
        for id in range(50)
    }
    assert found == expected


def test_inferred_decisions_do_not_depend_on_the_order_of_lines(
    read: Callable[..., OwnTable],
) -> None:
    header = "width,kind,same,val_1,val_2,test_1,test_2\n"
    rows = ["16,b,x,50,60,1,3\n", "8,a,x,70,,50,70\n", "128,b,x,,65,5,5\n", "8,b,x,55,56,2,2\n"]
    forth, back = read(header + "".join(rows)), read(header + "\n".join(rows[::-1]))
    assert dict(forth.declared) == {"width": ("8", "16", "128"), "kind": ("a", "b")}
    assert forth.contents_sha256 == back.contents_sha256
    assert forth.architectures.tolist() == [[0, 0], [0, 1], [1, 1], [2, 1]]
    assert forth.table.mean_validation.tolist() == [70, 55.5, 55, 65]
    assert forth.table.runs.tolist() == [1, 2, 2, 1]
    assert forth.table.test is not None
    assert forth.table.test.tolist() == [60, 2, 2, 5]
    assert forth.table.training_seconds is forth.table.parameters is None


def test_declared_decisions_are_in_their_order_and_can_have_unmeasured_values(
    read: Callable[..., OwnTable],
) -> None:
    own = read(CHOICES, decisions={"depth": [8, 4, 2.0], "act": ["relu", "gelu"]})
    assert dict(own.declared) == {"depth": ("8", "4", "2.0"), "act": ("relu", "gelu")}
    assert own.architectures.tolist() == [[1, 0], [1, 1], [2, 0]]


def test_the_same_numbers_of_other_architectures_are_another_table(
    read: Callable[..., OwnTable],
) -> None:
    one = recorded(read(CHOICES), "mine/one")
    two = recorded(read(CHOICES.replace("relu", "silu").replace("gelu", "selu")), "mine/two")
    assert np.array_equal(one.table.mean_validation, two.table.mean_validation)
    assert one.table.sha256 != two.table.sha256


def test_tables_of_the_same_declared_decisions_are_of_one_space(
    read: Callable[..., OwnTable],
) -> None:
    one = recorded(read(CHOICES), "mine/one")
    same = recorded(read(CHOICES.replace("70", "71")), "mine/same")
    other = recorded(read(CHOICES.replace("gelu", "selu")), "mine/other")
    cells = recorded(read("key,val\n333132,90\n333133,91\n", "nasbench201"), "mine/cells")
    assert one.space_name == same.space_name != other.space_name
    assert cells.space_name == "nasbench201"


def test_a_column_with_the_name_of_a_metric_is_a_decision_where_that_is_stated(
    read: Callable[..., OwnTable],
) -> None:
    text = "loss,train_acc,accelerator,val\nce,30,a,70\nmse,40,b,80\n"
    assert list(read(text, decisions=["loss", "accelerator"]).declared) == ["loss", "accelerator"]
    own = read(text, decisions={"loss": ["ce", "mse", "l1"]})
    assert dict(own.declared) == {"loss": ("ce", "mse", "l1")}
    named_otherwise = read("accelerator,lossy,terror,val\na,1,x,70\nb,2,y,80\n")
    assert list(named_otherwise.declared) == ["accelerator", "lossy", "terror"]


def test_digits_with_an_underscore_are_a_text(read: Callable[..., OwnTable]) -> None:
    assert dict(read("a,val\n1_0,50\n10,60\n").declared) == {"a": ("10", "1_0")}


def test_more_values_than_a_space_has_room_for_are_refused(read: Callable[..., OwnTable]) -> None:
    lines = [f"{row},{row % 2},50" for row in range(70_000)]
    text = "\n".join(["id,b,val", *lines])
    with pytest.raises(UserError, match=r"decision 'id' .* has 70,000 values, more than 65,536;"):
        read(text, decisions=["id", "b"])
    with pytest.raises(UserError, match=r"decision 'id' .* has 70,000 values"):
        read(text, decisions={"id": list(range(70_000)), "b": [0, 1]})


def test_more_neighbours_than_there_is_room_for_are_refused(
    read: Callable[..., OwnTable],
) -> None:
    """8,000 lines, half as many values of each of two decisions: 512 MB of neighbours."""
    lines = [f"{row // 2},{row % 4_000},{row % 7},50" for row in range(8_000)]
    text = "\n".join(["a,b,c,val", *lines])
    with pytest.raises(
        UserError, match=r"has 8,000 lines whose decisions have 8,004 other values, .* 60,000,000 "
    ):
        read(text, decisions=["a", "b", "c"])
    assert len(read(text, decisions=["a", "c"]).declared["a"]) == 4_000


def test_a_damaged_copy_is_noticed(read: Callable[..., OwnTable], tmp_path: Path) -> None:
    benchmark = recorded(read(CHOICES))
    (copy,) = (tmp_path / "NASARENA_DATA").glob("**/*.arrow")
    content = copy.read_bytes()
    place = content.index(np.array([70.0]).tobytes())
    copy.write_bytes(content[:place] + np.array([71.0]).tobytes() + content[place + 8 :])
    for wanted in ("space", "table"):
        with pytest.raises(UserError, match=r"mine\.csv is damaged; import the file again"):
            getattr(benchmark, wanted)
    copy.unlink()
    with pytest.raises(UserError, match="cannot be read"):
        _ = benchmark.table
    assert copy == copy_path(copy.parent, read(CHOICES).settings)


NB201 = "key,val\n"
WRONG = [
    ("", "choices", "is empty; give a CSV file"),
    ("\n\n", "choices", "is empty"),
    ("a,val\n", "choices", "column names only"),
    (b"a,val\nx,1\n\xe9,2\n", "choices", "line 3: this is not UTF-8"),
    ("a,val\nx,50\n\ny,60,7\n", "choices", "line 4: there are 3 cells below 2"),
    ('a,b,val\n"x\ny",q,50\ny,60\n', "choices", "line 4: there are 2 cells below 3"),
    ('a,val\n"x,50\n', "choices", "line 2: this is not CSV"),
    ("a,a,val\nx,y,50\n", "choices", "line 1: two columns are called 'a'"),
    ("a,grade\nx,50\ny,60\n", "choices", "name it with --validation .* one of: a, grade"),
    ("val\n50\n60\n", "choices", "name it with --decisions"),
    ("a,val,val_acc\nx,50,50\ny,60,60\n", "choices", "several columns .* val, val_acc"),
    ("a,val\nx,50\ny,\n", "choices", "line 3: 'val' is empty"),
    ("a,val\nx,50\ny,nan\n", "choices", "line 3: 'nan' in column 'val' is not a number"),
    ("a,val\nx,50\ny,inf\n", "choices", "line 3: 'inf' in column 'val' is not a number"),
    ("a,val\nx,5O\ny,50\n", "choices", "line 2: '5O' in column 'val' is not a number"),
    ("a,val\nx,50\ny,101\n", "choices", "line 3: 101 .* more than 100 %"),
    ("a,val\nx,50\ny,-1\n", "choices", "line 3: -1 .* negative"),
    ("a,val\nx,.5\ny,.6\n", "choices", "line 2: .* at most 1 .* --unit fraction"),
    ("a,val,params\nx,50,1\ny,60,-2\n", "choices", "line 3: -2 in column 'params' is negative"),
    ("a,val_1,val_2\nx,50,60\ny,,\n", "choices", "line 3: no value in val_1, val_2"),
    ("a,val\nx,50\n,60\n", "choices", "line 3: decision 'a' is empty"),
    ("a,val\nx,50\ny,60\nx,70\n", "choices", "line 4: this is the architecture of line 2 again"),
    ("a,val\n2,50\n2.0,60\n", "choices", "in two ways, '2' and '2.0'"),
    ("a,val\nx,50\nx,60\n", "choices", "decides anything"),
    ("a,val\nx,50\n", "choices", "decides anything"),
    (
        "a,noise,val\n" + "".join(f"{'xy'[i % 2]},0.{i},50\n" for i in range(10, 40)),
        "choices",
        "column 'noise' .* has 30 different values in 30 lines",
    ),
    ("a,val\n000000,50\n", "nasbench201", "name it with --architecture"),
    (NB201 + "000000,50\n", "nasbench201", "one architecture only"),
    (NB201 + "000000,50\n\n000005,60\n", "nasbench201", "line 4: '000005' is no architecture"),
    (NB201 + "|none~0|+|none~0|none~1|,50\n1,5\n", "nasbench201", "line 2: .* six digits"),
    (NB201 + "1,50\n2,60\n000001,60\n", "nasbench201", "line 4: .* of line 2 again"),
    ("key,val\n8,50\n99999,60\n", "nasbenchgraph", "line 3: '99999' is no architecture"),
    ("matrix,ops,val\n0100,input,50\n", "nasbench101", "line 2: '0100 input' is no .* matrix"),
    (
        'matrix,ops,val\n0100,"input,output",50\n000010000,"input,a,output",50\n',
        "nasbench101",
        "line 3: '000010000 input,a,output' is no architecture",
    ),
    *(
        (
            f'matrix,ops,val\n0100,"input,output",50\n{matrix},"{operations}",50\n',
            "nasbench101",
            f"line 3: '{matrix} {operations}' is no architecture .* the first input, the last out",
        )
        for matrix, operations in (
            ("0100", "output,input"),
            ("010001000", "output,maxpool3x3,input"),
            ("010001000", "input,maxpool3x3,maxpool3x3"),
            ("010001000", "maxpool3x3,maxpool3x3,output"),
        )
    ),
    ("key,val\n8,50\n90000,60\n", "nasbenchgraph", "line 3: '90000' is no architecture"),
    ("key,val\n8,50\n99990,60\n", "nasbenchgraph", "line 3: '99990' is no architecture"),
    ("a,val\nx,50\ny,9_1\n", "choices", "line 3: '9_1' in column 'val' is not a number"),
    ("a,val_1,val_2\nx,50,\ny,60,6_1\n", "choices", "line 3: '6_1' .* is not a number"),
    *(
        (
            f"depth,{name},val\n2,30,70\n4,40,80\n",
            "choices",
            f"column '{re.escape(name)}' .* seems to be a metric.*--decisions",
        )
        for name in (
            *("train_acc", "acc", "trainAcc", "top1_accuracy", "Train-Accuracy (%)", "ACC1"),
            *("train_loss", "loss2", "test-error", "top1acc"),
        )
    ),
]


@pytest.mark.parametrize(("text", "space", "complaint"), WRONG)
def test_what_is_wrong_is_named_with_its_line(
    read: Callable[..., OwnTable], text: str, space: str, complaint: str
) -> None:
    with pytest.raises(UserError, match=complaint) as refused:
        read(text, space)
    assert "\n" not in str(refused.value)
    assert ";" in str(refused.value), "what to do"


@pytest.mark.parametrize(
    ("flags", "complaint"),
    [
        ({"validation": ["vall"]}, "no column 'vall'; did you mean 'val_acc'"),
        ({"decisions": ["depth", "val_acc"]}, "name it with --validation"),
        ({"decisions": ["depth"], "cost": "depth"}, "'depth' is named as two things"),
        ({"decisions": ["depth", "depth"]}, "named twice"),
        ({"architecture": ["depth"]}, "a column for each decision"),
        ({"unit": "permille"}, "unit"),
        ({"unit": "fraction"}, "line 2: 70 .* no fraction; give --unit percent"),
        ({"decisions": {"depth": [2, 8], "act": ["relu", "gelu"]}}, "line 3: '4' is not a decl"),
        ({"decisions": {"depth": [2, 4]}}, "line 4: this is the architecture of line 3 again"),
        ({"decisions": {"depth": [2], "act": ["relu", "gelu"]}}, "'depth' needs at least two"),
        (
            {"decisions": {"depth": [2, 2.0], "act": ["relu", "gelu"]}},
            "'depth' declares a value twice",
        ),
    ],
)
def test_wrong_statements_about_columns(
    read: Callable[..., OwnTable], flags: dict[str, object], complaint: str
) -> None:
    with pytest.raises(UserError, match=complaint):
        read(CHOICES, **flags)


@pytest.mark.parametrize(
    ("toml", "complaint"),
    [
        ("validation = [", "is not TOML"),
        ("validaton = 'x'", "unknown key 'validaton'; did you mean 'validation'"),
        ("validation = 3", "validation: .* not 3"),
        ("validation = []", "name at least one column"),
        ("unit = 'permille'", "unit: .* not 'permille'"),
        ("[decisions]\ndepth = 3", "decisions"),
        (f"[decisions]\ndepth = [1, {'7' * 5_000}]", "a number of thousands of digits"),
        (f"[decisions]\ndepth = [1, 0x{'f' * 5_000}]", "a number of thousands of digits"),
        (f"unit = 0x{'f' * 5_000}", "a number of thousands of digits"),
        (f"validation = {'[' * 5_000}", "thousands of brackets in one another"),
        (f"{'.'.join('a' * 5_000)} = 1", "a key of more than 100 parts"),
    ],
)
def test_wrong_columns_files(tmp_path: Path, toml: str, complaint: str) -> None:
    path = tmp_path / "columns.toml"
    path.write_text(toml)
    with pytest.raises(UserError, match=complaint) as refused:
        read_columns(path, {})
    assert str(refused.value).startswith(f"the columns file {path}")
    with pytest.raises(UserError, match="cannot be read"):
        read_columns(tmp_path / "gone.toml", {})


def test_flags_go_before_the_columns_file(tmp_path: Path) -> None:
    path = tmp_path / "columns.toml"
    path.write_text("validation = 'a'\ntest = 'b'\nunit = 'fraction'\n")
    assert read_columns(path, {"validation": ["c", "d"], "test": None}) == Columns(
        validation=("c", "d"), test=("b",), unit="fraction"
    )
