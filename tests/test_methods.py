"""Methods given as classes and instances: their names, parameters, and way to workers."""

import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import BaggingRegressor, RandomForestRegressor
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from nasarena.methods import WeakNAS, WeakNASLite
from nasarena.suite.errors import UserError
from nasarena.suite.methods import choose_methods
from nasarena.suite.names import Spec
from nasarena.suite.parameters import value_text
from nasarena.suite.predictors import predictor_factory
from nasarena.suite.problem import BudgetExhausted, Problem
from nasarena.suite.spaces.nasbenchgraph import PROTEINS_OPERATIONS, NASBenchGraph

SPACE = NASBenchGraph(PROTEINS_OPERATIONS)
OFFSET = 3


class Mine:
    def __init__(self, top_n: int = 1, model: Any = None, text: str = "x") -> None:
        self.top_n = top_n
        self.model = model
        self.text = text

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        problem.query(OFFSET + self.top_n)


class Forgetful(Mine):
    def __init__(self, top_n: int = 1) -> None:
        self.kept = top_n


class Doubling(Mine):
    def __init__(self, top_n: int = 1) -> None:
        self.top_n = 2 * top_n


class Renamed(Mine):
    name = "weaknas-lite"


class Twin(Mine):
    name = "Mine"


def names(*given: Any) -> list[str]:
    return [choice.name for choice in choose_methods(given)]


def test_classes_instances_and_names_in_any_mixture() -> None:
    assert names(Mine, Mine(top_n=3), "random-search", Mine(), WeakNASLite(top_n=5)) == [
        "Mine",
        "Mine[top_n=3]",
        "random-search",
        "weaknas-lite[top_n=5]",
    ]
    assert names(Mine(top_n=np.int64(3))) == ["Mine[top_n=3]"]
    assert names(WeakNASLite(top_n=5), "weaknas-lite[top_n=5]") == ["weaknas-lite[top_n=5]"]


def test_each_run_gets_an_instance_of_its_own() -> None:
    given = Mine(top_n=3, model=Ridge(alpha=2.0))
    (choice,) = choose_methods([given])
    given.model.set_params(alpha=7.0)  # too late
    first, second = choice.build(), choice.build()
    assert isinstance(first, Mine)
    assert isinstance(second, Mine)
    assert first.top_n == 3
    assert first.model.alpha == second.model.alpha == 2.0
    assert first.model is not second.model
    assert choice.name == "Mine[model=Ridge(alpha=2.0),top_n=3]"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([3], "3 is no method: give a name, a class"),
        ([Forgetful(2)], "has no attribute 'top_n'"),
        ([Doubling(2)], "does not keep its parameter top_n as given"),
        ([Renamed], "is named 'weaknas-lite', as a registered method"),
        ([Mine, Twin], "two different methods are named 'Mine'; give one of them another name"),
        ([Mine(text="5"), Mine(text=5)], "two different methods"),  # type: ignore[arg-type]
        ([Mine(text="a,b")], "method Mine, parameter text: 'a,b' cannot be part of a name"),
        ([Mine(text="")], "'' cannot be part of a name"),
        ([Mine(model=GridSearchCV(Ridge(), {"alpha": [1]}))], "{'alpha': [1]} cannot be part of a"),
        ([Mine(model=lambda: 1)], "cannot be part of a name"),
        ([Mine(text="x" * 300)], "is too long for a folder"),
    ],
)
def test_what_cannot_be_named_or_built_again_is_one_sentence(given: list[Any], said: str) -> None:
    with pytest.raises(UserError) as refused:
        choose_methods(given)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_another_process_runs_a_class_of_a_module_that_it_cannot_import() -> None:
    """As a notebook's: this test module is in no package."""
    (choice,) = choose_methods([Mine(top_n=4, model=Ridge())])
    program = (
        "import pickle, sys\n"
        "choice = pickle.load(sys.stdin.buffer)\n"
        "queried = []\n"
        "class Problem:\n    query = staticmethod(queried.append)\n"
        "choice.build().search(Problem, None)\n"
        "print(choice.name, queried)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=pickle.dumps(choice), capture_output=True, check=True
    )
    assert done.stdout.decode().strip() == "Mine[model=Ridge(),top_n=4] [7]"


def test_a_class_that_cannot_be_sent_is_refused_when_it_is_chosen() -> None:
    held = (number for number in range(3))

    class Holding:
        def search(self, problem: Problem, rng: np.random.Generator) -> None:
            next(held)

    with pytest.raises(UserError, match="method Holding cannot be sent to worker processes"):
        choose_methods([Holding])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (RandomForestRegressor(), "RandomForestRegressor()"),
        (RandomForestRegressor(random_state=3, max_depth=None), "RandomForestRegressor()"),
        (
            RandomForestRegressor(n_estimators=50, max_depth=5),
            "RandomForestRegressor(max_depth=5;n_estimators=50)",
        ),
        (
            MLPRegressor(hidden_layer_sizes=(100, 50), activation="tanh"),
            "MLPRegressor(activation=tanh;hidden_layer_sizes=(100;50))",
        ),
        (BaggingRegressor(Ridge(alpha=2.0)), "BaggingRegressor(estimator=Ridge(alpha=2.0))"),
        (
            make_pipeline(StandardScaler(), Ridge()),
            "Pipeline(steps=((standardscaler;StandardScaler());(ridge;Ridge())))",
        ),
        (0.1, "0.1"),
        (np.float64(0.1), "0.1"),
        (None, "None"),
        ("plain", "plain"),
    ],
)
def test_values_in_names_are_read_back_as_one_parameter(value: Any, text: str) -> None:
    assert value_text(value) == text
    name = str(Spec("method", {"value": value_text(value), "last": "1"}))
    assert Spec.parse(name).parameters == {"value": text, "last": "1"}


def test_estimators_of_other_libraries_are_told_apart() -> None:
    xgboost = pytest.importorskip("xgboost")
    assert value_text(xgboost.XGBRegressor()) == "xgboost.XGBRegressor()"
    assert value_text(xgboost.XGBRegressor(max_depth=3)) == "xgboost.XGBRegressor(max_depth=3)"


def test_an_estimator_is_a_predictor_and_stays_unfitted() -> None:
    estimator = RandomForestRegressor(n_estimators=5, random_state=1)
    ids = np.arange(40)
    targets = np.random.default_rng(0).random(40)

    def predicted(seed: int) -> list[float]:
        predictor = predictor_factory(estimator)(SPACE, np.random.default_rng(seed))
        predictor.fit(ids, targets)
        return predictor.predict(np.arange(100)).tolist()  # type: ignore[no-any-return]

    assert predicted(0) == predicted(0)
    assert predicted(0) != predicted(1)
    assert not hasattr(estimator, "estimators_")
    with pytest.raises(UserError, match="3 is no predictor"):
        predictor_factory(3)  # type: ignore[arg-type]


def test_weaknas_takes_an_estimator() -> None:
    (choice,) = choose_methods([WeakNAS(predictor=Ridge(alpha=3.0), batch=5)])
    assert choice.name == "weaknas[batch=5,predictor=Ridge(alpha=3.0)]"
    problem = Problem(SPACE, np.random.default_rng(0).random(SPACE.size), 25, 500)
    with pytest.raises(BudgetExhausted):
        choice.build().search(problem, np.random.default_rng(0))
    assert problem.rounds.max() == 3
