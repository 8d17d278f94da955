"""CSV files into the org's tables: no refusals, no ledger, quick and small in memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from connectors.sandbox import csvdata
from connectors.sandbox.salesforce.derived import derive, setup_row
from connectors.sandbox.salesforce.faults import RowFault
from connectors.sandbox.salesforce.fields import FieldDef, Option, stamp, wire_value
from connectors.sandbox.salesforce.ids import full
from connectors.sandbox.salesforce.records import Records, Row
from connectors.sandbox.salesforce.schema import ObjectDef, Schema
from connectors.sandbox.salesforce.writing import Writer, with_defaults
from connectors.sandbox.world import World

_FIRST = ("User", "OpportunityStage", "TaskStatus", "ContractStatus", "Account", "Contact")
_LAST = ("Task", "Event")
_TYPES = {"number": "double", "text": "string"}
_REMEMBERED = 20_000  # values of a column that are converted once and shared


class Target(Protocol):
    """The org that is filled."""

    world: World
    schema: Schema
    records: Records
    writer: Writer

    def define_object(self, name: str) -> ObjectDef: ...

    def after_write(self, type: str) -> None: ...


class Loader:
    def __init__(self, org: Target) -> None:
        self.org = org

    def load(self, folder: Path) -> dict[str, int]:
        """Records loaded per object. Raises ValueError with file and line for a bad value."""
        told = csvdata.schema(folder)
        paths = [path for path in csvdata.files(folder) if csvdata.is_salesforce(path.stem)]
        for path in paths:
            if self.org.schema.object(path.stem) is None:
                self.org.define_object(path.stem)
        for name, fields in told.items():
            if csvdata.is_salesforce(name):
                self._declare(name, fields)
        counts = {}
        for path in sorted(paths, key=_turn):
            counts[path.stem] = self._load_file(path)
            self.org.after_write(path.stem)
        return counts

    def _declare(self, name: str, fields: dict[str, dict[str, Any]]) -> None:
        owner = self.org.schema.object(name) or self.org.define_object(name)
        for field_name, told in fields.items():
            owner.add(_told_field(field_name, told))

    def _load_file(self, path: Path) -> int:
        owner = self.org.schema.object(path.stem)
        if owner is None:
            return 0
        lines = csvdata.rows(path)
        header = next(lines)
        unknown = {name for name in header if name and owner.field(name) is None}
        for column in csvdata.columns(path, unknown) if unknown else ():
            owner.add(self._guessed(column))
        readers = [_reader(owner.field(name)) if name else None for name in header]
        count = 0
        for number, line in enumerate(lines, 2):
            row: Row = {}
            try:
                for text, reader in zip(line, readers, strict=True):
                    if text and reader is not None:
                        name, convert = reader
                        row[name] = convert(text)
            except RowFault as fault:
                raise ValueError(f"{path}:{number}: {fault.message}") from fault
            self._put(owner, row)
            count += 1
        return count

    def _put(self, owner: ObjectDef, given: Row) -> None:
        row = with_defaults(owner, given)
        if "Id" not in row:
            row["Id"] = self.org.writer.new_id(owner)
        now = stamp(self.org.world.clock.now())
        row.setdefault("CreatedDate", now)
        row.setdefault("LastModifiedDate", now)
        row.setdefault("SystemModstamp", now)
        user = self.org.writer.user_id
        if owner.field("OwnerId") is not None:
            row.setdefault("OwnerId", user)
        row.setdefault("CreatedById", user)
        row.setdefault("LastModifiedById", user)
        if owner.name == "Opportunity":
            self._learn_stage(row)
        derive(owner.name, row, None, self.org.records)
        row.update(given)
        self.org.records.table(owner).put(row)

    def _learn_stage(self, row: Row) -> None:
        """A stage that the org does not know yet is what the file says of it."""
        label = row.get("StageName")
        if label is None or setup_row(self.org.records, "OpportunityStage", label):
            return
        stages = self.org.schema.object("OpportunityStage")
        if stages is not None:
            told: Row = {name: row[name] for name in ("IsClosed", "IsWon") if name in row}
            self._put(stages, {"MasterLabel": label, "ApiName": label, **told})

    def _guessed(self, column: csvdata.Column) -> FieldDef:
        name, kind = column.name, column.kind
        target = self._target(column)
        if target is not None:
            return _told_field(name, {"type": "reference", "referenceTo": [target]})
        if kind == "text" and column.longest > 255:
            return FieldDef(name, "textarea", length=32_768)
        return FieldDef(name, _TYPES.get(kind, kind), length=255 if kind == "text" else 0)

    def _target(self, column: csvdata.Column) -> str | None:
        """The object that an id column points at: by its name, or by what its values are."""
        bare = column.name.removesuffix("__c")
        bare = bare.removesuffix("Id") if bare == column.name else bare
        if bare != column.name:
            for name in (bare, bare + "__c"):
                if (found := self.org.schema.object(name)) is not None:
                    return found.name
        types = set()
        for value in column.sample:
            located = self.org.records.find(full(value))
            types.add(None if located is None else located[0].definition.name)
        return types.pop() if len(types) == 1 else None


def _turn(path: Path) -> tuple[int, str]:
    """Parents before children, activities last."""
    name = path.stem
    if name in _FIRST:
        return _FIRST.index(name), name
    return len(_FIRST) + (name in _LAST), name


def _told_field(name: str, told: dict[str, Any]) -> FieldDef:
    """A field from `_schema.json`."""
    type = told.get("type", "string")
    made = FieldDef(name, _TYPES.get(type, type), label=told.get("label", ""))
    made.length = told.get("length", made.length if made.type == "string" else 0)
    made.restricted = told.get("restricted", False)
    made.required = told.get("required", False)
    made.external_id = told.get("externalId", False)
    made.unique = told.get("unique", False)
    made.options = [Option(str(value), str(value)) for value in told.get("values", ())]
    made.reference_to = tuple(told.get("referenceTo", ()))
    if made.type == "reference":
        made.length = 18
        custom = made.custom
        made.relationship = name.removesuffix("__c") + "__r" if custom else name.removesuffix("Id")
    return made


def _reader(definition: FieldDef | None) -> tuple[str, Callable[[str], Any]] | None:
    """The field's name and how its text becomes a value; equal values share one object."""
    if definition is None:
        return None
    seen: dict[str, Any] = {}

    def convert(text: str) -> Any:
        if text in seen:
            return seen[text]
        value = wire_value(definition, text)
        if len(seen) < _REMEMBERED:
            seen[text] = value
        return value

    return definition.name, convert
