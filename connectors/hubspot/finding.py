"""Which of our new tasks already stand in HubSpot, after an answer that never came.

Read by our unique key where the portal takes one on tasks, else through the associations of the
record that the task hangs on: those are the truth, the search index lags.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from connectors.base import Push
from connectors.hubspot.api import Api, records
from connectors.hubspot.drafts import key_of, property_name
from connectors.hubspot.mapping import target_id
from connectors.hubspot.paths import COMPANIES, CONTACTS, TASKS, type_name
from connectors.hubspot.schema import Schema
from rules.model import Field, TaskDraft

_KEY: Final = property_name(Field.KEY)
_PROPERTIES: Final = ("hs_task_body", _KEY)


def anchors(task: TaskDraft) -> list[tuple[str, str]]:
    """(type, id) of the records that a task hangs on, the one with the fewest tasks first."""
    found = []
    if task.record is not None and type_name(task.record.type) not in (COMPANIES, CONTACTS):
        found.append((type_name(task.record.type), task.record.id))
    if task.contact_id:
        found.append((CONTACTS, task.contact_id))
    if task.account_id:
        found.append((COMPANIES, task.account_id))
    return found


class Finder:
    def __init__(self, api: Api, schema: Schema) -> None:
        self._api = api
        self._schema = schema

    def find(self, creates: Sequence[Push]) -> dict[str, str | None]:
        found: dict[str, str | None] = {push.id: None for push in creates}
        found.update(self.by_key(creates))
        for looked in (self._by_association, self._by_search):
            left = [push for push in creates if found[push.id] is None]
            if left:
                found.update(looked(left))
        return found

    def by_key(self, creates: Sequence[Push]) -> dict[str, str]:
        """Push id -> task id of those found by our property, where it is unique."""
        key = self._schema.properties(TASKS).get(_KEY)
        if key is None or not key.unique:
            return {}
        keys = list(_by_key(creates))
        read = self._api.batch_read(TASKS, keys, _PROPERTIES, id_property=_KEY)
        return _matched(creates, read)

    def _by_association(self, creates: Sequence[Push]) -> dict[str, str]:
        """The record with the fewest tasks first; what is not there is looked for on the
        account, where a task stands alone if its deal was gone when it was made."""
        found: dict[str, str] = {}
        for place in (0, -1):
            left = [push for push in creates if push.id not in found]
            hung = {push.id: self._linked(push) for push in left}
            wanted: dict[str, dict[str, None]] = {}
            for push in left:
                if hung[push.id] and (place == 0 or len(hung[push.id]) > 1):
                    to_type, record_id = hung[push.id][place]
                    wanted.setdefault(to_type, {})[record_id] = None
            found |= _matched(left, self._tasks_on(wanted))
        return found

    def _tasks_on(self, wanted: Mapping[str, Iterable[str]]) -> Iterator[Mapping[str, Any]]:
        task_ids: dict[str, None] = {}
        for from_type, ids in wanted.items():
            for targets in self._api.associations(from_type, TASKS, list(ids)).values():
                found = (target_id(target) for target in targets)
                task_ids.update(dict.fromkeys(one for one in found if one))
        return self._api.batch_read(TASKS, list(task_ids), _PROPERTIES)

    def _by_search(self, creates: Sequence[Push]) -> dict[str, str]:
        """Only for tasks that hang on nothing, which no association leads to; the caller's
        grace is longer than the index lags."""
        found: dict[str, str] = {}
        if _KEY not in self._schema.properties(TASKS):
            return found
        for push in creates:
            if push.task is not None and not self._linked(push):
                groups = [[(_KEY, "EQ", push.task.key)]]
                found |= _matched([push], records(self._api.search(TASKS, groups, _PROPERTIES)))
        return found

    def _linked(self, push: Push) -> list[tuple[str, str]]:
        """The records that the task was to hang on, the account last."""
        candidates = anchors(push.task) if push.task else []
        return [one for one in candidates if self._schema.task_link(one[0]) is not None]


def _by_key(creates: Iterable[Push]) -> dict[str, str]:
    return {push.task.key: push.id for push in creates if push.task is not None}


def _matched(creates: Iterable[Push], tasks: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    wanted = _by_key(creates)
    found: dict[str, str] = {}
    for row in tasks:
        key = key_of(row.get("properties") or {})
        if key in wanted:
            found.setdefault(wanted[key], str(row.get("id")))
    return found
