"""NAAP-440, fetched: a list of networks, for methods that look at no structure."""

from nasarena.suite.arrays import Accuracies
from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.spaces.architecture_list import ArchitectureList
from nasarena.suite.tables.fetched.catalogue import FetchedFile, entry
from nasarena.suite.tables.fetched.naap440 import EPOCHS, NETWORKS, read
from nasarena.suite.tables.fidelities import Fidelities
from nasarena.suite.tables.objective import TEST_ACCURACY

ENTRY = "naap-440"
SPACE = ArchitectureList(ENTRY, [str(number) for number in range(1, NETWORKS + 1)])


def _what_the_labels_are() -> dict[str, str]:
    return {
        "labels": "the highest test accuracy over 90 epochs: what a search finds was chosen on "
        "the test images",
        "decisions": "none: the six structural columns give 46 different rows only",
    }


def accuracies_after_each_epoch(benchmark: Benchmark) -> list[Accuracies]:
    """Test accuracies after each epoch but the last, percent.

    A full training answers its best epoch, as the table.
    """
    return [
        benchmark.metric(f"validation.{epochs}_epochs").values[:, None]
        for epochs in range(1, EPOCHS)
    ]


cifar10 = Benchmark(
    name="naap-440/cifar10",
    make_space=lambda: SPACE,
    file=FetchedFile(ENTRY),
    read=read,
    licence=entry(ENTRY).licence,
    citation=entry(ENTRY).citation,
    further_facts=_what_the_labels_are,
    objective=TEST_ACCURACY,
    fidelities=Fidelities.proportional(range(1, EPOCHS + 1), continues=True),
    read_shorter=accuracies_after_each_epoch,
)
