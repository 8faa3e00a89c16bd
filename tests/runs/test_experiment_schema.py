"""The JSON schema of experiment files: published as it is, and true to what is accepted."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from nasarena.suite.errors import UserError
from nasarena.suite.runs.experiment import Experiment, experiment_schema, make_experiment

REPOSITORY = Path(__file__).parents[2]
SCHEMA = Draft202012Validator(experiment_schema())
GIVEN = {"methods": "random-search", "benchmarks": "nasbenchgraph/proteins"}


def test_the_published_schema_is_that_of_the_program() -> None:
    """If not: `nasarena schema > docs/experiment.schema.json`."""
    published = (REPOSITORY / "docs" / "experiment.schema.json").read_text(encoding="utf-8")
    assert json.loads(published) == experiment_schema()


def test_it_is_a_schema_that_describes_every_key() -> None:
    Draft202012Validator.check_schema(experiment_schema())
    keys = experiment_schema()["properties"]
    assert set(keys) == set(Experiment.model_fields)
    assert all(key["description"].endswith(".") for key in keys.values())


@pytest.mark.parametrize(
    "path", sorted((REPOSITORY / "results").glob("*.toml")), ids=lambda p: p.stem
)
def test_published_experiment_files_are_valid(path: Path) -> None:
    SCHEMA.validate(tomllib.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "changes",
    [
        {"seeds": 3},
        {"seeds": "3:5"},
        {"methods": ["random-search", "local-search"]},
        {"budget": 20, "labels": "mean", "stop": "optimum", "duplicates": "by_id"},
        {"workers": 1, "device": "cpu", "judge": True, "results": "mine", "protocol": "one-run"},
    ],
)
def test_what_it_allows_is_accepted(changes: dict[str, Any]) -> None:
    assert SCHEMA.is_valid(GIVEN | changes)
    Experiment(**GIVEN | changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"seeds": 0},
        {"seeds": 1.5},
        {"budget": 0},
        {"labels": "median"},
        {"duplicates": "none"},
        {"stop": "never"},
        {"workers": 0},
        {"device": "tpu"},
        {"judge": "sometimes"},
        {"bugdet": 20},
    ],
)
def test_what_it_forbids_is_refused(changes: dict[str, Any]) -> None:
    assert not SCHEMA.is_valid(GIVEN | changes)
    with pytest.raises(UserError):
        Experiment(**GIVEN | changes)


def test_an_unknown_key_is_named_before_what_is_missing(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('method = "random-search"\n')
    with pytest.raises(UserError, match=r"mine\.toml: an experiment has no 'method'; did you mean"):
        make_experiment({}, file)
    file.write_text('methods = "random-search"\n')
    with pytest.raises(UserError, match="names no benchmarks; give --benchmarks"):
        make_experiment({}, file)
