"""One batch of pushes as one write call, and what became of each row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from connectors.base import Push, PushKind, PushResult, Settled
from connectors.errors import OutcomeUnknown
from connectors.hubspot import bodies, settling
from connectors.hubspot.answers import Refusal
from connectors.hubspot.api import Api
from connectors.hubspot.drafts import (
    STATUS_DONE,
    change_properties,
    create_properties,
    key_of,
    property_name,
    with_note,
)
from connectors.hubspot.finding import Finder, anchors
from connectors.hubspot.paths import TASKS, type_name
from connectors.hubspot.schema import Schema
from connectors.hubspot.values import instant, text
from rules.model import Field, TaskDraft

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Update:
    """A row of a batch update; `pushes` are all that concern this record."""

    record_id: str
    properties: Mapping[str, str]
    pushes: tuple[Push, ...]


class Writer:
    def __init__(self, api: Api, schema: Schema, finder: Finder) -> None:
        self._api = api
        self._schema = schema
        self._finder = finder

    def push(self, batch: Sequence[Push]) -> list[PushResult]:
        if not batch:
            return []
        if batch[0].kind is PushKind.TASK_CREATE:
            return self._create(batch)
        if batch[0].kind is PushKind.FIELD:
            return self._fields(batch)
        return self._change_tasks(batch)

    def _create(self, batch: Sequence[Push]) -> list[PushResult]:
        """Trace ids make HubSpot answer row by row (207) instead of refusing the whole call."""
        with_key = property_name(Field.KEY) in self._schema.properties(TASKS)
        inputs = [
            bodies.create_input(
                create_properties(_task(push), with_key), self._links(_task(push)), push.id
            )
            for push in batch
        ]
        path = self._api.routes.object_(TASKS, "batch", "create")
        try:
            answer = self._api.call(
                "write", "POST", path, json=bodies.batch_create(inputs), creates=True
            )
        except Refusal as refusal:
            self._schema.forget(TASKS)
            return self._with_taken_keys(
                batch, settling.whole_batch(refusal.body, batch), [refusal.body]
            )
        return self._created(batch, answer)

    def _links(self, task: TaskDraft) -> list[tuple[str, int]]:
        links = [
            (record_id, type_id)
            for to_type, record_id in anchors(task)
            if (type_id := self._schema.task_link(to_type)) is not None
        ]
        return list(dict.fromkeys(links))

    def _created(self, batch: Sequence[Push], answer: Row) -> list[PushResult]:
        results, errors = _results(answer), _errors(answer)
        failed = settling.named_rows(errors, batch)
        by_key = {key: row for row in results if (key := key_of(row.get("properties") or {}))}
        if not errors and len(results) == len(batch) and not by_key:
            by_key = {_task(push).key: row for push, row in zip(batch, results, strict=True)}
        settled = []
        for push in batch:
            row = by_key.get(_task(push).key)
            if row is not None:
                settled.append(_delivered(push, row))
            elif push.id in failed:
                settled.append(settling.row_error(push, failed[push.id]))
            else:
                raise OutcomeUnknown("HubSpot's answer does not say what became of every new task")
        return self._with_taken_keys(batch, settled, errors)

    def _with_taken_keys(
        self, batch: Sequence[Push], settled: list[PushResult], errors: Sequence[Row]
    ) -> list[PushResult]:
        """A task that was refused because our key stands already is delivered, if it does."""
        if not any(settling.key_is_taken(error) for error in errors):
            return settled
        open_ = {one.push_id for one in settled if one.settled is not Settled.DELIVERED}
        found = self._finder.by_key([push for push in batch if push.id in open_])
        return [
            PushResult(one.push_id, Settled.DELIVERED, crm_id=found[one.push_id])
            if one.push_id in found
            else one
            for one in settled
        ]

    def _fields(self, batch: Sequence[Push]) -> list[PushResult]:
        record_type = type_name(batch[0].ref.type if batch[0].ref else "")
        existing = self._schema.properties(record_type)
        left_out: dict[str, tuple[Field, ...]] = {}
        rows = []
        for push in batch:
            names = {field: property_name(field) for field in push.values}
            writable = [
                field
                for field, name in names.items()
                if name in existing and not existing[name].read_only
            ]
            left_out[push.id] = tuple(field for field in push.values if field not in writable)
            properties = {names[field]: push.values[field] or "" for field in writable}
            rows.append((push, properties))
        return [
            replace(
                one, left_out=left_out[one.push_id], sentence=one.sentence or _left_out(record_type)
            )
            if left_out[one.push_id]
            else one
            for one in self._update(record_type, rows)
        ]

    def _change_tasks(self, batch: Sequence[Push]) -> list[PushResult]:
        bodies_now = self._bodies([push for push in batch if push.note])
        zone = self._schema.account().zone
        rows = []
        for push in batch:
            properties = change_properties(push.change, zone) if push.change else {}
            if push.kind is PushKind.TASK_CLOSE:
                properties["hs_task_status"] = STATUS_DONE
            task_id = push.ref.id if push.ref else ""
            if push.note and task_id in bodies_now:
                properties["hs_task_body"] = with_note(bodies_now[task_id], push.note)
            rows.append((push, properties))
        return self._update(TASKS, rows)

    def _bodies(self, pushes: Sequence[Push]) -> dict[str, str]:
        """Present bodies: a person may have written into them."""
        ids = list(dict.fromkeys(push.ref.id for push in pushes if push.ref))
        found = self._api.batch_read(TASKS, ids, ["hs_task_body"])
        return {
            str(row.get("id")): text((row.get("properties") or {}).get("hs_task_body")) or ""
            for row in found
        }

    def _update(
        self, type: str, rows: Sequence[tuple[Push, Mapping[str, str]]]
    ) -> list[PushResult]:
        updates = _by_record(rows)
        settled: dict[str, PushResult] = {
            push.id: PushResult(
                push.id, Settled.DELIVERED, crm_id=push.ref.id if push.ref else None
            )
            for push, properties in rows
            if not properties
        }
        if updates:
            for one in self._sent(type, updates):
                settled[one.push_id] = one
        return [settled[push.id] for push, _ in rows]

    def _sent(self, type: str, updates: Sequence[_Update]) -> list[PushResult]:
        leaders = [update.pushes[0] for update in updates]
        json = bodies.batch_update(
            [(one.record_id, one.properties, one.pushes[0].id) for one in updates]
        )
        path = self._api.routes.object_(type, "batch", "update")
        try:
            answer = self._api.call("write", "POST", path, json=json)
        except Refusal as refusal:
            self._schema.forget(type)
            settled = settling.whole_batch(refusal.body, leaders)
            if refusal.status == 404 and len(leaders) == 1:
                settled = [replace(settled[0], settled=Settled.GONE)]
        else:
            settled = self._updated(type, leaders, answer)
        return [
            replace(one, push_id=push.id)
            for one, update in zip(settled, updates, strict=True)
            for push in update.pushes
        ]

    def _updated(self, type: str, leaders: Sequence[Push], answer: Row) -> list[PushResult]:
        """Rows that no error names went through; a merged record answers under another id."""
        results, errors = _results(answer), _errors(answer)
        failed = settling.named_rows(errors, leaders)
        by_id = {str(row.get("id")): row for row in results}
        all_told = len(results) + len(failed) >= len(leaders)
        if failed:
            self._schema.forget(type)
        settled = []
        for push in leaders:
            row = by_id.get(push.ref.id if push.ref else "")
            if push.id in failed:
                settled.append(settling.row_error(push, failed[push.id]))
            elif row is not None or all_told:
                settled.append(_delivered(push, row or {}))
            else:
                sentence = "HubSpot's answer does not say what became of this row"
                settled.append(PushResult(push.id, Settled.RETRY, sentence=sentence))
        return settled


def _task(push: Push) -> TaskDraft:
    if push.task is None:
        raise ValueError(f"push {push.id} is to create a task and has none")
    return push.task


def _by_record(rows: Sequence[tuple[Push, Mapping[str, str]]]) -> list[_Update]:
    """One row per record: HubSpot refuses a batch in which an id stands twice."""
    found: dict[str, _Update] = {}
    for push, properties in rows:
        if not properties or push.ref is None:
            continue
        kept = found.get(push.ref.id, _Update(push.ref.id, {}, ()))
        found[push.ref.id] = _Update(
            push.ref.id, {**kept.properties, **properties}, (*kept.pushes, push)
        )
    return list(found.values())


def _delivered(push: Push, row: Row) -> PushResult:
    asked = push.ref.id if push.ref else None
    at: datetime | None = instant(row.get("updatedAt")) or instant(row.get("createdAt"))
    return PushResult(
        push.id,
        Settled.DELIVERED,
        crm_id=asked or (str(row["id"]) if row.get("id") else None),
        modified_at=at,
    )


def _left_out(type: str) -> str:
    return f"some of our fields do not exist on {type}, or are read-only: run winback provision"


def _results(answer: Row) -> list[Row]:
    found = answer.get("results")
    if not isinstance(found, list):
        raise OutcomeUnknown("HubSpot's answer to a write has no list of results")
    return [row for row in found if isinstance(row, Mapping)]


def _errors(answer: Row) -> list[Row]:
    found = answer.get("errors")
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []
