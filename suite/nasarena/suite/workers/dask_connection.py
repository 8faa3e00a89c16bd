"""A connection to a Dask scheduler: made, made again when it was lost, and closed quietly."""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from nasarena.suite.errors import UserError, one_line
from nasarena.suite.packages import DASK, install_command, missing
from nasarena.suite.workers.rooms import close_rooms
from nasarena.suite.workers.scheduler_address import SchedulerAddress

CONNECT_SECONDS = 10.0
WORKERS_SECONDS = 60.0
"""How long workers may take to join, at the start and after a scheduler was started again."""

RECONNECT_SECONDS = 60.0
CLOSE_SECONDS = 5.0

KEPT = "what was finished is kept: give the same command again to continue"


def require_dask() -> None:
    """Raises UserError when Dask is not installed."""
    if missing(DASK):
        raise UserError(
            f"a scheduler needs Dask, which is not installed; run: {install_command(DASK)}"
        )


class DaskConnection:
    """A client of the scheduler at an address, or of one that is started in this process."""

    def __init__(self, address: SchedulerAddress) -> None:
        """Connects, and waits for the first worker. Raises UserError."""
        require_dask()
        self.address = address
        self._local: Any = None
        self._client: Any = None
        self._checked: set[str] = set()
        _silence()
        if address.local_workers is not None:
            self._local = _local_cluster(address.local_workers)
        try:
            self._connect(CONNECT_SECONDS)
            self._wait_for_workers()
        except BaseException:
            self.close()
            raise

    @property
    def executor(self) -> Executor:
        """Where tasks are submitted, as to a pool of processes."""
        executor: Executor = self._client.get_executor(pure=False)
        return executor

    def threads(self) -> dict[str, int] | None:
        """How many tasks each worker does at once, by its address; None where nobody answers."""
        answer: dict[str, int] | None = self._ask("ncores")
        return answer

    def given(self) -> set[str] | None:
        """The keys of the tasks that workers have; None where nobody answers."""
        answer: dict[str, list[str]] | None = self._ask("processing")
        return None if answer is None else {key for keys in answer.values() for key in keys}

    def _ask(self, what: str) -> Any:
        with suppress(Exception):  # whatever is wrong, the futures will say so
            ask = getattr(self._client.scheduler, what)
            return self._client.sync(ask, callback_timeout=CONNECT_SECONDS)
        return None

    def check(self, workers: Iterable[str]) -> None:
        """Raises UserError where a worker does not have this nasarena; each is asked once."""
        asked = [worker for worker in workers if worker not in self._checked]
        if not asked:
            return
        here, answers = version("nasarena"), {}
        with suppress(Exception):  # one that has gone
            answers = self._client.run(version, "nasarena", workers=asked, on_error="return")
        for worker, answer in answers.items():
            if isinstance(answer, PackageNotFoundError):
                there = "does not have nasarena"
            elif isinstance(answer, str) and answer != here:
                there = f"has nasarena {answer}, and here is {here}"
            else:
                self._checked.add(worker)
                continue
            raise UserError(
                f"the worker {worker} {there}; install the same on all workers, and start them "
                "again"
            )

    def send(self, value: Any) -> Any:
        """A future of a value that workers give to one another: an argument of tasks."""
        return self._client.scatter(value, hash=False)

    def reconnect(self) -> None:
        """Connect anew; a scheduler that is started again has a minute. Raises UserError."""
        self._close_client()
        deadline = time.monotonic() + RECONNECT_SECONDS
        while True:
            try:
                self._connect(min(CONNECT_SECONDS, RECONNECT_SECONDS))
                break
            except UserError:
                if time.monotonic() > deadline:
                    raise UserError(
                        f"the connection to the scheduler {self.address.text} was lost, and "
                        f"it did not come back within {RECONNECT_SECONDS:.0f} seconds; {KEPT}"
                    ) from None
                time.sleep(0.5)
        self._wait_for_workers()

    def close(self) -> None:
        """Leave the scheduler; one that was started here ends. Not for long."""
        _silence()
        self._close_client()
        if self._local is not None:
            _within(CLOSE_SECONDS, lambda: self._local.close(timeout=CLOSE_SECONDS))
            self._local = None
            close_rooms()

    def _connect(self, seconds: float) -> None:
        import distributed

        client: Any = distributed.Client
        try:
            self._client = client(
                self._local or self.address.text, timeout=seconds, set_as_default=False
            )
        except Exception as error:  # of the network, of certificates, of another version
            said = one_line(str(error) or type(error).__name__, 200)
            raise UserError(
                f"the scheduler {self.address.text} cannot be reached within {seconds:.0f} seconds "
                f"({said}); start it with `dask scheduler`, or check the address"
            ) from None

    def _wait_for_workers(self) -> None:
        deadline = time.monotonic() + WORKERS_SECONDS
        while not self.threads():
            if time.monotonic() > deadline:
                raise UserError(
                    f"no worker joined the scheduler {self.address.text} within "
                    f"{WORKERS_SECONDS:.0f} seconds; start some with "
                    f"`dask worker {self.address.text}`; {KEPT}"
                )
            time.sleep(0.1)

    def _close_client(self) -> None:
        if self._client is not None:
            client, self._client = self._client, None
            _within(CLOSE_SECONDS, lambda: client.close(timeout=CLOSE_SECONDS / 2))


def _local_cluster(workers: int) -> Any:
    """A scheduler and workers in this process: their threads wait for child processes."""
    import dask
    import distributed

    cluster: Any = distributed.LocalCluster
    with dask.config.set({"distributed.worker.profile.enabled": False}):
        return cluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=False,
            dashboard_address="127.0.0.1:0",  # any free port, for this machine only
            memory_limit=0,  # children have limits of their own
            silence_logs=logging.CRITICAL,
        )


def _within(seconds: float, close: Callable[[], object]) -> None:
    """Close something that may be broken: errors are nobody's concern, nor is a longer wait."""

    def quietly() -> None:
        with suppress(BaseException):
            close()

    thread = threading.Thread(target=quietly, daemon=True)
    thread.start()
    thread.join(seconds)


def _silence() -> None:
    """What Dask logs is not for the terminal: what users need to know is said here."""
    import distributed  # sets the levels of its loggers

    for name in [*logging.root.manager.loggerDict]:
        if name.partition(".")[0] in {distributed.__name__, "tornado"}:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
