"""One batch of pushes as one write call, and what became of each row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from connectors.base import Push, PushKind, PushResult, Settled
from connectors.hubspot import bodies, settling
from connectors.hubspot.answers import Refusal
from connectors.hubspot.api import Api
from connectors.hubspot.creating import Creator
from connectors.hubspot.drafts import (
    STATUS_DONE,
    change_properties,
    property_name,
    with_note,
)
from connectors.hubspot.finding import Finder
from connectors.hubspot.paths import TASKS, type_name
from connectors.hubspot.schema import Schema
from connectors.hubspot.values import text
from rules.model import Field

Row = Mapping[str, Any]

_NOTHING_SENT: Final = "nothing to send"


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
        self._creator = Creator(api, schema, finder)

    def push(self, batch: Sequence[Push]) -> list[PushResult]:
        if not batch:
            return []
        if batch[0].kind is PushKind.TASK_CREATE:
            return self._creator.create(batch)
        if batch[0].kind is PushKind.FIELD:
            return self._fields(batch)
        return self._change_tasks(batch)

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
            _with_left_out(one, left_out[one.push_id], record_type)
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
                push.id,
                Settled.DELIVERED,
                crm_id=push.ref.id if push.ref else None,
                code=_NOTHING_SENT,
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
        results, errors = settling.results(answer), settling.errors(answer)
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
                settled.append(settling.delivered(push, row or {}))
            else:
                sentence = "HubSpot's answer does not say what became of this row"
                settled.append(PushResult(push.id, Settled.RETRY, sentence=sentence))
        return settled


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


def _with_left_out(result: PushResult, fields: tuple[Field, ...], type: str) -> PushResult:
    """A row of which nothing could be sent is refused: there was nothing to deliver."""
    if not fields:
        return result
    names = ", ".join(property_name(field) for field in fields)
    sentence = (
        f"{type} has no property {names} that winback may write: run `winback provision`, or make"
        " it editable."
    )
    if result.code == _NOTHING_SENT:
        return replace(result, settled=Settled.REFUSED, sentence=sentence, left_out=fields)
    return replace(result, sentence=result.sentence or sentence, left_out=fields)
