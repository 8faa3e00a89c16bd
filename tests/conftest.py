"""What all tests share."""

import os
from collections.abc import Generator

import pytest
from hypothesis import settings

from nasarena.suite.workers.processes import load_before_forking

# A thread each, as in the suite's workers: tests run beside one another, and on small arrays many
# threads cost more than they bring. Set before numpy and torch are loaded.
os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

# A processor each, too: commands then start one process by default, as many as there are
# processors for them, and not two for each of the tests that run beside one another.
if (beside := os.environ.get("PYTEST_XDIST_WORKER")) and hasattr(os, "sched_setaffinity"):
    processors = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {processors[int(beside.removeprefix("gw")) % len(processors)]})

# Loaded once for the processes that tests start, and not in each.
load_before_forking(["torch", "sklearn"])

pytest_plugins = ["fetched_fixtures", "nasbench101_fixtures"]

# How long an example takes depends on what else the machine does: no test of behaviour asks.
settings.register_profile("nasarena", deadline=None)
settings.load_profile("nasarena")


# In a process's environment, it has coverage measure the process.
MEASURED = "COVERAGE_PROCESS_CONFIG"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call() -> Generator[None]:
    """After a test marked `no_cover`, coverage starts anew and measures all processes again."""
    before = os.environ.get(MEASURED)
    try:
        yield
    finally:
        os.environ.pop(MEASURED, None)
        if before is not None:
            os.environ[MEASURED] = before


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Under NASARENA_REQUIRE=browser, a test skipped for want of a browser is a failure."""
    report = yield
    if report.skipped and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2]
        wanted = filter(None, os.environ.get("NASARENA_REQUIRE", "").split(","))
        if any(f"needs a {name}" in reason for name in wanted):
            report.outcome = "failed"
            report.longrepr = f"{reason} (NASARENA_REQUIRE asks for it)"
    return report


@pytest.fixture(scope="session", autouse=True)
def measuring_processes() -> Generator[dict[str, str]]:
    """What a process needs in its environment for coverage to measure it.

    Only the commands of tests are given it, and what `measured_processes` start: measured, worker
    processes are half as slow again, and most of what they run is measured in tests that call it.
    """
    with pytest.MonkeyPatch.context() as patch:
        needed = {MEASURED: os.environ[MEASURED]} if MEASURED in os.environ else {}
        patch.delenv(MEASURED, raising=False)
        yield needed
        assert MEASURED not in os.environ, "a test has processes measured from then on"


@pytest.fixture(scope="module")
def measured_processes(measuring_processes: dict[str, str]) -> Generator[None]:
    """Programs that a module's tests start are measured: they run what no other test calls."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in measuring_processes.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session", autouse=True)
def no_imports_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Generator[None]:
    """Tests see no benchmarks that the user imported, nor leave any."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NASARENA_DATA", str(tmp_path_factory.mktemp("data")))
        yield
