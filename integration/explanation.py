"""One customer explained, as plain values: the verdict, each task with why, each task that was
not made with why not. Pure: what the store knows and the rules in, `explain --json` out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from integration.plans_told import recovery_told
from integration.rule_traces import as_it_was_known, trace_of_task, trace_on
from integration.spoken import day
from integration.store.codec import value_from_json
from integration.store.explaining import Subject, Told
from rules.case import Case
from rules.contracts import with_running
from rules.facts import standing, with_lost_deals_closed
from rules.model import Ref, Verdict
from rules.ruleset import RuleSet
from rules.verdict import in_words, is_lost, will_be_lost_on

NO_LOSS = "none"
"""The verdict on an account that never lost anything."""

HELD_BY = {
    "storm": "the storm brake holds it until `winback resume-held`",
    "budget": "the rep's budget of the day is spent; `winback waiting` says when its turn is",
    "pilot": "it waits: the owner is not in the pilot ([pilot], or `winback pilot`)",
    "dry run": "it is a dry run, nothing is written",
}
_SETTLED = frozenset({"written", "closed", "deleted", "withdrawn"})


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules to explain by: those of the day, the number of their revision where they were
    ever in force, and those of the revisions that made the tasks."""

    of_the_day: RuleSet | None = None
    revision: int | None = None
    by_revision: Mapping[int, RuleSet] = field(default_factory=dict)


def explanation(told: Told, subject: Subject, by: Rules, today: date) -> dict[str, Any]:
    """`explain --json`. Without rules the store alone speaks: what was decided, not how it
    stands today."""
    rules = by.of_the_day
    judged = _judged(told.losses, subject.ref)
    now = today_in_words(told.case, rules, today) if rules else None
    because = list(judged["because"]) if judged else list(now["because"] if now else ())
    return {
        "account": _account_id(told.case, subject),
        "name": name_of(told.case),
        "owner": _owner(told.case, told.case.account.owner_id if told.case.account else None),
        "crm": told.case.crm,
        "verdict": judged["verdict"] if judged else NO_LOSS,
        "because": because,
        "losses": [_loss(told.case, row) | _history(told, row["id"]) for row in told.losses],
        "recoveries": [recovery_told(row, today) for row in told.recoveries],
        "tasks": [_task(told.case, row, by) for row in told.tasks],
        "trace": _trace(told, judged, by, today),
        "not_made": [*told.not_made, *why_no_recovery(told, rules)],
        "fields": [_field(told.case, row) for row in told.fields],
        "parked": [
            {
                "id": row["id"],
                "key": row["key"],
                "reason": row["reason"],
                "sentence": row["sentence"],
            }
            for row in told.parked
        ],
        "today": now,
        "decided": told.decided,
        "look_again_on": told.look_again_on,
        "asked_for": {"record": subject.ref.id if subject.ref else None, "task": subject.task_key},
    }


# ---- who, and the verdict


def name_of(case: Case) -> str:
    """The account's name; without one the deal's."""
    if case.account is not None:
        return case.account.name
    return next((o.name for o in case.opportunities), "")


def _account_id(case: Case, subject: Subject) -> str | None:
    if case.account_ref is not None:
        return case.account_ref.id
    if case.contacts:
        return case.contacts[0].id
    return subject.ref.id if subject.ref else next((r.ref.id for r in case.records), None)


def _owner(case: Case, owner_id: str | None) -> str | None:
    owner = case.owners.get(owner_id or "")
    return owner.name if owner else owner_id


def _judged(losses: Sequence[Mapping[str, Any]], ref: Ref | None) -> Mapping[str, Any] | None:
    """The loss that the verdict is about: of the record that was asked for, else the latest
    departure that still stands."""
    of_record = [x for x in losses if ref and (x["type"], x["record_id"]) == (ref.type, ref.id)]
    own = [x for x in losses if x["merged_into"] is None]
    chosen = of_record or [x for x in own if x["undone_on"] is None] or own or list(losses)
    return chosen[-1] if chosen else None


def today_in_words(case: Case, rules: RuleSet, today: date) -> dict[str, Any]:
    """How the account's record of buying looks today, by `[lost_customer]` alone."""
    case = with_lost_deals_closed(with_running(case, rules, today), today)
    state = standing(case, rules, today)
    if not state.bought:
        words = (*in_words(state), "so they are a prospect")
        return {"on": today, "lost": False, "because": list(words), "lost_on": None}
    lost, words = is_lost(case, rules, state)
    next_lost = None if lost else will_be_lost_on(case, rules, today)
    return {"on": today, "lost": lost, "because": list(words), "lost_on": next_lost}


def _trace(
    told: Told, judged: Mapping[str, Any] | None, by: Rules, today: date
) -> dict[str, Any] | None:
    if by.of_the_day is None:
        return None
    row = as_it_was_known(judged, told.reasons, today) if judged else None
    return trace_on(told.case, row, by.of_the_day, by.revision, today)


# ---- what was decided


