"""Parameters of methods: read from texts, written in names, sent to processes."""

import inspect
import math
import pickle
import sys
import types
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Literal, get_args, get_origin

import numpy as np

from nasarena.suite.errors import UserError, one_line


def read_value(text: str, annotation: Any, default: Any) -> Any:
    """A text as the type that a parameter is declared as, or as that of its default.

    Raises ValueError that names the types when it is none of them.
    """
    wanted = _types(annotation, default)
    for type_ in wanted:
        try:
            return _convert(text, type_)
        except ValueError:
            continue
    named = " or ".join(type_.__name__ for type_ in wanted)
    finite = float in wanted and _is_float(text)
    raise ValueError(f"{named}: it has to be finite" if finite else named)


def _is_float(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _types(annotation: Any, default: Any) -> list[type]:
    if annotation is None:
        return [type(default)]
    if get_origin(annotation) is Literal:
        return [str]
    return list(get_args(annotation) or (annotation,))


def _convert(text: str, type_: type) -> Any:
    if type_ is bool:
        if text.lower() not in ("true", "false"):
            raise ValueError
        return text.lower() == "true"
    if type_ is types.NoneType:
        if text.lower() != "none":
            raise ValueError
        return None
    if type_ in (int, float, str):
        value = type_(text)
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError  # no check of a bound notices nan, and few are meant for infinity
        return value
    raise ValueError


def is_estimator(value: Any) -> bool:
    """Whether this is an instance of a scikit-learn estimator (or of a step of a pipeline)."""
    needed = ("get_params", "set_params", "fit")
    return not isinstance(value, type) and all(hasattr(value, name) for name in needed)


def value_text(value: Any) -> str:
    """A parameter's value as it stands in a name: without brackets and commas.

    Numbers, truth values, None and texts as Python prints them; a sequence as `(100;50)`; a
    scikit-learn estimator as its class and the parameters that differ from its defaults,
    `RandomForestRegressor(max_depth=5;n_estimators=50)`, without `random_state`, which is set for
    each fit; a class or function by its name. What is not scikit-learn's own has its package
    before it: `xgboost.XGBRegressor()`.

    Raises UserError for what no name can hold.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int, float)):
        return str(value)
    if isinstance(value, str):
        if value and value == value.strip() and value.isprintable() and not set("[],") & set(value):
            return value
    elif isinstance(value, (list, tuple)):
        return f"({';'.join(map(value_text, value))})"
    elif is_estimator(value):
        changed = ";".join(f"{key}={value_text(one)}" for key, one in _changed(value).items())
        return f"{_named(type(value))}({changed})"
    elif isinstance(value, (type, types.FunctionType)) and value.__qualname__.isidentifier():
        return _named(value)
    raise UserError(
        f"{one_line(repr(value), 80)} cannot be part of a name: use a number, a text without "
        "brackets and commas, a sequence of these, or a scikit-learn estimator with such "
        "parameters; or write a class with a name of its own that builds it"
    )


def _named(made: Any) -> str:
    package = made.__module__.partition(".")[0]
    return str(made.__name__) if package == "sklearn" else f"{package}.{made.__name__}"


def _changed(estimator: Any) -> dict[str, Any]:
    """The parameters of an estimator that differ from the defaults, in alphabetical order."""
    defaults: dict[str, Any] = {}
    for base in reversed(type(estimator).__mro__[:-1]):
        if "__init__" in vars(base):
            declared = inspect.signature(vars(base)["__init__"]).parameters.values()
            defaults |= {one.name: one.default for one in declared if one.default is not one.empty}
    return {
        key: value
        for key, value in sorted(estimator.get_params(deep=False).items())
        if key != "random_state" and not same_value(value, defaults.get(key))
    }


def same_value(one: Any, other: Any) -> bool:
    """Whether two values of a parameter are equal; estimators are where their texts are."""
    if one is other:
        return True
    if is_estimator(one) or is_estimator(other):
        return type(one) is type(other) and value_text(one) == value_text(other)
    if isinstance(one, float) and isinstance(other, float) and one != other:
        return math.isnan(one) and math.isnan(other)
    try:
        return bool(one == other)
    except ValueError:  # arrays
        return False


def fresh(value: Any) -> Any:
    """A value that nobody else holds: an estimator is copied unfitted."""
    if not is_estimator(value):
        return value
    from sklearn.base import clone

    return clone(value)


def packed(value: Any, classes: Iterable[type], what: str) -> bytes:
    """A value for other processes, where `opened` reads it.

    Classes of the main program (a script, a notebook) and of modules that other processes could
    not import go along with their code; all else is imported there. `classes` are those to look
    at, with their bases. Raises UserError that names `what` when that cannot be done.
    """
    import cloudpickle

    homes = {base.__module__ for one in classes for base in one.__mro__}
    carried = [
        sys.modules[name]
        for name in sorted(homes - {"__main__"})
        if name in sys.modules and not _importable(name)
    ]
    for module in carried:
        cloudpickle.register_pickle_by_value(module)
    try:
        content: bytes = cloudpickle.dumps(value)
    except Exception as error:  # anybody's objects
        raise UserError(
            f"{what} cannot be sent to worker processes: "
            f"{one_line(f'{type(error).__name__}: {error}')}; build what is meant inside it"
        ) from None
    finally:
        for module in carried:
            cloudpickle.unregister_pickle_by_value(module)
    return content


@lru_cache(maxsize=64)
def opened(content: bytes) -> Any:
    """What was `packed`; the same object each time."""
    return pickle.loads(content)


def _importable(module: str) -> bool:
    """Whether a new process finds the file that this module came from."""
    top = module.partition(".")[0]
    found = (finder.find_spec(top, None) for finder in sys.meta_path)
    spec = next(filter(None, found), None)
    loaded = getattr(sys.modules[module], "__file__", None)
    return spec is not None and ("." in module or loaded is None or spec.origin == loaded)
