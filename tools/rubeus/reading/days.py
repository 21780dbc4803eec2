"""The days on which something may have come."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from models.clock import BRASILIA

FIRST: Final = datetime(2026, 9, 1, tzinfo=BRASILIA)
"""No receiver is older than this project: whoever asks from 1900 on is not worth a call for each day.

A table's own age would not do: one that was restored from a backup is younger than its records.
"""


def days(since: datetime, now: datetime) -> Sequence[str]:
    """Give the days in Brasília from then to now, YYYY-MM-DD, oldest first; both times are aware."""
    first = max(since, FIRST).astimezone(BRASILIA).date()
    count = (now.astimezone(BRASILIA).date() - first).days + 1
    return [(first + timedelta(days=number)).isoformat() for number in range(count)]
