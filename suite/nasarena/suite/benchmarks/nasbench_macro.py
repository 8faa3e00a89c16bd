"""NAS-Bench-Macro, fetched: three training runs of every network, without a validation set."""

from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.tables.fetched.catalogue import FetchedFile, entry
from nasarena.suite.tables.fetched.nasbench_macro import SPACE, read
from nasarena.suite.tables.objective import TEST_ACCURACY

ENTRY = "nasbench-macro"


def _what_the_labels_are() -> dict[str, str]:
    return {
        "labels": "test accuracies, since the source has no validation set: what a search finds "
        "was chosen on the test images"
    }


cifar10 = Benchmark(
    name="nasbench-macro/cifar10",
    make_space=lambda: SPACE,
    file=FetchedFile(ENTRY),
    read=read,
    licence=entry(ENTRY).licence,
    citation=entry(ENTRY).citation,
    further_facts=_what_the_labels_are,
    objective=TEST_ACCURACY,
)
