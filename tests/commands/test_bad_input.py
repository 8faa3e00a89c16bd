"""Bad input gets one clear sentence and exit code 2."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

METHODS = Path(__file__).with_name("methods_for_tests.py")
SMALL = ("--benchmarks", "nasbenchgraph/proteins", "--seeds", 2, "--budget", 20)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--methods", "weaknas-light"], "unknown method 'weaknas-light'; did you mean"),
        (["--methods", ","], "the list of methods is empty"),
        (["--benchmarks", ","], "the list of benchmarks is empty"),
        (["--methods", "weaknas[predictor=mlpp]"], "unknown predictor 'mlpp'; did you mean 'mlp'?"),
        (["--methods", "weaknas-lite[width=0]"], "width must be at least 1, not 0"),
        (["--seeds", "999999999"], "too many seeds: '999999999' has more than 1,000,000"),
        (["--methods", "zzz*"], "no method matches 'zzz*'"),
        (["--methods", "weaknas-lite[topn=5]"], "no parameter 'topn'; did you mean 'top_n'?"),
        (["--methods", "weaknas-lite[top_n=many]"], "top_n=many is not of type int"),
        (["--methods", "weaknas-lite[top_n=0]"], "top_n must be at least 1, not 0"),
        (["--methods", "weaknas-lite["], "is not a name"),
        (["--methods", "early-stop-ridge[penalty=nan]"], "type float: it has to be finite"),
        (["--methods", "weaknas-lite[learning_rate=-inf]"], "type float: it has to be finite"),
        (["--methods", "lissnas[method=nao[batch=5]]"], "brackets within brackets are not read"),
        (["--methods", "nowhere.py:Mine"], "there is no file nowhere.py"),
        (["--methods", f"{METHODS}:Godo"], "no class 'Godo'; did you mean 'Good'?"),
        (["--benchmarks", "nasbench201/cifar"], "did you mean 'nasbench201/cifar10'?"),
        (["--protocol", "weaknas-papper"], "did you mean 'weaknas-paper'?"),
        (["--protocol", "mine.toml"], "mine.toml cannot be read"),
        (["--budget", "0"], "budget: input should be greater than 0, not '0'"),
        (["--budget", "many"], "budget: input should be a valid integer"),
        (["--seeds", "0"], "no seeds given: --seeds '0'"),
        (["--seeds", "9:3"], "no seeds given: --seeds '9:3'"),
        (["--seeds", "some"], "seeds 'some' must be a number"),
        (["--workers", "0"], "workers: input should be greater than 0, not '0'"),
        (["--labels", "median"], "labels: input should be 'mean' or 'one_run'"),
        (["--labels", "one_run", "--stop", "optimum"], "labels 'mean' only"),
        (["--experiment", "mine.toml"], "the experiment file mine.toml cannot be read"),
        (["--frobnicate"], "No such option"),
    ],
)
def test_run_refuses_what_it_cannot_use(
    refused: Callable[..., str], arguments: list[str], said: str
) -> None:
    given = dict(zip(arguments[::2], arguments[1::2], strict=False))
    defaults = {"--methods": "random-search", "--benchmarks": "nasbenchgraph/proteins"}
    others = [part for key, value in defaults.items() if key not in given for part in (key, value)]
    assert said in refused("run", *arguments, *others)


def test_run_refuses_an_experiment_file_with_another_key(
    refused: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "mine.toml").write_text('methods = ["random-search"]\nbenchmark = ["*"]\n')
    said = refused("run", "--experiment", "mine.toml", "--benchmarks", "nasbenchgraph/proteins")
    assert "mine.toml: an experiment has no 'benchmark'; did you mean 'benchmarks'?" in said


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Raises", "Raises failed in 2 of 2 runs (on nasbenchgraph/proteins): RuntimeError: no id"),
        ("AsksOutside", "there is no architecture 1000000: this space has ids 0 to 2020"),
        ("AsksFloats", "query takes integers, the ids of architectures, not float64"),
        ("AsksNaN", "query takes integers, the ids of architectures, not float64 (asked for nan)"),
        ("Killed", "a worker process died"),
        ("CannotBeBuilt", "method CannotBeBuilt cannot be built: no device here"),
        ("SaysTooMuch", "ValueError: a b [31mred xxx"),
        ("RaisesTheUnspeakable", "2 of 2 runs (on nasbenchgraph/proteins): CannotSay"),
        ("PressesCtrlC", "KeyboardInterrupt"),
    ],
)
def test_a_method_that_misbehaves_is_named_and_stops_no_other(
    nasarena: Callable[..., subprocess.CompletedProcess[str]], name: str, said: str
) -> None:
    done = nasarena("run", "--methods", f"{METHODS}:{name},random-search", *SMALL)
    assert done.returncode == 1
    complaint, hint = [line for line in done.stderr.splitlines() if line.startswith("nasarena: ")]
    assert said in complaint
    assert hint == "nasarena: see `nasarena runs nasarena-results --failed --traceback`"
    assert "Traceback" not in done.stderr
    rows = {row["method"]: row for row in json.loads(nasarena("table", "--format", "json").stdout)}
    assert rows["random-search"]["stop_reasons"] == {"budget": 2}
    assert rows[name]["restricted_mean_samples"] == 20, "failing must not pay"


def test_runs_that_gave_up_are_counted_in_a_warning_and_are_no_failure(
    nasarena: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    done = nasarena("run", "--methods", f"{METHODS}:Repeats,{METHODS}:ReturnsEarly", *SMALL)
    assert done.returncode == 0
    where = "in 2 of 2 runs (on nasbenchgraph/proteins)"
    assert f"warning: Repeats stopped after 400 repeated queries in a row {where}" in done.stderr
    assert f"warning: ReturnsEarly returned before the budget was used {where}" in done.stderr
    rows = json.loads(nasarena("table", "--format", "json").stdout)
    assert [row["restricted_mean_samples"] for row in rows] == [20, 20], "giving up must not pay"


def test_failed_runs_are_tried_again(
    nasarena: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    marker = tmp_path / "marker"
    marker.touch()
    command = ("run", "--methods", f"{METHODS}:FailsOnSeedOne", *SMALL)
    env = {"FAIL_WHILE_THIS_EXISTS": str(marker)}
    assert nasarena(*command, env=env).returncode == 1
    marker.unlink()
    again = nasarena(*command, env=env)
    assert again.returncode == 0
    assert "2 runs done" in again.stderr
    assert "0 runs done (2 were done before)" in nasarena(*command, env=env).stderr


@pytest.mark.parametrize("command", ["table", "site"])
def test_a_folder_that_is_none_of_results(
    refused: Callable[..., str], tmp_path: Path, command: str
) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").touch()
    assert "photos is not a results folder" in refused(command, "--results", "photos")
    assert "nowhere does not exist" in refused(command, "--results", "nowhere")
    run = ("run", "--methods", "random-search", *SMALL)
    assert "photos is not a results folder" in refused(*run, "--results", "photos")


def _one_file(results: Path) -> Path:
    (file,) = results.glob("**/runs.parquet")
    return file


def test_a_truncated_file_is_named_and_the_others_are_kept(
    nasarena: Callable[..., subprocess.CompletedProcess[str]],
    refused: Callable[..., str],
    tmp_path: Path,
) -> None:
    nasarena("run", "--methods", "random-search", *SMALL, "--results", "mine")
    file = _one_file(tmp_path / "mine")
    file.write_bytes(file.read_bytes()[:-100])
    for command in (["table"], ["site"], ["run", "--methods", "random-search", *SMALL]):
        said = refused(*command, "--results", "mine")
        assert "runs.parquet cannot be read" in said
        assert "remove it and run again" in said


def test_a_foreign_parquet_file_is_named(
    nasarena: Callable[..., subprocess.CompletedProcess[str]],
    refused: Callable[..., str],
    tmp_path: Path,
) -> None:
    nasarena("run", "--methods", "random-search", *SMALL, "--results", "mine")
    pq.write_table(pa.table({"price": [1.0]}), _one_file(tmp_path / "mine"))
    assert "is not a file of nasarena: wrong columns" in refused("table", "--results", "mine")


def test_folders_that_disagree(
    nasarena: Callable[..., subprocess.CompletedProcess[str]],
    refused: Callable[..., str],
    tmp_path: Path,
) -> None:
    nasarena("run", "--methods", "random-search", *SMALL, "--results", "mine")
    shutil.copytree(tmp_path / "mine", tmp_path / "theirs")
    both = ("table", "--results", "mine", "--results", "theirs", "--format", "json")
    assert json.loads(nasarena(*both).stdout)[0]["seeds"] == 2, "the same runs count once"
    file = _one_file(tmp_path / "theirs")
    runs = pq.read_table(file)
    other = pa.array([ids[::-1] for ids in runs["ids"].to_pylist()], pa.list_(pa.int64()))
    position = runs.column_names.index("ids")
    pq.write_table(runs.set_column(position, runs.schema.field("ids"), other), file)
    said = refused(*both)
    assert "disagree about random-search on nasbenchgraph/proteins, seed 0" in said


def test_a_cache_that_cannot_be_written(refused: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = refused(
        "run",
        *("--methods", "random-search", *SMALL),
        env={"NASARENA_CACHE": str(tmp_path / "file" / "cache")},
    )
    assert "cannot be written to the cache folder" in said
    assert "set NASARENA_CACHE" in said


def test_results_that_cannot_be_made(refused: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = refused("run", "--methods", "random-search", *SMALL, "--results", "file/mine")
    assert "file/mine" in said
    assert "--results" in said


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Path:
    """A disk of 256 kB, where the test may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)]
    if os.name != "posix" or not shutil.which("mount"):
        pytest.skip("this system has no mount")
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("only root can mount a small disk")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_no_space_left_keeps_what_was_written(
    nasarena: Callable[..., subprocess.CompletedProcess[str]],
    refused: Callable[..., str],
    tiny_disk: Path,
) -> None:
    results = tiny_disk / "mine"
    first = ("--methods", "random-search", *SMALL, "--results", results)
    assert nasarena("run", *first).returncode == 0
    before = _one_file(results).read_bytes()
    said = refused(
        *("run", "--methods", "random-search", "--benchmarks", "nasbench201/cifar10"),
        *("--seeds", 60, "--stop", "budget", "--budget", 15625, "--results", results),
    )
    assert "No space left on device" in said
    assert "run the same command again" in said
    assert _one_file_of(results, "proteins").read_bytes() == before
    assert json.loads(nasarena("table", "--results", results, "--format", "json").stdout)


