"""What a CRM said about itself, held against the rule file: findings with what to do. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from connectors.examination import Allowance, ApiVersion, Area, Examination, Finding, called
from integration.people_named import Named, NamedQueue
from integration.spoken import count, day
from rules.model import Owner
from rules.people import Role
from rules.reasons import Categoriser

LARGEST_CLOCK_DIFFERENCE = timedelta(seconds=60)
END_OF_LIFE_WARNING = timedelta(days=180)
LITTLE_LEFT = 0.1  # of the company's calls of the day
_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Values:
    """What the rule file makes of picklist values. `claimed` are those that categories name,
    folded."""

    categoriser: Categoriser
    claimed: frozenset[str]


def folded(value: str) -> str:
    return " ".join(value.split()).casefold()


def picklists(examination: Examination, values: Values) -> Iterator[Finding]:
    """One finding for each picklist that reasons are picked from."""
    for (type, name), found in examination.picklists.items():
        unclaimed = [value for value in found if _means_nothing(value, values)]
        sentence = f"{len(found)} values, all understood"
        if unclaimed:
            sentence = (
                f"{_some(unclaimed)} {_counts(unclaimed)} as unknown: add"
                f" {_them(unclaimed)} to the `values` of a [[reason]]"
            )
        yield Finding(f"{type}.{name}", not unclaimed, sentence, Area.PICKLISTS)


def _means_nothing(value: str, values: Values) -> bool:
    if folded(value) in values.claimed:
        return False
    return values.categoriser.classify(value, None).category == "unknown"


def values_nowhere(wanted: Sequence[str], offered: frozenset[str]) -> Iterator[Finding]:
    """Values that the rule file waits for and no picklist (`offered`, folded) has."""
    missing = [value for value in wanted if folded(value) not in offered]
    if missing:
        sentence = (
            f"no picklist has {_some(missing)}: correct the spelling in the rule file, or take"
            f" {_them(missing)} out"
        )
        yield Finding("values of [[reason]]", False, sentence, Area.PICKLISTS)


def people(
    examination: Examination, named: Sequence[Named], elsewhere: frozenset[str]
) -> Iterator[Finding]:
    """Those whom the file names. `elsewhere` are addresses of active users of other CRMs, where
    being known is enough for who is only listed."""
    if examination.people is not None and named:
        active = {one.email.lower() for one in examination.people if one.active}
        left = {one.email.lower() for one in examination.people} - active
        wrong = list(_absent(named, active, left, elsewhere))
        yield from wrong
        if not wrong:
            told = f"{count(len(named), 'person', 'people')} of the rule file, all active"
            yield Finding("people", True, told, Area.PEOPLE)
    yield from _left_behind(examination, named)


def _absent(
    named: Sequence[Named], active: set[str], left: set[str], elsewhere: frozenset[str]
) -> Iterator[Finding]:
    for one in named:
        mail = one.email.lower()
        if mail in active or (not one.gets_tasks and mail in elsewhere):
            continue
        what = "has left" if mail in left else "is no user of this CRM"
        sentence = f"{what}, but is {one.role}: name somebody else in the rule file"
        yield Finding(one.email, False, sentence, Area.PEOPLE)


def roles(examination: Examination, named: Sequence[Role]) -> Iterator[Finding]:
    """A role is as good as the one of its members who is there."""
    if examination.people is None or not named:
        return
    active = {one.email.lower() for one in examination.people if one.active}
    empty = [role for role in named if not any(m.strip().lower() in active for m in role.members)]
    for role in empty:
        sentence = (
            "none of its members is an active user of this CRM, so that its tasks go the usual"
            " way: name members in [[role]] who are"
        )
        yield Finding(f'role "{role.name}"', False, sentence, Area.PEOPLE)
    if not empty:
        told = f"{count(len(named), 'role')} of the rule file, somebody active in each"
        yield Finding("roles", True, told, Area.PEOPLE)


def queues(
    examination: Examination, named: Sequence[NamedQueue], elsewhere: Sequence[Owner]
) -> Iterator[Finding]:
    """Those whom the file gives tasks to. One that another CRM has (`elsewhere`) is meant for
    that one's tasks."""
    if not named:
        return
    if examination.queues is None:
        told = "the CRM does not show its queues: look there whether those of the rule file exist"
        yield Finding("queues", True, told, Area.PEOPLE)
        return
    missing = [one for one in named if not called(examination.queues, [one.name])]
    for one in missing:
        there = bool(called(elsewhere, [one.name]))
        sentence = (
            "is a queue of the other CRM alone: this one's tasks go to whom the rule names next"
            if there
            else f"the CRM shows no such queue that tasks may belong to, but it is {one.role}:"
            " correct the name in the rule file, or make the queue (in Salesforce with Task among"
            " its supported objects)"
        )
        yield Finding(f'queue "{one.name}"', there, sentence, Area.PEOPLE)
    if not missing:
        told = f"{count(len(named), 'queue')} of the rule file, all there"
        yield Finding("queues", True, told, Area.PEOPLE)


