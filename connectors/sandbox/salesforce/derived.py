"""Fields that Salesforce fills by itself: closed and won from the stage, a task's account ..."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta

from connectors.sandbox.salesforce.records import Records, Row

_Rule = Callable[[Row, Row, Records], None]


def derive(type: str, row: Row, old: Row | None, records: Records) -> None:
    """Fill the derived fields of `row`, which is about to be stored; `old` is what it replaces."""
    rule = _RULES.get(type)
    if rule is not None:
        rule(row, old or {}, records)


def setup_row(records: Records, object_name: str, label: str | None) -> Row | None:
    """The row of OpportunityStage, TaskStatus or ContractStatus with this label."""
    table = records.tables.get(object_name)
    if table is None or label is None:
        return None
    wanted = label.casefold()
    for row in table.rows.values():
        names = (row.get("MasterLabel"), row.get("ApiName"))
        if any(name and name.casefold() == wanted for name in names) and not row.get("IsDeleted"):
            return row
    return None


def _opportunity(row: Row, old: Row, records: Records) -> None:
    if old and row.get("StageName") != old.get("StageName"):
        row["LastStageChangeDate"] = row["LastModifiedDate"]
    elif old and "IsClosed" in old:
        return
    stage = setup_row(records, "OpportunityStage", row.get("StageName")) or {}
    row["IsClosed"] = bool(stage.get("IsClosed"))
    row["IsWon"] = bool(stage.get("IsWon"))
    if row["IsClosed"]:
        row["ForecastCategory"] = "Closed" if row["IsWon"] else "Omitted"
    else:
        row["ForecastCategory"] = "Pipeline"
    if row.get("Probability") == old.get("Probability") and "DefaultProbability" in stage:
        row["Probability"] = stage["DefaultProbability"]


def _task(row: Row, old: Row, records: Records) -> None:
    status = setup_row(records, "TaskStatus", row.get("Status")) or {}
    row["IsClosed"] = bool(status.get("IsClosed"))
    row["IsHighPriority"] = row.get("Priority") == "High"
    if row["IsClosed"] and not old.get("IsClosed"):
        row.setdefault("CompletedDateTime", row["LastModifiedDate"])
    elif not row["IsClosed"]:
        row.pop("CompletedDateTime", None)
    _activity(row, old, records)
    if row["IsClosed"] and row.get("ActivityDate"):
        _note_activity(row, records)


def _activity(row: Row, old: Row, records: Records) -> None:
    moved = any(row.get(name) != old.get(name) for name in ("WhatId", "WhoId"))
    if not old or moved:
        account = _account_of(row.get("WhatId"), records) or _account_of(row.get("WhoId"), records)
        row.pop("AccountId", None)
        if account:
            row["AccountId"] = account


def _account_of(id: str | None, records: Records) -> str | None:
    found = records.find(id) if id else None
    if found is None:
        return None
    table, parent = found
    if table.definition.name == "Account":
        return id
    for definition in table.definition.fields.values():
        if definition.reference_to == ("Account",) and definition.name != "MasterRecordId":
            account: str | None = parent.get(definition.name)
            return account
    return None


def _note_activity(row: Row, records: Records) -> None:
    """A closed task moves the last activity of what it hangs on, without a stamp of change."""
    for name in ("WhatId", "WhoId", "AccountId"):
        found = records.find(row[name]) if row.get(name) else None
        if found is None or found[0].definition.field("LastActivityDate") is None:
            continue
        table, parent = found
        if (parent.get("LastActivityDate") or "") < row["ActivityDate"]:
            records.put(table, {**parent, "LastActivityDate": row["ActivityDate"]})


def _contract(row: Row, old: Row, records: Records) -> None:
    status = setup_row(records, "ContractStatus", row.get("Status")) or {}
    row["StatusCode"] = status.get("StatusCode", "Draft")
    if row["StatusCode"] == "Activated":
        row.setdefault("ActivatedDate", row["LastModifiedDate"])
    row.setdefault("ContractNumber", f"{int(row['Id'][6:12], 36) % 10**8:08d}")
    terms = ("StartDate", "ContractTerm")
    changed = any(row.get(name) != old.get(name) for name in terms)
    given = row.get("EndDate") != old.get("EndDate")
    if changed and not given and row.get("StartDate") and row.get("ContractTerm"):
        row["EndDate"] = _months_on(row["StartDate"], row["ContractTerm"]).isoformat()


def _months_on(start: str, months: int) -> date:
    """The last day of a term of so many months."""
    first = date.fromisoformat(start)
    years, month = divmod(first.month - 1 + months, 12)
    year = first.year + years
    day = min(first.day, monthrange(year, month + 1)[1])
    return date(year, month + 1, day) - timedelta(days=1)


def _person(row: Row, _old: Row, _records: Records) -> None:
    parts = [row[name] for name in ("FirstName", "LastName") if row.get(name)]
    if parts:
        row["Name"] = " ".join(parts)


_RULES: dict[str, _Rule] = {
    "Opportunity": _opportunity,
    "Task": _task,
    "Event": _activity,
    "Contract": _contract,
    "Contact": _person,
    "User": _person,
}
