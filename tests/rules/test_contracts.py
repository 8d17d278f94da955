"""What runs at a customer's: by `[[contract]]`, and by subscriptions that are only watched."""

from __future__ import annotations

from dataclasses import replace

from rules.case import Case
from rules.conditions import RECORD_SYMBOLS, compile_condition
from rules.contracts import with_running
from rules.decide import decide
from rules.model import Kind, Ref, Snapshot, Verdict
from rules.ruleset import RuleSet
from rules.watching import ContractSource, Watch
from tests.rules.cases import TODAY, book, case, contract, days_ago, rules

CANCELLED = Watch(
    name="cancelled",
    crm="sales",
    record="Subscription__c",
    lost_when=compile_condition("Status__c == 'Cancelled'", RECORD_SYMBOLS),
    lost_on="Ended__c",
)


def subscription(id: str, status: str, ended: int | None = None) -> Snapshot:
    return Snapshot(
        ref=Ref("Subscription__c", id),
        kind=Kind.RECORD,
        fields={
            "Status__c": status,
            "Ended__c": days_ago(ended) if ended is not None else None,
        },
        account_id="A1",
    )


def watching(*records: Snapshot) -> tuple[Case, RuleSet]:
    return case(records=records), rules(watches=(CANCELLED,))


def test_one_of_two_subscriptions_cancelled_is_no_lost_customer() -> None:
    known, _ = watching(subscription("s1", "Cancelled", 3), subscription("s2", "Active"))
    decision = decide(known, book(watches=(CANCELLED,)), TODAY)
    assert [x.verdict for x in decision.losses] == [Verdict.DEAL]


def test_a_cancelled_subscription_ran_until_then() -> None:
    known, ruleset = watching(subscription("s1", "Cancelled", 3))
    (ran,) = with_running(known, ruleset, TODAY).contracts
    assert (ran.running, ran.ends_on) == (None, days_ago(3))


def test_running_when_decides_over_the_dates() -> None:
    source = ContractSource(
        crm="sales",
        record="Subscription__c",
        running_when=compile_condition("Status__c == 'Active'", RECORD_SYMBOLS),
    )
    trial = contract("s1", 30, None)
    record = replace(subscription("s1", "Trial"), kind=Kind.CONTRACT, entity=trial)
    known = case(contracts=(trial,), records=(record,))
    (told,) = with_running(known, rules(contracts=(source,)), TODAY).contracts
    assert told.running is False


def test_the_last_subscription_cancelled_is_a_lost_customer() -> None:
    known, _ = watching(subscription("s1", "Cancelled", 3), subscription("s2", "Cancelled", 40))
    decision = decide(known, book(watches=(CANCELLED,)), TODAY)
    assert [x.verdict for x in decision.losses] == [Verdict.DEAL, Verdict.CUSTOMER]
