"""The past walked through by other rules: what is found on which day, and what is made of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from integration.replaying.counts import Counts
from rules.case import TIME_ALONE, Case, KnownLoss, LossReason
from rules.conditions import RECORD_SYMBOLS, compile_condition
from rules.contrast import Changed, contrasts
from rules.counting_book import CountingBook
from rules.model import Opportunity, Owner, Priority, Ref, Verdict
from rules.people import Assign, AssignTo
from rules.playbook import AfterKind, Playbook, PlaybookTask
from rules.replay import Foreseen, Window, unread_notes, walk
from rules.spans import Span, Unit
from tests.rules.cases import (
    ANN,
    TODAY,
    book,
    case,
    contract,
    days_ago,
    eva,
    lost,
    open_deal,
    rules,
    snapshot,
    when,
    won,
)

OWNERS = {"U1": ANN, "U2": Owner("U2", "Bo", "bo@acme.example")}
WINDOW = Window(days_ago(365), TODAY)
THANKS = Playbook(
    name="thanks", goal="", tasks=(PlaybookTask(key="thank", subject="Thank {{ contact.name }}"),)
)


def replayed(seen: Case, **changes: Any) -> tuple[Foreseen, ...]:
    return walk(seen, CountingBook.of(book(**changes)), WINDOW)


def losing(id: str, lost_on: int, *, created: int) -> Opportunity:
    return replace(lost(id, lost_on), created_on=days_ago(created))


def test_a_loss_is_found_on_its_day_and_brings_that_days_tasks() -> None:
    [found] = replayed(case(won("W", 500), lost("D", 100), contacts=(eva(),)))
    assert (found.verdict, found.decided_on) == (Verdict.CUSTOMER, days_ago(100))
    assert (found.opened, found.playbook) == (True, "call")
    [task] = found.tasks
    assert (task.rule, task.draft.owner_id, task.made_on) == ("call / listen", "U1", days_ago(100))


def test_it_does_not_matter_since_when_the_new_rules_would_make_tasks() -> None:
    company = replace(rules().company, first_day=TODAY)
    [found] = replayed(case(won("W", 500), lost("D", 100)), company=company)
    assert len(found.tasks) == 1


def test_what_was_lost_before_the_window_is_history() -> None:
    assert replayed(case(won("W", 900), lost("D", 500))) == ()
    [found] = replayed(case(won("W", 900), lost("D", 500), lost("E", 40)))
    assert (found.record.id, found.opened) == ("E", True)


def test_a_deal_that_was_lost_later_was_worked_on_until_then() -> None:
    deals = (won("W", 500), lost("D", 100), losing("E", 20, created=100))
    first, second = replayed(case(*deals))
    assert (first.verdict, second.verdict) == (Verdict.DEAL, Verdict.CUSTOMER)


def test_a_deal_that_came_later_was_not_there_yet() -> None:
    [found] = replayed(case(won("W", 500), lost("D", 100), open_deal("E", 20, 20)))
    assert found.verdict is Verdict.CUSTOMER


def test_a_deal_from_another_system_counts_from_the_day_on_which_it_was_won() -> None:
    moved = (replace(deal, created_on=TODAY) for deal in (won("W", 500), lost("D", 100)))
    [found] = replayed(case(*moved))
    assert (found.verdict, found.decided_on) == (Verdict.CUSTOMER, days_ago(100))


def test_a_later_loss_joins_the_recovery_and_a_purchase_between_ends_it() -> None:
    first, second = replayed(case(won("W", 500), lost("D", 200), lost("E", 150)))
    assert (first.opened, second.opened) == (True, False)
    assert second.recovery_id == first.recovery_id
    assert second.tasks == ()
    quick = replace(won("X", 330), created_on=days_ago(335))
    first, second = replayed(case(won("W", 480), lost("D", 350), quick))
    assert (first.opened, second.opened) == (True, True)
    assert len(second.tasks) == 1


def test_a_later_loss_that_says_why_changes_the_plan() -> None:
    why = {"Loss_Notes__c": "too expensive"}
    deals = (won("W", 500), losing("D", 100, created=150), losing("E", 50, created=90))
    seen = case(*deals, contacts=(eva(),), records=(snapshot(deals[1]), snapshot(deals[2], why)))
    asking = Playbook(
        name="find out",
        when=when("category == 'unknown'"),
        tasks=(PlaybookTask("find-out", "Ask why"),),
        until=AfterKind.REASON_KNOWN,
    )
    first, second = replayed(seen, playbooks=(asking, THANKS))
    assert (first.opened, first.playbook, first.took_over) == (True, "find out", False)
    assert (second.opened, second.took_over) == (False, True)
    assert [task.rule for task in second.tasks] == ["thanks / thank"]
    counts = Counts()
    counts.add("sales", (first, second))
    assert counts.recoveries == {"opened": 1, "joined": 1, "took_over": 1}


def test_who_stops_buying_is_lost_on_the_day_on_which_time_says_so() -> None:
    [found] = replayed(case(won("W", 200)))
    assert (found.watch, found.decided_on) == (TIME_ALONE, days_ago(200) + timedelta(days=121))
    assert replayed(case(won("W", 100))) == ()
    assert replayed(case(won("W", 800))) == ()  # before the window


def test_who_stops_came_back_and_stops_again_is_found_twice() -> None:
    found = replayed(case(won("A", 390), won("B", 385), won("W", 180)))
    assert [x.watch for x in found] == [TIME_ALONE, TIME_ALONE]
    assert [x.opened for x in found] == [True, True]


def test_who_is_lost_by_time_and_asked_for_an_offer_later_was_lost_all_the_same() -> None:
    [found] = replayed(case(won("W", 300), open_deal("D", 60, 10)))
    assert found.decided_on == days_ago(179)


def test_a_contract_that_ends_is_told_on_its_end() -> None:
    [found] = replayed(case(contracts=(contract("C", 800, 50),)))
    assert (found.watch, found.decided_on) == (TIME_ALONE, days_ago(50))


def test_a_condition_that_waits_for_days_is_found_when_they_have_passed() -> None:
    waits = compile_condition("lost and today - closed_on > 30 days", RECORD_SYMBOLS)
    watch = replace(rules().watches[0], lost_when=waits)
    [found] = replayed(case(won("W", 500), lost("D", 100)), watches=(watch,))
    assert found.decided_on == days_ago(69)


def in_ledger(known_on: date, **changes: Any) -> KnownLoss:
    usual = KnownLoss(
        id="l1",
        record=Ref("Opportunity", "D"),
        ordinal=1,
        watch="closed-lost",
        verdict=Verdict.CUSTOMER,
        known_on=known_on,
        lost_on=known_on,
    )
    return replace(usual, **changes)


def test_the_ledger_knows_since_when_a_record_without_a_date_was_lost() -> None:
    deal = replace(lost("D", 100), closed_on=None)
    edited = datetime.combine(days_ago(3), datetime.min.time(), UTC)
    seen = case(won("W", 500), deal, records=(snapshot(deal, modified_at=edited),))
    [late] = replayed(seen)
    assert late.decided_on == days_ago(3)
    [found] = replayed(replace(seen, losses=(in_ledger(days_ago(100)),)))
    assert found.decided_on == days_ago(100)


def test_a_note_is_not_read_again_where_the_same_rules_have_read_it() -> None:
    read = LossReason(category="price", because='the words "dear"', confidence=0.8)
    known = in_ledger(days_ago(100), reason=read, revision=3)
    seen = case(won("W", 500), lost("D", 100), words="dear", losses=(known,))
    [anew] = walk(seen, CountingBook.of(book()), WINDOW)
    [recalled] = walk(seen, CountingBook.of(book(), frozenset({3})), WINDOW)
    assert (anew.category, recalled.category) == ("unknown", "price")


def test_notes_that_a_walk_will_read_are_known_beforehand() -> None:
    seen = case(won("W", 500), lost("D", 40), words="too expensive")
    known = replace(seen, losses=(in_ledger(days_ago(40), revision=3),))
    mine, others = (CountingBook.of(book(), frozenset({number})) for number in (3, 4))
    assert unread_notes(seen, mine, WINDOW) == ["too expensive"]
    assert list(unread_notes(known, mine, WINDOW)) == []
    assert unread_notes(known, others, WINDOW) == ["too expensive"]


def test_answers_of_later_days_are_not_known_yet() -> None:
    told = PlaybookTask(key="sorry", subject="Sorry", after=())
    seen = case(won("W", 500), lost("D", 100), words="too expensive")
    [found] = replayed(seen, playbooks=(replace(THANKS, tasks=(told,)),))
    assert found.category == "price"
    assert [task.rule for task in found.tasks] == ["thanks / sorry"]


def test_two_files_are_told_apart_by_what_they_make() -> None:
    seen = case(won("W", 500), lost("D", 100))
    calls, thanks = replayed(seen), replayed(seen, playbooks=(THANKS,))
    assert contrasts(calls, calls, OWNERS) == ()
    [one] = contrasts(calls, thanks, OWNERS)
    assert one.changed == (("playbook", "call", "thanks"),)
    assert (one.more, one.less) == (("thanks / thank",), ("call / listen",))
    [gone] = contrasts(calls, (), OWNERS)
    assert (gone.found, gone.less) == ("in force", ("call / listen",))


def with_step(step: PlaybookTask) -> tuple[Foreseen, ...]:
    """A loss of which the only playbook has this step alone, its texts written."""
    seen = case(won("W", 500), lost("D", 100), contacts=(eva(),), owners=OWNERS)
    written = CountingBook.of(book(playbooks=(replace(THANKS, tasks=(step,)),)), writes=True)
    return walk(seen, written, WINDOW)


STEP = replace(THANKS.tasks[0], body="One.\nTwo.", due=Span(2, Unit.DAY))


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        ({"assign": Assign(AssignTo.PERSON, "bo@acme.example")}, ("owner", "Ann Lee", "Bo")),
        ({"due": Span(9, Unit.DAY)}, ("due on", "2026-03-09", "2026-03-16")),
        ({"priority": Priority.HIGH}, ("priority", "normal", "high")),
        ({"subject": "Hi {{ contact.name }}"}, ("subject", "Thank Eva Bauer", "Hi Eva Bauer")),
        ({"body": "One.\nTwo and three."}, ("body", "Two.", "Two and three.")),
        ({"body": "One.\nAnd.\nTwo."}, ("body", "", "And.")),
        ({"body": "One."}, ("body", "Two.", "")),
    ],
)
def test_every_difference_of_a_task_is_seen(change: dict[str, Any], differs: Changed) -> None:
    [one] = contrasts(with_step(STEP), with_step(replace(STEP, **change)), OWNERS)
    assert (one.changed, one.more, one.less) == ((), (), ())
    [task] = one.tasks
    assert task.rule == "thanks / thank"
    assert task.changed[0] == differs


def test_a_text_that_is_written_otherwise_and_says_the_same_is_no_difference() -> None:
    same = replace(STEP, subject="{% if contact.name %}Thank {{contact.name}}{% endif %}")
    assert contrasts(with_step(STEP), with_step(same), OWNERS) == ()
