"""Where runs are sent: a Dask scheduler on the network, or one for this machine."""

import re
from typing import NamedTuple

LOCAL = "local"
EXAMPLES = "give tcp://host:8786, tls://host:8786, or local:4"


class SchedulerAddress(NamedTuple):
    """`local_workers` is None where the scheduler is at `text`, on the network."""

    text: str
    local_workers: int | None


def read_address(text: str) -> SchedulerAddress:
    """The address that a text states. Raises ValueError that says what is wrong with it."""
    scheme, _, rest = text.partition(":")
    if scheme == LOCAL:
        if not re.fullmatch(r"0*[1-9][0-9]{0,3}", rest):
            raise ValueError("no number of workers from 1 to 9999; give local:4 for four")
        return SchedulerAddress(text, int(rest))
    match = re.fullmatch(r"(?:tcp|tls)://(?:[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\]):([0-9]{1,5})", text)
    if match is None or not 0 < int(match[1]) < 65536:
        raise ValueError(f"no address of a Dask scheduler; {EXAMPLES}")
    return SchedulerAddress(text, None)
