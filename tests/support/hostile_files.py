"""Files made to do harm: valid ones with bytes or values exchanged, and what readers make of them.

Each file depends on a seed and its number alone. A reader may take a file, or refuse it with a
UserError; any other error is a traceback for the user. As a command, reads many in a process that
may take 1 GB more than it starts with, and 60 seconds for 20 files:

    python tests/support/hostile_files.py 100000
    python tests/support/hostile_files.py --only 4711   (one file again, with its traceback)
"""

import argparse
import resource
import shutil
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path
from random import Random

import pyarrow as pa

sys.path.insert(0, str(Path(__file__).parent))

from hostile_kinds import KINDS
from nasarena.suite.errors import UserError
from nasarena.suite.workers.limited import OverLimit, limited_process

MEMORY, SECONDS = 1_000_000_000, 60.0
BATCH = 20


def kind_of(number: int) -> str:
    """The kind of a file, by its number."""
    return list(KINDS)[number % len(KINDS)]


def read_spoilt(seed: int, number: int) -> str:
    """Makes a file and reads it: `read` or `refused`. Raises what the reader should not raise."""
    kind = KINDS[kind_of(number)]
    folder = Path(tempfile.mkdtemp(prefix="hostile-"))
    try:
        while True:
            random = Random(f"{seed}/{number}")
            try:
                kind.write(random, folder)
                break
            except (pa.ArrowException, OverflowError, ValueError, TypeError, RecursionError):
                shutil.rmtree(folder)  # what no file of this kind can hold
                folder.mkdir()
                number += len(KINDS) * 1_000_003
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                kind.read(folder)
            except UserError as error:
                return "refused" if str(error).strip() else "refused without a word"
        return "read"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def read_batch(seed: int, numbers: list[int]) -> tuple[list[tuple[int, str]], float]:
    """How each file ended, or its traceback; and the most memory taken so far, in megabytes."""
    ended = []
    for number in numbers:
        try:
            ended.append((number, read_spoilt(seed, number)))
        except MemoryError:
            ended.append((number, "MemoryError"))
        except BaseException:
            ended.append((number, traceback.format_exc(limit=-6)))
    return ended, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("files", type=int, nargs="?", default=1000)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--first", type=int, default=0, help="continue with this number")
    options.add_argument("--only", type=int, help="one number again, with its traceback")
    given = options.parse_args()
    if given.only is not None:
        print(kind_of(given.only), read_spoilt(given.seed, given.only))
        return 0
    ends: Counter[tuple[str, str]] = Counter()
    bad: dict[int, str] = {}
    memory, started, start, one_by_one = 0.0, time.monotonic(), given.first, 0
    numbers: list[int] = []
    while start < given.files:
        try:
            with limited_process(MEMORY, SECONDS) as call:
                call(kind_of, 0)  # loads this module there
                while start < given.files:
                    end = start + 1 if start < one_by_one else min(start + BATCH, given.files)
                    numbers = list(range(start, end))
                    ended, taken = call(read_batch, given.seed, numbers)
                    memory, start = max(memory, taken), end
                    for number, said in ended:
                        _count(ends, bad, number, said)
                    if start % 1000 < BATCH:
                        print(f"{start:,} files, {len(bad)} bad", flush=True)
        except OverLimit as error:
            if len(numbers) == 1:
                _count(ends, bad, start, f"over the limit: it {error}")
                start += 1
            else:
                one_by_one = start + len(numbers)
    seconds = time.monotonic() - started
    print(f"\n{start - given.first:,} files with seed {given.seed} in {seconds:.0f} s")
    for kind in KINDS:
        counts = {end: count for (one, end), count in sorted(ends.items()) if one == kind}
        print(f"  {kind}: {', '.join(f'{count:,} {end}' for end, count in counts.items())}")
    print(f"most memory of the reading process: {memory:.0f} MB; {len(bad)} files went wrong")
    return int(bool(bad))


def _count(ends: "Counter[tuple[str, str]]", bad: dict[int, str], number: int, end: str) -> None:
    known = end in ("read", "refused")
    ends[kind_of(number), end if known else "bad"] += 1
    if not known:
        bad[number] = end
        print(f"--only {number} ({kind_of(number)})\n{end}", flush=True)


if __name__ == "__main__":
    # Under its own name, so that the process that reads finds it.
    import hostile_files

    sys.exit(hostile_files.main())
