"""Which arm a conversation belongs to: a hash, so that every process gives the same answer and none has to keep it.

The id of the test is the salt: two tests split the same conversations independently of each other.
"""

import hashlib
from collections.abc import Sequence
from uuid import UUID


def position(test: UUID, unit: UUID) -> float:
    """Where the unit lies in [0, 1); uniform over units."""
    digest = hashlib.sha256(f"{test}:{unit}".encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64


def assigned(weights: Sequence[float], test: UUID, unit: UUID) -> int:
    """The index of the arm whose part of [0, 1) holds the unit. A weight is a share of the sum of all."""
    left = position(test, unit) * sum(weights)
    for index, weight in enumerate(weights):
        left -= weight
        if left < 0:
            return index
    return len(weights) - 1
