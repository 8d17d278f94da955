"""New tasks: one batch create, and what became of each row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from connectors.base import Push, PushResult, Settled
from connectors.errors import CrmError, OutcomeUnknown
from connectors.hubspot import bodies, settling
from connectors.hubspot.answers import Refusal
from connectors.hubspot.api import Api
from connectors.hubspot.drafts import create_properties, key_of, property_name
from connectors.hubspot.finding import Finder, anchors
from connectors.hubspot.paths import COMPANIES, TASKS
from connectors.hubspot.schema import Schema
from rules.how_to_answer import without_outcome
from rules.model import Field, TaskDraft

Row = Mapping[str, Any]


class Creator:
    def __init__(self, api: Api, schema: Schema, finder: Finder) -> None:
        self._api = api
        self._schema = schema
        self._finder = finder

    def create(self, batch: Sequence[Push]) -> list[PushResult]:
        """A row that was refused because its contact or deal is gone goes out once more, on its
        account alone; it was certainly not made."""
        settled = self._sent(batch, account_alone=False)
        again = [
            push
            for push, one in zip(batch, settled, strict=True)
            if one.code == settling.ANCHOR_GONE
        ]
        if not again:
            return settled
        second = {one.push_id: one for one in self._once_more(again)}
        return [second.get(one.push_id, one) for one in settled]

    def _once_more(self, again: Sequence[Push]) -> list[PushResult]:
        """A failure of this call is theirs alone: the others of the batch stand, unless nobody
        knows what became of it."""
        try:
            return self._sent(again, account_alone=True)
        except OutcomeUnknown:
            raise
        except CrmError as error:
            return [PushResult(one.id, Settled.RETRY, sentence=str(error)) for one in again]

    def _sent(self, batch: Sequence[Push], *, account_alone: bool) -> list[PushResult]:
        """Trace ids make HubSpot answer row by row (207) instead of refusing the whole call."""
        known = self._schema.properties(TASKS)
        with_key = property_name(Field.KEY) in known
        with_outcome = property_name(Field.OUTCOME) in known
        inputs = [
            bodies.create_input(
                create_properties(_told(push, with_outcome), with_key),
                self._links(_task(push), account_alone),
                push.id,
            )
            for push in batch
        ]
        path = self._api.routes.object_(TASKS, "batch", "create")
        try:
            json = bodies.batch_create(inputs)
            answer = self._api.call("write", "POST", path, json=json, creates=True)
        except Refusal as refusal:
            self._schema.forget(TASKS)
            settled = settling.whole_batch(refusal.body, batch)
            return self._with_taken_keys(batch, settled, [refusal.body])
        return self._settled(batch, answer)

    def _links(self, task: TaskDraft, account_alone: bool) -> list[tuple[str, int]]:
        links = [
            (record_id, type_id)
            for to_type, record_id in anchors(task)
            if to_type == COMPANIES or not account_alone
            if (type_id := self._schema.task_link(to_type)) is not None
        ]
        return list(dict.fromkeys(links))

    def _settled(self, batch: Sequence[Push], answer: Row) -> list[PushResult]:
        """Results are told apart by the key in them; their order means nothing once a row failed.

        Raises OutcomeUnknown where a row is in neither list: it may have been made.
        """
        results, errors = settling.results(answer), settling.errors(answer)
        failed = settling.named_rows(errors, batch)
        by_key = {key: row for row in results if (key := key_of(row.get("properties") or {}))}
        if not errors and len(results) == len(batch) and not by_key:
            by_key = {_task(push).key: row for push, row in zip(batch, results, strict=True)}
        settled = []
        for push in batch:
            row = by_key.get(_task(push).key)
            if row is not None:
                settled.append(settling.delivered(push, row))
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


def _told(push: Push, with_outcome: bool) -> TaskDraft:
    """The task; it asks for a win-back outcome only where there is one to choose."""
    task = _task(push)
    return task if with_outcome else replace(task, body=without_outcome(task.body))


def _task(push: Push) -> TaskDraft:
    if push.task is None:
        raise ValueError(f"push {push.id} is to create a task and has none")
    return push.task
