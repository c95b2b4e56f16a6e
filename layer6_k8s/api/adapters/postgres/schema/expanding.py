"""Whether migrations only expand the schema, so that the code of the release before still works on it.

Each statement is looked at before PostgreSQL gets it. One that takes something away ends the migration, and with its
transaction nothing has changed. What is done to a table that the same migrations have created is always allowed.
"""

import re
from typing import Any

from sqlalchemy import Engine, event

from api.errors import MyStackError

CONTRACTING = {
    "drops something": r"\bDROP\s+(?:TABLE|COLUMN|VIEW|SEQUENCE|TYPE|SCHEMA|FUNCTION|DEFAULT|CONSTRAINT)\b",
    "renames something": r"\bRENAME\b",
    "changes the type of a column": r"\bALTER\s+(?:COLUMN\s+)?\S+\s+(?:SET\s+DATA\s+)?TYPE\b",
    "makes a column NOT NULL": r"\bSET\s+NOT\s+NULL\b",
    "adds a column that older code leaves empty": (
        r"\bADD\s+(?:COLUMN\s+)?(?!CONSTRAINT\b)(?![^;]*\bDEFAULT\b)[^;]*\bNOT\s+NULL\b"
    ),
    "adds a constraint": r"\bADD\s+CONSTRAINT\b|\bCREATE\s+UNIQUE\s+INDEX\b",
    "deletes all rows": r"\bTRUNCATE\b",
}
DEFINES = re.compile(r"^\s*(?:ALTER|CREATE|DO|DROP|TRUNCATE)\b", re.IGNORECASE)
CREATED = re.compile(r"^\s*CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(\S+)", re.IGNORECASE)
TABLE = re.compile(r"\b(?:ALTER\s+TABLE|INDEX\s+(?:\S+\s+)?ON)\s+(?:ONLY\s+)?(\S+)", re.IGNORECASE)


class Contracts(MyStackError):
    """A migration takes away what the release before may use."""


class ExpandOnly:
    """Sees the statements of one run of migrations."""

    def __init__(self) -> None:
        self._created: set[str] = set()

    def install(self) -> None:
        """For every engine of this process."""
        event.listen(Engine, "before_cursor_execute", self._before)

    def check(self, text: str) -> None:
        """Raises `Contracts`. `text` may hold several statements."""
        for statement in filter(DEFINES.match, text.split(";")):
            if created := CREATED.match(statement):
                self._created.add(created[1])
                continue
            table = TABLE.search(statement)
            if table and table[1] in self._created:
                continue
            for what, pattern in CONTRACTING.items():
                if re.search(pattern, statement, re.IGNORECASE):
                    said = " ".join(statement.split())[:200]
                    raise Contracts(
                        f"This migration {what}, which the running release may still use: {said}. Deploy a release "
                        "that does without it first; then deploy this one with --contract."
                    )

    def _before(self, connection: Any, cursor: Any, statement: str, *more: Any) -> None:
        self.check(statement)
