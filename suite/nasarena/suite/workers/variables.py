"""Environment variables that say something to the processes started meanwhile."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


def environment() -> dict[str, str]:
    """This process's variables, also while another thread sets and removes some.

    `dict(os.environ)` looks up every name that it began with, and fails for one removed since.
    """
    found = ((name, os.environ.get(name)) for name in list(os.environ))
    return {name: value for name, value in found if value is not None}


@contextmanager
def variables(values: Mapping[str, str]) -> Iterator[None]:
    """Environment variables have these values in the block, and afterwards what they had before."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
