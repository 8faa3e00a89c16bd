"""NAAP-440, fetched: a list of networks, for methods that look at no structure."""

from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.spaces.architecture_list import ArchitectureList
from nasarena.suite.tables.fetched.catalogue import FetchedFile, entry
from nasarena.suite.tables.fetched.naap440 import NETWORKS, read
from nasarena.suite.tables.objective import TEST_ACCURACY

ENTRY = "naap-440"
SPACE = ArchitectureList(ENTRY, [str(number) for number in range(1, NETWORKS + 1)])


def _what_the_labels_are() -> dict[str, str]:
    return {
        "labels": "the highest test accuracy over 90 epochs: what a search finds was chosen on "
        "the test images",
        "decisions": "none: the six structural columns give 46 different rows only",
    }


cifar10 = Benchmark(
    name="naap-440/cifar10",
    make_space=lambda: SPACE,
    file=FetchedFile(ENTRY),
    read=read,
    licence=entry(ENTRY).licence,
    citation=entry(ENTRY).citation,
    further_facts=_what_the_labels_are,
    objective=TEST_ACCURACY,
)
