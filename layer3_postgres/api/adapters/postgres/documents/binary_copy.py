"""Rows of numbers in PostgreSQL's binary COPY format, built by numpy: a chunk has 60 words, and a book a million.

    header, then for each row: number of columns (int16), then for each column its length in bytes (int32) and its value

All numbers are big-endian. The value of a vector is its dimension (int16), two unused bytes, and its float32s.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER = b"\xff\xff"
INT2, INT4, INT8, FLOAT4 = ">i2", ">i4", ">i8", ">f4"

Columns = Mapping[str, tuple[str | np.dtype[np.void], ArrayLike]]
"""By name: the type, and the values, or one value for all rows."""


def vector(dimension: int) -> np.dtype[np.void]:
    return np.dtype([("dimension", INT2), ("unused", INT2), ("values", FLOAT4, dimension)])


def binary_rows(count: int, columns: Columns) -> bytes:
    """The data of a COPY of `count` rows."""
    layout: list[tuple[str, str | np.dtype[np.void]]] = [("columns", INT2)]
    for name, (kind, _) in columns.items():
        layout += [(f"{name} length", INT4), (name, kind)]
    rows = np.zeros(count, dtype=layout)
    rows["columns"] = len(columns)
    for name, (kind, values) in columns.items():
        rows[f"{name} length"] = np.dtype(kind).itemsize
        if isinstance(kind, str):
            rows[name] = values
        else:
            rows[name]["dimension"] = kind["values"].shape[0]
            rows[name]["values"] = values
    return HEADER + rows.tobytes() + TRAILER
