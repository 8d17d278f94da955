"""A portal's contents from a folder of CSV files: `companies.csv`, `deals.csv`, `owners.csv` ...

Headers are HubSpot's property names; unknown ones become properties of the customer's own, typed
by `_schema.json` ({object: {property: {"type": ..., "options": [...]}}}) or by their looks.
`company_id`, `companies`, `contact_id`, `deals` ... are associations, `;` between many, the first
is the primary one. `hs_object_id` (or `id`) is honoured, as are the stamps. A file of any other
lower-case name is a custom object. `pipelines.csv` has one stage a line: `pipeline_id,
pipeline_label, stage_id, stage_label, probability, is_closed`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors.sandbox import csvdata
from connectors.sandbox.hubspot.loading_setup import load_owners, load_pipelines, singulars
from connectors.sandbox.hubspot.portal import Portal
from connectors.sandbox.hubspot.records import Record
from connectors.sandbox.hubspot.refusals import Refusal
from connectors.sandbox.hubspot.types import ObjectType
from connectors.sandbox.hubspot.writes import Checker

KINDS = {
    "boolean": "bool",
    "bool": "bool",
    "date": "date",
    "datetime": "datetime",
    "number": "number",
    "text": "string",
    "string": "string",
    "enumeration": "enumeration",
}
"""How `_schema.json` and the looks of a column name a property's type -> HubSpot's name."""

ID_COLUMNS = frozenset({"hs_object_id", "id"})
NO_OBJECTS = frozenset({"owners", "pipelines"})


@dataclass(frozen=True, slots=True)
class Columns:
    """What the places of a row mean."""

    id: int | None
    links: Mapping[int, ObjectType]
    properties: Mapping[int, str]


class _Anyone:
    """A portal's old records point at owners that are long gone; the data are not refused."""

    def __contains__(self, _: object) -> bool:
        return True


def load(portal: Portal, folder: Path) -> None:
    """Raises ValueError with file and line."""
    files = {
        path.stem: path for path in csvdata.files(folder) if not csvdata.is_salesforce(path.stem)
    }
    schema = csvdata.schema(folder)
    load_pipelines(portal, files.get("pipelines"), schema.get("pipelines", {}))
    load_owners(portal, files.get("owners"))
    objects = {name: path for name, path in files.items() if name not in NO_OBJECTS}
    types = {name: portal.define_type(name, singulars(name, schema)) for name in objects}
    _reserve_ids(portal, objects)
    hanging: list[tuple[ObjectType, int, ObjectType, str, bool, str]] = []
    for name, path in objects.items():
        object_type = types[name]
        columns = _columns(portal, object_type, path, schema.get(name, {}))
        _load_type(portal, object_type, path, columns, hanging)
    for object_type, record_id, other, other_id, primary, where in hanging:
        found = portal.find(other, other_id)
        if found is None:
            raise ValueError(f"{where}: there is no {other.singular} {other_id}")
        portal.associations.link(object_type, record_id, other, found.id, primary)


def _reserve_ids(portal: Portal, objects: Mapping[str, Path]) -> None:
    """Records without an id of their own must not get one that a later line has."""
    for path in objects.values():
        lines = csvdata.rows(path)
        header = next(lines, [])
        place = _id_place(header)
        if place is None:
            continue
        for number, row in enumerate(lines, 2):
            if row[place] and not row[place].isdigit():
                raise ValueError(f"{path.name}:{number}: {row[place]} is no id; ids are numbers")
            if row[place]:
                portal.new_id(row[place])


def _id_place(header: list[str]) -> int | None:
    return next((n for n, name in enumerate(header) if name.lower() in ID_COLUMNS), None)


