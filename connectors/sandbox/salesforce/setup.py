"""What every org has before anybody writes: itself, its administrator, stages, statuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors.sandbox.salesforce.ids import IdMaker, full
from connectors.sandbox.salesforce.records import Records, Row
from connectors.sandbox.salesforce.standard import STAGES, TASK_STATUSES

ADMIN_ID = full("005Wb0000000000")
ORGANIZATION_ID = full("00DWb0000000001")
_CONTRACT_STATUSES = (
    ("In Approval Process", "InApproval"),
    ("Activated", "Activated"),
    ("Draft", "Draft"),
)


def setup_rows(ids: IdMaker, now: str) -> Iterator[tuple[str, Row]]:
    """(object, row) of everything that is there from the start."""

    def row(prefix: str, **fields: Any) -> Row:
        stamps = {"CreatedDate": now, "LastModifiedDate": now, "SystemModstamp": now}
        by = {"CreatedById": ADMIN_ID, "LastModifiedById": ADMIN_ID}
        return {"Id": ids.next(prefix), **stamps, **by, **fields}

    yield (
        "Organization",
        row(
            "00D",
            Id=ORGANIZATION_ID,
            Name="Winback Sandbox",
            OrganizationType="Developer Edition",
            IsSandbox=True,
            DefaultLocaleSidKey="en_US",
            TimeZoneSidKey="Europe/Berlin",
            LanguageLocaleKey="en_US",
        ),
    )
    yield (
        "User",
        row(
            "005",
            Id=ADMIN_ID,
            Username="winback@sandbox.example",
            FirstName="Winback",
            LastName="Integration",
            Name="Winback Integration",
            Email="winback@sandbox.example",
            IsActive=True,
            TimeZoneSidKey="Europe/Berlin",
            UserType="Standard",
        ),
    )
    for place, (label, closed, won, probability) in enumerate(STAGES, 1):
        yield (
            "OpportunityStage",
            row(
                "01J",
                MasterLabel=label,
                ApiName=label,
                IsActive=True,
                IsClosed=closed,
                IsWon=won,
                DefaultProbability=float(probability),
                SortOrder=place,
            ),
        )
    for place, (label, closed, default) in enumerate(TASK_STATUSES, 1):
        yield (
            "TaskStatus",
            row(
                "01S",
                MasterLabel=label,
                ApiName=label,
                IsClosed=closed,
                IsDefault=default,
                SortOrder=place,
            ),
        )
    for label, code in _CONTRACT_STATUSES:
        yield "ContractStatus", row("01O", MasterLabel=label, ApiName=label, StatusCode=code)


def special_rows(records: Records, user_id: str) -> dict[tuple[str, str], bool]:
    """(object, field) -> may also edit, by the permission sets that the user has."""

    def living(type: str) -> list[Row]:
        table = records.tables.get(type)
        return [] if table is None else [r for r in table.rows.values() if not r.get("IsDeleted")]

    mine = {
        row.get("PermissionSetId")
        for row in living("PermissionSetAssignment")
        if row.get("AssigneeId") == user_id
    }
    grants: dict[tuple[str, str], bool] = {}
    for row in living("FieldPermissions"):
        if row.get("ParentId") not in mine or not row.get("PermissionsRead"):
            continue
        object_name, _, field_name = row["Field"].partition(".")
        # Salesforce does not say on which name the fields of Activity hang: any will do.
        activity = object_name in ("Activity", "Task", "Event")
        for owner in ("Task", "Event") if activity else (object_name,):
            edit = bool(row.get("PermissionsEdit"))
            grants[owner, field_name] = grants.get((owner, field_name), False) or edit
    return grants
