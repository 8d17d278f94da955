"""What a portal holds and how it is set up: types, properties, owners, tables and switches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import cycle, repeat

from connectors.sandbox.hubspot import standard
from connectors.sandbox.hubspot.associations import Associations
from connectors.sandbox.hubspot.index import SearchIndex
from connectors.sandbox.hubspot.owners import PortalOwner
from connectors.sandbox.hubspot.pipelines import Pipelines
from connectors.sandbox.hubspot.properties import Catalogue, Option, Property
from connectors.sandbox.hubspot.records import Record, Table
from connectors.sandbox.hubspot.refusals import not_found
from connectors.sandbox.hubspot.types import ObjectType, Types
from connectors.sandbox.hubspot.values import iso
from connectors.sandbox.hubspot.writes import Checker
from connectors.sandbox.world import World


class PortalState:
    """Switches say what a real portal may do either way; their defaults are the harder one."""

    def __init__(self, world: World, portal_id: int = 8_675_309) -> None:
        self.world = world
        self.portal_id = portal_id
        self.token = "sandbox"  # noqa: S105  # the sandbox's own, known to everybody
        self.timezone = "UTC"
        self.currency = "USD"
        self.index_lag_seconds = 0.0
        self.association_page = 500
        self.unique_task_properties = False  # hasUniqueValue on tasks: not confirmed
        self.custom_task_properties = True
        self.archived_owners_accepted = True  # not confirmed either
        self.merged_deals_resolve = False  # contacts' and companies' old ids always do
        self.partial_batches = True  # False: one bad row always fails the whole call
        self.echo_trace_ids = True  # in results; in errors they always come
        self.dated_association_lists = False  # GET of associations on dated paths: not confirmed
        self.results_in_order = True  # False: batch results come back in another order
        self.refused_rows: Iterator[bool] = repeat(False)  # of each batch row: is it locked?
        self.refused_scopes: set[str] = set()  # such as crm.objects.deals.write
        self.burst_limit: int | None = 190  # calls in ten seconds, of this app
        self.search_limit: int | None = 5  # searches a second, of the account
        self.daily_limit: int | None = 650_000
        self.types = Types(portal_id)
        self.pipelines = Pipelines()
        self.associations = Associations()
        self.owners: dict[str, PortalOwner] = {}
        self.required_from_2026_09: list[tuple[str, str, dict[str, str]]] = []
        self.catalogues: dict[str, Catalogue] = {}
        self.tables: dict[str, Table] = {}
        self._next_id = 101
        self.opened = iso(world.clock.now())
        for object_type in self.types.all():
            self._open(object_type)

    def _open(self, type: ObjectType) -> None:
        self.catalogues[type.name] = standard.catalogue(type)
        self.tables[type.name] = Table(type, SearchIndex(type.modified))

    def define_type(self, plural: str, singular: str | None = None) -> ObjectType:
        """A custom object type; standard names answer the standard type."""
        object_type = self.types.define(plural, singular)
        if object_type.name not in self.tables:
            self._open(object_type)
        return object_type

    def define_property(
        self,
        type: str,
        name: str,
        kind: str = "string",
        options: Sequence[str] = (),
        label: str = "",
        field_type: str = "",
        unique: bool = False,
    ) -> None:
        """A property of the customer's own; `kind` is its HubSpot type. Replaces a known one."""
        catalogue = self.catalogues[self.types.get(type).name]
        choices = tuple(Option(value, value, n) for n, value in enumerate(options))
        group = next(iter(catalogue.groups))
        catalogue.properties[name] = Property(
            name,
            kind,
            label or name,
            field_type,
            group,
            options=choices,
            unique=unique,
            defined_by_hubspot=False,
        )

    def widen_options(self, type: ObjectType, name: str, values: Sequence[str]) -> None:
        """Let an enumeration have these values beside its own."""
        properties = self.catalogue(type).properties
        known = {option.value for option in properties[name].options}
        more = tuple(Option(value, value) for value in values if value not in known)
        properties[name] = replace(properties[name], options=properties[name].options + more)

    def require_property(self, type: str, name: str, when: Mapping[str, str] | None = None) -> None:
        """An admin's rule that only writes by 2026-09 paths and later have to obey."""
        rule = (self.types.get(type).name, name, dict(when or {}))
        self.required_from_2026_09.append(rule)

    def add_owner(self, owner: PortalOwner) -> None:
        self.owners[owner.id] = owner

    @contextmanager
    def refusing_rows(self) -> Iterator[None]:
        """See `wire.Crm`."""
        self.refused_rows = cycle((True, False))
        try:
            yield
        finally:
            self.refused_rows = repeat(False)

    def table(self, type: ObjectType) -> Table:
        return self.tables[type.name]

    def catalogue(self, type: ObjectType) -> Catalogue:
        return self.catalogues[type.name]

    def find(self, type: ObjectType, id: str) -> Record | None:
        return self.table(type).find(int(id)) if id.isdigit() else None

    def record(self, type: ObjectType, id: str) -> Record:
        """Raises Refusal (404, JSON) for what is missing or archived."""
        record = self.find(type, id)
        if record is None:
            raise not_found([id], type.singular)
        return record

    def get(self, type: str, id: str) -> dict[str, str]:
        """A live record's properties. Raises Refusal (404)."""
        with self.world.lock:
            return dict(self.record(self.types.get(type), id).properties)

    def all(self, type: str) -> list[dict[str, str]]:
        """The properties of all live records, `hs_object_id` among them, oldest id first."""
        with self.world.lock:
            live = self.table(self.types.get(type)).live
            return [dict(live[record_id].properties) for record_id in sorted(live)]

    def linked(self, type: str, id: str, other: str) -> list[str]:
        """Ids of the live records of another type that a record is associated with."""
        a, b = self.types.get(type), self.types.get(other)
        live = self.table(b).live
        return [str(to) for to in self.associations.of(a, int(id), b) if to in live]

    def new_id(self, wanted: str = "") -> int:
        """The next free id; ids are unique in the whole portal unless `wanted` says otherwise."""
        record_id = int(wanted) if wanted else self._next_id
        self._next_id = max(self._next_id, record_id + 1)
        return record_id

    def checker(self, type: ObjectType) -> Checker:
        ids = {
            owner.id
            for owner in self.owners.values()
            if self.archived_owners_accepted or not owner.archived
        }
        return Checker(self.catalogue(type), ids, self.pipelines)

    def unique_names(self, type: ObjectType) -> list[str]:
        properties = self.catalogue(type).properties.values()
        return [p.name for p in properties if p.unique and p.name != "hs_object_id"]
