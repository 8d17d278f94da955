"""Who works: the people of the rule file, its roles, and whom a task is assigned to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class AssignTo(StrEnum):
    ACCOUNT_OWNER = "owner"
    RECORD_OWNER = "record owner"
    MANAGER = "manager"  # the account owner's manager
    ANOTHER_REP = "another rep"  # neither who owns the account nor who owns the lost record
    FIELD = "field"  # a user field on the account or the record, such as CSM__c
    PERSON = "person"  # an e-mail address
    ROLE = "role"  # a [[role]]: one of its members
    QUEUE = "queue"  # a queue of the CRM, where its tasks may belong to one


@dataclass(frozen=True, slots=True)
class Assign:
    """Who gets a task: `owner`, `record owner`, `manager`, `another rep`, `field:CSM__c`,
    `role:Care`, `queue:Care`, `ann@acme.example`; a list of them is asked in its order."""

    to: AssignTo = AssignTo.ACCOUNT_OWNER
    name: str = ""  # of the field, role or queue, or the person's e-mail address
    otherwise: Assign | None = None

    @property
    def chain(self) -> tuple[Assign, ...]:
        return (self, *(self.otherwise.chain if self.otherwise else ()))


@dataclass(frozen=True, slots=True)
class Person:
    email: str
    manager: str | None = None  # e-mail address
    region: str | None = None
    away_until: date | None = None
    country: str | None = None  # whose holidays they keep, the company's if left out
    stand_in: str | None = None  # e-mail address of who takes over first
    team: str | None = None  # for a pilot, where the CRM has no teams


class Pick(StrEnum):
    ROUND_ROBIN = "round robin"  # whoever was given the fewest so far
    LEAST_LOADED = "least loaded"  # whoever has the fewest open


@dataclass(frozen=True, slots=True)
class Role:
    name: str
    members: tuple[str, ...]  # e-mail addresses
    pick: Pick = Pick.ROUND_ROBIN
