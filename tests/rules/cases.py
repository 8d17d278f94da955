"""Small builders of what decisions are made from, with defaults that mean "an ordinary one"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from rules.case import Case, Decision, KnownLoss, KnownRecovery, KnownTask
from rules.conditions import DECISION_SYMBOLS, RECORD_SYMBOLS, Condition, compile_condition
from rules.model import (
    Account,
    Contact,
    Contract,
    Field,
    Kind,
    Money,
    Opportunity,
    Owner,
    Permission,
    Ref,
    Snapshot,
    Value,
)
from rules.playbook import Playbook, PlaybookTask
from rules.rulebook import Rulebook
from rules.ruleset import Company, Reason, RuleSet
from rules.watching import DEFAULT_LOST_WHEN, Watch

TODAY = date(2026, 6, 15)
ACCOUNT = Ref("Account", "A1")
ANN = Owner("U1", "Ann Lee", "ann@acme.example")

CLOSED_LOST = compile_condition("closed and not won", RECORD_SYMBOLS)


@cache
def when(text: str) -> Condition:
    return compile_condition(text, DECISION_SYMBOLS)


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def rules(**changes: Any) -> RuleSet:
    """Closed-lost deals are watched, and one playbook asks for one call."""
    usual = RuleSet(
        company=Company(name="Acme", country="DE", currency="EUR", first_day=date(2026, 1, 1)),
        watches=(
            Watch(
                name="closed-lost",
                crm="sales",
                record="Opportunity",
                lost_when=CLOSED_LOST,
                words="Loss_Notes__c",
            ),
        ),
        lost_when=when(DEFAULT_LOST_WHEN),
        reasons=(Reason("price", "Price", values=("Pricing",), phrases=("too expensive",)),),
        playbooks=(
            Playbook(
                name="call",
                goal="spoken by day 10",
                tasks=(PlaybookTask(key="listen", subject="Call {{ contact.name }}"),),
            ),
        ),
    )
    return replace(usual, **changes)


def book(**changes: Any) -> Rulebook:
    return Rulebook(rules(**changes), revision=7)


def won(id: str, days: int, amount: int = 1000, currency: str | None = None) -> Opportunity:
    closed_on = days_ago(days)
    return Opportunity(
        id=id,
        name=f"Deal {id}",
        account_id="A1",
        owner_id="U1",
        amount=Money(Decimal(amount), currency),
        created_on=closed_on - timedelta(days=30),
        closed_on=closed_on,
        closed=True,
        won=True,
    )


def lost(id: str, days: int) -> Opportunity:
    return replace(won(id, days), won=False)


def open_deal(id: str, created: int, touched: int) -> Opportunity:
    return Opportunity(
        id=id,
        name=f"Deal {id}",
        account_id="A1",
        created_on=days_ago(created),
        touched_on=days_ago(touched),
    )


def contract(id: str, starts: int, ends: int | None, **changes: Any) -> Contract:
    """`starts` and `ends` in days before today; a negative `ends` lies ahead."""
    ends_on = days_ago(ends) if ends is not None else None
    return replace(
        Contract(id=id, account_id="A1", starts_on=days_ago(starts), ends_on=ends_on), **changes
    )


def eva(**changes: Any) -> Contact:
    return replace(Contact("C1", "Eva Bauer", account_id="A1", opted_out=False), **changes)


def yes(**changes: Any) -> Contact:
    return eva(permission=Permission.YES, **changes)


def snapshot(
    deal: Opportunity,
    fields: Mapping[str, Value] | None = None,
    ours: Mapping[Field, str | None] | None = None,
    **changes: Any,
) -> Snapshot:
    return Snapshot(
        ref=Ref("Opportunity", deal.id),
        kind=Kind.OPPORTUNITY,
        entity=deal,
        fields=fields or {},
        ours=ours or {},
        account_id="A1",
        contact_id=changes.pop("contact_id", None),
        owner_id=deal.owner_id,
        **changes,
    )


def case(
    *deals: Opportunity,
    contacts: tuple[Contact, ...] = (),
    contracts: tuple[Contract, ...] = (),
    words: str | None = None,
    **changes: Any,
) -> Case:
    """One account with these deals; `words` stand on every lost one."""
    records = changes.pop("records", None)
    if records is None:
        fields = {"Loss_Notes__c": words}
        records = tuple(snapshot(d, {} if d.won else fields) for d in deals)
    usual = Case(
        crm="sales",
        account=Account("A1", "Foo AG", owner_id="U1"),
        account_ref=ACCOUNT,
        contacts=contacts,
        opportunities=deals,
        contracts=contracts,
        records=records,
        owners={"U1": ANN},
    )
    return replace(usual, **changes)


def remembered(known: Case, decision: Decision, **task: Any) -> Case:
    """The case as it is after a decision was written down and its tasks delivered."""
    losses = tuple(
        KnownLoss(
            x.id,
            x.record,
            x.ordinal,
            x.watch,
            x.verdict,
            x.known_on,
            x.lost_on,
            x.merged_into,
            x.recovery_id,
            x.undone_on,
        )
        for x in decision.losses
    )
    recoveries = tuple(
        KnownRecovery(
            r.id,
            r.opened_on,
            r.playbook,
            r.ended_on,
            r.end,
            tuple(
                replace(
                    KnownTask(
                        t.draft.key,
                        made_on=TODAY,
                        written=True,
                        owner_id=t.draft.owner_id,
                        contact_id=t.draft.contact_id,
                        due_on=t.draft.due_on,
                    ),
                    **task,
                )
                for t in decision.tasks
                if t.recovery_id == r.id
            )
            + tuple(_after(t, decision) for k in known.recoveries if k.id == r.id for t in k.tasks),
            interview_before=r.interview_before,
            benchmarks=r.benchmarks,
            left=r.left,
        )
        for r in decision.recoveries
    ) + tuple(k for k in known.recoveries if k.id not in {r.id for r in decision.recoveries})
    written = {ref: _taken(known, ref, values) for ref, values in decision.fields.items()}
    return replace(
        known,
        losses=losses,
        recoveries=recoveries,
        written=written,
        records=tuple(replace(s, ours={**s.ours, **written.get(s.ref, {})}) for s in known.records),
        contacts=tuple(_permitted(c, written.get(_ref(c), {})) for c in known.contacts),
    )


def _after(task: KnownTask, decision: Decision) -> KnownTask:
    """A task that stood before, closed or handed over where the decision says so."""
    handed = decision.reassign.get(task.key)
    owner_id = handed.owner_id if handed else task.owner_id
    handed_on = handed.on if handed else task.handed_on
    closed = task.closed or task.key in decision.close
    return replace(task, closed=closed, owner_id=owner_id, handed_on=handed_on)


def _taken(known: Case, ref: Ref, wanted: Mapping[Field, str | None]) -> Mapping[Field, str | None]:
    """What is written of the wanted fields: what a person chose or recorded stays as it is."""
    record = next((s for s in known.records if s.ref == ref), None)
    before = known.written.get(ref, {})
    if record is not None and record.kind is not Kind.CONTACT:
        chosen = {f for f, now in record.ours.items() if now and now != before.get(f)}
        return {**before, **{f: value for f, value in wanted.items() if f not in chosen}}
    contact = next((c for c in known.contacts if _ref(c) == ref), None)
    ours = known.written.get(ref, {}).get(Field.PERMISSION, Permission.UNKNOWN.value)
    return {} if contact is not None and contact.permission.value != ours else wanted


def _permitted(contact: Contact, written: Mapping[Field, str | None]) -> Contact:
    said, until = written.get(Field.PERMISSION), written.get(Field.PERMISSION_UNTIL)
    if said is None:
        return contact
    ends_on = date.fromisoformat(until) if until else contact.permission_until
    return replace(contact, permission=Permission(said), permission_until=ends_on)


def _ref(contact: Contact) -> Ref:
    return Ref("Contact", contact.id)
