"""What a rule file asks for and the store has never seen: a replay would take it for empty."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy import Connection

from integration.interest import streams
from integration.store.identity import Types
from integration.store.tables import records
from rules.ruleset import RuleSet

LOOKED_AT = 200
"""Records of a type that are looked at for a field: a field that all of them lack is unread."""


def unread(connection: Connection, crm: str, rules: RuleSet, types: Types) -> list[str]:
    """A sentence for every record type and field that is not there."""
    wanted = streams(rules, crm, types.account, types.customer_id)
    by_type: dict[str, set[str]] = {}
    for stream in wanted:
        by_type.setdefault(stream.type, set()).update(stream.fields)
    return [one for type, names in by_type.items() for one in _told(connection, crm, type, names)]


def _told(connection: Connection, crm: str, type: str, names: set[str]) -> Iterator[str]:
    query = (
        sa.select(records.c.snapshot)
        .where(records.c.crm == crm, records.c.type == type)
        .order_by(records.c.read_at.desc(), records.c.record_id)
        .limit(LOOKED_AT)
    )
    found = [row.get("fields") or {} for row in connection.execute(query).scalars()]
    if not found:
        yield f"{crm}: no {type} was read yet, so nothing that it tells is in here."
        return
    seen = {name for fields in found for name in fields}
    for name in sorted(names - seen):
        yield f"{crm}: {type}.{name} was not read yet, or is empty everywhere."
