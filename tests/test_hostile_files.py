"""Files made to do harm: every reader takes them or refuses them with a sentence.

`python tests/support/hostile_files.py 100000` reads more of them, within limits.
"""

import pytest

from hostile_files import read_spoilt
from hostile_kinds import KINDS

EACH = 20
"""Files of each kind."""


@pytest.mark.parametrize("kind", KINDS)
def test_spoilt_files_end_in_no_traceback(kind: str) -> None:
    first = list(KINDS).index(kind)
    ends = [read_spoilt(1, first + place * len(KINDS)) for place in range(EACH)]
    assert set(ends) <= {"read", "refused"}
    assert "refused" in ends
