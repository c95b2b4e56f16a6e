"""Reports on the data: the port `ReportStore`."""

from dataclasses import asdict

from psycopg.types.json import Json

from api.adapters.postgres.database import Database
from api.services.quality.report import Finding, Report

KEPT = 200
"""Reports that are kept: those of a week of hourly checks."""
COLUMNS = "id, checked_at, seconds, findings, documents, compared, unanswered"
ADD = f"""
    INSERT INTO quality_reports ({COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (id) DO UPDATE SET checked_at = excluded.checked_at, seconds = excluded.seconds,
        findings = excluded.findings, documents = excluded.documents, compared = excluded.compared,
        unanswered = excluded.unanswered
"""
FORGET = f"""
    DELETE FROM quality_reports WHERE id IN (SELECT id FROM quality_reports ORDER BY checked_at DESC OFFSET {KEPT})
"""
LATEST = f"SELECT {COLUMNS} FROM quality_reports ORDER BY checked_at DESC LIMIT 1"


class PostgresReports:
    """The port `ReportStore`."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def add(self, report: Report) -> None:
        findings = [asdict(finding) for finding in report.findings]
        values = [
            report.id,
            report.checked_at,
            report.seconds,
            Json(findings),
            report.documents,
            report.compared,
            Json(list(report.unanswered)),
        ]
        async with self.database.transaction() as connection:
            await connection.execute(ADD, values)
            await connection.execute(FORGET)

    async def latest(self) -> Report | None:
        rows = await self.database.rows(LATEST)
        if not rows:
            return None
        id, checked_at, seconds, findings, documents, compared, unanswered = rows[0]
        return Report(
            id=id,
            checked_at=checked_at,
            seconds=seconds,
            findings=[Finding(**finding) for finding in findings],
            documents=documents,
            compared=compared,
            unanswered=unanswered,
        )
