"""Reading Parquet files of results, which are untrusted input.

A small file can say that it holds a great deal: what its pages declare is looked at before any of
them is decoded, and texts are decoded once for each different one.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from nasarena.suite.errors import UserError, wrong_columns
from nasarena.suite.files import read_regular
from nasarena.suite.records.parquet_pages import declared

MOST_FILE_BYTES = 1 << 30
MOST_ROWS = 1_000_000
MOST_ROW_GROUPS = 10_000
MOST_FOOTER_BYTES = 1 << 24

FREE_VALUES, VALUES_PER_BYTE = 1 << 23, 16
"""Values that a column may have: so many, or so many for each byte of the file.

Architectures in a trace differ: they take a byte or two each, whatever compresses them.
"""

FREE_BYTES, BYTES_PER_BYTE = 1 << 27, 32
"""What all pages may hold once decompressed, and all texts together: as with values."""


def read_checked(
    path: Path,
    schema: pa.Schema,
    remedy: str = "remove it and run again",
    content: bytes | None = None,
    longest: Mapping[str, int] | None = None,
    earlier: pa.Schema | None = None,
) -> pa.Table:
    """A table with this schema, or an `earlier` one, its checksums checked (not its values).

    `content` is what was read of the file before, if it was. `longest` bounds the letters of texts,
    by column. Raises UserError, which ends with the `remedy`.
    """
    try:
        if content is None:
            content = read_regular(path, MOST_FILE_BYTES)
        return _read(content, schema, longest or {}, earlier)
    except _Unsound as error:
        raise UserError(f"{path} is not a file of nasarena: {error}; {remedy}") from None
    except (pa.ArrowException, OSError, ValueError) as error:
        detail = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UserError(f"{path} cannot be read ({detail}); {remedy}, or restore it") from None


class _Unsound(Exception):
    """What is wrong with a file that can be read."""


def _read(
    content: bytes, schema: pa.Schema, longest: Mapping[str, int], earlier: pa.Schema | None
) -> pa.Table:
    is_parquet = content.endswith(b"PAR1")
    if is_parquet and int.from_bytes(content[-8:-4], "little") > MOST_FOOTER_BYTES:
        raise _Unsound(f"its footer has more than {MOST_FOOTER_BYTES:,} bytes")
    buffer = pa.py_buffer(content)
    metadata = pq.read_metadata(pa.BufferReader(buffer))
    found = metadata.schema.to_arrow_schema()
    if earlier is not None and found.equals(earlier, check_metadata=False):
        schema = earlier
    elif not found.equals(schema, check_metadata=False):
        raise _Unsound(wrong_columns(map(_described, schema), map(_described, found)))
    _check_declared(content, metadata)
    columns = [metadata.schema.column(place) for place in range(metadata.num_columns)]
    file = pq.ParquetFile(
        pa.BufferReader(buffer),
        metadata=metadata,
        page_checksum_verification=True,
        pre_buffer=False,
        read_dictionary=[column.path for column in columns if column.physical_type == "BYTE_ARRAY"],
    )
    # A thread of pyarrow's that still holds Python's bytes when Python ends aborts the command.
    table = file.read(use_threads=False)
    table.validate(full=True)
    _check_texts(table, longest, len(content))
    columns = [
        column if column.type == field.type else column.cast(field.type)
        for column, field in zip(table.columns, schema, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _check_declared(content: bytes, metadata: pq.FileMetaData) -> None:
    """Raises _Unsound for a file that decodes to far more than it can honestly hold."""
    groups = metadata.num_row_groups
    if groups > MOST_ROW_GROUPS:
        raise _Unsound(f"it has {groups:,} row groups; at most {MOST_ROW_GROUPS:,} are read")
    rows = max(metadata.num_rows, sum(metadata.row_group(one).num_rows for one in range(groups)))
    if rows > MOST_ROWS:
        raise _Unsound(f"it has {rows:,} rows; at most {MOST_ROWS:,} are read")
    values: Counter[str] = Counter()
    decoded = 0
    for column in declared(content, metadata):
        values[column.column] += column.values
        decoded += column.decoded_bytes
    name, most = max(values.items(), key=lambda item: item[1], default=("", 0))
    if most > (allowed := max(FREE_VALUES, VALUES_PER_BYTE * len(content))):
        raise _Unsound(
            f"its {len(content):,} bytes decode to {most:,} values in {name}; at most {allowed:,} "
            "are read"
        )
    if decoded > (allowed := max(FREE_BYTES, BYTES_PER_BYTE * len(content))):
        raise _Unsound(
            f"its {len(content):,} bytes decode to {decoded:,}; at most {allowed:,} are read"
        )


def _check_texts(table: pa.Table, longest: Mapping[str, int], size: int) -> None:
    """Raises _Unsound for texts that are too long, each or together."""
    together = 0
    for name in table.column_names:
        for chunk in table[name].chunks:
            for texts in _texts(chunk):
                if not len(texts.dictionary):
                    continue
                most = int(pc.utf8_length(texts.dictionary).to_numpy().max())
                if most > longest.get(name, most):
                    raise _Unsound(
                        f"a text in {name} has {most:,} letters; at most {longest[name]:,} are read"
                    )
                sizes = pc.binary_length(texts.dictionary).to_numpy().astype(np.int64)
                at_most = int(sizes.max()) * len(texts)
                if at_most <= FREE_BYTES // 64:  # counted exactly where it could matter
                    together += at_most
                    continue
                used = texts.indices.drop_null().to_numpy()
                together += int(np.bincount(used, minlength=sizes.size) @ sizes)
    if together > (allowed := max(FREE_BYTES, BYTES_PER_BYTE * size)):
        raise _Unsound(f"its texts have {together:,} bytes; at most {allowed:,} are read")


def _texts(array: pa.Array) -> Iterator[pa.DictionaryArray]:
    """The arrays of texts in an array, however deep."""
    if isinstance(array, pa.DictionaryArray):
        yield array
    elif isinstance(array, pa.MapArray):
        yield from _texts(array.keys)
        yield from _texts(array.items)


def _described(field: pa.Field) -> str:
    return f"{field.name} ({field.type}{'' if field.nullable else ', not null'})"
