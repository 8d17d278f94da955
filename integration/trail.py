"""The trail in the logs from a delivery to a task: one line a step, each with the keys of the step
before it. `docs/logs.md` shows how to follow it. Keys only: no name, no word, no value.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from connectors.base import PushResult
from integration.logs import ids
from integration.spoken import count
from integration.store.inbox import Signal
from integration.store.outbox import Row
from integration.store.parking import Parked
from integration.store.scribe import Decided
from rules.model import Ref

log = logging.getLogger(__name__)


def delivered(crm: str, delivery: str, refs: Sequence[Ref]) -> None:
    """A webhook's records are stored, and somebody will look at them. One line for all: a delivery
    may name a hundred, and whoever sent it waits for the answer."""
    if refs:
        named = count(len(refs), "record")
        log.info("a delivery names %s", named, extra=ids(crm=crm, delivery=delivery))


def looked_at(crm: str, signals: Sequence[Signal], customers: Mapping[Ref, int]) -> None:
    """Records that deliveries named were read from the CRM."""
    for signal in signals:
        if signal.delivery is not None:
            about = ids(
                crm=crm,
                delivery=signal.delivery,
                record=signal.ref,
                customer=customers.get(signal.ref),
            )
            log.info("a record was read", extra=about)


def decided(crm: str, batch: Sequence[Decided]) -> None:
    """What came of customers, for those of whom anything did."""
    for item in batch:
        customer, decision = item.stored.customer_id, item.decision
        for loss in decision.losses:
            if loss.new:
                log.info(
                    "a loss was found",
                    extra=ids(
                        crm=crm, record=loss.record, customer=customer, recovery=loss.recovery_id
                    ),
                )
        for recovery in decision.recoveries:
            if recovery.opened:
                about = ids(crm=crm, customer=customer, recovery=recovery.id)
                log.info("a recovery was opened", extra=about)
        for task in decision.tasks:
            log.info(
                "a task is wanted",
                extra=ids(
                    crm=crm, customer=customer, recovery=task.recovery_id, task=task.draft.key
                ),
            )


def answered(crm: str, rows: Sequence[Row], results: Sequence[PushResult]) -> None:
    """What the CRM said to pushes, row by row."""
    for row, result in zip(rows, results, strict=True):
        about = _of_push(crm, row, result.crm_id)
        log.info("%s: %s", row.push.kind, result.settled, extra=about)


def unanswered(crm: str, rows: Sequence[Row]) -> None:
    """Pushes of one call whose answer never came, or was the CRM's own fault (5xx)."""
    for row in rows:
        log.info("%s: unanswered", row.push.kind, extra=_of_push(crm, row, None))


def parked(crm: str, row: Row, reason: Parked) -> None:
    """A row was set aside for a person, whom metrics and `winback status` tell."""
    log.info("%s parked: %s", row.push.kind, reason, extra=_of_push(crm, row, None))


def _of_push(crm: str, row: Row, crm_id: str | None) -> dict[str, dict[str, str]]:
    return ids(
        crm=crm,
        record=row.push.ref,
        customer=row.customer_id,
        recovery=row.task_key.partition(":")[0] if row.task_key else None,
        task=row.task_key,
        push=row.id,
        crm_id=crm_id,
    )
