"""One batch of pushes written in one call, and each row settled by its own answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from connectors.base import Push, PushKind, PushResult, Settled
from connectors.errors import CrmError, OutcomeUnknown
from connectors.salesforce import drafts, refusals
from connectors.salesforce.anchors import Anchors
from connectors.salesforce.client import Client
from connectors.salesforce.error_table import ANCHOR_LOST, DUPLICATE_KEY
from connectors.salesforce.finding import find
from connectors.salesforce.names import FIELD_NAMES, FIELDS_BY_NAME, KEY_FIELD
from connectors.salesforce.schema import Schemas
from rules.model import Field

BATCH_LIMIT = 200
BATCH_REFUSED = "batch refused"
"""Code of rows whose whole batch was refused for the sake of one: send them one by one."""

_STALE_FIELD = frozenset({"INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE"})
_STALE = frozenset({*_STALE_FIELD, "INVALID_TYPE", "NOT_FOUND"})


@dataclass(frozen=True, slots=True)
class _Prepared:
    push: Push
    row: drafts.Row
    left_out: tuple[Field, ...] = ()

    @property
    def type(self) -> str:
        return str(self.row["attributes"]["type"])

    @property
    def is_empty(self) -> bool:
        """Nothing in it but which record it is."""
        return self.row.keys() <= {"attributes", "id"}


def push(client: Client, schemas: Schemas, batch: Sequence[Push]) -> list[PushResult]:
    """See `Connector.push`. One write call; notes on tasks cost one read before it."""
    bodies = _present_bodies(client, batch)
    prepared = [_prepare(one, schemas, bodies) for one in batch]
    settled = {one.push.id: _nothing_to_write(one) for one in prepared if one.is_empty}
    # Salesforce locks the account of a row while it writes it: rows of one account side by side.
    to_send = sorted((one for one in prepared if not one.is_empty), key=_locked_parent)
    if to_send:
        for result in _send(client, schemas, to_send):
            settled[result.push_id] = result
        lost = [one.push for one in to_send if _lost_its_anchor(one, settled[one.push.id])]
        for result in _hung_elsewhere(client, schemas, lost) if lost else ():
            settled[result.push_id] = result
    return [settled[one.id] for one in batch]


def _lost_its_anchor(one: _Prepared, result: PushResult) -> bool:
    refused = result.settled is Settled.REFUSED and result.code in ANCHOR_LOST
    return one.push.task is not None and refused


def _hung_elsewhere(client: Client, schemas: Schemas, lost: Sequence[Push]) -> list[PushResult]:
    """Tasks that were certainly not made, once more on what their accounts and contacts live on
    as. A failure of this call is theirs alone: the others of the batch stand, unless nobody
    knows what became of it."""
    anchors = Anchors.of(client, [one.task for one in lost if one.task is not None])
    results: list[PushResult] = []
    again: list[_Prepared] = []
    for one in lost:
        task = one.task
        if task is None:
            continue
        if anchors.is_deleted(task):
            sentence = "The account of the task has been deleted in Salesforce."
            results.append(PushResult(one.id, Settled.GONE, sentence=sentence))
        elif (moved := anchors.moved(task)) != task:
            again.append(_prepare(replace(one, task=moved), schemas, {}))
    if not again:
        return results
    try:
        return results + _send(client, schemas, sorted(again, key=_locked_parent))
    except OutcomeUnknown:
        raise
    except CrmError as error:
        return results + [
            PushResult(one.push.id, Settled.RETRY, sentence=str(error)) for one in again
        ]


def _present_bodies(client: Client, batch: Sequence[Push]) -> dict[str, str]:
    """The bodies of the tasks that are to get a note; one call for all of them."""
    ids = [one.ref.id for one in batch if one.note and one.ref is not None]
    if not ids:
        return {}
    body = {"ids": ids, "fields": ["Id", "Description"]}
    rows = client.call("POST", "composite/sobjects/Task", kind="read", json=body)
    if not isinstance(rows, list) or len(rows) != len(ids):
        return {}  # a note is worth having, not worth failing for
    found = zip(ids, rows, strict=True)
    return {id: str(row.get("Description") or "") for id, row in found if isinstance(row, dict)}


def _prepare(push: Push, schemas: Schemas, bodies: dict[str, str]) -> _Prepared:
    task = schemas.get("Task")
    if push.task is not None:
        status = task.find("Status") if task else None
        needed = status is not None and status.required
        default = schemas.task_status(closed=False) if needed else None
        return _Prepared(push, drafts.task_row(push.task, task, default))
    if push.ref is None:
        raise ValueError(f"push {push.id} names no record")
    if push.kind is PushKind.FIELD:
        row, left_out = drafts.field_row(push, push.ref, schemas.get(push.ref.type))
        return _Prepared(push, row, left_out)
    if push.change is not None:
        present = bodies.get(push.ref.id)
        return _Prepared(push, drafts.change_row(push.ref, push.change, task, push.note, present))
    closed = schemas.task_status(closed=True) or "Completed"
    return _Prepared(push, drafts.close_row(push.ref, closed, push.note, bodies.get(push.ref.id)))


def _nothing_to_write(one: _Prepared) -> PushResult:
    if one.push.kind is not PushKind.FIELD:
        return PushResult(one.push.id, Settled.DELIVERED, crm_id=str(one.row.get("id")))
    return PushResult(
        one.push.id,
        Settled.REFUSED,
        code="NO_FIELD",
        sentence=_not_there(one),
        left_out=one.left_out,
    )


def _not_there(one: _Prepared) -> str:
    names = ", ".join(FIELD_NAMES[field] for field in one.left_out)
    return (
        f"{one.type} has no field {names} that the integration user may edit: run `winback"
        " provision`, or give them access in the field-level security."
    )


def _locked_parent(one: _Prepared) -> tuple[str, str]:
    """The account first, in the order that other integrations load in as well."""
    task = one.push.task
    if task is not None:
        return task.account_id or "", task.contact_id or ""
    id = str(one.row["id"])
    return (id, "") if one.type == "Account" else (one.push.account_id or "", id)


def _send(client: Client, schemas: Schemas, rows: list[_Prepared]) -> list[PushResult]:
    method, path = "PATCH", "composite/sobjects"
    if rows[0].push.kind is PushKind.TASK_CREATE:
        if drafts.has_key(schemas.get("Task")):
            path = f"composite/sobjects/Task/{KEY_FIELD}"
        else:
            method = "POST"
    body = {"allOrNone": False, "records": [one.row for one in rows]}
    try:
        answers = client.call(method, path, kind="write", json=body)
    except refusals.Refusal as refusal:
        return _refused_whole(schemas, rows, refusal)
    if not isinstance(answers, list) or len(answers) != len(rows):
        raise OutcomeUnknown("Salesforce answered for another number of rows than were sent")
    results = [_settle(one, answer) for one, answer in zip(rows, answers, strict=True)]
    results = _with_known_fields(schemas, rows, results)
    return _with_standing_tasks(client, schemas, rows, results)


def _with_known_fields(
    schemas: Schemas, rows: list[_Prepared], results: list[PushResult]
) -> list[PushResult]:
    """A row refused for a field that has gone since we learnt the type is to be tried again
    without it."""
    refused = [
        one
        for one, result in zip(rows, results, strict=True)
        if result.settled is Settled.REFUSED and result.code in _STALE_FIELD
    ]
    for type in {one.type for one in refused}:
        schemas.forget(type)
    again = {one.push.id for one in refused if _names_a_gone_field(schemas, one)}
    return [
        replace(result, settled=Settled.RETRY) if result.push_id in again else result
        for result in results
    ]


def _names_a_gone_field(schemas: Schemas, one: _Prepared) -> bool:
    schema = schemas.get(one.type)
    names = one.row.keys() - {"attributes", "id"}
    return schema is None or any(schema.find(name) is None for name in names)


def _refused_whole(
    schemas: Schemas, rows: list[_Prepared], refusal: refusals.Refusal
) -> list[PushResult]:
    """Nothing of the batch was written. What we know of the type may be out of date."""
    if refusal.code in _STALE:
        for type in {one.type for one in rows}:
            schemas.forget(type)
    if len(rows) == 1 and refusal.code not in _STALE:
        error = refusals.RowError(refusal.code, refusal.words)
        return [_refused(rows[0], [error])]
    return [
        PushResult(one.push.id, Settled.RETRY, code=BATCH_REFUSED, sentence=str(refusal))
        for one in rows
    ]


def _settle(one: _Prepared, answer: Any) -> PushResult:
    if not isinstance(answer, dict) or "success" not in answer:
        raise OutcomeUnknown("Salesforce's answer for a row makes no sense")
    crm_id = str(answer.get("id") or one.row.get("id") or "") or None
    if answer["success"] is True:
        if crm_id is None:
            raise OutcomeUnknown("Salesforce wrote a task and did not say which")
        return PushResult(
            one.push.id,
            Settled.DELIVERED,
            crm_id=crm_id,
            sentence=_not_there(one) if one.left_out else "",
            left_out=one.left_out,
        )
    errors = refusals.row_errors(answer) or [refusals.RowError("", "no reason given")]
    return _refused(one, errors)


def _refused(one: _Prepared, errors: Sequence[refusals.RowError]) -> PushResult:
    written = [name for name in one.row if name not in ("attributes", "id")]
    settled, sentence = refusals.settle(errors[0], one.push.kind, one.type, written)
    names = [name for error in errors for name in error.fields]
    return PushResult(
        one.push.id,
        settled,
        crm_id=one.push.ref.id if one.push.ref is not None else None,
        code=errors[0].code,
        sentence=sentence,
        bad_fields=tuple(
            FIELDS_BY_NAME[name] for name in dict.fromkeys(names) if name in FIELDS_BY_NAME
        ),
        left_out=one.left_out,
    )


def _with_standing_tasks(
    client: Client, schemas: Schemas, rows: list[_Prepared], results: list[PushResult]
) -> list[PushResult]:
    """A task refused because its key is taken stands already: that is what was wanted."""
    taken = {
        one.push.id: one.push
        for one, result in zip(rows, results, strict=True)
        if one.push.task is not None and result.code in DUPLICATE_KEY
    }
    if not taken:
        return results
    standing = find(client, schemas, list(taken.values()))
    return [
        replace(result, settled=Settled.DELIVERED, crm_id=standing[result.push_id])
        if standing.get(result.push_id)
        else result
        for result in results
    ]
