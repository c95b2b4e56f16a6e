"""What time it is."""

from datetime import UTC, datetime


def now() -> datetime:
    """UTC in whole milliseconds: a cursor holds no more, and not every store keeps more."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
