"""How each rule was judged, for `explain`: today or on an earlier day, and for each task on the
facts that were kept with it, by the revision that made it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from integration.store.codec import value_from_json
from rules.asking import Asked
from rules.case import Case, Loss, LossReason, Recovery
from rules.consent import choose_contact
from rules.context import loss_facts
from rules.contracts import with_running
from rules.facts import standing, with_lost_deals_closed
from rules.interview import interview_of
from rules.model import Provenance, Ref, Verdict
from rules.record_values import as_text, value
from rules.ruleset import RuleSet
from rules.tracing import Traced, lost_customer, traced
from rules.verdict import lost_customer_facts

Row = Mapping[str, Any]


def trace_on(
    case: Case, row: Row | None, rules: RuleSet, revision: int | None, on: date
) -> dict[str, Any]:
    """Every rule on the facts of a day, for the loss of a row; without a loss the verdict's rule
    alone."""
    case = with_lost_deals_closed(with_running(case, rules, on), on)
    judged = [lost_customer(rules, lost_customer_facts(case, standing(case, rules, on)))]
    if row is not None:
        loss = _loss(case, row, rules)
        contact = choose_contact(case.contacts, loss.contact_id)
        heard = interview_of(case, _recovery(case, row["recovery_id"]))
        facts = loss_facts(case, rules, loss, contact, on, Asked(), heard)
        judged += traced(rules, loss.verdict, facts)
    return {"on": on, "revision": revision, "rules": [_as_json(one) for one in judged]}


def as_it_was_known(row: Row, reasons: Sequence[Row], on: date) -> Row:
    """A loss with the reason that it had on a day: what was found out later was not known then.
    `reasons` are the history of all losses' reasons, oldest first."""
    history = [one for one in reasons if one["loss_id"] == row["id"]]
    known = [one for one in history if one["noted_on"] <= on]
    if len(known) in (0, len(history)):
        return row
    was = known[-1]
    then = {name: was[name] for name in ("fault", "changeable", "competitor", "because")}
    named = {name: was[name] for name in ("category", "provenance")}
    return {**row, **named, "reason": {**row["reason"], **then}}


def trace_of_task(row: Row, rules: RuleSet | None) -> list[dict[str, Any]] | None:
    """Every rule on the facts that the task was decided on; None where its revision's text is not
    taken any more."""
    if rules is None:
        return None
    facts = {name: value_from_json(stored) for name, stored in row["facts"].items()}
    verdict = facts.get("verdict")
    if verdict not in set(Verdict):
        return []
    return [_as_json(one) for one in traced(rules, Verdict(verdict), facts)]


def _as_json(one: Traced) -> dict[str, Any]:
    return {
        "rule": one.rule,
        "judged": one.judged.value,
        "condition": one.condition,
        "because": one.because,
        "would_change": list(one.would_change),
    }


def _loss(case: Case, row: Row, rules: RuleSet) -> Loss:
    """A loss as it is written down."""
    ref = Ref(row["type"], row["record_id"])
    record = next((r for r in case.records if r.ref == ref), None)
    watch = next((w for w in rules.watches if w.name == row["watch"]), None)
    words = as_text(value(record, watch.words)) if record and watch else None
    told = row["reason"]
    return Loss(
        id=row["id"],
        record=ref,
        ordinal=row["ordinal"],
        watch=row["watch"],
        verdict=Verdict(row["verdict"]),
        because=tuple(row["because"]),
        known_on=row["known_on"],
        lost_on=row["lost_on"],
        reason=LossReason(
            category=row["category"],
            second=told.get("second"),
            competitor=told.get("competitor"),
            provenance=Provenance(row["provenance"]) if row["provenance"] else None,
            fault=told.get("fault"),
            changeable=told.get("changeable"),
            stated=told.get("stated"),
            words=words,
        ),
        value=row["value"],
        repeat_of=row["repeat_of"],
        recovery_id=row["recovery_id"],
        record_owner_id=record.owner_id if record else None,
        contact_id=record.contact_id if record else None,
    )


def _recovery(case: Case, recovery_id: str | None) -> Recovery | None:
    known = next((r for r in case.recoveries if r.id == recovery_id), None)
    if known is None:
        return None
    return Recovery(
        known.id,
        known.opened_on,
        known.playbook,
        opened=False,
        interview_before=known.interview_before,
    )