def _one_file_of(results: Path, dataset: str) -> Path:
    (file,) = results.glob(f"**/{dataset}/**/runs.parquet")
    return file


def test_two_commands_do_not_write_into_one_folder(
    nasarena: Callable[..., subprocess.CompletedProcess[str]],
    refused: Callable[..., str],
    tmp_path: Path,
) -> None:
    from filelock import FileLock

    command = ("run", "--methods", "random-search", *SMALL, "--results", "mine")
    assert nasarena(*command).returncode == 0
    with FileLock(tmp_path / "mine" / ".lock"):
        assert "another nasarena is writing into mine" in refused(*command)


def test_packages_of_the_same_names_in_the_working_folder_are_not_taken(
    nasarena: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    for name in ("suite", "methods", "baselines", "leaderboard"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError('the wrong package')\n")
    shutil.copy(METHODS, tmp_path / "mine.py")
    done = nasarena("run", "--methods", "weaknas-lite,random-search,mine.py:Good", *SMALL)
    assert done.returncode == 0, done.stderr
    assert nasarena("table").returncode == 0
    assert nasarena("site").returncode == 0


def test_listing_benchmarks_with_a_cache_that_cannot_be_written(
    refused: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    said = refused("benchmarks", "--json", env={"NASARENA_CACHE": str(tmp_path / "file" / "cache")})
    assert "cannot be written to the cache folder" in said
