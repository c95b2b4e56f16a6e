"""Profiles of weeks: the port `ProfileStore`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from psycopg.types.json import Json

from api.adapters.postgres.database import Database
from api.adapters.postgres.sampling.samples import FROM_DOCUMENTS
from api.services.sampling.drift import Profile
from api.services.sampling.profiles import Exchange

KEPT = 200
EXCHANGES = f"""
    SELECT question.content, messages.answer->>'refusal',
        (SELECT max(score)::float8 FROM message_sources WHERE message_id = messages.id)
    FROM messages JOIN messages AS question ON question.conversation_id = messages.conversation_id
        AND question.index = messages.index - 1
    WHERE {FROM_DOCUMENTS} ORDER BY messages.created_at DESC LIMIT %s
"""
REFERENCE = "SELECT at, profile FROM answer_profiles WHERE drift IS NULL"
SET = """
    INSERT INTO answer_profiles (at, profile) SELECT %s, %s WHERE NOT EXISTS (
        SELECT FROM answer_profiles WHERE drift IS NULL
    ) ON CONFLICT DO NOTHING
"""
ADD = "INSERT INTO answer_profiles (at, profile, drift) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
FORGET = f"""
    DELETE FROM answer_profiles WHERE at IN (
        SELECT at FROM answer_profiles WHERE drift IS NOT NULL ORDER BY at DESC OFFSET {KEPT}
    )
"""
LATEST = """
    SELECT drift FROM answer_profiles WHERE drift IS NOT NULL AND at > now() - interval '7 days'
    ORDER BY at DESC LIMIT 1
"""


class PostgresProfiles:
    """The port `ProfileStore`."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def exchanges(self, limit: int) -> Sequence[Exchange]:
        return [Exchange(*row) for row in await self.database.rows(EXCHANGES, [limit])]

    async def reference(self) -> Profile | None:
        rows = await self.database.rows(REFERENCE)
        return _profile(*rows[0]) if rows else None

    async def set_reference(self, profile: Profile) -> None:
        async with self.database.transaction() as connection:
            await connection.execute(SET, [profile.at, _json(profile)])

    async def add_drift(self, profile: Profile, measures: Mapping[str, float]) -> None:
        async with self.database.transaction() as connection:
            await connection.execute(ADD, [profile.at, _json(profile), Json(dict(measures))])
            await connection.execute(FORGET.encode())

    async def drift(self) -> Mapping[str, float]:
        rows = await self.database.rows(LATEST)
        return dict(rows[0][0]) if rows else {}


def _json(profile: Profile) -> Json:
    return Json({name: value for name, value in asdict(profile).items() if name != "at"})


def _profile(at: datetime, stored: Mapping[str, Any]) -> Profile:
    return Profile(at=at, **stored)
