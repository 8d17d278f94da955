"""Lost customer, not lost deal (row W6): tables of cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from rules.case import Case
from rules.decide import decide
from rules.facts import buying_facts, standing
from rules.model import Account, Contract, Money, Verdict
from rules.playbook import Playbook, PlaybookTask
from rules.verdict import (
    account_facts,
    in_words,
    is_lost,
    judge,
    lost_by_time,
    returned_on,
    will_be_lost_on,
)
from rules.watching import Watch
from tests.rules.cases import (
    TODAY,
    book,
    case,
    contract,
    days_ago,
    eva,
    lost,
    open_deal,
    rules,
    when,
    won,
)

WATCH = Watch(name="closed-lost", crm="sales", record="Opportunity")


@pytest.mark.parametrize(
    ("story", "known", "verdict"),
    [
        ("won long ago", case(won("1", 400)), Verdict.CUSTOMER),
        ("won 121 days ago", case(won("1", 121)), Verdict.CUSTOMER),
        ("won 120 days ago", case(won("1", 120)), Verdict.DEAL),
        ("never won", case(lost("1", 3)), Verdict.PROSPECT),
        ("buys once a year", case(won("1", 730), won("2", 365)), Verdict.DEAL),
        ("once a year, silent for more", case(won("1", 1000), won("2", 635)), Verdict.CUSTOMER),
        ("a contract runs", case(won("1", 400), contracts=(contract("c", 500, -10),)), "deal"),
        ("it ended", case(won("1", 400), contracts=(contract("c", 500, 10),)), "customer"),
        (
            "a draft contract",
            case(won("1", 400), contracts=(contract("c", 9, None, running=False),)),
            "customer",
        ),
        ("a deal is worked on", case(won("1", 400), open_deal("2", 100, 5)), Verdict.DEAL),
        ("a deal lies untouched", case(won("1", 400), open_deal("2", 300, 91)), Verdict.CUSTOMER),
        ("no account", replace(case(), account=None), Verdict.PROSPECT),
    ],
)
def test_verdict_from_the_facts_of_the_day(story: str, known: Case, verdict: str) -> None:
    assert judge(known, rules(), WATCH, TODAY).verdict == verdict, story


def test_a_cancellation_decides_alone() -> None:
    cancellation = replace(WATCH, verdict=Verdict.CUSTOMER)
    assert judge(case(won("1", 1)), rules(), cancellation, TODAY).verdict is Verdict.CUSTOMER


def test_a_lost_renewal_decides_alone() -> None:
    renewal = replace(WATCH, means="renewal")
    assert judge(case(won("1", 1)), rules(), renewal, TODAY).verdict is Verdict.CUSTOMER


def test_what_came_later_does_not_count() -> None:
    known = case(won("1", 400), won("2", 5))
    assert judge(known, rules(), WATCH, days_ago(100)).verdict is Verdict.CUSTOMER


def test_a_deal_that_closed_later_was_open_then() -> None:
    known = case(won("1", 400), lost("2", 5))
    state = standing(known, rules(), days_ago(20))
    assert (state.open_deals, state.live_deals) == (1, 1)


def test_the_verdict_is_said_in_words() -> None:
    words = judge(case(won("1", 400)), rules(), WATCH, TODAY).because
    assert words[0] == "they bought once, last on 11 May 2025, 400 days before 15 June 2026"
    assert words[-1] == "so the customer is lost"


def test_money_without_a_rate_counts_as_missing() -> None:
    state = standing(case(won("1", 9, 500, "USD"), won("2", 8, 70)), rules(), TODAY)
    assert (state.won_value, state.uncounted_money) == (Decimal(70), 1)


def test_time_alone_finds_the_first_day() -> None:
    found = lost_by_time(case(won("1", 200)), rules(), TODAY)
    assert found is not None
    assert found[0] == days_ago(200) + timedelta(days=121)


def test_time_alone_waits_for_the_contract() -> None:
    found = lost_by_time(case(won("1", 400), contracts=(contract("c", 400, 30),)), rules(), TODAY)
    assert found is not None
    assert found[0] == days_ago(30)


def test_time_alone_loses_nobody_who_never_bought() -> None:
    assert lost_by_time(case(lost("1", 400)), rules(), TODAY) is None


def test_the_day_on_which_time_will_lose_them() -> None:
    assert will_be_lost_on(case(won("1", 20)), rules(), TODAY) == days_ago(20) + timedelta(days=121)


def test_a_win_after_the_loss_is_a_return() -> None:
    known = case(won("1", 400), won("2", 10))
    assert returned_on(known, rules(), days_ago(50), TODAY) == days_ago(10)


def test_one_more_contract_beside_a_running_one_is_no_return() -> None:
    known = case(contracts=(contract("a", 400, None), contract("b", 10, None)))
    assert returned_on(known, rules(), days_ago(50), TODAY) is None


def test_a_new_contract_after_all_had_ended_is_a_return() -> None:
    known = case(contracts=(contract("a", 400, 60), contract("b", 10, None)))
    assert returned_on(known, rules(), days_ago(50), TODAY) == days_ago(10)


def test_a_sum_of_which_nothing_is_known_is_missing_and_not_nothing() -> None:
    for deal, value in ((won("1", 400, 50, "GBP"), None), (won("1", 400, 50, "EUR"), Decimal(50))):
        known = case(deal)
        facts = buying_facts(standing(known, rules(), TODAY), known)
        assert facts["won_value"] == value


def test_a_lost_deal_with_its_planned_close_date_ahead_is_not_worked_on() -> None:
    ahead = replace(lost("2", -40), created_on=days_ago(20))
    decision = decide(case(won("1", 400), ahead), book(), TODAY)
    assert [x.verdict for x in decision.losses] == [Verdict.CUSTOMER]


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (case(), ("they never bought before", "no contract runs", "no open deal is worked on")),
        (
            case(won("1", 201), won("2", 1)),
            (
                "they bought 2 times, last on 14 June 2026, 1 day before 15 June 2026",
                "they usually buy every 200 days",
                "no contract runs",
                "no open deal is worked on",
            ),
        ),
        (
            case(won("1", 0), open_deal("2", 9, 1)),
            (
                "they bought once, last on 15 June 2026",
                "one purchase says nothing of a usual gap",
                "no contract runs",
                "1 open deal is worked on",
            ),
        ),
        (
            case(
                open_deal("2", 9, 1),
                open_deal("3", 9, 1),
                contracts=(contract("c", 30, None), contract("d", 10, None)),
            ),
            (
                "they bought 2 times, last on 5 June 2026, 10 days before 15 June 2026",
                "they usually buy every 20 days",
                "2 contracts run",
                "2 open deals are worked on",
            ),
        ),
    ],
)
def test_the_record_of_buying_in_words(known: Case, words: tuple[str, ...]) -> None:
    assert in_words(standing(known, rules(), TODAY)) == words


def test_a_win_and_the_contract_that_it_brought_are_one_purchase() -> None:
    deals = (won("1", 227), won("2", 133))
    brought = (contract("c", 224, 25, running=False), contract("d", 140, 25, running=False))
    known = case(*deals, contracts=brought)
    assert in_words(standing(known, rules(), TODAY)) == in_words(
        standing(case(*deals), rules(), TODAY)
    )
    assert judge(known, rules(), WATCH, TODAY).verdict is Verdict.DEAL


@pytest.mark.parametrize(
    ("story", "starts", "wins"),
    [
        ("60 days after the win", (340,), 1),
        ("61 days after it", (339,), 2),
        ("14 days before the deal was marked as won", (414,), 1),
        ("15 days before", (415,), 2),
        ("two contracts out of one order", (395, 395), 1),
        ("renewed each month", (400, 370, 340), 3),
        ("renewed a year later, without a deal", (395, 30), 2),
        ("the renewal that ended just before, and what was bought anew", (412, 398), 2),
    ],
)
def test_a_contract_without_a_win_is_a_purchase(
    story: str, starts: tuple[int, ...], wins: int
) -> None:
    runs = tuple(contract(f"c{n}", days, None) for n, days in enumerate(starts))
    assert standing(case(won("1", 400), contracts=runs), rules(), TODAY).wins == wins, story


def test_each_win_brings_a_contract_of_its_own() -> None:
    known = case(
        won("1", 100), won("2", 90), contracts=(contract("c", 91, None), contract("d", 60, None))
    )
    assert standing(known, rules(), TODAY).win_days == (days_ago(100), days_ago(90))


def test_one_day_of_buying_says_nothing_of_a_gap_and_the_days_decide() -> None:
    once, twice = case(won("1", 130)), case(won("1", 130), won("2", 130))
    for known in (once, twice):
        state = standing(known, rules(), TODAY)
        assert account_facts(known, state)["usual_gap_in_days"] is None
        assert is_lost(known, rules(), state)[0]
    words = in_words(standing(twice, rules(), TODAY))
    assert "purchases on one day say nothing of a usual gap" in words


def test_other_rules_have_no_gap_to_ask_for() -> None:
    rarely = Playbook(
        "rarely", when=when("usual_gap_in_days < 10"), tasks=(PlaybookTask("a", "A"),)
    )
    known = case(won("1", 400), lost("2", 3), contacts=(eva(),))
    decision = decide(known, book(playbooks=(rarely,)), TODAY)
    assert decision.tasks == ()
    assert "usual_gap_in_days" in decision.missing


def test_who_is_kept_is_said_too() -> None:
    assert judge(case(won("1", 9)), rules(), WATCH, TODAY).because[-1] == (
        "so they are still a customer"
    )


def test_time_alone_says_that_no_record_does() -> None:
    found = lost_by_time(case(won("1", 200)), rules(), TODAY)
    assert found is not None
    assert found[1].because[0] == "no record says so, time alone does"
    assert found[1].because[-1] == "so the customer is lost"


def test_a_return_is_after_the_day_of_the_loss_and_not_after_today() -> None:
    for ago, back in ((50, None), (49, days_ago(49)), (0, TODAY), (-1, None)):
        assert returned_on(case(won("1", ago)), rules(), days_ago(50), TODAY) == back
        started = case(contracts=(contract("c", ago, None),))
        # one that starts on the day of the loss ran on it
        assert returned_on(started, rules(), days_ago(50), TODAY) == back


def test_a_contract_that_never_came_to_run_is_no_return() -> None:
    never = case(contracts=(contract("c", 10, None, running=False),))
    assert returned_on(never, rules(), days_ago(50), TODAY) is None
    runs = case(contracts=(contract("c", 10, None, running=True),))
    assert returned_on(runs, rules(), days_ago(50), TODAY) == days_ago(10)


def test_a_contract_of_which_nothing_is_known_does_not_run() -> None:
    known = case(won("1", 400), contracts=(Contract("c", account_id="A1"),))
    assert judge(known, rules(), WATCH, TODAY).verdict is Verdict.CUSTOMER


def test_a_deal_that_was_created_later_was_not_open_then() -> None:
    assert standing(case(open_deal("1", 9, 9)), rules(), days_ago(20)).open_deals == 0


@pytest.mark.parametrize(
    ("values", "worth"),
    [((None,), None), ((50,), Decimal(50)), ((50, 20), Decimal(70)), ((50, None), None)],
)
def test_what_contracts_bring_is_known_when_each_has_a_value(
    values: tuple[int | None, ...], worth: Decimal | None
) -> None:
    runs = tuple(
        contract(f"c{n}", 90, None, value=Money(Decimal(each)) if each is not None else None)
        for n, each in enumerate(values)
    )
    assert standing(case(contracts=runs), rules(), TODAY).contract_value == worth


@pytest.mark.parametrize(
    "asked",
    [
        "crm == 'sales'",
        "account.Size__c == 3",
        "account_name == 'Foo AG'",
        "account_type == 'Partner'",
        "country == 'DE'",
        "region == 'BY'",
        "domain == 'foo.example'",
        "contacts == 1",
        "has_contact",
    ],
)
def test_lost_customer_may_ask_who_the_account_is(asked: str) -> None:
    who = Account("A1", "Foo AG", domain="foo.example", country="DE", region="BY", type="Partner")
    bought = case(won("1", 1), contacts=(eva(),), account_fields={"Size__c": 3})
    asking = rules(lost_when=when(asked))
    assert judge(replace(bought, account=who), asking, WATCH, TODAY).verdict is Verdict.CUSTOMER


@pytest.mark.parametrize(
    ("watch", "known", "because"),
    [
        (
            replace(WATCH, name="gone", verdict=Verdict.CUSTOMER),
            case(),
            'the watch "gone" says so of every such record',
        ),
        (replace(WATCH, means="renewal"), case(), "a lost renewal decides alone"),
        (
            WATCH,
            replace(case(), account=None),
            "the record names no account, so nobody bought before",
        ),
        (WATCH, case(), "nothing was won from them by 15 June 2026"),
    ],
)
def test_what_decides_without_the_facts_is_said(watch: Watch, known: Case, because: str) -> None:
    assert judge(known, rules(), watch, TODAY).because == (because,)
