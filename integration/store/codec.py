"""Snapshots and drafts as JSON and back. What goes in comes out equal."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import cattrs

from rules.case import BenchmarkState, LeftPlaybook, LossReason
from rules.model import (
    Account,
    Contact,
    Contract,
    Entity,
    Field,
    Kind,
    Opportunity,
    Owner,
    Provenance,
    Ref,
    Snapshot,
    TaskDraft,
    TaskState,
    Value,
)

ENTITIES: dict[Kind, type[Any]] = {
    Kind.ACCOUNT: Account,
    Kind.CONTACT: Contact,
    Kind.OPPORTUNITY: Opportunity,
    Kind.CONTRACT: Contract,
    Kind.TASK: TaskState,
    Kind.OWNER: Owner,
}

_converter = cattrs.Converter(omit_if_default=True)
_converter.register_unstructure_hook(date, lambda value: value.isoformat())
_converter.register_unstructure_hook(datetime, lambda value: value.isoformat())
_converter.register_unstructure_hook(Decimal, str)
_converter.register_structure_hook(date, lambda value, _: date.fromisoformat(value))
_converter.register_structure_hook(datetime, lambda value, _: datetime.fromisoformat(value))
_converter.register_structure_hook(Decimal, lambda value, _: Decimal(value))


def value_to_json(value: Value | Any) -> Any:
    """A field's value with its type kept: `{"date": ...}`, `{"at": ...}`, `{"number": ...}`."""
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, Decimal):
        return {"number": str(value)}
    if isinstance(value, dict):
        return {"map": {k: value_to_json(v) for k, v in value.items()}}
    return value if value is None or isinstance(value, str | bool | int | float) else str(value)


def value_from_json(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, inner),) = value.items()
    if kind == "at":
        return datetime.fromisoformat(inner)
    if kind == "date":
        return date.fromisoformat(inner)
    if kind == "map":
        return {k: value_from_json(v) for k, v in inner.items()}
    return Decimal(inner)


def snapshot_to_json(snapshot: Snapshot) -> dict[str, Any]:
    """Everything but the reference, which the row's own columns hold."""
    out: dict[str, Any] = {"kind": snapshot.kind.value}
    if snapshot.entity is not None:
        out["entity"] = _converter.unstructure(snapshot.entity)
    if snapshot.fields:
        out["fields"] = {k: value_to_json(v) for k, v in snapshot.fields.items()}
    if snapshot.ours:
        out["ours"] = {k.value: v for k, v in snapshot.ours.items()}
    for name in ("account_id", "contact_id", "owner_id", "merged_into"):
        if getattr(snapshot, name) is not None:
            out[name] = getattr(snapshot, name)
    if snapshot.modified_at is not None:
        out["modified_at"] = snapshot.modified_at.isoformat()
    if snapshot.deleted:
        out["deleted"] = True
    return out


def snapshot_from_json(ref: Ref, stored: dict[str, Any]) -> Snapshot:
    kind = Kind(stored["kind"])
    entity: Entity | None = None
    if "entity" in stored:
        entity = _converter.structure(stored["entity"], ENTITIES[kind])
    modified = stored.get("modified_at")
    return Snapshot(
        ref=ref,
        kind=kind,
        entity=entity,
        fields={k: value_from_json(v) for k, v in stored.get("fields", {}).items()},
        ours={Field(k): v for k, v in stored.get("ours", {}).items()},
        account_id=stored.get("account_id"),
        contact_id=stored.get("contact_id"),
        owner_id=stored.get("owner_id"),
        modified_at=datetime.fromisoformat(modified) if modified else None,
        deleted=stored.get("deleted", False),
        merged_into=stored.get("merged_into"),
    )


def digest(stored: dict[str, Any]) -> str:
    """Changes when anything of a snapshot changes but its stamp."""
    content = {k: v for k, v in stored.items() if k != "modified_at"}
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def draft_to_json(draft: TaskDraft) -> dict[str, Any]:
    out: dict[str, Any] = _converter.unstructure(draft)
    return out


def draft_from_json(stored: dict[str, Any]) -> TaskDraft:
    return _converter.structure(stored, TaskDraft)


def reason_to_json(reason: LossReason) -> dict[str, Any]:
    """A loss's reason without the customer's words, which stay in the record's snapshot."""
    return {
        "category": reason.category,
        "second": reason.second,
        "competitor": reason.competitor,
        "provenance": reason.provenance.value if reason.provenance else None,
        "fault": reason.fault,
        "changeable": reason.changeable,
        "stated": reason.stated,
        "confidence": reason.confidence,
        "because": reason.because,
        "disagrees": reason.disagrees,
        "by": reason.by,
    }


def reason_from_json(stored: dict[str, Any]) -> LossReason:
    rung = stored.get("provenance")
    return LossReason(**{**stored, "provenance": Provenance(rung) if rung else None})


def benchmark_to_json(state: BenchmarkState) -> dict[str, Any]:
    met_on = state.met_on.isoformat() if state.met_on else None
    return {"what": state.what, "day": state.day, "met_on": met_on}


def left_to_json(one: LeftPlaybook) -> dict[str, Any]:
    return {
        "playbook": one.name,
        "revision": one.revision,
        "taken_on": one.taken_on.isoformat(),
        "left_on": one.left_on.isoformat(),
        "because": one.because,
        "replanned": one.replanned,
        "benchmarks": [benchmark_to_json(state) for state in one.benchmarks],
    }


def left_from_json(stored: Mapping[str, Any]) -> LeftPlaybook:
    return LeftPlaybook(
        name=stored["playbook"],
        revision=stored["revision"],
        taken_on=date.fromisoformat(stored["taken_on"]),
        left_on=date.fromisoformat(stored["left_on"]),
        because=stored["because"],
        replanned=stored["replanned"],
        benchmarks=tuple(map(benchmark_from_json, stored["benchmarks"])),
    )


def benchmark_from_json(stored: dict[str, Any]) -> BenchmarkState:
    met_on = stored["met_on"]
    return BenchmarkState(
        stored["what"], stored["day"], date.fromisoformat(met_on) if met_on else None
    )
