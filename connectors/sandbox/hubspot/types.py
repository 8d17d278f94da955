"""Object types: their names in paths, their type ids, and which property holds which stamp.

Contacts say `lastmodifieddate` where all others say `hs_lastmodifieddate`; activities and
custom objects say `hs_createdate` where the older three say `createdate`.
"""

from __future__ import annotations

from dataclasses import dataclass

from connectors.sandbox.hubspot.refusals import not_imitated, unknown_type


@dataclass(frozen=True, slots=True)
class ObjectType:
    name: str  # plural, as in paths
    singular: str
    type_id: str
    created: str = "hs_createdate"
    modified: str = "hs_lastmodifieddate"
    defaults: tuple[str, ...] = ()  # properties that come when none are asked for
    scope: str = ""  # the middle of crm.objects.X.read

    @property
    def standard(self) -> bool:
        return self.type_id.startswith("0-")


STANDARD = (
    ObjectType(
        "contacts",
        "contact",
        "0-1",
        "createdate",
        "lastmodifieddate",
        ("firstname", "lastname", "email"),
        "contacts",
    ),
    ObjectType(
        "companies",
        "company",
        "0-2",
        "createdate",
        defaults=("name", "domain"),
        scope="companies",
    ),
    ObjectType(
        "deals",
        "deal",
        "0-3",
        "createdate",
        defaults=("dealname", "amount", "closedate", "pipeline", "dealstage"),
        scope="deals",
    ),
    ObjectType("line_items", "line_item", "0-8", "createdate", scope="line_items"),
    # Tasks have no scope of their own: those of contacts are asked for.
    ObjectType("tasks", "task", "0-27", scope="contacts"),
)

NOT_IMITATED = frozenset(
    {"tickets", "notes", "calls", "emails", "meetings", "communications", "products"}
    | {"quotes", "carts", "orders", "invoices", "leads", "goals", "users"}
)


class Types:
    """The portal's object types, found by plural, singular, type id or full name."""

    def __init__(self, portal_id: int) -> None:
        self._portal_id = portal_id
        self._by_name: dict[str, ObjectType] = {}
        self._all: list[ObjectType] = []
        for standard in STANDARD:
            self._add(standard)

    def _add(self, type: ObjectType) -> None:
        self._all.append(type)
        full_name = self.full_name(type)
        for name in (type.name, type.singular, type.type_id, full_name):
            self._by_name[name.lower()] = type

    def full_name(self, type: ObjectType) -> str:
        return type.name if type.standard else f"p{self._portal_id}_{type.singular}"

    def define(self, plural: str, singular: str | None = None) -> ObjectType:
        """A custom object; defining it again answers the one that is there."""
        known = self._by_name.get(plural.lower())
        if known is not None:
            return known
        number = 1001 + sum(not object_type.standard for object_type in self._all)
        object_type = ObjectType(
            plural, singular or singular_of(plural), f"2-{number}", scope="custom"
        )
        self._add(object_type)
        self._by_name[f"p{self._portal_id}_{plural}".lower()] = object_type
        return object_type

    def find(self, name: str) -> ObjectType | None:
        return self._by_name.get(name.lower())

    def get(self, name: str) -> ObjectType:
        """Raises Refusal: 400 for an unknown type, 501 for one that is not imitated."""
        found = self.find(name)
        if found is not None:
            return found
        if name in NOT_IMITATED:
            raise not_imitated(f"the object type {name}")
        raise unknown_type(name)

    def all(self) -> list[ObjectType]:
        return list(self._all)


def singular_of(plural: str) -> str:
    if plural.endswith("ies"):
        return plural[:-3] + "y"
    return plural.removesuffix("s") or plural
