"""The catalogue: what its entries say, and that what they add is there once it was fetched."""

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from filelock import FileLock

from fetched_fixtures import reopen_all
from file_server import FileServer, file_server
from nasarena.suite.benchmarks import fetching, registry
from nasarena.suite.benchmarks.registry import (
    NotFetched,
    benchmark_names,
    choose_benchmarks,
    load_benchmark,
)
from nasarena.suite.cli import run_command
from nasarena.suite.plugins import BrokenPlugin
from nasarena.suite.tables.fetched.accel_nasbench import DEVICES
from nasarena.suite.tables.fetched.catalogue import catalogue, named_object
from nasarena.suite.tables.fetched.nasbench201_csv import HARDWARE
from nasarena.suite.tables.metric import Metric

SMALL = [name for name, entry in catalogue().items() if not entry.is_large]
MACRO, TESTS = "nasbench-macro", "nasbench201-test"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A new data folder and a new cache, of this test."""
    monkeypatch.setenv("NASARENA_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("NASARENA_CACHE", str(tmp_path / "cache"))
    reopen_all()
    yield tmp_path / "data"
    monkeypatch.undo()
    reopen_all()


@pytest.fixture
def served(published: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    """All small entries have their addresses on a server here."""
    names = {file.name for name in SMALL for file in catalogue()[name].files}
    contents = {name: (published / name).read_bytes() for name in names}
    with file_server(contents) as server:
        for name in SMALL:
            entry = catalogue()[name]
            files = tuple(replace(one, url=f"{server.address}/{one.name}") for one in entry.files)
            monkeypatch.setitem(catalogue(), name, replace(entry, files=files))
        yield server


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    capsys.readouterr()
    assert run_command([*map(str, arguments)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1, said
    return said


def test_addresses_are_pinned_and_checksums_whole() -> None:
    names = [file.name for entry in catalogue().values() for file in entry.files]
    sums = {(file.name, file.sha256) for one in catalogue().values() for file in one.files}
    assert len(sums) == len(set(names)), "a name is one file"
    for entry in catalogue().values():
        assert entry.files
        assert entry.licence
        assert entry.citation
        for file in entry.files:
            assert file.url.startswith("https://")
            assert re.fullmatch("[0-9a-f]{64}", file.sha256)
            assert entry.is_large or re.search("/[0-9a-f]{40}/", file.url), "a commit"
        assert bool(entry.benchmarks or entry.metrics_of) is not bool(entry.next)
        assert bool(entry.metrics_of) is bool(entry.reader)


def test_entries_name_objects_that_are_there() -> None:
    for entry in catalogue().values():
        for name, place in entry.benchmarks.items():
            assert named_object(place).name == name
        if entry.reader:
            assert callable(named_object(entry.reader))


@pytest.mark.parametrize("name", SMALL)
def test_sizes_and_checksums_are_those_of_the_published_files(name: str, published: Path) -> None:
    for file in catalogue()[name].files:
        content = (published / file.name).read_bytes()
        assert (len(content), sha256(content).hexdigest()) == (file.size, file.sha256)


def test_everything_is_fetched_once_and_is_there(
    data: Path, served: FileServer, capsys: pytest.CaptureFixture[str]
) -> None:
    before = set(benchmark_names())
    assert run_command(["fetch", "--all"]) == 0
    asked = len(served.asked)
    added = {name for one in SMALL for name in catalogue()[one].benchmarks}
    assert set(benchmark_names()) - before == added
    for name in added:
        assert load_benchmark(name).table.size == load_benchmark(name).space.size
    assert run_command(["fetch", *SMALL]) == 0
    assert len(served.asked) == asked == len({name for name, _ in served.asked})
    capsys.readouterr()
    assert run_command(["fetch", "--list", "--json"]) == 0
    listed = {one["name"]: one for one in json.loads(capsys.readouterr().out)}
    assert {name for name, one in listed.items() if one["here"]} == set(SMALL)
    assert run_command(["fetch", "--list"]) == 0
    assert capsys.readouterr().out.count("yes") == len(SMALL)


def test_a_run_says_what_to_fetch_and_fetches_it(
    data: Path, served: FileServer, capsys: pytest.CaptureFixture[str]
) -> None:
    run = ["run", "--methods", "random-search", "--benchmarks", f"{MACRO}/*", "--dry-run"]
    said = refused(capsys, *run)
    assert f"'{MACRO}/cifar10' has to be fetched first (1.18 MB); give: nasarena fetch" in said
    assert served.asked == []
    for _ in range(2):
        assert run_command([*run, "--fetch"]) == 0
        assert "100 runs (1 method x 1 benchmark" in capsys.readouterr().out
    assert len(served.asked) == 1


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (MACRO, "nasarena fetch nasbench-macro adds nasbench-macro/cifar10"),
        ("hw-nas-bench", "nasarena fetch hw-nas-bench adds metrics to nasbench201/cifar10, "),
        ("nasbench101", "give: nasarena fetch nasbench101, then nasarena import nasbench101 FILE"),
    ],
)
def test_the_name_of_an_entry_is_no_benchmark(
    data: Path, capsys: pytest.CaptureFixture[str], entry: str, said: str
) -> None:
    run = ["run", "--methods", "random-search", "--benchmarks", entry, "--dry-run"]
    assert f"'{entry}' is not a benchmark; {said}" in refused(capsys, *run)


def test_what_is_not_fetched_is_no_benchmark_yet(data: Path) -> None:
    assert f"{MACRO}/cifar10" not in benchmark_names()
    assert f"{MACRO}/cifar10" in registry.not_fetched()
    assert f"{MACRO}/cifar10" not in choose_benchmarks(["*"])
    with pytest.raises(NotFetched, match="give: nasarena fetch nasbench-macro"):
        load_benchmark(f"{MACRO}/cifar10")


def test_files_of_a_folder_are_known_by_their_contents(
    data: Path, published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "mine" / "below"
    folder.mkdir(parents=True)
    content = (published / catalogue()[MACRO].files[0].name).read_bytes()
    (folder / "wrong").write_bytes(content[:-1] + b" ")
    said = refused(capsys, "fetch", MACRO, "--from", tmp_path / "mine")
    assert "lacks of nasbench-macro: nas-bench-macro_cifar10.json (1.18 MB, sha256 686d" in said
    (folder / "any name").write_bytes(content)
    assert run_command(["fetch", "--from", str(tmp_path / "mine")]) == 0
    told = capsys.readouterr()
    assert told.out == "nasbench-macro is there: nasbench-macro/cifar10\n"
    assert "lacks of nasbench101: nasbench_only108.tfrecord (499 MB" in told.err
    assert load_benchmark(f"{MACRO}/cifar10").table.size == 6561
    nowhere = tmp_path / "nowhere"
    assert "nowhere is not there; give --from" in refused(capsys, "fetch", "--from", nowhere)
    nowhere.write_text("a file")
    assert "nowhere is not a folder; give --from" in refused(capsys, "fetch", "--from", nowhere)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda nets: nets.pop("00000000"), "expected the 6,561 networks 00000000 to 22222222"),
        (lambda nets: nets["00000000"].pop("params"), "wrong columns: expected params; found"),
        (lambda nets: nets["00000000"]["test_acc"].pop(), "expected 3 accuracies, found 2"),
    ],
)
def test_a_file_that_changed_its_layout_is_a_sentence(
    data: Path,
    published: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[dict[str, dict[str, list[float]]]], object],
    said: str,
) -> None:
    entry = catalogue()[MACRO]
    networks = json.loads((published / entry.files[0].name).read_bytes())
    change(networks)
    changed = json.dumps(networks).encode()
    (tmp_path / "changed.json").write_bytes(changed)
    file = replace(entry.files[0], size=len(changed), sha256=sha256(changed).hexdigest())
    monkeypatch.setitem(catalogue(), MACRO, replace(entry, files=(file,)))
    assert said in refused(capsys, "fetch", MACRO, "--from", tmp_path)
    with pytest.raises(BrokenPlugin, match=re.escape(said)):
        _ = load_benchmark(f"{MACRO}/cifar10").table
    assert not [*(tmp_path / "cache").rglob(f"{MACRO}*")], "nothing half-converted is left"


def test_a_damaged_file_is_fetched_again(
    data: Path, served: FileServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["fetch", MACRO]) == 0
    (file,) = catalogue()[MACRO].files
    file.path.write_bytes(b"damaged")
    for copy in (tmp_path / "cache").rglob(f"{MACRO}*"):
        copy.unlink()
    reopen_all()
    run = ["run", "--methods", "random-search", "--benchmarks", f"{MACRO}/cifar10"]
    assert "give: nasarena fetch nasbench-macro" in refused(capsys, *run)
    assert run_command(["fetch", MACRO]) == 0
    assert load_benchmark(f"{MACRO}/cifar10").table.size == 6561


def test_half_of_the_files_add_nothing_and_the_others_are_fetched_next(
    data: Path, served: FileServer, capsys: pytest.CaptureFixture[str]
) -> None:
    last = catalogue()[TESTS].files[-1].name
    missing = served.files.pop(last)
    assert "the server says 404" in refused(capsys, "fetch", TESTS)
    assert len(served.asked) == 4
    assert not catalogue()[TESTS].is_here
    assert load_benchmark("nasbench201/cifar10").table.test is None
    served.files[last] = missing
    assert run_command(["fetch", TESTS]) == 0
    assert [name for name, _ in served.asked[4:]] == [last]
    assert load_benchmark("nasbench201/cifar10").table.test is not None


def test_a_fetch_waits_for_another_one(
    data: Path,
    served: FileServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (data / "fetched").mkdir(parents=True)
    theirs = FileLock(data / "fetched" / ".lock")
    with theirs, ThreadPoolExecutor(1) as pool:
        monkeypatch.setattr(fetching, "WAITED_SECONDS", 0.1)
        assert "another nasarena is fetching into" in refused(capsys, "fetch", MACRO)
        monkeypatch.setattr(fetching, "WAITED_SECONDS", 60.0)
        waiting = pool.submit(fetching.fetch, catalogue()[MACRO])
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.2)
        assert served.asked == []
        theirs.release()
        waiting.result(timeout=60)
    assert catalogue()[MACRO].is_here


def test_what_is_refused(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, said in (
        (["nasbench102"], "nothing to fetch is called 'nasbench102'; did you mean 'nasbench101'?"),
        ([], "nothing to fetch is named"),
        ([MACRO, "--out", "x"], "--out is for the files of NAS-Bench-101"),
        (["nasbench101", "--out", "x", "--from", "y"], "leave --out out"),
    ):
        assert said in refused(capsys, "fetch", *arguments)
    data.write_text("a file where the folder should be")
    assert "cannot be written" in refused(capsys, "fetch", MACRO)


@pytest.mark.parametrize("width", [80, 120])
def test_listings_fit_a_terminal(width: int, data: Path) -> None:
    import io

    from rich.console import Console

    from nasarena.suite.commands import benchmarks, fetch

    for table in (fetch.listing(width), benchmarks.fetchable([*catalogue().values()], width)):
        shown = io.StringIO()
        Console(file=shown, width=width).print(table)
        lines = shown.getvalue().splitlines()
        assert max(map(len, lines)) <= width
        for name in catalogue():
            assert any(name in line for line in lines), "a name is cut nowhere"


def test_a_name_of_the_catalogue_is_not_for_an_import(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "t.csv").write_text("depth,width,val_acc\n1,2,3\n2,2,4\n1,3,5\n")
    said = refused(
        capsys,
        *("import", "table", tmp_path / "t.csv", "--space", "choices"),
        *("--name", f"{MACRO}/cifar10", "--licence", "x", "--citation", "y"),
    )
    assert "can be fetched (nasarena fetch nasbench-macro); choose another name" in said


@pytest.mark.parametrize(
    ("metrics", "quantities", "said"),
    [
        (HARDWARE, ("latency_ms", "energy_mj"), "latency on {} devices, and energy on {}"),
        (DEVICES, ("throughput", "latency_ms"), "throughput on {} accelerators and latency on {}"),
    ],
)
def test_devices_are_counted(
    metrics: dict[str, Metric], quantities: tuple[str, ...], said: str
) -> None:
    words = {2: "two", 3: "three", 6: "six"}
    counts = [
        words[sum(metric.name.partition(".")[0] == quantity for metric in metrics.values())]
        for quantity in quantities
    ]
    text = said.format(*counts)
    assert any(text in entry.adds for entry in catalogue().values())
    docs = Path(__file__).parents[2] / "docs"
    assert text in (docs / "tables.md").read_text(encoding="utf-8")
