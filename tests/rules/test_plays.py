"""Steps of a playbook: tries, what they wait for, benchmarks, and how the plan ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from rules.decide import decide
from rules.model import Changeable, Field, Outcome, Priority, Provenance
from rules.playbook import AfterKind, Ask, Benchmark, Cadence, PlaybookTask, Unanswered
from rules.ruleset import Reason
from rules.schema_plays import after as waiting_for
from rules.spans import Span, Unit
from tests.rules.cases import TODAY, book, case, eva, lost, remembered, won, yes
from tests.rules.plays import LISTEN, SILENT, customer, gone, only, plan, played, steps


def test_a_try_without_an_answer_is_followed_by_the_next() -> None:
    task = only(played(plan(LISTEN), SILENT))
    assert task.draft.key.endswith(":listen:2")
    assert task.draft.subject == "(try 2 of 3) Listen"
    assert task.draft.due_on == TODAY + timedelta(days=2)


@pytest.mark.parametrize("tries", [[None], [SILENT, None], [Outcome.SPOKE], [SILENT] * 3])
def test_no_try_is_added_while_one_stands_or_after_the_last(tries: list[Outcome | None]) -> None:
    assert played(plan(LISTEN), *tries).tasks == ()


def test_somebody_else_makes_the_last_try() -> None:
    handed = plan(replace(LISTEN, attempts=1, unanswered=Unanswered.MANAGER))
    task = only(played(handed, SILENT))
    assert (task.draft.owner_id, task.draft.subject) == ("M", "(last try) Listen")
    assert played(handed, SILENT, SILENT).tasks == ()
    other = plan(replace(LISTEN, attempts=1, unanswered=Unanswered.ANOTHER_REP))
    assert only(played(other, SILENT)).draft.owner_id == "U2"


def test_a_plan_may_end_when_nobody_answers() -> None:
    ends = plan(replace(LISTEN, attempts=2, unanswered=Unanswered.END))
    assert played(ends, SILENT).recoveries[0].end is None
    assert played(ends, SILENT, SILENT).recoveries[0].end == "not now"


@pytest.mark.parametrize(
    ("word", "tries", "wanted"),
    [
        ("reason_known", [None], True),
        ("reason_confirmed", [None], False),
        ("spoken", [SILENT], False),
        ("spoken", [Outcome.SPOKE], True),
        ("listen", [SILENT], False),
        ("listen", [Outcome.SPOKE], True),
        ("no answer for 3 days", [SILENT], False),
        ("no answer for 1 day", [SILENT], True),
        ("no answer for 1 day", [SILENT, Outcome.SPOKE], False),
    ],
)
def test_what_a_step_waits_for(word: str, tries: list[Outcome | None], wanted: bool) -> None:
    waiting = plan(
        PlaybookTask("listen", "Listen"), PlaybookTask("next", "Next", after=waiting_for(word))
    )
    tomorrow = TODAY + timedelta(days=1)
    assert ("next:1" in steps(played(waiting, *tries, on=tomorrow))) is wanted


def test_silence_is_looked_at_again_on_its_day() -> None:
    waiting = plan(
        PlaybookTask("listen", "Listen"),
        PlaybookTask("next", "Next", after=waiting_for("no answer for 10 days")),
    )
    assert played(waiting, SILENT).look_again_on == TODAY + timedelta(days=10)


def test_an_offer_waits_for_the_apology_where_the_fault_is_ours() -> None:
    ours = plan(
        PlaybookTask("sorry", "Say sorry", ask=Ask.APOLOGY),
        PlaybookTask("mend", "Mend", ask=Ask.REMEDY),
        reasons=(Reason("price", "Price", phrases=("too expensive",)),),
    )
    known = customer()
    first = decide(known, ours, TODAY)
    confirmed = remembered(known, first)
    chosen = {Field.PROVENANCE: Provenance.CONFIRMED.value, Field.FAULT: "ours"}
    record = replace(confirmed.records[1], ours={**confirmed.records[1].ours, **chosen})
    confirmed = replace(confirmed, records=(confirmed.records[0], record))
    decision = decide(confirmed, ours, TODAY)
    assert decision.tasks == ()
    assert "a remedy waits until we have apologised: it was our fault" in [
        note.because for note in decision.not_made
    ]


# ---- benchmarks and ends


SPOKEN = Benchmark(AfterKind.SPOKEN, 10)


def test_a_benchmark_is_met_by_speaking() -> None:
    measured = plan(LISTEN, benchmarks=(SPOKEN,))
    [state] = played(measured, Outcome.SPOKE).recoveries[0].benchmarks
    assert (state.what, state.met_on) == ("spoken by day 10", TODAY)
    assert not state.slipped(TODAY, TODAY + timedelta(days=90))


def test_a_benchmark_slips_on_the_day_after() -> None:
    decision = played(plan(LISTEN, benchmarks=(SPOKEN,)), None)
    [state], opened_on = decision.recoveries[0].benchmarks, decision.recoveries[0].opened_on
    assert decision.look_again_on == opened_on + timedelta(days=11)
    assert not state.slipped(opened_on, opened_on + timedelta(days=10))
    assert state.slipped(opened_on, opened_on + timedelta(days=11))


def test_a_plan_has_an_end() -> None:
    ending = plan(LISTEN, ends_after=Span(1, Unit.MONTH))
    later = TODAY + timedelta(days=40)
    decision = played(ending, None, on=later)
    assert (decision.recoveries[0].end, decision.recoveries[0].ended_on) == ("not now", later)
    assert set(decision.close.values()) == {"the recovery ended: not now"}


def test_who_was_thanked_is_released_well() -> None:
    ending = plan(replace(LISTEN, ask=Ask.THANK_YOU), ends_after=Span(1, Unit.MONTH))
    decision = played(ending, Outcome.SPOKE, on=TODAY + timedelta(days=40))
    assert decision.recoveries[0].end == "released well"


def test_who_buys_again_for_much_less_is_partly_recovered() -> None:
    known = case(won("1", 400), replace(lost("2", 3)), contacts=(eva(),))
    after = remembered(known, decide(known, book(), TODAY))
    small = won("9", -1, 100)
    after = replace(after, opportunities=(*after.opportunities, small))
    decision = decide(after, book(), TODAY + timedelta(days=2))
    assert decision.recoveries[0].end == "partly recovered"


@pytest.mark.parametrize(
    ("kind", "met"),
    [
        (AfterKind.REASON_KNOWN, True),
        (AfterKind.REASON_CONFIRMED, False),
        (AfterKind.APOLOGISED, True),
    ],
)
def test_a_benchmark_may_be_a_rung_or_an_apology(kind: AfterKind, met: bool) -> None:
    measured = plan(replace(LISTEN, ask=Ask.APOLOGY), benchmarks=(Benchmark(kind, 10),))
    [state] = played(measured, Outcome.SPOKE).recoveries[0].benchmarks
    assert state.met_on == (TODAY if met else None)


def test_a_benchmark_keeps_the_day_on_which_it_was_met() -> None:
    measured = plan(LISTEN, benchmarks=(Benchmark(AfterKind.REASON_KNOWN, 10),))
    [state] = played(measured, Outcome.SPOKE, on=TODAY + timedelta(days=5)).recoveries[0].benchmarks
    assert state.met_on == TODAY


def test_a_cause_that_cannot_change_ends_as_not_recoverable() -> None:
    moved = Reason("price", "Price", changeable=Changeable.NO, phrases=("too expensive",))
    ending = plan(LISTEN, ends_after=Span(1, Unit.MONTH), reasons=(moved,))
    decision = played(ending, Outcome.SPOKE, on=TODAY + timedelta(days=40))
    assert decision.recoveries[0].end == "not recoverable"


def test_the_plans_end_closes_its_tasks_while_a_cadence_goes_on() -> None:
    monthly = Cadence(name="Monthly", every=Span(1, Unit.MONTH))
    ending = plan(LISTEN, ends_after=Span(1, Unit.MONTH), cadences=(monthly,))
    known = replace(customer(), contacts=(yes(),))
    later = TODAY + timedelta(days=40)
    decision = decide(gone(known, decide(known, ending, TODAY), [None]), ending, later)
    assert decision.recoveries[0].end is None
    assert list(decision.close.values()) == ["the plan ended on 12 July 2026"]
    assert "the plan ended on 12 July 2026" in [note.because for note in decision.not_made]


def test_a_step_that_waits_does_not_hold_up_the_next() -> None:
    waiting = plan(
        PlaybookTask("late", "Later", after=waiting_for("spoken")),
        PlaybookTask("now", "Now", body="Be kind.", priority=Priority.HIGH),
    )
    decision = decide(customer(), waiting, TODAY)
    task = only(decision)
    assert task.draft.priority is Priority.HIGH
    assert task.draft.body.startswith("Be kind.\n")
    assert ("call / late", "it waits until somebody has spoken to them") in [
        (note.rule, note.because) for note in decision.not_made
    ]


def test_a_remedy_needs_no_apology_where_the_fault_is_not_ours() -> None:
    theirs = plan(
        PlaybookTask("sorry", "Say sorry", ask=Ask.APOLOGY, after=waiting_for("spoken")),
        PlaybookTask("mend", "Mend", ask=Ask.REMEDY),
    )
    known = customer()
    after = remembered(known, decide(known, theirs, TODAY))
    chosen = {Field.PROVENANCE: Provenance.CONFIRMED.value, Field.FAULT: "theirs"}
    record = replace(after.records[1], ours={**after.records[1].ours, **chosen})
    confirmed = replace(after, records=(after.records[0], record))
    assert steps(decide(confirmed, theirs, TODAY)) == ["mend:1"]


def test_the_next_try_is_due_from_the_day_of_the_last() -> None:
    later = TODAY + timedelta(days=1)
    task = only(played(plan(LISTEN), SILENT, on=later))
    assert task.draft.due_on == TODAY + timedelta(days=2)
    assert task.because.startswith("nobody answered on 15 June 2026: try 2 of 3; ")


@pytest.mark.parametrize(("tries", "times"), [(1, "once"), (2, "2 times")])
def test_the_last_try_says_how_often_nobody_answered(tries: int, times: str) -> None:
    handed = plan(replace(LISTEN, attempts=tries, unanswered=Unanswered.MANAGER))
    task = only(played(handed, *[SILENT] * tries))
    assert task.because.startswith(f"nobody answered {times}: somebody else tries; ")
