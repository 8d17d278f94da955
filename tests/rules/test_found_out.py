"""A reason that is found out leads somewhere: another playbook takes over the recovery."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from rules.case import Case, Decision, Recovery
from rules.decide import decide
from rules.model import Fault, Field, Kind, Outcome, Provenance, Snapshot
from rules.playbook import AfterKind, Ask, Benchmark, Playbook, PlaybookTask
from rules.progress import step_of
from rules.rulebook import Rulebook
from rules.ruleset import Reason
from rules.schema_plays import after
from rules.spans import Span, Unit
from tests.rules.cases import ACCOUNT, TODAY, book, case, eva, lost, remembered, snapshot, when, won
from tests.rules.plays import MANAGED, STAFF, steps

KNOWN, CONFIRMED = AfterKind.REASON_KNOWN, AfterKind.REASON_CONFIRMED
A_DAY = Span(1, Unit.BUSINESS_DAY)
LATER = TODAY + timedelta(days=3)

REASONS = (
    Reason("price", "Price", phrases=("too expensive",)),
    Reason("service", "Service", fault=Fault.OURS, phrases=("nobody called back",)),
    Reason("invalid", "Invalid", phrases=("entered by mistake",)),
)
FIND_OUT = Playbook(
    "reason unknown",
    when=when("category == 'unknown'"),
    tasks=(PlaybookTask("find-out", "Ask why they left"),),
    benchmarks=(Benchmark(KNOWN, 10),),
    until=KNOWN,
)
OUR_FAULT = Playbook(
    "our fault",
    when=when("fault == 'ours'"),
    tasks=(
        PlaybookTask("listen", "Call and listen"),
        PlaybookTask("apologise", "Say sorry", ask=Ask.APOLOGY, after=after("reason_confirmed")),
        PlaybookTask("mend", "Offer", ask=Ask.OFFER, after=after(["reason_confirmed"])),
    ),
    benchmarks=(Benchmark(AfterKind.SPOKEN, 10),),
    ends_after=Span(30, Unit.DAY),
)
PRICE = Playbook(
    "price",
    when=when("category == 'price'"),
    tasks=(PlaybookTask("price-talk", "Ask what it was worth"),),
    until=CONFIRMED,
)
RULES = book(reasons=REASONS, playbooks=(FIND_OUT, OUR_FAULT, PRICE))


def customer(words: str | None = None) -> Case:
    return case(won("1", 400), lost("2", 3), contacts=(eva(),), words=words, owners=STAFF)


def asked_why(rules: Rulebook = RULES, **task: object) -> Case:
    """A customer whose reason nobody knew, with the question in the CRM."""
    return remembered(customer(), decide(customer(), rules, TODAY), **task)


def said(known: Case, words: str | None, rung: Provenance | None = None) -> Case:
    """What a rep wrote into the lost record since."""
    ours = {Field.PROVENANCE: rung.value} if rung else {}
    record = snapshot(lost("2", 3), {"Loss_Notes__c": words}, {**known.records[1].ours, **ours})
    return replace(known, records=(known.records[0], record))


def current(decision: Decision) -> Recovery:
    [recovery] = decision.recoveries
    return recovery


def closed(decision: Decision) -> dict[str, str]:
    return {key.split(":")[1]: because for key, because in decision.close.items()}


def test_the_playbook_for_what_was_found_out_takes_over() -> None:
    decision = decide(said(asked_why(), "nobody called back"), RULES, LATER)
    recovery = current(decision)
    assert (recovery.playbook, recovery.began_on, recovery.opened) == ("our fault", LATER, False)
    [left] = recovery.left
    assert (left.name, left.taken_on, left.left_on) == ("reason unknown", recovery.opened_on, LATER)
    assert left.because == "the reason is known: Service"
    assert left.benchmarks[0].met_on == LATER
    assert steps(decision) == ["listen:1"]
    assert closed(decision) == {
        "find-out": 'the reason is known: Service; the playbook "our fault" goes on from here'
    }


def test_its_dates_count_from_the_day_on_which_the_reason_was_known() -> None:
    [task] = decide(said(asked_why(), "nobody called back"), RULES, LATER).tasks
    assert date(2026, 6, 18) == LATER
    assert task.draft.due_on == date(2026, 6, 19)
    assert "it took over on 18 June 2026 (the reason is known: Service)" in task.because


def test_the_same_decision_again_asks_for_nothing() -> None:
    known = said(asked_why(), "nobody called back")
    first = decide(known, RULES, LATER)
    again = decide(remembered(known, first), RULES, LATER)
    assert (again.tasks, again.close) == ((), {})
    assert current(again).left == current(first).left


def test_what_a_rep_works_on_stays() -> None:
    decision = decide(said(asked_why(touched=True), "nobody called back"), RULES, LATER)
    assert closed(decision) == {}
    assert steps(decision) == ["listen:1"]


def test_a_word_to_the_manager_goes_with_the_task_that_it_is_about() -> None:
    rules = replace(RULES.rules, limits=replace(RULES.rules.limits, escalate_after=A_DAY))
    rulebook, late = Rulebook(rules, 7), TODAY + timedelta(days=14)
    known = asked_why(rulebook)
    known = remembered(known, decide(known, rulebook, late))
    decision = decide(said(known, "nobody called back"), rulebook, late)
    assert set(closed(decision)) == {"find-out", "find-out.overdue"}


def test_a_task_that_closes_in_this_decision_is_not_told_to_the_manager() -> None:
    rules = replace(RULES.rules, limits=replace(RULES.rules.limits, escalate_after=A_DAY))
    rulebook, late = Rulebook(rules, 7), TODAY + timedelta(days=14)
    decision = decide(said(asked_why(rulebook), "nobody called back"), rulebook, late)
    assert set(closed(decision)) == {"find-out"}
    assert steps(decision) == ["listen:1"]


def test_a_step_of_a_playbook_that_was_left_is_told_to_nobody() -> None:
    rules = replace(RULES.rules, limits=replace(RULES.rules.limits, escalate_after=A_DAY))
    rulebook, late = Rulebook(rules, 7), TODAY + timedelta(days=14)
    known = said(asked_why(rulebook, closed=True), "nobody called back")
    known = remembered(known, decide(known, rulebook, LATER), closed=True)
    [recovery] = known.recoveries
    reopened = tuple(replace(t, closed=":find-out:" not in t.key) for t in recovery.tasks)
    known = replace(known, recoveries=(replace(recovery, tasks=reopened),))
    assert steps(decide(known, rulebook, late)) == []


def test_a_step_of_both_plans_that_is_done_is_not_asked_again() -> None:
    listening = replace(FIND_OUT, tasks=(OUR_FAULT.tasks[0],))
    rules = book(reasons=REASONS, playbooks=(listening, OUR_FAULT))
    done = asked_why(rules, done_on=TODAY, closed=True, outcome=Outcome.SPOKE)
    decision = decide(said(done, "nobody called back"), rules, LATER)
    assert current(decision).playbook == "our fault"
    assert steps(decision) == []
    assert current(decision).benchmarks[0].met_on == TODAY


def test_a_step_of_both_plans_that_is_open_stays() -> None:
    listening = replace(FIND_OUT, tasks=(OUR_FAULT.tasks[0],))
    rules = book(reasons=REASONS, playbooks=(listening, OUR_FAULT))
    decision = decide(said(asked_why(rules), "nobody called back"), rules, LATER)
    assert (steps(decision), closed(decision)) == ([], {})


def test_an_offer_of_the_new_plan_waits_like_any_other() -> None:
    known = asked_why()
    guessed = decide(said(known, "nobody called back"), RULES, LATER)
    assert ("our fault / mend", "an offer waits until the reason is confirmed") in [
        (n.rule, n.because) for n in guessed.not_made
    ]
    confirmed = decide(said(known, "nobody called back", Provenance.CONFIRMED), RULES, LATER)
    assert steps(confirmed) == ["listen:1", "apologise:1"]


def test_the_plan_ends_and_slips_by_its_own_days() -> None:
    known = said(asked_why(), "nobody called back")
    known = remembered(known, decide(known, RULES, LATER))
    eve = LATER + timedelta(days=29)
    assert current(decide(known, RULES, eve)).ended_on is None
    assert current(decide(known, RULES, eve + timedelta(days=1))).ended_on is not None
    assert decide(known, RULES, LATER).look_again_on == LATER + timedelta(days=11)


def test_a_plan_may_change_more_than_once_and_never_back() -> None:
    known = said(asked_why(), "too expensive")
    guessed = decide(known, RULES, LATER)
    assert current(guessed).playbook == "price"
    known = remembered(known, guessed)
    told = decide(said(known, "nobody called back", Provenance.CONFIRMED), RULES, LATER)
    assert [one.name for one in current(told).left] == ["reason unknown", "price"]
    assert current(told).playbook == "our fault"
    known = remembered(known, told)
    forgot = decide(said(known, None), RULES, LATER)
    assert current(forgot).playbook == "our fault"


def test_without_a_playbook_that_fits_the_recovery_waits_for_one() -> None:
    known = said(asked_why(), "entered by mistake")
    nothing = decide(known, RULES, LATER)
    assert (current(nothing).playbook, steps(nothing)) == (None, [])
    assert closed(nothing) == {
        "find-out": "the reason is known: Invalid; no playbook goes on from here"
    }
    known = remembered(known, nothing)
    assert current(decide(known, RULES, LATER)).left == current(nothing).left
    corrected = decide(said(known, "nobody called back"), RULES, LATER)
    assert (current(corrected).playbook, steps(corrected)) == ("our fault", ["listen:1"])
    assert current(corrected).left[-1].because == "the reason is now Service"


def test_who_comes_with_a_known_reason_never_gets_the_question() -> None:
    anybody = replace(FIND_OUT, when=None)
    rules = book(reasons=REASONS, playbooks=(anybody, OUR_FAULT))
    decision = decide(customer("nobody called back"), rules, TODAY)
    assert (current(decision).playbook, current(decision).left) == ("our fault", ())


def test_what_another_record_of_the_same_departure_says_counts() -> None:
    first = case(won("1", 400), lost("2", 3), lost("3", 3), contacts=(eva(),), owners=STAFF)
    known = remembered(first, decide(first, RULES, TODAY))
    assert known.losses[1].merged_into == known.losses[0].id
    told = snapshot(lost("3", 3), {"Loss_Notes__c": "nobody called back"})
    known = replace(known, records=(*known.records[:2], told))
    assert current(decide(known, RULES, LATER)).playbook == "our fault"


def test_the_exit_interview_finds_out_too() -> None:
    heard = Snapshot(ACCOUNT, Kind.ACCOUNT, ours={Field.WHAT_HAPPENED: "Nobody called back."})
    known = asked_why()
    decision = decide(replace(known, records=(*known.records, heard)), RULES, LATER)
    assert (current(decision).playbook, steps(decision)) == ("our fault", ["listen:1"])
    first = replace(customer(), records=(*customer().records, heard))
    at_once = decide(first, RULES, TODAY)
    assert (current(at_once).playbook, current(at_once).left) == ("our fault", ())
    assert decide(remembered(first, at_once), RULES, TODAY).tasks == ()


def test_other_playbooks_stay_pinned() -> None:
    pinned = replace(FIND_OUT, until=None)
    rules = book(reasons=REASONS, playbooks=(pinned, OUR_FAULT))
    decision = decide(said(asked_why(rules), "nobody called back"), rules, LATER)
    assert (current(decision).playbook, steps(decision)) == ("reason unknown", [])


def test_the_question_says_that_an_answer_closes_it() -> None:
    [task] = decide(customer(), RULES, TODAY).tasks
    assert "It closes by itself after the reason being known, a new purchase," in task.draft.body


def test_it_is_left_as_its_own_revision_says_and_followed_by_the_rules_in_force() -> None:
    known = asked_why()
    known = replace(known, recoveries=tuple(replace(r, revision=7) for r in known.recoveries))
    today = book(reasons=REASONS, playbooks=(replace(OUR_FAULT, name="mend it"),))
    in_force = Rulebook(today.rules, 8, {(7, FIND_OUT.name): FIND_OUT})
    recovery = current(decide(said(known, "nobody called back"), in_force, LATER))
    assert (recovery.playbook, recovery.revision, recovery.left[0].revision) == ("mend it", None, 7)


def test_a_stop_is_kept_in_the_new_plan() -> None:
    barred = replace(said(asked_why(), "nobody called back"), contacts=(eva(opted_out=True),))
    decision = decide(barred, RULES, LATER)
    assert steps(decision) == []
    stopped = asked_why(done_on=TODAY, closed=True, outcome=Outcome.ASKED_TO_STOP)
    assert steps(decide(said(stopped, "nobody called back"), RULES, LATER)) == []


def test_tries_go_on_being_counted() -> None:
    tries = PlaybookTask("listen", "Call and listen", attempts=2)
    before = replace(FIND_OUT, tasks=(tries,))
    rules = book(reasons=REASONS, playbooks=(before, replace(OUR_FAULT, tasks=(tries,))))
    silent = asked_why(rules, done_on=TODAY, closed=True, outcome=Outcome.NO_ANSWER)
    decision = decide(said(silent, "nobody called back"), rules, LATER)
    assert steps(decision) == ["listen:2"]
    known = remembered(said(silent, "nobody called back"), decision)
    assert sum(step_of(t) == "listen" for r in known.recoveries for t in r.tasks) == 2


@pytest.mark.parametrize("gone", [True, False])
def test_a_question_that_never_went_out_is_closed_all_the_same(gone: bool) -> None:
    decision = decide(said(asked_why(written=gone), "nobody called back"), RULES, LATER)
    assert set(closed(decision)) == {"find-out"}


def test_somebody_who_left_is_not_replaced_on_a_task_that_closes() -> None:
    known = said(asked_why(), "nobody called back")
    owners = {**STAFF, MANAGED.id: replace(MANAGED, active=False)}
    decision = decide(replace(known, owners=owners), RULES, LATER)
    assert set(closed(decision)) == {"find-out"}
    assert decision.reassign == {}


def test_the_goal_of_the_plan_stands_in_the_texts_of_its_later_steps() -> None:
    told = replace(OUR_FAULT, goal="mended", tasks=(PlaybookTask("a", "{{ recovery.goal }}"),))
    rules = book(reasons=REASONS, playbooks=(FIND_OUT, told))
    [task] = decide(said(asked_why(rules), "nobody called back"), rules, LATER).tasks
    assert task.draft.subject == "mended"
