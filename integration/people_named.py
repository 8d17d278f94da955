"""Whom a rule file names by address, and what for. Pure."""

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


def named_people(rules: RuleSet) -> list[Named]:
    """Each address once, with the weightiest of its roles."""
    found: dict[str, Named] = {}
    for one in (*_assigned(rules), *_managers(rules), *_listed(rules)):
        found.setdefault(one.email.strip().lower(), one)
    return list(found.values())


def _assigned(rules: RuleSet) -> Iterator[Named]:
    for playbook in rules.playbooks:
        for task in playbook.tasks:
            role = f'assigned the task "{task.key}" of playbook "{playbook.name}"'
            yield from _people(task.assign, role)
    for cadence in rules.cadences:
        yield from _people(cadence.assign, f'assigned the cadence "{cadence.name}"')
    for offer in rules.offers:
        yield from _people(offer.approval, f'asked to approve the offer "{offer.name}"')
    for assign in (rules.interview.assign, *rules.interview.by_tier.values()):
        yield from _people(assign, "assigned exit interviews")
    for role_ in rules.roles:
        for email in role_.members:
            yield Named(email, f'in the role "{role_.name}"', gets_tasks=True)
    for person in rules.people:
        if person.stand_in:
            yield Named(person.stand_in, f"standing in for {person.email}", gets_tasks=True)


def names_queues(rules: RuleSet) -> bool:
    """Whether any task may go to a queue of the CRM."""
    assigns = [task.assign for playbook in rules.playbooks for task in playbook.tasks]
    assigns += [cadence.assign for cadence in rules.cadences]
    assigns += [offer.approval for offer in rules.offers if offer.approval]
    assigns += [one for one in (rules.interview.assign, *rules.interview.by_tier.values()) if one]
    return any(one.to is AssignTo.QUEUE for assign in assigns for one in assign.chain)


def _people(assign: Assign | None, role: str) -> Iterator[Named]:
    for one in assign.chain if assign else ():
        if one.to is AssignTo.PERSON:
            yield Named(one.name, role, gets_tasks=True)


def _managers(rules: RuleSet) -> Iterator[Named]:
    for person in rules.people:
        if person.manager:
            yield Named(person.manager, f"the manager of {person.email}", is_manager=True)


def _listed(rules: RuleSet) -> Iterator[Named]:
    for person in rules.people:
        yield Named(person.email, "listed as a [[person]]")
    for email in rules.pilot.only_owners:
        yield Named(email, "one of the [pilot]")
