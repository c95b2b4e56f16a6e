"""Rows of the tables that later layers add, and states that these tables refuse."""

from collections.abc import Mapping

from tests.stores.opened import Opened


async def fill_further(harness: Opened) -> None:
    """At least one row in each further table."""


WRONG_FURTHER: Mapping[str, tuple[str, str]] = {}
"""For each name a statement, and the constraint that refuses it."""
UNTESTED_FURTHER: frozenset[str] = frozenset()
"""Keys of generated ids."""
VIEWS_ONLY: frozenset[str] = frozenset()
"""Revisions that change what views show, and no table."""
