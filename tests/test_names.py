"""Names with parameters, lists, patterns and seeds, as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasarena.suite.errors import UserError, nearest
from nasarena.suite.names import Spec, expand, parse_seeds, split_list

KNOWN = ["nasbench201/cifar10", "nasbench201/cifar100", "nasbenchgraph/cora", "nasbenchgraph/cs"]

word = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_./ é", min_size=1).filter(
    lambda text: text == text.strip() and text
)
specs = st.builds(Spec, word, st.dictionaries(word, word, max_size=4))


@given(specs)
def test_a_spec_is_read_back_from_its_text(spec: Spec) -> None:
    assert Spec.parse(str(spec)) == spec


@given(specs)
def test_parameters_are_written_in_one_order(spec: Spec) -> None:
    backwards = Spec(spec.name, dict(reversed(spec.parameters.items())))
    assert str(backwards) == str(spec)


@given(st.lists(specs, max_size=6))
def test_commas_inside_brackets_do_not_split(listed: list[Spec]) -> None:
    texts = [str(spec) for spec in listed]
    assert split_list(",".join(texts)) == texts
    assert [Spec.parse(part) for part in split_list(" , ".join(texts))] == listed


def test_empty_parts_of_a_list_are_dropped() -> None:
    assert split_list(" a ,, b[x=1, y=2],") == ["a", "b[x=1, y=2]"]
    assert split_list("") == []


def test_spaces_around_names_and_values_do_not_matter() -> None:
    assert Spec.parse(" a[ x = 1 , y=2 ] ") == Spec("a", {"x": "1", "y": "2"})


def test_a_value_may_hold_equals_signs() -> None:
    assert Spec.parse("a[path=b=c]") == Spec("a", {"path": "b=c"})


@pytest.mark.parametrize(
    "text",
    ["", "  ", "[x=1]", "a[", "a]", "a[x=1", "a[x=1]b", "a[x]", "a[=1]", "a[x=]", "a[x=1,y]"],
)
def test_what_is_no_spec_is_refused(text: str) -> None:
    with pytest.raises(UserError):
        Spec.parse(text)


@pytest.mark.parametrize("text", ["a[x=1][y=2]", "a[x=1]]", "a[[x=1]]"])
def test_brackets_that_do_not_pair_are_refused(text: str) -> None:
    with pytest.raises(UserError):
        Spec.parse(text)


def test_a_parameter_given_twice_is_refused() -> None:
    with pytest.raises(UserError, match="x twice"):
        Spec.parse("a[x=1,x=1]")


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        (["nasbench201/*"], KNOWN[:2]),
        (["nasbenchgraph/c?"], KNOWN[3:]),
        (["*"], KNOWN),
        (["*/c*r*"], KNOWN[:3]),
        (["nasbenchgraph/cs", "*"], [KNOWN[3], *KNOWN[:3]]),
        (["nasbench201/cifar10", "nasbench201/cifar10"], KNOWN[:1]),
        ([], []),
    ],
)
def test_patterns_stand_for_the_names_they_match_each_once(
    patterns: list[str], names: list[str]
) -> None:
    assert expand(patterns, KNOWN, "benchmark") == names


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(
        UserError, match=r"benchmark 'nasbench201/cifar-100'.*'nasbench201/cifar100"
    ):
        expand(["nasbench201/cifar-100"], KNOWN, "benchmark")


def test_a_pattern_without_a_match_is_answered_with_all() -> None:
    with pytest.raises(UserError, match=r"'nasbench301/\*'.*nasbenchgraph/cora"):
        expand(["*", "nasbench301/*"], KNOWN, "benchmark")


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("wieghts", "did you mean 'weights'?"),
        ("zzz", "known: bias, weights"),
    ],
)
def test_nearest_name_or_all_of_them(name: str, answer: str) -> None:
    assert nearest(name, ["weights", "bias"]) == answer


def test_nearest_of_nothing() -> None:
    assert nearest("a", []) == "none is known"


@given(st.integers(1, 10**6))
def test_a_number_of_seeds_counts_from_zero(count: int) -> None:
    assert parse_seeds(str(count)) == range(count)


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_range_of_seeds_is_half_open(start: int, count: int) -> None:
    assert parse_seeds(f" {start}:{start + count} ") == range(start, start + count)


@pytest.mark.parametrize("text", ["0", "5:5", "7:3", "0:0"])
def test_no_seed_at_all_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="no seeds given"):
        parse_seeds(text)


@pytest.mark.parametrize("text", ["", "-1", "1:", ":", "1:2:3", "1.5", "1e3", "ten", "1,2", "1_0"])
def test_what_is_no_seeds_is_refused(text: str) -> None:
    with pytest.raises(UserError):
        parse_seeds(text)


@pytest.mark.parametrize("text", ["9" * 5000, f"{2**63}:{2**63 + 1}"], ids=["long", "beyond int64"])
def test_seeds_that_no_record_can_hold_are_refused(text: str) -> None:
    with pytest.raises(UserError):
        parse_seeds(text)
