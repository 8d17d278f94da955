"""A loss and its reason as rows: what stands on the loss now, and what its history keeps."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from integration.store.codec import reason_to_json
from integration.store.elsewhere import origin
from rules.case import Loss, LossReason


def loss_row(
    loss: Loss, customer: int, *, home: str, revision: int, found_at: datetime
) -> dict[str, Any]:
    """A new loss; `home` is the CRM in which it was decided, and the record may be of another."""
    crm, record = origin(loss.record, home)
    return {
        "id": loss.id,
        "customer_id": customer,
        "crm": crm,
        "type": record.type,
        "record_id": record.id,
        "ordinal": loss.ordinal,
        "watch": loss.watch,
        "verdict": loss.verdict.value,
        "because": list(loss.because),
        "known_on": loss.known_on,
        "lost_on": loss.lost_on,
        "value": loss.value,
        "merged_into": loss.merged_into,
        "repeat_of": loss.repeat_of,
        "recovery_id": loss.recovery_id,
        "revision": revision,
        "found_at": found_at,
        **reason_columns(loss),
    }


def history_row(loss: Loss, noted_on: date) -> dict[str, Any]:
    reason = loss.reason
    return {
        "loss_id": loss.id,
        "noted_on": noted_on,
        "category": reason.category,
        "provenance": reason.provenance.value if reason.provenance else None,
        "fault": reason.fault,
        "changeable": reason.changeable,
        "competitor": reason.competitor,
        "by": reason.by,
        "because": reason.because,
    }


def reason_columns(loss: Loss) -> dict[str, Any]:
    return {
        "category": loss.reason.category,
        "provenance": loss.reason.provenance.value if loss.reason.provenance else None,
        "reason": reason_to_json(loss.reason),
    }


def told(reason: LossReason) -> tuple[object, ...]:
    """What the history of reasons keeps a row for."""
    return (
        reason.category,
        reason.provenance,
        reason.fault,
        reason.changeable,
        reason.competitor,
    )
