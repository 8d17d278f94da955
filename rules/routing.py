"""Who gets a task: the person that the rule names, or the next one who can do it.

The way down is fixed: whom the rule names, in its order, who stands in for an owner that cannot do
it, the owner, the record's owner, the managers above them, any manager in the [[person]] table.
Nobody left means no owner and a sentence that says what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from rules.model import Owner
from rules.people import Assign, AssignTo
from rules.staff import (
    ACCOUNT_OWNER,
    RECORD_OWNER,
    Asked,
    Candidate,
    Kept,
    Staff,
    manages,
    named,
    stand_ins,
    teammates,
)


@dataclass(frozen=True, slots=True)
class Routed:
    """`owner` None: nobody can do it, and `because` says what would help.

    `handed_over_from` is who would have had the task and left or is away; `because` then is
    the hand-over note.
    """

    owner: Owner | None
    because: str
    handed_over_from: Owner | None = None


def assignee(
    assign: Assign,
    *,
    account_owner: Owner | None,
    record_owner: Owner | None,
    field_owner: Callable[[str], Owner | None] = lambda _: None,
    staff: Staff,
    not_to: Mapping[str, str] = MappingProxyType({}),
    never: frozenset[str] = frozenset(),
    kept: Kept = MappingProxyType({}),
) -> Routed:
    """Who gets the task: the first of the rule's choices who can do it, else the way down.

    `field_owner` finds the user in the field that an `assign` names. `not_to` are users who should
    not get it, by id, with why: those of them in `never` under no circumstances, the others where
    there is nobody else. `kept` are those who work on this recovery already: of a role or a team
    they go on with it. Who is `away_until` a day is back on that day."""
    asked = Asked(account_owner, record_owner, field_owner, kept, not_to)
    links = [(one, list(named(one, staff, asked))) for one in assign.chain]
    unnamed = "" if links[0][1] else _unnamed(links[0][0], account_owner)
    missed: Candidate | None = None
    last: Candidate | None = None
    for candidate in _candidates(assign, links, staff, asked):
        if staff.available(candidate.owner) and candidate.owner.id not in not_to:
            return _routed(candidate, missed, staff, not_to, unnamed)
        missed = missed or candidate
        able = staff.available(candidate.owner) and candidate.owner.id not in never
        if last is None and able:
            last = candidate
    if missed is None:
        return Routed(None, _nobody(unnamed))
    if last is not None:
        alone = "nobody else is known who could do it"
        return Routed(last.owner, f"{last.owner.name} {last.because}; {alone}")
    return Routed(None, _nobody(_missing(missed, staff, not_to)), missed.owner)


def _candidates(
    assign: Assign,
    links: Sequence[tuple[Assign, Sequence[Candidate]]],
    staff: Staff,
    asked: Asked,
) -> Iterator[Candidate]:
    """Everybody who may get the task, in order; the same person may come twice."""
    first = next((found[0] for _, found in links if found), None)
    for _, found in links:
        yield from found
    if assign.to is AssignTo.MANAGER:
        yield from _managers_of((first.owner if first else None,), staff)
        yield from _named_managers(staff)
    owners = (asked.account_owner, asked.record_owner)
    if assign.to is AssignTo.ANOTHER_REP:
        yield from _managers_of(owners, staff)
    yield from stand_ins(tuple(one for one in owners if _missed(one, staff, asked)), staff)
    if asked.not_to and assign.to is not AssignTo.MANAGER:
        yield from teammates(asked, staff)
    for owner, (role, because) in zip(owners, (ACCOUNT_OWNER, RECORD_OWNER), strict=True):
        if owner is not None:
            yield Candidate(owner, role, because)
    yield from _managers_of((first.owner if first else None, *owners), staff)
    yield from _named_managers(staff)


def _missed(owner: Owner | None, staff: Staff, asked: Asked) -> bool:
    return owner is not None and (not staff.available(owner) or owner.id in asked.not_to)


def _managers_of(owners: tuple[Owner | None, ...], staff: Staff) -> Iterator[Candidate]:
    for owner in filter(None, owners):
        for manager in staff.managers(owner):
            yield Candidate(manager, f"who manages {owner.name}", manages(owner))


def _named_managers(staff: Staff) -> Iterator[Candidate]:
    for manager in staff.named_managers():
        yield Candidate(manager, "a manager", "is a manager named in [[person]]")


def _routed(
    candidate: Candidate,
    missed: Candidate | None,
    staff: Staff,
    not_to: Mapping[str, str],
    unnamed: str,
) -> Routed:
    name, because = candidate.owner.name, candidate.because
    if missed is not None:
        note = f"{_missing(missed, staff, not_to)}; it now sits with {name}, who {because}"
        return Routed(candidate.owner, note, missed.owner)
    if unnamed:
        return Routed(candidate.owner, f"{unnamed}; it sits with {name}, who {because}")
    return Routed(candidate.owner, f"{name} {because}")


def _missing(missed: Candidate, staff: Staff, not_to: Mapping[str, str]) -> str:
    return f"{missed.owner.name}, {missed.role}, {_absence(missed.owner, staff, not_to)}"


def _absence(owner: Owner, staff: Staff, not_to: Mapping[str, str]) -> str:
    until = staff.away_until(owner)
    if not owner.active:
        return "has left"
    if until is not None:
        return f"is away until {until.day} {until:%B %Y}"
    return f"is left out: {not_to.get(owner.id, 'somebody else is wanted')}"


def _unnamed(assign: Assign, account_owner: Owner | None) -> str:
    """Why the rule's own choice is nobody."""
    if assign.to is AssignTo.PERSON:
        return f"no user of the CRM has the address {assign.name}"
    if assign.to is AssignTo.FIELD:
        return f"{assign.name} names no user"
    if assign.to is AssignTo.ROLE:
        return f'no user of the CRM is a member of the role "{assign.name}"'
    if assign.to is AssignTo.QUEUE:
        return f'the CRM shows no queue "{assign.name}" that tasks may belong to'
    if assign.to is AssignTo.ANOTHER_REP:
        return "no other rep of this team is known"
    if assign.to is AssignTo.RECORD_OWNER:
        return "nobody owns the lost record"
    if assign.to is AssignTo.MANAGER and account_owner is not None:
        return f"no manager of {account_owner.name} is known"
    return "nobody owns the account"


def _nobody(why: str) -> str:
    return (
        f"{why}, and no active manager is known: give the account an active owner in the CRM,"
        " or name a manager in [[person]]"
    )