def _columns(
    portal: Portal, type: ObjectType, path: Path, schema: Mapping[str, Mapping[str, Any]]
) -> Columns:
    header = next(csvdata.rows(path), [])
    known = portal.catalogue(type).properties
    record_id = _id_place(header)
    links: dict[int, ObjectType] = {}
    properties: dict[int, str] = {}
    for place, name in enumerate(header):
        other = None if name in known else _association(portal, type, name)
        if other is not None:
            links[place] = other
        elif place != record_id and name:
            properties[place] = name
    _define(portal, type, path, set(properties.values()), schema)
    return Columns(record_id, links, properties)


def _association(portal: Portal, type: ObjectType, column: str) -> ObjectType | None:
    for other in portal.associations.partners(type, portal.types.all()):
        names = {f"{other.singular}_id", f"{other.singular}_ids", other.name, f"{other.name}_ids"}
        if column in names | {f"associations.{other.name}", f"associated{other.singular}id"}:
            return other
    return None


def _define(
    portal: Portal,
    type: ObjectType,
    path: Path,
    names: set[str],
    schema: Mapping[str, Mapping[str, Any]],
) -> None:
    """Define the columns that the type does not know, and let choices have what the data have."""
    known = portal.catalogue(type).properties
    for name, told in schema.items():
        kind = _kind(told.get("type", "string"), path, name)
        options = [str(option) for option in told.get("options", ())]
        unique = bool(told.get("unique", False))
        portal.define_property(type.name, name, kind, options, unique=unique)
    unknown = {name for name in names if name not in known}
    for column in csvdata.columns(path, unknown) if unknown else ():
        if column.name in unknown:
            portal.define_property(type.name, column.name, KINDS[column.kind])
    for name in names:
        if known[name].type == "enumeration" and not known[name].free:
            portal.widen_options(type, name, _values(path, name))


def _kind(told: str, path: Path, name: str) -> str:
    if told.lower() not in KINDS:
        raise ValueError(f"{csvdata.SCHEMA_FILE}: {path.stem}.{name}: no type is called {told}")
    return KINDS[told.lower()]


def _values(path: Path, name: str) -> list[str]:
    lines = csvdata.rows(path)
    place = next(lines).index(name)
    return list(dict.fromkeys(part for row in lines for part in row[place].split(";") if part))


def _load_type(
    portal: Portal,
    type: ObjectType,
    path: Path,
    columns: Columns,
    hanging: list[tuple[ObjectType, int, ObjectType, str, bool, str]],
) -> None:
    table, unique = portal.table(type), portal.unique_names(type)
    checker = Checker(portal.catalogue(type), _Anyone(), portal.pipelines)
    lines = csvdata.rows(path)
    next(lines)
    loaded = {}
    for number, row in enumerate(lines, 2):
        where = f"{path.name}:{number}"
        record_id = portal.new_id(row[columns.id] if columns.id is not None else "")
        if record_id in table.live:
            raise ValueError(f"{where}: there is a {type.singular} {record_id} already")
        given = {name: row[place] for place, name in columns.properties.items() if row[place]}
        try:
            kept = checker.kept(_by_ids(portal, type, given), person=True)
            new = portal.after(type, {"hs_object_id": str(record_id)}, kept)
        except Refusal as refusal:
            raise ValueError(f"{where}: {refusal.message}") from refusal
        table.hold(unique, {}, new, record_id)
        table.live[record_id] = Record(record_id, new)
        loaded[record_id] = new
        for place, other in columns.links.items():
            ids = [part.strip() for part in row[place].split(";") if part.strip()]
            hanging += [(type, record_id, other, to, n == 0, where) for n, to in enumerate(ids)]
    table.index.load(loaded)


def _by_ids(portal: Portal, type: ObjectType, given: dict[str, str]) -> dict[str, str]:
    """Deals may name their stage and pipeline by label."""
    if type.name != "deals":
        return given
    pipeline = portal.pipelines.find(given.get("pipeline", ""))
    if pipeline is not None:
        given = {**given, "pipeline": pipeline.id}
    for candidate in [pipeline] if pipeline else portal.pipelines.by_id.values():
        stage = candidate.stage(given.get("dealstage", ""))
        if stage is not None:
            return {**given, "dealstage": stage.id}
    return given
