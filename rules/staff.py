"""The CRM's users and the rule file's people as one directory, and whom a rule means by a word."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from rules.case import NO_WORK, Workload
from rules.model import Owner
from rules.people import Assign, AssignTo, Person, Pick, Role

_LONGEST_CHAIN = 10
"""Managers above each other that are followed; longer chains are circles in practice."""

Kept = Mapping[str, int]
"""Users who work on the recovery already, by id: `SAME_STEP` who had the step's last try,
`ANOTHER_STEP` who has another one. Whoever has a recovery keeps it."""

SAME_STEP, ANOTHER_STEP, _ANYBODY = range(3)

ACCOUNT_OWNER = ("who owned this account", "owns the account")
RECORD_OWNER = ("who owned the lost record", "owns the lost record")


@dataclass(frozen=True, slots=True)
class Candidate:
    owner: Owner
    role: str  # "who owns this account", for the hand-over note
    because: str


@dataclass(frozen=True, slots=True)
class Staff:
    """The CRM's users and the rule file's people, as one directory on one day."""

    owners: Mapping[str, Owner]
    people: tuple[Person, ...]
    today: date
    roles: tuple[Role, ...] = ()
    workload: Workload = NO_WORK

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

    def members(self, name: str, kept: Kept) -> list[Owner]:
        """A role's members who are users of the CRM, whoever is next first. Who works on the
        recovery already goes on with it."""
        role = next((r for r in self.roles if r.name == name), None)
        found = [self.by_email(mail) for mail in role.members] if role else []
        users = [owner for owner in found if owner is not None]
        least = role is not None and role.pick is Pick.LEAST_LOADED
        count = self.workload.open if least else self.workload.given
        return sorted(users, key=lambda owner: (_distance(owner, kept), count.get(owner.id, 0)))

    def teammates(self, owner: Owner, kept: Kept) -> list[Owner]:
        """Users of the same team or manager: who works on the recovery already, then whoever has
        the least to do."""
        above = self.manager(owner)
        teams = set(owner.teams)
        found = [
            other
            for other in self.owners.values()
            if other.id != owner.id
            and (above is None or other.id != above.id)
            and (teams.intersection(other.teams) or (above and self.manager(other) == above))
        ]
        count = self.workload.open
        return sorted(
            found,
            key=lambda other: (_distance(other, kept), count.get(other.id, 0), other.id),
        )

    def stand_in(self, owner: Owner) -> Owner | None:
        person = self.person(owner)
        return self.by_email(person.stand_in) if person and person.stand_in else None

    def queue(self, name: str) -> Owner | None:
        """A queue that can own tasks, by its name or id, as far as the CRM lists it among its
        owners."""
        wanted = name.strip().lower()
        found = (o for o in self.owners.values() if wanted in (o.id.lower(), o.name.lower()))
        return next(found, None)


def _distance(owner: Owner, kept: Kept) -> int:
    return kept.get(owner.id, _ANYBODY)


@dataclass(frozen=True, slots=True)
class Asked:
    """Who stands where on the records of one loss; see `rules.routing.assignee`."""

    account_owner: Owner | None
    record_owner: Owner | None
    field_owner: Callable[[str], Owner | None]
    kept: Kept
    not_to: Mapping[str, str]


def named(assign: Assign, staff: Staff, asked: Asked) -> Iterator[Candidate]:
    """Whom one word of the rule asks for, available or not, the likeliest first."""
    to, name = assign.to, assign.name
    if to is AssignTo.FIELD:
        yield from _one(asked.field_owner(name), f"who stands in {name}", f"stands in {name}")
    elif to is AssignTo.PERSON:
        yield from _one(staff.by_email(name), "whom the rule names", "is named by the rule")
    elif to is AssignTo.RECORD_OWNER:
        yield from _one(asked.record_owner, *RECORD_OWNER)
    elif to is AssignTo.MANAGER:
        owner = asked.account_owner or asked.record_owner
        manager = staff.manager(owner) if owner else None
        yield from _one(manager, "who manages this account's owner", manages(owner))
    elif to is AssignTo.ROLE:
        for owner in staff.members(name, asked.kept):
            yield Candidate(owner, f'of the role "{name}"', f'is next in the role "{name}"')
    elif to is AssignTo.QUEUE:
        yield from _one(staff.queue(name), "the queue that the rule names", "is the queue for it")
    elif to is AssignTo.ANOTHER_REP:
        yield from stand_ins((asked.account_owner, asked.record_owner), staff)
        yield from teammates(asked, staff)
    else:
        yield from _one(asked.account_owner, *ACCOUNT_OWNER)


def stand_ins(owners: tuple[Owner | None, ...], staff: Staff) -> Iterator[Candidate]:
    for owner in filter(None, owners):
        yield from _one(
            staff.stand_in(owner),
            f"who stands in for {owner.name}",
            f"stands in for {owner.name}",
        )


def teammates(asked: Asked, staff: Staff) -> Iterator[Candidate]:
    """Other reps of the owners' teams; neither of the two owners."""
    owners = [owner for owner in (asked.account_owner, asked.record_owner) if owner]
    for owner in owners:
        for other in staff.teammates(owner, asked.kept):
            if other not in owners:
                known = "knows this customer" if other.id in asked.kept else "has the least to do"
                yield Candidate(
                    other,
                    f"who works with {owner.name}",
                    f"works with {owner.name} and {known}",
                )


def _one(owner: Owner | None, role: str, because: str) -> Iterator[Candidate]:
    if owner is not None:
        yield Candidate(owner, role, because)


def manages(owner: Owner | None) -> str:
    return f"manages {owner.name}" if owner else "manages the account's owner"
