"""What a run leaves behind: the record, its schema, and the checks on what was read back."""

import re
from dataclasses import dataclass, field

import pyarrow as pa

SCHEMA_VERSION = 2

RULES = {
    "labels": ("mean", "one_run"),
    "duplicates": ("by_id", "by_isomorphism"),
    "stop": ("optimum", "budget"),
}
"""The values that a protocol's rules take."""

FIDELITIES = ("full", "multi")
"""Whether queries answer whole trainings only, or shorter ones as well."""

LABELS = "model_labels"
"""The diagnostic that says how many charged queries there were when a predictor was judged."""

QUALITIES = ("tau", "tau_top", "precision")
"""What is noted of each beside it, as `model_tau` and so on: the fields of `RankQuality`."""


def quality_note(quality: str) -> str:
    """The name under which a quality is noted."""
    return f"model_{quality}"


NOTES = (LABELS, *map(quality_note, QUALITIES))
"""The diagnostics that only the harness may note: one number for each judged predictor."""

BY_DEFINITION = "definitions:"
"""What a digest of the definitions that a method runs begins with."""

COMPILED = "compiled:"
"""What a digest begins with where source was missing: it holds for one version of Python."""


def is_by_module(digest: str) -> bool:
    """Whether a recorded digest is of whole modules, as all were before digests were by definition.

    That two of them differ says nothing about what a method runs.
    """
    return re.fullmatch("[0-9a-f]{64}", digest) is not None


STOP_REASONS = ("optimum", "budget", "patience", "returned", "failed")


@dataclass(frozen=True)
class CellIdentity:
    """What all runs of one method on one benchmark under one protocol share."""

    method: str
    method_version: str
    benchmark: str
    table_sha256: str
    protocol: str
    protocol_version: int
    budget: int
    labels: str
    duplicates: str
    stop: str
    patience: int
    fidelities: str = "full"
    limit: str = ""


@dataclass(frozen=True)
class RunRecord:
    """One run: its seed, its trace (ids and the round of each), and how it ended.

    Where trainings of several lengths can be queried, `fidelity` has the epochs of each query of
    the trace, and `cost` what it cost, in full trainings. None where every query is a whole
    training and costs 1.
    """

    seed: int
    ids: list[int]
    rounds: list[int]
    recommended_after: list[int]
    recommended_ids: list[int]
    stop_reason: str
    error: str | None = None
    diagnostics: dict[str, list[float]] = field(default_factory=dict)
    fidelity: list[int] | None = None
    cost: list[float] | None = None


@dataclass(frozen=True)
class Execution:
    """The circumstances of one run, which its record must not depend on."""

    seed: int
    wall_seconds: float
    cpu_seconds: float
    source_digest: str
    environment: str


IDENTITY_FIELDS = [
    pa.field("method", pa.string(), nullable=False),
    pa.field("method_version", pa.string(), nullable=False),
    pa.field("benchmark", pa.string(), nullable=False),
    pa.field("table_sha256", pa.string(), nullable=False),
    pa.field("protocol", pa.string(), nullable=False),
    pa.field("protocol_version", pa.int64(), nullable=False),
    pa.field("budget", pa.int64(), nullable=False),
    pa.field("labels", pa.string(), nullable=False),
    pa.field("duplicates", pa.string(), nullable=False),
    pa.field("stop", pa.string(), nullable=False),
    pa.field("patience", pa.int64(), nullable=False),
    pa.field("fidelities", pa.string(), nullable=False),
    pa.field("limit", pa.string(), nullable=False),
]

RUNS_SCHEMA = pa.schema(
    [
        *IDENTITY_FIELDS,
        pa.field("seed", pa.int64(), nullable=False),
        pa.field("ids", pa.list_(pa.int64()), nullable=False),
        pa.field("rounds", pa.list_(pa.int32()), nullable=False),
        pa.field("recommended_after", pa.list_(pa.int32()), nullable=False),
        pa.field("recommended_ids", pa.list_(pa.int64()), nullable=False),
        pa.field("stop_reason", pa.string(), nullable=False),
        pa.field("error", pa.string()),
        pa.field("diagnostics", pa.map_(pa.string(), pa.list_(pa.float64())), nullable=False),
        pa.field("fidelity", pa.list_(pa.int32())),
        pa.field("cost", pa.list_(pa.float64())),
    ],
    metadata={"nasarena_schema_version": str(SCHEMA_VERSION)},
)

EXECUTIONS_SCHEMA = pa.schema(
    [
        pa.field("seed", pa.int64(), nullable=False),
        pa.field("wall_seconds", pa.float64(), nullable=False),
        pa.field("cpu_seconds", pa.float64(), nullable=False),
        pa.field("source_digest", pa.string(), nullable=False),
        pa.field("environment", pa.string(), nullable=False),
    ],
    metadata={"nasarena_schema_version": str(SCHEMA_VERSION)},
)
