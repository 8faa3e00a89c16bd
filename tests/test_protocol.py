"""Protocols: what is shipped, how overrides name themselves, what a file may say."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasarena.suite.errors import UserError
from nasarena.suite.names import Spec
from nasarena.suite.protocol import Protocol, load_protocol, protocol_names

CUSTOM = """
name = "mine"
version = 3
budget = 50
labels = "mean"
duplicates = "by_isomorphism"
stop = "budget"
patience = 70
"""


@pytest.fixture
def paper() -> Protocol:
    return load_protocol("weaknas-paper")


def test_the_shipped_protocols_are_those_of_the_design(paper: Protocol) -> None:
    assert {"one-run", "weaknas-paper"} <= set(protocol_names())
    assert paper.model_dump(exclude={"name", "description"}) == {
        "version": 1,
        "budget": 1000,
        "labels": "mean",
        "duplicates": "by_id",
        "stop": "optimum",
        "patience": None,
        "fidelities": "full",
        "limit": "",
    }
    assert load_protocol("one-run").model_dump(exclude={"name", "description"}) == {
        "version": 1,
        "budget": 300,
        "labels": "one_run",
        "duplicates": "by_id",
        "stop": "budget",
        "patience": None,
        "fidelities": "full",
        "limit": "",
    }
    several = load_protocol("multi-fidelity")
    assert (several.fidelities, several.labels, several.budget) == ("multi", "one_run", 100)


@pytest.mark.parametrize("name", ["weaknas-paper", "one-run", "multi-fidelity"])
def test_a_shipped_protocol_bears_its_files_name(name: str) -> None:
    assert load_protocol(name).name == name


def test_overrides_are_part_of_the_name_in_alphabetical_order(paper: Protocol) -> None:
    changed = load_protocol("weaknas-paper[labels=one_run,budget=200]")
    assert changed.name == "weaknas-paper[budget=200,labels=one_run]"
    assert (changed.budget, changed.labels) == (200, "one_run")
    assert paper.name == "weaknas-paper"


def test_labels_of_one_run_imply_a_stop_at_the_budget(paper: Protocol) -> None:
    assert paper.override({"labels": "one_run"}).stop == "budget"


def test_a_stop_at_the_optimum_is_refused_with_labels_of_one_run(paper: Protocol) -> None:
    with pytest.raises(UserError, match="'mean' only"):
        paper.override({"labels": "one_run", "stop": "optimum"})
    with pytest.raises(UserError, match="'mean' only"):
        load_protocol("one-run[stop=optimum]")


def test_an_override_to_the_same_value_changes_no_name(paper: Protocol) -> None:
    same = paper.override({"budget": "1000", "labels": "mean", "stop": "optimum"})
    assert same == paper


budgets = st.integers(1, 10**6)
changes = st.fixed_dictionaries(
    {},
    optional={
        "budget": budgets.map(str),
        "labels": st.sampled_from(["mean", "one_run"]),
        "duplicates": st.sampled_from(["by_id", "by_isomorphism"]),
        "stop": st.just("budget"),
        "patience": budgets.map(str),
    },
)


@given(changes)
def test_a_protocols_name_leads_back_to_it(given_changes: dict[str, str]) -> None:
    changed = load_protocol("weaknas-paper").override(given_changes)
    assert load_protocol(changed.name) == changed


@given(changes, changes)
def test_different_rules_have_different_names(one: dict[str, str], other: dict[str, str]) -> None:
    first, second = (load_protocol("weaknas-paper").override(each) for each in (one, other))
    if first.model_dump(exclude={"name", "description"}) != second.model_dump(
        exclude={"name", "description"}
    ):
        assert first.name != second.name


@given(changes, changes)
def test_overriding_twice_is_overriding_once(first: dict[str, str], then: dict[str, str]) -> None:
    # As `--protocol weaknas-paper[budget=200] --labels one_run` does.
    paper = load_protocol("weaknas-paper")
    twice = paper.override(first).override(then)
    assert Spec.parse(twice.name).name == "weaknas-paper"
    assert load_protocol(twice.name).model_dump(
        exclude={"name", "description"}
    ) == twice.model_dump(exclude={"name", "description"})


def test_an_override_back_to_the_original_is_the_original(paper: Protocol) -> None:
    assert paper.override({"budget": "200"}).override({"budget": "1000"}) == paper


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"budget": "0"}, "budget"),
        ({"budget": "-5"}, "budget"),
        ({"budget": "many"}, "budget.*'many'"),
        ({"budget": "1.5"}, "budget"),
        ({"labels": "median"}, "labels"),
        ({"duplicates": "never"}, "duplicates"),
        ({"stop": "never"}, "stop"),
        ({"patience": "0"}, "patience"),
        ({"bugdet": "5"}, "no rule 'bugdet'; did you mean 'budget'"),
        ({"version": "2"}, "no rule 'version'"),
        ({"name": "other"}, "no rule 'name'"),
    ],
)
def test_a_wrong_override_is_one_sentence_that_names_it(
    paper: Protocol, changes: dict[str, str], said: str
) -> None:
    with pytest.raises(UserError, match=said) as refused:
        paper.override(changes)
    assert "weaknas-paper" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_an_unknown_protocol_is_answered_with_the_nearest() -> None:
    with pytest.raises(UserError, match="did you mean 'weaknas-paper'"):
        load_protocol("weaknas-papre")


def written(folder: Path, text: str) -> str:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_file_is_a_protocol_too_and_can_be_overridden(tmp_path: Path) -> None:
    path = written(tmp_path, CUSTOM)
    assert load_protocol(path).model_dump(exclude={"name", "description"}) == {
        "version": 3,
        "budget": 50,
        "labels": "mean",
        "duplicates": "by_isomorphism",
        "stop": "budget",
        "patience": 70,
        "fidelities": "full",
        "limit": "",
    }
    assert load_protocol(f"{path}[budget=9]").name == "mine[budget=9]"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (CUSTOM.replace("budget = 50", ""), "budget"),
        (CUSTOM.replace("budget = 50", "budget = 0"), "budget"),
        (CUSTOM.replace("budget = 50", 'budget = "many"'), "budget"),
        (CUSTOM.replace("version = 3", ""), "version"),
        (CUSTOM.replace('"mean"', '"mode"'), "labels"),
        (CUSTOM.replace('"mine"', '"../mine"'), "name"),
        (CUSTOM.replace('"mine"', '"Mine !"'), "name"),
        (CUSTOM.replace('"mine"', '""'), "name"),
        (CUSTOM.replace('"mine"', '"one-run"'), "name of its own"),
        (CUSTOM + "bugdet = 7", "bugdet"),
        (CUSTOM.replace('"mean"', '"one_run"').replace('"budget"', '"optimum"'), "'mean' only"),
        ("name = ", "not TOML"),
        ("", "name"),
        ("\0", "not TOML"),
    ],
)
def test_a_file_that_is_no_protocol_is_one_sentence_with_its_path(
    tmp_path: Path, text: str, said: str
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(UserError, match=said) as refused:
        load_protocol(path)
    assert path in str(refused.value)


def test_a_file_that_is_not_text_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="not TOML"):
        load_protocol(str(path))


@pytest.mark.parametrize("name", ["missing.toml", "folder.toml"])
def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(UserError, match="cannot be read"):
        load_protocol(str(tmp_path / name))
