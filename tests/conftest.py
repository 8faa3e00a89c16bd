"""What all tests share."""

import os

import pytest


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Under NASARENA_REQUIRE=browser, a test skipped for want of a browser is a failure."""
    wanted = os.environ.get("NASARENA_REQUIRE", "").split(",")
    if report.skipped and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2]
        if any(name and f"needs a {name}" in reason for name in wanted):
            report.outcome = "failed"
            report.longrepr = f"{reason} (NASARENA_REQUIRE asks for it)"
