"""PostgreSQL's own settings for the time in which a connection is checked out."""

from collections.abc import Callable, Mapping
from weakref import WeakKeyDictionary

import psycopg
from psycopg.rows import TupleRow

Scope = Callable[[], Mapping[str, str]]
"""Gives the settings of a checkout, by name, such as `{"application_name": "mystack"}`."""

SET = "SELECT set_config(name, value, false) FROM unnest(%s::text[], %s::text[]) AS setting (name, value)"


class CheckoutSettings:
    """Sets what `scope` says on a connection that is checked out, and resets what only an earlier checkout had set.

    Settings that stay the same cost no round trip.
    """

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._current: WeakKeyDictionary[psycopg.AsyncConnection[TupleRow], Mapping[str, str | None]] = (
            WeakKeyDictionary()
        )

    async def apply(self, connection: psycopg.AsyncConnection[TupleRow]) -> None:
        wanted = dict(self.scope())
        current = self._current.get(connection, {})
        if wanted == current:
            return
        changes: dict[str, str | None] = dict.fromkeys(current) | wanted  # None resets
        self._current[connection] = dict.fromkeys(changes)  # unknown, should the statement be interrupted
        await connection.execute(SET, [list(changes), list(changes.values())])
        self._current[connection] = wanted
