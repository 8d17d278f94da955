"""Values: what is written becomes the text that HubSpot keeps and shows.

Instants are kept as `2026-11-21T09:00:00.000Z`, so that their text sorts as they do; dates as
`2026-11-21`, booleans as `true` and `false`, numbers as they were written.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INTEGER = re.compile(r"-?\d+")
_CANONICAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def iso(at: datetime) -> str:
    """Milliseconds and Z, as HubSpot shows an instant."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def instant(text: str) -> datetime:
    """Epoch milliseconds or ISO 8601, taken as UTC without a zone. Raises ValueError."""
    if _INTEGER.fullmatch(text):
        try:
            return EPOCH + timedelta(milliseconds=int(text))
        except OverflowError as error:
            raise ValueError(f"{text} is not an instant") from error
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def instant_text(text: str) -> str:
    return text if _CANONICAL.fullmatch(text) else iso(instant(text))


def date_text(text: str) -> str:
    """A date, or an instant that is midnight UTC (all that HubSpot takes). Raises ValueError."""
    if len(text) == 10 and not _INTEGER.fullmatch(text):
        return date.fromisoformat(text).isoformat()
    at = instant(text).astimezone(UTC)
    if (at.hour, at.minute, at.second, at.microsecond) != (0, 0, 0, 0):
        raise ValueError(f"{text} is not midnight UTC")
    return at.date().isoformat()


def number_text(text: str) -> str:
    if not math.isfinite(float(text)):
        raise ValueError(f"{text} is not a number")
    return text.strip()


def boolean_text(text: str) -> str:
    lowered = text.lower()
    if lowered not in ("true", "false"):
        raise ValueError(f"{text} is not true or false")
    return lowered


TEXT_OF = {
    "datetime": instant_text,
    "date": date_text,
    "number": number_text,
    "bool": boolean_text,
}
"""Property type -> what makes the kept text of a written one; other types keep it as it is."""
