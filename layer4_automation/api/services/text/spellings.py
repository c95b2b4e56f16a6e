"""What tells two spellings of a word apart."""

from itertools import takewhile


def differing(one: str, other: str) -> tuple[str, str]:
    """What each of two words has between their common beginning and the common end behind it.

    Portugel, Portugal -> e, a      Geegen, Gegeen -> eg, ge
    """
    head = _shared(one, other)
    one, other = one[head:], other[head:]
    tail = _shared(one[::-1], other[::-1])
    return one[: len(one) - tail], other[: len(other) - tail]


def _shared(one: str, other: str) -> int:
    """How many letters both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
