"""Tells a field that field-level security hides from one that does not exist.

A describe leaves both out. The Tooling API lists the org's own fields whatever the user may see
of their values, where it lets the user ask at all.
"""

from __future__ import annotations

from collections.abc import Sequence

from connectors.errors import CrmError
from connectors.salesforce import soql
from connectors.salesforce.client import Client

_CUSTOM = "__c"


def hidden(client: Client, type: str, names: Sequence[str]) -> set[str]:
    """Which of these fields, all absent from the describe of `type`, exist nevertheless.

    Empty where nobody can tell: only custom fields of standard objects are listed by name, a
    custom object's own are listed by its id.
    """
    wanted = {name.removesuffix(_CUSTOM).lower(): name for name in names if _is_custom(name)}
    if not wanted or type.endswith(_CUSTOM):
        return set()
    table = "Activity" if type in ("Task", "Event") else type
    where = f"TableEnumOrId = {soql.text(table)}"
    query = soql.select(("DeveloperName",), "CustomField", where)
    try:
        answer = client.call("GET", "tooling/query/", kind="other", params={"q": query})
    except CrmError:
        return set()
    rows = answer.get("records") if isinstance(answer, dict) else None
    found = {str(row.get("DeveloperName")).lower() for row in rows or () if isinstance(row, dict)}
    return {name for key, name in wanted.items() if key in found}


def _is_custom(name: str) -> bool:
    return soql.is_name(name) and name.endswith(_CUSTOM)
