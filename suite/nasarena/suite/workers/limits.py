"""What a single task may take, so that one that never ends, or grows, does not stop the others."""

import sys
from dataclasses import dataclass
from pathlib import Path

from nasarena.suite.errors import UserError

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Limits:
    """For each task: seconds of wall time, and bytes of memory; None where there is no limit."""

    seconds: float | None = None
    memory: int | None = None

    def __post_init__(self) -> None:
        if self.memory is not None and not sys.platform.startswith("linux"):
            raise UserError("the memory of runs can be limited on Linux only; leave the limit out")

    @property
    def too_long(self) -> str:
        """What is said of a task that was ended because it took too long."""
        return f"stopped after {self.seconds:g} seconds (--run-timeout)"


NO_LIMITS = Limits()


def limit_memory(more: int) -> None:
    """Let this process take so many bytes more than it has now; Python then has a MemoryError.

    Data of its own counts (Linux: RLIMIT_DATA), not files that are mapped, or address space.
    """
    import resource

    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    data = next(line.split()[1] for line in status.splitlines() if line.startswith("VmData:"))
    most = int(data) * 1024 + more
    if (allowed := resource.getrlimit(resource.RLIMIT_DATA)[1]) != resource.RLIM_INFINITY:
        most = min(most, allowed)
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
