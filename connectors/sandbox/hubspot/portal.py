"""The portal: its state, and every write that can be done to it, without HTTP.

Tests and the demo change records through it as a person would (`by="person"`); the API writes
through the same methods. A write is planned first, which finds every fault, and committed then,
which cannot fail: so a batch is refused as a whole before any of it is done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.sandbox.hubspot.index import Properties
from connectors.sandbox.hubspot.records import Record
from connectors.sandbox.hubspot.refusals import Detail, Refusal, conflict, invalid
from connectors.sandbox.hubspot.state import PortalState
from connectors.sandbox.hubspot.types import ObjectType
from connectors.sandbox.hubspot.values import iso
from connectors.sandbox.hubspot.writes import (
    derive_amount,
    derive_deal,
    derive_line,
    derive_task,
    joined,
)

Linked = Mapping[str, Sequence[str]]
"""Object type -> ids to associate with; the first company is the primary one."""


@dataclass(frozen=True, slots=True)
class Link:
    type: ObjectType
    id: int
    primary: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """A write that was found good. `old` is None for a create."""

    type: ObjectType
    given: Properties
    old: Record | None = None
    links: Sequence[Link] = field(default_factory=tuple)
    claims: frozenset[tuple[str, str]] = frozenset()  # unique values that it will hold


class Portal(PortalState):
    """All of its writes hold the world's lock, and note themselves in the world's ledger."""

    def create(
        self,
        type: str,
        properties: Mapping[str, Any],
        associations: Linked | None = None,
        by: str = "person",
    ) -> str:
        """Answers the new id. Raises Refusal for what HubSpot would not take."""
        with self.world.lock:
            found = self.types.get(type)
            links = self.links(associations or {})
            planned = self.plan(found, properties, links=links, by=by)
            return str(self.commit(planned, by).id)

    def update(self, type: str, id: str, properties: Mapping[str, Any], by: str = "person") -> None:
        """Raises Refusal."""
        with self.world.lock:
            found = self.types.get(type)
            self.commit(self.plan(found, properties, self.record(found, id), by=by), by)

    def links(self, associations: Linked) -> list[Link]:
        """Raises Refusal (404)."""
        found = []
        for name, ids in associations.items():
            object_type = self.types.get(name)
            found += [
                Link(object_type, self.record(object_type, record_id).id, n == 0)
                for n, record_id in enumerate(ids)
            ]
        return found

    def plan(
        self,
        type: ObjectType,
        properties: Any,
        old: Record | None = None,
        links: Sequence[Link] = (),
        by: str = "api",
        strict: bool = False,
    ) -> Planned:
        """Find every fault of a write. `strict` obeys the admin's rules, as 2026-09 does.
        Raises Refusal."""
        given = self.checker(type).kept(properties, person=by == "person")
        before = old.properties if old else {}
        after = self.after(type, before, given)
        if type.name == "tasks" and not after.get("hs_timestamp"):  # all that a task needs
            raise missing_properties(type, ["hs_timestamp"])
        if strict:
            self._check_admin_rules(type, after)
        for link in links:
            self.associations.plain(type, link.type)
        return Planned(type, given, old, links, self._claims(type, given, old))

    def commit(self, planned: Planned, by: str = "api") -> Record:
        object_type, given = planned.type, planned.given
        if planned.old is None:
            record_id = self.new_id(given.get("hs_object_id", ""))
            record = self._put(object_type, record_id, {"hs_object_id": str(record_id)}, given)
            for link in planned.links:
                self.associations.link(object_type, record_id, link.type, link.id, link.primary)
            self._note("create", object_type, record_id, {**given, **_linked(planned.links)}, by)
        else:
            record = self._put(object_type, planned.old.id, planned.old.properties, given)
            self._note("update", object_type, record.id, given, by)
        return record

    def delete(self, type: str, id: str, by: str = "person") -> None:
        """Archive: out of every reading but the archived list. Archiving twice is harmless."""
        with self.world.lock:
            found = self.types.get(type)
            record = self.find(found, id)
            if record is None:
                return
            self._withdraw(found, record)
            record.archived_at = self.world.clock.now()
            self.table(found).archived[record.id] = record
            self._note("delete", found, record.id, {}, by)

    def restore(self, type: str, id: str, by: str = "person") -> None:
        """Raises KeyError for a record that is not archived."""
        with self.world.lock:
            found = self.types.get(type)
            record = self.table(found).archived.pop(int(id))
            self._put(found, record.id, record.properties, {})
            self._note("restore", found, record.id, {}, by)

    def merge(
        self, type: str, winner: str, loser: str, by: str = "person", new_id: bool = False
    ) -> str:
        """Both ids answer with the surviving record (of deals: only if `merged_deals_resolve`);
        with `new_id` it is neither of the two, which HubSpot does too. Answers the surviving
        id. Raises Refusal (404, 400)."""
        with self.world.lock:
            found = self.types.get(type)
            kept, lost = self.record(found, winner), self.record(found, loser)
            if kept.id == lost.id:
                raise invalid("A record cannot be merged with itself")
            record_id = self.new_id() if new_id else kept.id
            gone = [kept, lost] if new_id else [lost]
            for record in gone:
                self._withdraw(found, record)
                if found.name != "deals" or self.merged_deals_resolve:
                    self.table(found).merged[record.id] = record_id
                self.associations.move(found, record.id, record_id, self._others(found))
            ids = [lost.properties.get("hs_merged_object_ids"), *(str(r.id) for r in gone)]
            ids.insert(0, kept.properties.get("hs_merged_object_ids"))
            merged = {"hs_merged_object_ids": ";".join(filter(None, ids))}
            old = {**lost.properties, **kept.properties, "hs_object_id": str(record_id)}
            self._put(found, record_id, old, merged)
            self._note("merge", found, record_id, {"merged": [str(r.id) for r in gone]}, by)
            return str(record_id)

    def associate(
        self,
        type: str,
        id: str,
        other: str,
        other_id: str,
        primary: bool = False,
        by: str = "person",
    ) -> None:
        """Raises Refusal (404)."""
        with self.world.lock:
            a, b = self.types.get(type), self.types.get(other)
            one, two = self.record(a, id), self.record(b, other_id)
            self.associations.link(a, one.id, b, two.id, primary)
            self._note("update", a, one.id, _linked([Link(b, two.id)]), by)

    def dissociate(self, type: str, id: str, other: str, other_id: str, by: str = "person") -> None:
        """Raises Refusal (404)."""
        with self.world.lock:
            a, b = self.types.get(type), self.types.get(other)
            one, two = self.record(a, id), self.record(b, other_id)
            self.associations.unlink(a, one.id, b, two.id)
            self._note("update", a, one.id, {"dissociated": {b.name: [str(two.id)]}}, by)

    def _put(self, type: ObjectType, id: int, old: Properties, given: Properties) -> Record:
        new = self.after(type, old, given)
        table = self.table(type)
        table.hold(self.unique_names(type), old, new, id)
        record = Record(id, new)
        table.live[id] = record
        table.index.write(id, new, self.world.clock.now(), self.index_lag_seconds)
        return record

    def _withdraw(self, type: ObjectType, record: Record) -> None:
        table = self.table(type)
        del table.live[record.id]
        table.hold(self.unique_names(type), record.properties, {}, record.id)
        table.index.forget(record.id)

    def after(self, type: ObjectType, old: Properties, given: Properties) -> dict[str, str]:
        """The properties that a write leaves. Raises Refusal (400) for a stage out of place."""
        now = self.world.clock.now()
        new = joined(old, given)
        new.setdefault(type.created, iso(now))
        if not given.get(type.modified):
            new[type.modified] = iso(now)
        if type.name == "deals":
            derive_deal(new, given, self.pipelines, now)
            derive_amount(new, given, self.currency)
        elif type.name == "tasks":
            derive_task(new, given, now)
        elif type.name == "line_items":
            derive_line(new)
        return new

    def _claims(
        self, type: ObjectType, given: Properties, old: Record | None
    ) -> frozenset[tuple[str, str]]:
        table, own = self.table(type), old.id if old else None
        names = [name for name in self.unique_names(type) if given.get(name)]
        for name in names:
            holder = table.holder(name, given[name])
            if holder not in (None, own):
                raise taken(type, name, given[name], holder)
        if old is None and given.get("hs_object_id") and int(given["hs_object_id"]) in table.live:
            raise conflict(f"{type.singular} {given['hs_object_id']} exists already")
        return frozenset((name, given[name].lower()) for name in names)

    def _check_admin_rules(self, type: ObjectType, properties: Properties) -> None:
        missing = [
            name
            for type_name, name, when in self.required_from_2026_09
            if type_name == type.name
            and not properties.get(name)
            and all(properties.get(key) == value for key, value in when.items())
        ]
        if missing:
            raise missing_properties(type, missing)

    def _others(self, type: ObjectType) -> Iterable[ObjectType]:
        return [other for other in self.types.all() if other != type]

    def _note(
        self, verb: str, type: ObjectType, id: int, fields: Mapping[str, Any], by: str
    ) -> None:
        self.world.record("hubspot", verb, type.name, str(id), fields, by)


def missing_properties(type: ObjectType, names: list[str]) -> Refusal:
    message = f"Error creating {type.singular.upper()}. Some required properties were not set."
    detail = Detail("MISSING_REQUIRED_PROPERTIES", message, {"propertyName": names})
    return invalid(message, detail)


def taken(type: ObjectType, name: str, value: str, holder: int | None) -> Refusal:
    """A unique value that another record has; `holder` None is another row of the batch."""
    if (type.name, name) == ("contacts", "email"):
        return conflict(f"Contact already exists. Existing ID: {holder}")
    message = f"{value} is the {name} of another {type.singular} already: {holder}"
    return invalid(message, Detail("CONFLICTING_UNIQUE_VALUE", message, {"propertyName": [name]}))


def _linked(links: Sequence[Link]) -> dict[str, dict[str, list[str]]]:
    """How the ledger shows associations: object type -> ids."""
    shown: dict[str, list[str]] = {}
    for link in links:
        shown.setdefault(link.type.name, []).append(str(link.id))
    return {"associations": shown} if shown else {}
