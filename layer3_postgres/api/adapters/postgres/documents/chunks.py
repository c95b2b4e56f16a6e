"""Storing chunks, their words and their vectors by COPY, in the caller's transaction."""

from collections.abc import Sequence
from itertools import chain
from typing import LiteralString

import numpy as np
from numpy.typing import NDArray

from api.adapters.postgres.database import Connection
from api.adapters.postgres.documents.binary_copy import FLOAT4, INT2, INT4, INT8, Columns, binary_rows, vector
from api.adapters.postgres.documents.rows import CHUNK, chunk_row
from api.services.documents.store import StoredChunk
from api.services.text.bm25 import SparseVector

NUMBERS = "SELECT nextval(pg_get_serial_sequence('chunks', 'number'))::integer FROM generate_series(1, %s)"
COPY_CHUNKS = f"COPY chunks (number, {CHUNK}) FROM STDIN (FORMAT BINARY)"
CHUNK_TYPES = ["int4", "uuid", "uuid", "int4", "int4", "int4", "int4", "text", "text"]
COPY_POSTINGS = "COPY postings (term, chunk_number, weight) FROM STDIN (FORMAT BINARY)"
COPY_EMBEDDINGS = "COPY embeddings (chunk_number, space_id, dimension, dense) FROM STDIN (FORMAT BINARY)"
COPY_BYTES = 1 << 20


async def copy_chunks(connection: Connection, chunks: Sequence[StoredChunk]) -> NDArray[np.int32]:
    """Store the chunks; returns their numbers."""
    cursor = await connection.execute(NUMBERS, [len(chunks)])
    numbers = [row[0] for row in await cursor.fetchall()]
    async with connection.cursor() as cursor, cursor.copy(COPY_CHUNKS) as copy:
        copy.set_types(CHUNK_TYPES)
        for number, chunk in zip(numbers, chunks, strict=True):
            await copy.write_row((number, *chunk_row(chunk)))
    return np.array(numbers, dtype=np.int32)


async def copy_words(connection: Connection, numbers: NDArray[np.int32], sparse: Sequence[SparseVector]) -> None:
    """Store the words of the chunks that have these numbers."""
    lengths = [len(words.indices) for words in sparse]
    columns: Columns = {
        "term": (INT8, np.fromiter(chain.from_iterable(words.indices for words in sparse), np.int64)),
        "chunk_number": (INT4, np.repeat(numbers, lengths)),
        "weight": (FLOAT4, np.fromiter(chain.from_iterable(words.values for words in sparse), np.float32)),
    }
    await _copy(connection, COPY_POSTINGS, binary_rows(sum(lengths), columns))


async def copy_vectors(
    connection: Connection, numbers: NDArray[np.int32], dense: NDArray[np.float32], space_id: int
) -> None:
    """Store the vectors, shape (len(numbers), dimension), of the chunks that have these numbers."""
    count, dimension = dense.shape
    columns: Columns = {
        "chunk_number": (INT4, numbers),
        "space_id": (INT2, space_id),
        "dimension": (INT2, dimension),
        "dense": (vector(dimension), dense),
    }
    await _copy(connection, COPY_EMBEDDINGS, binary_rows(count, columns))


async def _copy(connection: Connection, statement: LiteralString, rows: bytes) -> None:
    async with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for start in range(0, len(rows), COPY_BYTES):
            await copy.write(rows[start : start + COPY_BYTES])
