"""Bytes, values and columns of valid files, exchanged at random for what no reader expects."""

import json
import math
from io import BytesIO
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

TEXTS = (
    *("", " ", "\0", "\x1b[31m", "\u202e", "類" * 90, "x" * 300, "x" * 100_000, "=1+1", "'", '"'),
    *("\\", "a/b", "../..", "/dev/zero", "nan", "1e400", "[", "]", "weaknas[", "a,b", "*", "%s"),
    *("{}", "\r\n", "0", "-1", "1_0", "1.5", "\u0663", "true"),
)
NUMBERS = (
    *(0, -1, 1, 2**31 - 1, 2**31, 2**53, 2**63 - 1, 2**63, -(2**63), 10**22, 10**400, 1.5, -0.0),
    *(1e308, float("nan"), float("inf"), True, None),
)
TOKENS = (
    *(b"\0", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b'"', b"'", b"[", b"]", b"{", b"}", b"=", b","),
    *(b";", b"\n", b"\r", b"\t", b".", b"-", b"9" * 30, b"9" * 5000, b"1e999", b"nan", b"[" * 3000),
    *(b"{" * 3000, b"a." * 300, b"\x1b[2J", b"'''", b'"""', b"\\u0000", b"PAR1", b"\x80\x04"),
)


def bytes_exchanged(random: Random, content: bytes) -> bytes:
    """The content with some bytes changed, taken out, doubled, put in, or cut off."""
    changed = bytearray(content)
    for _ in range(random.choice((1, 1, 2, 4, 8))):
        start = random.randrange(len(changed) + 1)
        end = min(len(changed), start + random.choice((1, 2, 8, 64)))
        kind = random.randrange(6)
        if kind == 0 and start < len(changed):
            changed[start] ^= 1 << random.randrange(8)
        elif kind == 1:
            del changed[start:end]
        elif kind == 2:
            changed[start:start] = changed[start:end] * random.choice((1, 2, 50))
        elif kind == 3:
            changed[start:start] = random.choice(TOKENS)
        elif kind == 4:
            changed[start:end] = random.randbytes(end - start)
        else:
            del changed[start:]
    return bytes(changed)


def odd_value(random: Random) -> Any:
    """A value that no reader expects."""
    kind = random.randrange(5)
    if kind == 0:
        return random.choice(NUMBERS)
    if kind == 1:
        return random.choice(TEXTS)
    if kind == 2:
        return [odd_value(random) for _ in range(random.randrange(3))]
    if kind == 3:
        return {random.choice(TEXTS): odd_value(random)}
    deep: Any = 1
    for _ in range(random.choice((1, 50, 250))):
        deep = [deep]
    return deep


def value_exchanged(random: Random, value: Any) -> Any:
    """The value, with one of those in it exchanged, taken out or doubled."""
    if isinstance(value, dict) and value and random.random() < 0.9:
        key = random.choice(list(value))
        changed = dict(value)
        kind = random.random()
        if kind < 0.1:
            del changed[key]
        elif kind < 0.2:
            changed[random.choice(TEXTS)] = changed[key]
        else:
            changed[key] = value_exchanged(random, changed[key])
        return changed
    if isinstance(value, list) and value and random.random() < 0.9:
        place = random.randrange(len(value))
        one = value_exchanged(random, value[place])
        return value[:place] + random.choice(([], [one], [one, one])) + value[place + 1 :]
    return odd_value(random)


def toml(values: dict[str, Any]) -> str:
    """Values as TOML, as far as it has them."""

    def text(value: Any) -> str:
        if isinstance(value, dict):
            return f"{{{', '.join(f'{json.dumps(str(k))} = {text(v)}' for k, v in value.items())}}}"
        if isinstance(value, list):
            return f"[{', '.join(map(text, value))}]"
        if isinstance(value, float) and (not math.isfinite(value)):
            return str(value)
        return json.dumps(value)

    return "".join(
        f"{key if key.isidentifier() else json.dumps(key)} = {text(value)}\n"
        for key, value in values.items()
    )


def column_exchanged(random: Random, table: pa.Table) -> pa.Table:
    """The table with some values of a column exchanged, or the whole column."""
    place = random.randrange(table.num_columns)
    field = table.schema.field(place)
    values = table.column(place).to_pylist()
    kind = random.randrange(5)
    if kind == 0:
        return table.remove_column(place)
    if kind == 1:
        return pa.concat_tables([table] * 2) if random.random() < 0.5 else table.slice(0, 0)
    if kind == 2:
        one = random.choice((*NUMBERS, *TEXTS))
        return table.set_column(place, field.name, pa.array([one] * len(values)))
    for _ in range(random.choice((1, 1, 3, len(values)))):
        row = random.randrange(len(values))
        value = values[row]
        if isinstance(value, list) and value and random.random() < 0.8:
            inner = list(value)
            spot = random.randrange(len(inner))
            if isinstance(inner[spot], tuple):
                inner[spot] = (random.choice(TEXTS), random.choice(([None], None, [], [1e308] * 9)))
            else:
                inner[spot] = random.choice((-1, 0, 1, 2**31 - 1, 10**6, None, inner[0]))
            values[row] = random.choice((inner, inner[:spot], inner * 2, inner[::-1]))
        elif isinstance(value, str):
            values[row] = random.choice(TEXTS)
        else:
            values[row] = random.choice(NUMBERS)
    as_it_is = pa.field(field.name, field.type, nullable=field.nullable or None in values)
    return table.set_column(place, as_it_is, pa.array(values, field.type))


def parquet(table: pa.Table) -> bytes:
    content = BytesIO()
    pq.write_table(table, content, compression="zstd", write_page_checksum=True)
    return content.getvalue()


def parquet_exchanged(random: Random, content: bytes) -> bytes:
    if random.random() < 0.3:
        return bytes_exchanged(random, content)
    table = pq.read_table(BytesIO(content))
    return parquet(column_exchanged(random, table))
