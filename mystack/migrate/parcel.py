"""Two parcels of the same document, compared until it is known where they differ.

How a parcel is made, the layers' `api/services/transfer/codec.py` says.
"""

import json
import struct
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

Vectors = tuple[bytes, bytes, bytes]
MOST = 100


@dataclass(frozen=True)
class Opened:
    """`vectors`: of each chunk the bytes of dense vector, terms and weights; None where there are none."""

    document: Mapping[str, Any]
    text: str
    chunks: list[dict[str, Any]]
    vectors: list[Vectors | None]


def opened(data: bytes) -> Opened:
    """A parcel, taken apart."""
    (length,) = struct.unpack_from("<I", data)
    head = json.loads(data[4 : 4 + length])
    sizes = [size or [0, 0] for size in head["vectors"]]
    at = [4 + length]
    for count in (sum(size for size, _ in sizes), sum(count for _, count in sizes)):
        at.append(at[-1] + 4 * count)
    vectors: list[Vectors | None] = []
    for size, (dense, terms) in zip(head["vectors"], sizes, strict=True):
        parts = [data[start : start + 4 * count] for start, count in zip(at, (dense, terms, terms), strict=True)]
        vectors.append((parts[0], parts[1], parts[2]) if size else None)
        at = [start + 4 * count for start, count in zip(at, (dense, terms, terms), strict=True)]
    return Opened(head["document"], head["text"], head["chunks"], vectors)


def differences(ours: bytes, theirs: bytes) -> list[str]:
    """Where two parcels differ, in words: what the source has ≠ what the target has."""
    found = _differences(opened(ours), opened(theirs))
    return [place for place, _ in zip(found, range(MOST), strict=False)]


def _differences(ours: Opened, theirs: Opened) -> Iterator[str]:
    yield from _fields("", ours.document, theirs.document)
    if ours.text != theirs.text:
        yield f"text {_strings(ours.text, theirs.text)}"
    chunks = {chunk["index"]: (chunk, v) for chunk, v in zip(theirs.chunks, theirs.vectors, strict=True)}
    for chunk, vectors in zip(ours.chunks, ours.vectors, strict=True):
        where = f"chunk {chunk['index']}: "
        other, others = chunks.pop(chunk["index"], (None, None))
        if other is None:
            yield f"{where}missing in the target"
        else:
            yield from _fields(where, chunk, other)
            yield from _vectors(where, vectors, others)
    yield from (f"chunk {index}: missing in the source" for index in chunks)


def _fields(where: str, ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Iterator[str]:
    for name, value in ours.items():
        other = theirs[name]
        if json.dumps(value) != json.dumps(other):  # 1, 1.0 and true are three values
            both_text = isinstance(value, str) and isinstance(other, str) and name == "text"
            yield f"{where}{name} {_strings(value, other) if both_text else f'{value!r} ≠ {other!r}'}"


def _strings(ours: str, theirs: str) -> str:
    pairs = enumerate(zip_longest(ours, theirs))
    at = next(place for place, (one, other) in pairs if one != other)
    return f"from character {at}: {ours[at : at + 20]!r} ≠ {theirs[at : at + 20]!r}"


def _vectors(where: str, ours: Vectors | None, theirs: Vectors | None) -> Iterator[str]:
    if ours is None or theirs is None:
        if ours != theirs:
            yield f"{where}vectors missing in the {'source' if ours is None else 'target'}"
        return
    for name, kind, one, other in zip(("dense", "term", "weight"), "fIf", ours, theirs, strict=True):
        if one != other:
            pairs = enumerate(zip_longest(array(kind, one), array(kind, other)))
            at, (a, b) = next((n, (a, b)) for n, (a, b) in pairs if a is None or b is None or _bits(a, b, kind))
            yield f"{where}{name}[{at}] {a!r} ≠ {b!r}"


def _bits(one: float, other: float, kind: str) -> bool:
    return struct.pack(kind, one) != struct.pack(kind, other)
