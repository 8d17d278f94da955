"""Which record hangs on which, and by which association type.

A link is stored once for each direction. Deals and contacts have at most one primary company;
the first company linked becomes it. Type ids are HubSpot's own; a custom object's are given out
by the portal, as `USER_DEFINED`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from connectors.sandbox.hubspot.refusals import Detail, Refusal, invalid, objects
from connectors.sandbox.hubspot.types import ObjectType

PLAIN = {
    ("tasks", "contacts"): 204,
    ("contacts", "tasks"): 203,
    ("tasks", "companies"): 192,
    ("companies", "tasks"): 191,
    ("tasks", "deals"): 216,
    ("deals", "tasks"): 215,
    ("deals", "contacts"): 3,
    ("contacts", "deals"): 4,
    ("deals", "companies"): 341,
    ("companies", "deals"): 342,
    ("deals", "line_items"): 19,
    ("line_items", "deals"): 20,
    ("contacts", "companies"): 279,
    ("companies", "contacts"): 280,
}
PRIMARY = {
    ("deals", "companies"): 5,
    ("companies", "deals"): 6,
    ("contacts", "companies"): 1,
    ("companies", "contacts"): 2,
}
HUBSPOT_DEFINED = "HUBSPOT_DEFINED"
USER_DEFINED = "USER_DEFINED"

Links = dict[int, dict[int, None]]  # from id -> to ids, in the order in which they came


@dataclass(frozen=True, slots=True)
class AssociationType:
    category: str
    type_id: int
    label: str | None = None

    def json(self) -> dict[str, Any]:
        return {"category": self.category, "typeId": self.type_id, "label": self.label}


class Associations:
    def __init__(self) -> None:
        self._links: dict[tuple[str, str], Links] = {}
        self._primary: dict[tuple[str, int], int] = {}  # (type, id) -> company id
        self._given_out: dict[tuple[str, str], int] = {}
        self.version = 0

    def plain(self, a: ObjectType, b: ObjectType) -> AssociationType:
        pair = (a.name, b.name)
        if pair in PLAIN:
            return AssociationType(HUBSPOT_DEFINED, PLAIN[pair])
        if a == b or (a.standard and b.standard):
            message = f"{a.singular} and {b.singular} cannot be associated in the sandbox"
            raise invalid(message)
        number = self._given_out.setdefault(pair, 1 + len(self._given_out))
        return AssociationType(USER_DEFINED, number)

    def partners(self, type: ObjectType, others: Iterable[ObjectType]) -> list[ObjectType]:
        """The types that records of this one can be associated with."""
        return [
            other
            for other in others
            if (type.name, other.name) in PLAIN
            or (type != other and not (type.standard and other.standard))
        ]

    def labels(self, a: ObjectType, b: ObjectType) -> list[AssociationType]:
        labels = [self.plain(a, b)]
        primary = PRIMARY.get((a.name, b.name))
        if primary is not None:
            labels.insert(0, AssociationType(HUBSPOT_DEFINED, primary, "Primary"))
        return labels

    def asked_primary(self, a: ObjectType, b: ObjectType, specs: Any) -> bool:
        """Check a body's `[{associationCategory, associationTypeId}]`. Raises Refusal (400)."""
        asked = objects(specs, "types")
        if not asked:
            raise invalid("An association needs at least one type")
        known = {(label.category, label.type_id): label for label in self.labels(a, b)}
        primary = False
        for spec in asked:
            key = (spec.get("associationCategory"), spec.get("associationTypeId"))
            if key not in known:
                message = f"{key[0]} {key[1]} is no association from {a.singular} to {b.singular}"
                detail = Detail("INVALID_ASSOCIATION_TYPE", message)
                raise Refusal(400, message, "VALIDATION_ERROR", [detail])
            primary = primary or known[key].label == "Primary"
        return primary

    def link(
        self, a: ObjectType, a_id: int, b: ObjectType, b_id: int, primary: bool = False
    ) -> None:
        self.plain(a, b)
        self.version += 1
        self._links.setdefault((a.name, b.name), {}).setdefault(a_id, {})[b_id] = None
        self._links.setdefault((b.name, a.name), {}).setdefault(b_id, {})[a_id] = None
        if (a.name, b.name) not in PRIMARY:
            return
        one, company = ((a.name, a_id), b_id) if b.name == "companies" else ((b.name, b_id), a_id)
        if primary or one not in self._primary:
            self._primary[one] = company

    def unlink(self, a: ObjectType, a_id: int, b: ObjectType, b_id: int) -> None:
        self.version += 1
        self._links.get((a.name, b.name), {}).get(a_id, {}).pop(b_id, None)
        self._links.get((b.name, a.name), {}).get(b_id, {}).pop(a_id, None)
        for one, company in (((a.name, a_id), b_id), ((b.name, b_id), a_id)):
            if self._primary.get(one) == company:
                del self._primary[one]

    def of(self, a: ObjectType, a_id: int, b: ObjectType) -> list[int]:
        return list(self._links.get((a.name, b.name), {}).get(a_id, ()))

    def types(self, a: ObjectType, a_id: int, b: ObjectType, b_id: int) -> list[AssociationType]:
        if self.is_primary(a, a_id, b, b_id):
            return self.labels(a, b)
        return [self.plain(a, b)]

    def is_primary(self, a: ObjectType, a_id: int, b: ObjectType, b_id: int) -> bool:
        if (a.name, b.name) not in PRIMARY:
            return False
        if b.name == "companies":
            return self._primary.get((a.name, a_id)) == b_id
        return self._primary.get((b.name, b_id)) == a_id

    def move(self, type: ObjectType, loser: int, winner: int, others: Iterable[ObjectType]) -> None:
        """A merge: what hung on the loser hangs on the winner."""
        for other in others:
            for record_id in self.of(type, loser, other):
                primary = self.is_primary(type, loser, other, record_id)
                self.unlink(type, loser, other, record_id)
                # A deal keeps its primary company through a merge; a merged contact keeps its own.
                self.link(type, winner, other, record_id, primary and type.name == "companies")
