"""How many calls of a CRM's day are ours, when they are used up, and until when. Pure.

We stay under our share (`daily_share`), and we stop when the whole company is at its wall, even
if our share is not used up. Ours are counted by the hour, so that one count serves both kinds of
day: the last 24 hours (Salesforce), and since midnight where the account is (HubSpot). An hour
counts as long as any part of it lies in the day: that much we err on the safe side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta, tzinfo

from connectors.limits import Told

HOUR = timedelta(hours=1)
DAY = timedelta(hours=24)

WALL = 0.98
"""Of the company's calls; the rest is left to the others."""

LOOK_AGAIN = timedelta(minutes=15)
"""How long we believe what a CRM told of a rolling day, of which some comes back all the time,
or of a day that ought to have begun anew within the last hour."""

SLOW_FROM = 0.8
SLOWEST = 30.0
"""From four fifths of the share on, polls come less often: at 90 % half as often, at 95 % a
quarter, and so on, so that polling by itself hardly reaches the wall and leaves calls to write
with."""

COME_BACK_WITH = 0.1
"""Of the share: so much has to be free again before work on a rolling day goes on."""

LUMP = 50
"""Calls that a process reserves at once, and so what a killed one may have counted in vain; near
the end of the share fewer."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the rule file and the kind of CRM lay down. `default_of` is the company's calls of a
    day until the CRM tells them; `zone` None means that the day is the last 24 hours."""

    daily_share: float
    default_of: int
    zone: tzinfo | None = None

    def share(self, of: int | None) -> int:
        """Our part of the company's calls: never none at all."""
        return max(int((of or self.default_of) * self.daily_share), 1)


@dataclass(frozen=True, slots=True)
class Closing:
    """No call before `until`, and why."""

    sentence: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Spending:
    """A CRM's day at one instant.

    `made` are our calls by the hour in which they were made. `used` of `of` were made by the
    whole company, `ours` by our app in the CRM's own count, as the CRM told at `told_at`.
    """

    share: int
    made: Mapping[datetime, int] = field(default_factory=dict)
    zone: tzinfo | None = None
    used: int | None = None
    of: int | None = None
    ours: int | None = None
    told_at: datetime | None = None

    def hear(self, told: Told, now: datetime) -> Spending:
        """The same day with what an answer tells now."""
        known = self if told.zone is None else replace(self, zone=told.zone)
        if told.of is None:
            return known
        return replace(known, used=told.used, of=told.of, ours=told.ours, told_at=now)

    def spent(self, now: datetime) -> int:
        """Our calls of the day: by our own count or by the CRM's, whichever is more."""
        counted = sum(self.made.values())
        return max(counted, self.ours or 0) if self.is_believed(now) else max(counted, 0)

    def is_believed(self, now: datetime) -> bool:
        """Whether what the CRM told still holds."""
        if self.told_at is None:
            return False
        if self.zone is None:
            return now < self.told_at + LOOK_AGAIN
        midnight = day_began(now, self.zone)
        if self.told_at >= midnight + HOUR:
            return True
        return self.told_at >= midnight and now < self.told_at + LOOK_AGAIN

    def left_of_all(self, now: datetime) -> int | None:
        """How many calls the company has before its wall; None where nobody told."""
        if self.used is None or not self.of or not self.is_believed(now):
            return None
        return int(self.of * WALL) - self.used

    def closing(self, now: datetime) -> Closing | None:
        left = self.left_of_all(now)
        if left is not None and left <= 0:
            told = f"the company has used {self.used:,} of its {self.of:,} API calls of the day"
            return Closing(f"{told}, and winback leaves the rest to others", self._company(now))
        spent = self.spent(now)
        if spent >= self.share:
            told = f"winback has used its part of the API calls of the day: {self.share:,}"
            of_all = f" of the company's {self.of:,}" if self.of else ""
            return Closing(f"{told}{of_all} (daily_share)", self._share(now))
        return None

    def lump(self, now: datetime) -> int:
        """How many calls to reserve at once, where it is not closed."""
        free = self.share - self.spent(now)
        left = self.left_of_all(now)
        if left is not None:
            free = min(free, left)
        return max(min(LUMP, free // 20), 1)

    def fullness(self, now: datetime) -> float:
        """How much of our share, or of the company's calls, is used: the larger part."""
        ours = self.spent(now) / self.share
        left = self.left_of_all(now)
        return ours if left is None or not self.of else max(ours, 1 - left / (self.of * WALL))

    def _company(self, now: datetime) -> datetime:
        told_at = self.told_at or now
        if self.zone is None or told_at < day_began(now, self.zone) + HOUR:
            return told_at + LOOK_AGAIN
        return day_ends(now, self.zone)

    def _share(self, now: datetime) -> datetime:
        if self.zone is not None:
            return day_ends(now, self.zone)
        counted = sum(self.made.values())
        enough = self.share - max(int(self.share * COME_BACK_WITH), 1)
        for hour in sorted(self.made):
            if counted <= enough:
                break
            counted -= self.made[hour]
            until = hour + HOUR + DAY
            if counted <= enough and until > now:
                return until
        return now + LOOK_AGAIN  # by the CRM's count alone


def stretch(fullness: float) -> float:
    """By how much the time between two polls grows; 1.0 is not at all."""
    over = (fullness - SLOW_FROM) / (1 - SLOW_FROM)
    return 1.0 if over <= 0 else min(1 / max(1 - over, 1 / SLOWEST), SLOWEST)


def day_began(now: datetime, zone: tzinfo | None) -> datetime:
    if zone is None:
        return now - DAY
    return datetime.combine(now.astimezone(zone).date(), time(), tzinfo=zone).astimezone(UTC)


def day_ends(now: datetime, zone: tzinfo) -> datetime:
    following = now.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(following, time(), tzinfo=zone).astimezone(UTC)


def hour_of(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
