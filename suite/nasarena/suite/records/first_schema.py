"""Run records of schema 1, from before queries had fidelities: they stay readable."""

import pyarrow as pa

from nasarena.suite.records.run_record import RUNS_SCHEMA

ADDED = {"fidelities": "full", "limit": "", "fidelity": None, "cost": None}
"""The columns that schema 1 has not, and what they are for all of its runs."""


def _first(field: pa.Field) -> pa.Field:
    """A column as schema 1 has it: ids had 32 bits."""
    narrow = field.name in ("ids", "recommended_ids")
    return field.with_type(pa.list_(pa.int32())) if narrow else field


FIRST_RUNS_SCHEMA = pa.schema([_first(field) for field in RUNS_SCHEMA if field.name not in ADDED])


def as_current(runs: pa.Table) -> pa.Table:
    """Run records of schema 1 as those of the current schema; others as they are."""
    if runs.num_columns == len(RUNS_SCHEMA):
        return runs
    rows = runs.num_rows
    columns = [
        pa.repeat(pa.scalar(ADDED[field.name], field.type), rows)
        if field.name in ADDED
        else runs[field.name].cast(field.type)
        for field in RUNS_SCHEMA
    ]
    return pa.Table.from_arrays(columns, schema=RUNS_SCHEMA)
