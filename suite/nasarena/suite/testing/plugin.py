"""The pytest plug-in: fixtures that run a method, and that hold its runs against a baseline.

pytest imports this module in every session where nasarena is installed. So it imports nothing but
pytest; what works stands in the modules beside it, and is imported when a fixture is used.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from nasarena.suite.testing.gate import Gate
    from nasarena.suite.testing.runs import Runner

UPDATE = "--nasarena-update"
"""The option that writes baselines instead of comparing with them."""

PROPERTY = "nasarena"
"""The name of a test's property that has a gate's verdict; it travels from xdist's workers."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The plug-in's option."""
    group = parser.getgroup("nasarena", "quality and speed of architecture searches")
    group.addoption(
        UPDATE,
        action="store_true",
        help="Write the baselines of nasarena_gate from the code as it is, instead of comparing.",
    )


@pytest.fixture(scope="session")
def nasarena_run(pytestconfig: pytest.Config) -> "Runner":
    """Runs a method: `nasarena_run(MyMethod, benchmarks="nasbench201/*", seeds=30, budget=600)`.

    Runs are kept in `.nasarena/` of pytest's root directory, and made again when the method's
    source, the benchmark, the rules or the environment are others.
    """
    from nasarena.suite.testing.runs import Runner

    return Runner(pytestconfig.rootpath, failing_in_one_sentence)


@pytest.fixture
def nasarena_gate(request: pytest.FixtureRequest) -> "Gate":
    """Fails the test when runs are worse than stored: `nasarena_gate(runs, baseline="baseline")`.

    With `pytest --nasarena-update` it writes the baseline from the runs instead.
    """
    from nasarena.suite.testing.gate import Gate

    def tell(line: str) -> None:
        request.node.user_properties.append((PROPERTY, line))

    update = bool(request.config.getoption(UPDATE))
    return Gate(request.config.rootpath, update, tell, failing_in_one_sentence)


@contextmanager
def failing_in_one_sentence() -> Iterator[None]:
    """What cannot be used fails the test with its sentence, without a traceback."""
    from nasarena.suite.errors import UserError

    try:
        yield
    except UserError as error:
        # The sentences are written for the command line.
        text = str(error).replace("nasarena gate --update", f"pytest {UPDATE}")
        raise pytest.fail.Exception(text, pytrace=False) from None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A line for each gate: its verdict, or the baseline that was written."""
    lines = [
        f"{report.nodeid}: {value}"
        for reports in terminalreporter.stats.values()
        for report in reports
        if isinstance(report, pytest.TestReport) and report.when == "teardown"
        for name, value in report.user_properties
        if name == PROPERTY
    ]
    if lines:
        terminalreporter.section("nasarena")
        for line in lines:
            terminalreporter.write_line(line)
