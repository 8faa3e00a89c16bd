"""The whole space of Accel-NASBench: a surrogate of what was measured of it."""

from functools import cache
from hashlib import sha256

from nasarena.suite.arrays import Accuracies, Ids
from nasarena.suite.benchmarks import accel_nasbench
from nasarena.suite.live.benchmark import Training, no_file
from nasarena.suite.live.surrogate import SURROGATE_ACCURACY, SurrogateBenchmark, no_training
from nasarena.suite.live.surrogate_model import (
    RECIPE,
    Blocks,
    Surrogate,
    open_surrogate,
    require_lightgbm,
)
from nasarena.suite.spaces.accel_nasbench import PARTS
from nasarena.suite.tables.cache import cache_folder
from nasarena.suite.tables.fetched.accel_nasbench import SPACE
from nasarena.suite.tables.fetched.catalogue import FetchedFile, entry

NAME = "accel-nasbench/imagenet-surrogate"
IDENTITY = sha256(f"{FetchedFile(accel_nasbench.ENTRY).sha256}\0{RECIPE}".encode()).hexdigest()


def _measured() -> tuple[Ids, Accuracies]:
    return accel_nasbench.measured(), accel_nasbench.imagenet.table.mean_validation


@cache
def _model() -> Surrogate:
    name = f"{NAME.replace('/', '-')}-{RECIPE}-{IDENTITY[:16]}.arrow"
    return open_surrogate(cache_folder() / name, Blocks(SPACE, len(PARTS)), _measured, NAME)


def _what_predicts() -> dict[str, str]:
    model = _model()
    return {
        "surrogate": "not measured: predicted by LightGBM's trees, trained on "
        f"{model.residuals.size:,} of {SPACE.size:,} networks",
        "on held-out networks": f"rank correlation (Spearman) {model.spearman:.3f}, root mean "
        f"square error {model.error:.2f} points, in five-fold cross-validation",
        "noise": "labels of one run are predictions plus one of these errors, drawn at random: "
        "that is more than what trainings differ by",
    }


imagenet_surrogate = SurrogateBenchmark(
    name=NAME,
    make_space=lambda: SPACE,
    file=Training(
        source=f"predicted by a surrogate of {FetchedFile(accel_nasbench.ENTRY).source}",
        sha256=IDENTITY,
    ),
    read=no_file,
    licence=entry(accel_nasbench.ENTRY).licence,
    citation=entry(accel_nasbench.ENTRY).citation,
    objective=SURROGATE_ACCURACY,
    space_name=accel_nasbench.ENTRY,
    further_facts=_what_predicts,
    evaluate=no_training,
    require=lambda: require_lightgbm(NAME),
    model=_model,
    counterpart=lambda: accel_nasbench.imagenet,
)
