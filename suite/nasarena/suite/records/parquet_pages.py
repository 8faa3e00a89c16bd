"""What the pages of a Parquet file say they hold, read without decoding any of them.

The sizes in a file's footer can be false; a reader makes room for what the page headers state.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow.parquet as pq

PLAIN, RLE = 0, 3
DICTIONARY = (2, 8)
ENCODINGS = (PLAIN, RLE, *DICTIONARY)
"""What pyarrow writes by default; in others a value can be as long as all before it together."""

SIZE, COMPRESSED_SIZE, VALUES = 2, 3, 1
DATA_PAGE, DICTIONARY_PAGE, DATA_PAGE_V2 = 5, 7, 8
"""The numbers of fields in a page's header; the last three are structs, which say `VALUES`."""

TRUE, FALSE, I16, I32, I64, BINARY, STRUCT = 1, 2, 4, 5, 6, 8, 12
"""Kinds of fields."""
DEEPEST = 2
"""A page's header holds one of values, which holds its statistics."""

ENCODING_FIELD = {DATA_PAGE: 2, DICTIONARY_PAGE: 2, DATA_PAGE_V2: 4}


@dataclass(frozen=True)
class Declared:
    """What the pages of one column say together: values, and bytes once decompressed."""

    column: str
    values: int
    decoded_bytes: int


def declared(content: bytes, metadata: pq.FileMetaData) -> Iterator[Declared]:
    """Each column of each row group. Raises ValueError for headers that cannot be read."""
    for group in range(metadata.num_row_groups):
        row_group = metadata.row_group(group)
        for place in range(metadata.num_columns):
            column = row_group.column(place)
            start = column.data_page_offset
            if column.has_dictionary_page:
                first = column.dictionary_page_offset or start
                # Without any value there is no page but the dictionary's, and no offset of others.
                start = min(start, first) if start else first
            end = start + column.total_compressed_size
            if not 0 <= start <= end <= len(content):
                raise ValueError("a column lies outside of the file")
            yield _pages(column.path_in_schema, content, start, end)


def _pages(column: str, content: bytes, position: int, end: int) -> Declared:
    values = decoded = 0
    while position < end:
        header, position = _read_header(content, position)
        size, compressed = header.get(SIZE), header.get(COMPRESSED_SIZE)
        if not (isinstance(size, int) and isinstance(compressed, int)) or min(size, compressed) < 0:
            raise ValueError("a page has no size")
        position += compressed
        decoded += size
        for kind in ENCODING_FIELD.keys() & header.keys():
            of_values = header[kind]
            if not isinstance(of_values, dict):
                raise ValueError("a page's header cannot be read")
            if of_values.get(ENCODING_FIELD[kind]) not in ENCODINGS:
                raise ValueError(f"{column} has an encoding that nasarena does not write")
            count = of_values.get(VALUES)
            if not isinstance(count, int) or count < 0:
                raise ValueError("a page does not say how many values it has")
            values += count if kind != DICTIONARY_PAGE else 0
    return Declared(column, values, decoded)


Header = dict[int, Any]
"""A page's header: numbers, and structs of numbers, by the number of their field."""


def _read_header(content: bytes, position: int) -> tuple[Header, int]:
    """A page's header, and where it ends."""
    try:
        return _struct(content, position, DEEPEST)
    except IndexError:
        raise ValueError("a page's header is cut off") from None


def _struct(content: bytes, position: int, depth: int) -> tuple[Header, int]:
    """A struct in Thrift's compact protocol, as far as page headers use it, and where it ends."""
    fields: Header = {}
    number = 0
    while head := content[position]:
        position += 1
        kind = head & 15
        if head >> 4:
            number += head >> 4
        else:
            number, position = _signed(content, position)
        if kind in (I16, I32, I64):
            fields[number], position = _signed(content, position)
        elif kind == BINARY:
            length, position = _varint(content, position)
            position += length
        elif kind == STRUCT and depth:
            fields[number], position = _struct(content, position, depth - 1)
        elif kind not in (TRUE, FALSE):  # which lie in the field's head
            raise ValueError("a page's header has a field of a kind that no header has")
    return fields, position + 1


def _varint(content: bytes, position: int) -> tuple[int, int]:
    number = shift = 0
    while (byte := content[position]) >= 128:
        number |= (byte & 127) << shift
        shift += 7
        position += 1
        if shift > 63:
            raise ValueError("a page's header has a number of more than 64 bits")
    return number | byte << shift, position + 1


def _signed(content: bytes, position: int) -> tuple[int, int]:
    number = content[position]
    if number < 128:  # most are, and a call costs as much as all else
        position += 1
    else:
        number, position = _varint(content, position)
    return (number >> 1) ^ -(number & 1), position