def _loss(case: Case, row: Mapping[str, Any]) -> dict[str, Any]:
    reason = row["reason"]
    return {
        "id": row["id"],
        "record": row["record_id"],
        "record_type": row["type"],
        "record_name": _record_name(case, Ref(row["type"], row["record_id"])),
        "ordinal": row["ordinal"],
        "watch": row["watch"],
        "verdict": row["verdict"],
        "because": list(row["because"]),
        "known_on": row["known_on"],
        "lost_on": row["lost_on"],
        "category": row["category"],
        "provenance": row["provenance"],
        "reason_because": reason.get("because"),
        "stated": reason.get("stated"),
        "competitor": reason.get("competitor"),
        "fault": reason.get("fault"),
        "changeable": reason.get("changeable"),
        "revision": row["revision"],
        "recovery": row["recovery_id"],
        "merged_into": row["merged_into"],
        "repeat_of": row["repeat_of"],
        "undone_on": row["undone_on"],
    }


def _record_name(case: Case, ref: Ref) -> str | None:
    record = next((r for r in case.records if r.ref == ref), None)
    return getattr(record.entity, "name", None) if record else None


def _history(told: Told, loss_id: str) -> dict[str, Any]:
    """How the reason came to be what it is, oldest first (row R8)."""
    names = ("noted_on", "category", "provenance", "fault", "changeable", "competitor", "by")
    rows = [row for row in told.reasons if row["loss_id"] == loss_id]
    return {"history": [{name: row[name] for name in (*names, "because")} for row in rows]}


def _task(case: Case, row: Mapping[str, Any], by: Rules) -> dict[str, Any]:
    return {
        "key": row["key"],
        "state": _state(row),
        "state_because": _state_because(row),
        "crm_id": row["crm_id"],
        "rule": row["rule"],
        "because": row["because"],
        "facts": {name: value_from_json(value) for name, value in row["facts"].items()},
        "would_change": list(row["would_change"]),
        "trace": trace_of_task(row, by.by_revision.get(row["revision"])),
        "score": row["score"],
        "score_parts": list(row["score_parts"] or ()),
        "subject": row["draft"].get("subject"),
        "owner": _owner(case, row["owner_id"]),
        "due_on": row["due_on"],
        "made_on": row["made_on"],
        "outcome": row["outcome"],
        "revision": row["revision"],
    }


def _state(row: Mapping[str, Any]) -> str:
    """The task's own state; of one that is not in the CRM yet what keeps it."""
    state: str = row["state"]
    if state in _SETTLED or row["push_state"] not in {"held", "parked"}:
        return state
    return "waiting" if row["held_by"] == "budget" else str(row["push_state"])


def _state_because(row: Mapping[str, Any]) -> str:
    state = row["state"]
    if state == "written":
        return f"it stands in the CRM as {row['crm_id']}"
    if state == "deleted":
        return "a person deleted it in the CRM; it is never made again"
    if state in {"closed", "withdrawn"} and row["close_because"]:
        return str(row["close_because"])
    if state == "closed":
        return f"it was done{_with_outcome(row)}"
    if row["push_state"] == "parked":
        return str(row["sentence"])
    if row["push_state"] == "held":
        return HELD_BY.get(row["held_by"] or "", str(row["held_by"]))
    if row["push_state"] in {"in_flight", "unknown"}:
        return "it was sent and never answered; the CRM is asked before it is sent again"
    return "the next run writes it"


def _with_outcome(row: Mapping[str, Any]) -> str:
    return f', the answer was "{row["outcome"]}"' if row["outcome"] else ""


def _field(case: Case, row: Mapping[str, Any]) -> dict[str, Any]:
    ref = Ref(row["type"], row["record_id"])
    record = next((r for r in case.records if r.ref == ref), None)
    now = {k.value: v for k, v in record.ours.items()} if record else {}
    stands = now.get(row["field"], row["written"])
    return {
        "record": ref.id,
        "record_type": ref.type,
        "field": row["field"],
        "written": row["written"],
        "now": stands,
        # what stands there and is not what we wrote, a person wrote
        "locked": bool(row["locked"]),
        "theirs": bool(row["theirs"]) or (stands or None) != (row["written"] or None),
    }


# ---- why nothing came of a loss


def why_no_recovery(told: Told, rules: RuleSet | None) -> Iterator[dict[str, str]]:
    """Losses that opened no recovery and joined none. What a recovery did not make is told by
    the decision itself."""
    known = {row["id"]: row["recovery_id"] for row in told.losses}
    for row in told.losses:
        if row["recovery_id"] or known.get(row["merged_into"]):
            continue
        loss = f"{row['type']} {row['record_id']}"
        rule, because = _no_recovery(row, rules, told.first_contact_on)
        yield {"rule": rule, "because": f"{loss}: {because}"}


def _no_recovery(
    row: Mapping[str, Any], rules: RuleSet | None, first_contact_on: date | None
) -> tuple[str, str]:
    first_day = (rules.company.first_day if rules else None) or first_contact_on
    if first_day is not None and row["known_on"] < first_day:
        return "first_day", (
            f"known on {day(row['known_on'])}, before {day(first_day)},"
            " the first day that is worked on"
        )
    if row["undone_on"]:
        return "losses", f"it is not lost any more since {day(row['undone_on'])}"
    if row["verdict"] == Verdict.CUSTOMER:
        return "losses", "no recovery was opened for it"
    kept = "the customer stays" if row["verdict"] == Verdict.DEAL else "they never bought"
    return "playbooks", f"{kept}, and no playbook is for a lost {row['verdict']}"
