"""Reading Parquet files of results, which are untrusted input."""

from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from nasarena.suite.errors import UserError, wrong_columns


def read_checked(
    path: Path,
    schema: pa.Schema,
    remedy: str = "remove it and run again",
    content: bytes | None = None,
) -> pa.Table:
    """A table with this schema, its checksums checked (not its values).

    `content` is what was read of the file before, if it was. Raises UserError, which ends with the
    `remedy`.
    """
    try:
        file = pq.ParquetFile(
            path if content is None else BytesIO(content), page_checksum_verification=True
        )
        if not file.schema_arrow.equals(schema, check_metadata=False):
            wrong = wrong_columns(map(_described, schema), map(_described, file.schema_arrow))
            raise UserError(f"{path} is not a file of nasarena: {wrong}; {remedy}")
        table = file.read()
        table.validate(full=True)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        detail = str(error).splitlines()[0]
        raise UserError(f"{path} cannot be read ({detail}); {remedy}, or restore it") from None
    return table


def _described(field: pa.Field) -> str:
    return f"{field.name} ({field.type}{'' if field.nullable else ', not null'})"
