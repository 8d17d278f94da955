"""Creates our fields, and the permission set that lets the running user see them. Idempotent.

Fields go through the Tooling API, which sets no field-level security: until a permission set
grants it, a new field is invisible even to who made it. Nothing that is not ours is touched and
no picklist value is dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.base import Unmade
from connectors.errors import CredentialsRefused, CrmError, Throttled, Unavailable
from connectors.salesforce import refusals, soql
from connectors.salesforce.client import Client
from connectors.salesforce.fieldset import OurField, our_fieldset
from connectors.salesforce.schema import FieldSchema, Schemas

PERMISSION_SET = "Winback"
_PLANNED_GRANT = (
    f"would let the permission set {PERMISSION_SET} see and edit these, and give it to the"
    " integration user"
)
_EXISTS = frozenset({"DUPLICATE_DEVELOPER_NAME", "DUPLICATE_VALUE"})


class Provision:
    """One run over one org."""

    def __init__(
        self,
        client: Client,
        schemas: Schemas,
        watched_types: Sequence[str],
        reasons: Sequence[tuple[str, str]],
    ) -> None:
        self._client = client
        self._schemas = schemas
        self._fields = our_fieldset(watched_types, reasons)

    def run(self, *, plan_only: bool) -> list[str]:
        """One sentence per change, made or (`plan_only`) to be made; one that fails says so,
        and the rest goes on."""
        self._schemas.forget()
        sentences: list[str] = []
        to_grant: list[OurField] = []
        for field in self._fields:
            shown = self._shown(field)
            if shown is None or not shown.updateable:
                to_grant.append(field)
                continue
            sentences += self._attempt(field, self._add_values(field, shown, plan_only=plan_only))
        if plan_only:
            return [*self._planned(to_grant), *sentences]
        granted = []
        for field in to_grant:
            made = list(self._attempt(field, self._create(field)))
            sentences += made
            if not any(isinstance(one, Unmade) for one in made):
                granted.append(field)
        if granted:
            sentences += self._attempt(f"the permission set {PERMISSION_SET}", self._grant(granted))
        return sentences

    def _planned(self, to_grant: Sequence[OurField]) -> Iterator[str]:
        if not to_grant:
            return
        permission_set = self._permission_set()
        read_only = self._read_only(permission_set) if permission_set else {}
        for field in to_grant:
            if _grant_of(field, read_only):
                yield f"would make {field} editable"
            else:
                yield f"would create or make visible {field}"
        yield _PLANNED_GRANT

    def _attempt(self, what: object, steps: Iterator[str]) -> Iterator[str]:
        try:
            yield from steps
        except (CredentialsRefused, Throttled, Unavailable):
            raise  # it would be the same for the rest
        except CrmError as error:
            yield Unmade(f"{what} could not be set up: {error}")

    def _shown(self, field: OurField) -> FieldSchema | None:
        schema = self._schemas.get(field.shown_on)
        return schema.find(field.name) if schema else None

    def _create(self, field: OurField) -> Iterator[str]:
        body = {"FullName": str(field), "Metadata": field.metadata()}
        try:
            self._client.call("POST", "tooling/sobjects/CustomField", kind="other", json=body)
        except refusals.Refusal as refusal:
            if refusal.code not in _EXISTS:
                raise
            return  # there already, only hidden
        yield f"created {field}"

    def _add_values(self, field: OurField, shown: FieldSchema, *, plan_only: bool) -> Iterator[str]:
        present = {value.lower() for value in shown.values}
        missing = [one for one in field.values if one[0].lower() not in present]
        if not missing or shown.type not in ("picklist", "multipicklist"):
            return
        names = ", ".join(value for value, _ in missing)
        if plan_only:
            yield f"would add to {field}: {names}"
            return
        for id, metadata in self._metadata(field):
            value_set = metadata.get("valueSet") or {}
            definition = value_set.get("valueSetDefinition")
            if not isinstance(definition, dict):
                yield Unmade(f"{field} uses a global value set: add {names} to it by hand")
                return
            added = [field.value(value, label) for value, label in missing]
            definition["value"] = [*(definition.get("value") or []), *added]
            self._client.call(
                "PATCH",
                f"tooling/sobjects/CustomField/{id}",
                kind="other",
                json={"Metadata": metadata},
            )
            yield f"added to {field}: {names}"

    def _metadata(self, field: OurField) -> Iterator[tuple[str, dict[str, Any]]]:
        """Id and present metadata. `TableEnumOrId` is an id for custom objects, so the full
        name is what tells the fields of several objects apart."""
        where = f"DeveloperName = {soql.text(field.name.removesuffix('__c'))}"
        query = soql.select(("Id",), "CustomField", where)
        rows = self._client.call("GET", "tooling/query/", kind="other", params={"q": query})
        for row in rows.get("records", []) if isinstance(rows, dict) else []:
            path = f"tooling/sobjects/CustomField/{row['Id']}"
            found = self._client.call("GET", path, kind="other")
            if isinstance(found, dict) and found.get("FullName") == str(field):
                yield str(row["Id"]), dict(found.get("Metadata") or {})
                return

    def _grant(self, fields: Sequence[OurField]) -> Iterator[str]:
        found = self._permission_set()
        read_only = self._read_only(found) if found else {}
        if found is None:
            body = {"Name": PERMISSION_SET, "Label": PERMISSION_SET}
            found = self._create_row("PermissionSet", body)
            yield f"created the permission set {PERMISSION_SET}"
        for field in fields:
            grant = _grant_of(field, read_only)
            steps = self._widen(grant, field) if grant else self._grant_field(found, field)
            yield from self._attempt(field, steps)
        yield from self._assign(found)

    def _permission_set(self) -> str | None:
        where = f"Name = {soql.text(PERMISSION_SET)}"
        return self._first(soql.select(("Id",), "PermissionSet", where))

    def _read_only(self, permission_set: str) -> dict[str, str]:
        """Full name in small letters -> id of the grant, of fields that our permission set shows
        without letting them be edited. A second grant of such a field is refused as a duplicate.
        """
        where = f"ParentId = {soql.text(permission_set)} AND PermissionsEdit = false"
        query = soql.select(("Id", "Field"), "FieldPermissions", where)
        rows = self._client.query(query, kind="other")["records"]
        return {str(row["Field"]).lower(): str(row["Id"]) for row in rows}

    def _widen(self, grant: str, field: OurField) -> Iterator[str]:
        path = f"sobjects/FieldPermissions/{grant}"
        body = {"PermissionsRead": True, "PermissionsEdit": True}
        self._client.call("PATCH", path, kind="other", json=body)
        yield f"made {field} editable to the permission set {PERMISSION_SET}"

    def _grant_field(self, permission_set: str, field: OurField) -> Iterator[str]:
        row = {"ParentId": permission_set, "PermissionsRead": True, "PermissionsEdit": True}
        try:
            # That a field of Activity is granted through Task is not confirmed: both are tried.
            self._create_row("FieldPermissions", {**row, **_address(field, field.shown_on)})
        except refusals.Refusal as refusal:
            if refusal.code in _EXISTS:
                return
            if field.shown_on == field.made_on:
                raise
            self._create_row("FieldPermissions", {**row, **_address(field, field.made_on)})
        yield f"made {field} visible and editable to the permission set {PERMISSION_SET}"

    def _assign(self, permission_set: str) -> Iterator[str]:
        user = self._running_user()
        if user is None:
            yield Unmade(
                f"assign the permission set {PERMISSION_SET} to the integration user by hand"
            )
            return
        body = {"PermissionSetId": permission_set, "AssigneeId": user}
        where = " AND ".join(f"{name} = {soql.text(value)}" for name, value in body.items())
        if self._first(soql.select(("Id",), "PermissionSetAssignment", where)) is None:
            self._create_row("PermissionSetAssignment", body)
            yield f"gave the permission set {PERMISSION_SET} to the integration user"

    def _running_user(self) -> str | None:
        user = self._client.user_id()
        username = self._client.settings.username
        if user is None and username is not None:
            where = f"Username = {soql.text(username)}"
            user = self._first(soql.select(("Id",), "User", where))
        return user

    def _first(self, query: str) -> str | None:
        rows = self._client.query(query, kind="other")["records"]
        return str(rows[0]["Id"]) if rows else None

    def _create_row(self, type: str, body: dict[str, Any]) -> str:
        made = self._client.call("POST", f"sobjects/{type}", kind="other", json=body)
        return str(made["id"])


def _address(field: OurField, type: str) -> dict[str, str]:
    return {"SobjectType": type, "Field": f"{type}.{field.name}"}


def _grant_of(field: OurField, grants: Mapping[str, str]) -> str | None:
    """The id among grants by full name; a field of Activity may stand there under either name."""
    names = (_address(field, type)["Field"].lower() for type in (field.shown_on, field.made_on))
    return next((grants[name] for name in names if name in grants), None)
