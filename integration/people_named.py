"""Whom a rule file names by address, which queues, and what for. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rules.people import Assign, AssignTo
from rules.ruleset import RuleSet


@dataclass(frozen=True, slots=True)
class Named:
    """`role` reads after "is"."""

    email: str
    role: str
    gets_tasks: bool = False
    is_manager: bool = False


@dataclass(frozen=True, slots=True)
class NamedQueue:
    """A queue of the CRM, as the file writes its name or id. `role` reads after "is"."""

    name: str
    role: str


def named_people(rules: RuleSet) -> list[Named]:
    """Each address once, with the weightiest of its roles."""
    found: dict[str, Named] = {}
    for one in (*_assigned(rules), *_managers(rules), *_members(rules), *_listed(rules)):
        found.setdefault(one.email.strip().lower(), one)
    return list(found.values())


def named_queues(rules: RuleSet) -> list[NamedQueue]:
    """Each queue once."""
    found: dict[str, NamedQueue] = {}
    for one, role in _links(rules):
        if one.to is AssignTo.QUEUE:
            found.setdefault(one.name.strip().lower(), NamedQueue(one.name, role))
    return list(found.values())


def _assigned(rules: RuleSet) -> Iterator[Named]:
    for one, role in _links(rules):
        if one.to is AssignTo.PERSON:
            yield Named(one.name, role, gets_tasks=True)
    for person in rules.people:
        if person.stand_in:
            yield Named(person.stand_in, f"standing in for {person.email}", gets_tasks=True)


def _links(rules: RuleSet) -> Iterator[tuple[Assign, str]]:
    """Everybody whom something is given to, first choices and later ones, with what it is."""
    for assign, role in _assigns(rules):
        for one in assign.chain if assign else ():
            yield one, role


def _assigns(rules: RuleSet) -> Iterator[tuple[Assign | None, str]]:
    for playbook in rules.playbooks:
        for task in playbook.tasks:
            yield task.assign, f'assigned the task "{task.key}" of playbook "{playbook.name}"'
    for cadence in rules.cadences:
        yield cadence.assign, f'assigned the cadence "{cadence.name}"'
    for offer in rules.offers:
        yield offer.approval, f'asked to approve the offer "{offer.name}"'
    for assign in (rules.interview.assign, *rules.interview.by_tier.values()):
        yield assign, "assigned exit interviews"


def _managers(rules: RuleSet) -> Iterator[Named]:
    for person in rules.people:
        if person.manager:
            yield Named(person.manager, f"the manager of {person.email}", is_manager=True)


def _members(rules: RuleSet) -> Iterator[Named]:
    """A role gives each task to somebody of the task's CRM, so a member may be of one CRM alone;
    that each CRM has one of them is asked of the role as a whole."""
    for role in rules.roles:
        for email in role.members:
            yield Named(email, f'in the role "{role.name}"')


def _listed(rules: RuleSet) -> Iterator[Named]:
    for person in rules.people:
        yield Named(person.email, "listed as a [[person]]")
    for email in rules.pilot.only_owners:
        yield Named(email, "one of the [pilot]")
