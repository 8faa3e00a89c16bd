"""Environment variables, while threads change them."""

import os
import sys
import threading

import pytest

from nasarena.suite.workers.variables import environment, variables


def test_the_environment_is_read_while_another_thread_changes_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NASARENA_STAYS", "here")
    ended = threading.Event()

    def change() -> None:
        while not ended.is_set():
            with variables({f"NASARENA_COMES_AND_GOES_{place}": "x" for place in range(50)}):
                pass

    thread, interval = threading.Thread(target=change), sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    thread.start()
    try:
        found = [environment() for _ in range(300)]
    finally:
        ended.set()
        thread.join()
        sys.setswitchinterval(interval)
    assert all(one["NASARENA_STAYS"] == "here" for one in found)
    assert any(one.keys() - os.environ.keys() for one in found), "nothing changed meanwhile"
