"""Who gets a task: the person that the rule names, or the next one who can do it.

The way down is fixed: whom the rule names, the record's owner, the managers above them, any
manager in the [[person]] table. Nobody left means no owner and a sentence that says what to do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from rules.model import Owner
from rules.ruleset import Assign, AssignTo, Person

_LONGEST_CHAIN = 10
"""Managers above each other that are followed; longer chains are circles in practice."""

_ACCOUNT_OWNER = ("who owned this account", "owns the account")
_RECORD_OWNER = ("who owned the lost record", "owns the lost record")


@dataclass(frozen=True, slots=True)
class Routed:
    """`owner` None: nobody can do it, and `because` says what would help.

    `handed_over_from` is who would have had the task and left or is away; `because` then is
    the hand-over note.
    """

    owner: Owner | None
    because: str
    handed_over_from: Owner | None = None


@dataclass(frozen=True, slots=True)
class _Candidate:
    owner: Owner
    role: str  # "who owns this account", for the hand-over note
    because: str


@dataclass(frozen=True, slots=True)
class Staff:
    """The CRM's users and the rule file's people, as one directory on one day."""

    owners: Mapping[str, Owner]
    people: tuple[Person, ...]
    today: date

    def by_email(self, email: str) -> Owner | None:
        """The user with this address, an active one first."""
        wanted = email.strip().lower()
        found = [owner for owner in self.owners.values() if owner.email.strip().lower() == wanted]
        found.sort(key=lambda owner: (not owner.active, owner.id))
        return found[0] if wanted and found else None

    def person(self, owner: Owner) -> Person | None:
        mail = owner.email.strip().lower()
        return next((p for p in self.people if mail and p.email.strip().lower() == mail), None)

    def away_until(self, owner: Owner) -> date | None:
        person = self.person(owner)
        until = person.away_until if person else None
        return until if until is not None and until > self.today else None

    def available(self, owner: Owner) -> bool:
        return owner.active and self.away_until(owner) is None

    def manager(self, owner: Owner) -> Owner | None:
        """The CRM's manager where it names one, otherwise the [[person]] table's."""
        above = self.owners.get(owner.manager_id) if owner.manager_id else None
        if above is None:
            person = self.person(owner)
            above = self.by_email(person.manager) if person and person.manager else None
        return above if above is not None and above.id != owner.id else None

    def managers(self, owner: Owner) -> Iterator[Owner]:
        """The managers above, nearest first; each once."""
        seen = {owner.id}
        above = self.manager(owner)
        while above is not None and above.id not in seen and len(seen) <= _LONGEST_CHAIN:
            yield above
            seen.add(above.id)
            above = self.manager(above)

    def named_managers(self) -> Iterator[Owner]:
        for person in self.people:
            found = self.by_email(person.manager) if person.manager else None
            if found is not None:
                yield found


def assignee(
    assign: Assign,
    *,
    account_owner: Owner | None,
    record_owner: Owner | None,
    field_owner: Owner | None,
    owners: Mapping[str, Owner],
    people: tuple[Person, ...],
    today: date,
) -> Routed:
    """Who gets the task. `owners` are the CRM's users by id, those who left included;
    `field_owner` is the user in the field that `assign.name` names. Who is `away_until` a
    day is back on that day."""
    staff = Staff(owners, people, today)
    first = _named(assign, staff, account_owner, record_owner, field_owner)
    unnamed = "" if first else _unnamed(assign, account_owner)
    missed: _Candidate | None = None
    for candidate in _candidates(assign, first, staff, account_owner, record_owner):
        if staff.available(candidate.owner):
            return _routed(candidate, missed, staff, unnamed)
        missed = missed or candidate
    if missed is None:
        return Routed(None, _nobody(unnamed))
    return Routed(None, _nobody(_missing(missed, staff)), missed.owner)


def _named(
    assign: Assign,
    staff: Staff,
    account_owner: Owner | None,
    record_owner: Owner | None,
    field_owner: Owner | None,
) -> _Candidate | None:
    """Whom the rule asks for, available or not."""
    if assign.to is AssignTo.FIELD:
        return _candidate(field_owner, f"who stands in {assign.name}", f"stands in {assign.name}")
    if assign.to is AssignTo.PERSON:
        return _candidate(
            staff.by_email(assign.name), "whom the rule names", "is named by the rule"
        )
    if assign.to is AssignTo.RECORD_OWNER:
        return _candidate(record_owner, *_RECORD_OWNER)
    if assign.to is AssignTo.MANAGER:
        owner = account_owner or record_owner
        manager = staff.manager(owner) if owner else None
        return _candidate(manager, "who manages this account's owner", _manages(owner))
    return _candidate(account_owner, *_ACCOUNT_OWNER)


def _candidates(
    assign: Assign,
    first: _Candidate | None,
    staff: Staff,
    account_owner: Owner | None,
    record_owner: Owner | None,
) -> Iterator[_Candidate]:
    """Everybody who may get the task, in order; the same person may come twice."""
    if first is not None:
        yield first
    if assign.to is AssignTo.MANAGER:
        yield from _managers_of((first.owner if first else None,), staff)
        yield from _named_managers(staff)
    owners = (account_owner, record_owner)
    roles = (_ACCOUNT_OWNER, _RECORD_OWNER)
    for owner, (role, because) in zip(owners, roles, strict=True):
        if owner is not None:
            yield _Candidate(owner, role, because)
    yield from _managers_of((first.owner if first else None, *owners), staff)
    yield from _named_managers(staff)


def _managers_of(owners: tuple[Owner | None, ...], staff: Staff) -> Iterator[_Candidate]:
    for owner in filter(None, owners):
        for manager in staff.managers(owner):
            yield _Candidate(manager, f"who manages {owner.name}", _manages(owner))


def _named_managers(staff: Staff) -> Iterator[_Candidate]:
    for manager in staff.named_managers():
        yield _Candidate(manager, "a manager", "is a manager named in [[person]]")


def _candidate(owner: Owner | None, role: str, because: str) -> _Candidate | None:
    return _Candidate(owner, role, because) if owner is not None else None


def _manages(owner: Owner | None) -> str:
    return f"manages {owner.name}" if owner else "manages the account's owner"


def _routed(candidate: _Candidate, missed: _Candidate | None, staff: Staff, unnamed: str) -> Routed:
    name, because = candidate.owner.name, candidate.because
    if missed is not None:
        note = f"{_missing(missed, staff)}; it now sits with {name}, who {because}"
        return Routed(candidate.owner, note, missed.owner)
    if unnamed:
        return Routed(candidate.owner, f"{unnamed}; it sits with {name}, who {because}")
    return Routed(candidate.owner, f"{name} {because}")


def _missing(missed: _Candidate, staff: Staff) -> str:
    return f"{missed.owner.name}, {missed.role}, {_absence(missed.owner, staff)}"


def _absence(owner: Owner, staff: Staff) -> str:
    until = staff.away_until(owner)
    if owner.active and until is not None:
        return f"is away until {until.day} {until:%B %Y}"
    return "has left"


def _unnamed(assign: Assign, account_owner: Owner | None) -> str:
    """Why the rule's own choice is nobody."""
    if assign.to is AssignTo.PERSON:
        return f"no user of the CRM has the address {assign.name}"
    if assign.to is AssignTo.FIELD:
        return f"{assign.name} names no user"
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
