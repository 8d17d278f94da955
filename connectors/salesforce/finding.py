"""Which of our tasks already stand in the org: by their key, and never by how they look."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from connectors.base import Push
from connectors.salesforce import drafts, soql
from connectors.salesforce.client import Client
from connectors.salesforce.names import KEY_FIELD, MARKER
from connectors.salesforce.scanning import Scan
from connectors.salesforce.schema import Schemas


def find(client: Client, schemas: Schemas, creates: Sequence[Push]) -> dict[str, str | None]:
    """See `Connector.find`. Deleted and archived tasks count: a task that a person deleted is
    not to be made again, and `query` alone would hide an archived one."""
    tasks = [(one.id, one.task) for one in creates if one.task is not None]
    schema = schemas.get("Task")
    if drafts.has_key(schema):
        standing = _by_key(client, [task.key for _, task in tasks])
    else:
        parents = [(drafts.parent(task, schema), task) for _, task in tasks]
        standing = _by_parent(client, "WhatId", [parent for parent, _ in parents])
        orphans = [task.contact_id for parent, task in parents if parent is None]
        standing = {**_by_parent(client, "WhoId", orphans), **standing}
    return {push_id: standing.get(task.key) for push_id, task in tasks}


def _by_key(client: Client, keys: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for where in soql.in_lists(KEY_FIELD, list(dict.fromkeys(keys))):
        rows = _rows(client, ("Id", KEY_FIELD, "IsDeleted"), where)
        _keep(found, ((str(row.get(KEY_FIELD) or ""), row) for row in rows))
    return found


def _by_parent(client: Client, field: str, ids: Iterable[str | None]) -> dict[str, str]:
    """Where the org has no key field, the key is the last line of the body. A body cannot be
    searched by a query, so all tasks of these parents are looked at."""
    found: dict[str, str] = {}
    parents = list(dict.fromkeys(one for one in ids if one))
    for where in soql.in_lists(field, parents):
        rows = _rows(client, ("Id", "Description", "IsDeleted"), where)
        marked = ((re.findall(MARKER, str(row.get("Description") or "")), row) for row in rows)
        _keep(found, ((keys[-1], row) for keys, row in marked if keys))
    return found


def _keep(found: dict[str, str], keyed: Iterable[tuple[str, dict[str, Any]]]) -> None:
    """A living task goes before a deleted one of the same key."""
    for key, row in keyed:
        if row.get("IsDeleted") is not True or key not in found:
            found[key] = str(row["Id"])


def _rows(client: Client, fields: tuple[str, ...], where: str) -> Iterable[dict[str, Any]]:
    for rows, _, _ in Scan(client, soql.select(fields, "Task", where), all_rows=True):
        yield from rows
