"""Whom a rule file names by address, and what for. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rules.ruleset import AssignTo, RuleSet


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
            if task.assign.to is AssignTo.PERSON:
                role = f'assigned the task "{task.key}" of playbook "{playbook.name}"'
                yield Named(task.assign.name, role, gets_tasks=True)
    for cadence in rules.cadences:
        if cadence.assign.to is AssignTo.PERSON:
            role = f'assigned the cadence "{cadence.name}"'
            yield Named(cadence.assign.name, role, gets_tasks=True)


def _managers(rules: RuleSet) -> Iterator[Named]:
    for person in rules.people:
        if person.manager:
            yield Named(person.manager, f"the manager of {person.email}", is_manager=True)


def _listed(rules: RuleSet) -> Iterator[Named]:
    for person in rules.people:
        yield Named(person.email, "listed as a [[person]]")
    for email in rules.pilot.only_owners:
        yield Named(email, "one of the [pilot]")