def _left_behind(examination: Examination, named: Sequence[Named]) -> Iterator[Finding]:
    number = examination.left_behind
    if number is None:
        return
    if number == 0:
        yield Finding("owners", True, "every account's owner is active", Area.PEOPLE)
        return
    told = f"{count(number, 'account is', 'accounts are')} owned by people who left"
    active = {one.email.lower() for one in examination.people or () if one.active}
    fallback = any(one.is_manager and one.email.lower() in active for one in named)
    sentence = (
        f"{told}; a manager of [[person]] gets their tasks"
        if fallback
        else f"{told}: give them owners, or name a manager in [[person]] who gets their tasks"
    )
    yield Finding("owners", fallback, sentence, Area.PEOPLE)


def clock(server_now: datetime | None, now: datetime) -> Iterator[Finding]:
    if server_now is None:
        return
    ahead = now - server_now
    seconds = round(abs(ahead).total_seconds())
    if abs(ahead) <= LARGEST_CLOCK_DIFFERENCE:
        yield Finding("clock", True, f"within {max(seconds, 1)} s of the CRM's", Area.CLOCK)
        return
    way = "ahead of" if ahead > timedelta() else "behind"
    sentence = f"ours is {_length(seconds)} {way} the CRM's: let this machine set its time by NTP"
    yield Finding("clock", False, sentence, Area.CLOCK)


def limits(allowance: Allowance | None, daily_share: float) -> Iterator[Finding]:
    if allowance is None:
        yield Finding("calls of the day", True, "the CRM does not tell them", Area.LIMITS)
        return
    ours = round(allowance.of * daily_share)
    told = f"{allowance.left:,} of {allowance.of:,} left, ours are {ours:,} ({daily_share:.0%})"
    enough = allowance.left >= allowance.of * LITTLE_LEFT
    sentence = told if enough else f"{told}: look which application uses the rest"
    yield Finding("calls of the day", enough, sentence, Area.LIMITS)


def version(found: ApiVersion | None, today: date) -> Iterator[Finding]:
    if found is None:
        return
    what, ends_on = f"API {found.name}", found.ends_on
    if ends_on is None:
        yield Finding(what, True, found.sentence, Area.VERSION)
    elif ends_on <= today:
        yield Finding(what, False, f"is no longer served: {found.sentence}", Area.VERSION)
    elif ends_on - today <= END_OF_LIFE_WARNING:
        days = (ends_on - today).days
        sentence = f"ends on {day(ends_on)}, in {count(days, 'day')}: {found.sentence}"
        yield Finding(what, False, sentence, Area.VERSION)
    else:
        yield Finding(what, True, f"served until {day(ends_on)}", Area.VERSION)


def offered(
    asked: Sequence[tuple[str, str, str]], examinations: Mapping[str, Examination]
) -> frozenset[str] | None:
    """All values of all picklists that reasons are picked from, `asked` as (crm, type, field);
    None where one of them was not seen or is free text, so that nothing can be called missing."""
    found: set[str] = set()
    for crm, type, name in asked:
        examination = examinations.get(crm)
        values = examination.picklists.get((type, name)) if examination else None
        if values is None:
            return None
        found |= {folded(value) for value in values}
    return frozenset(found) if asked else None


def _some(values: Sequence[str]) -> str:
    shown = ", ".join(f'"{value}"' for value in values[:_SHOWN])
    more = len(values) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def _counts(values: Sequence[str]) -> str:
    return "counts" if len(values) == 1 else "count"


def _them(values: Sequence[str]) -> str:
    return "it" if len(values) == 1 else "them"


def _length(seconds: int) -> str:
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60:,} min"
