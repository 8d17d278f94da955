"""Steps of our own: overdue, unconfirmed, code against words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from rules.case import Case, NotMade
from rules.decide import decide
from rules.model import Field, Outcome, Provenance
from rules.playbook import AfterKind, Ask, Cadence, ExitInterview, Playbook
from rules.rulebook import Rulebook
from rules.ruleset import Limits, Reason
from rules.spans import Span, Unit
from tests.rules.cases import ANN, TODAY, book, remembered, rules, yes
from tests.rules.plays import LISTEN, MIA, SILENT, STAFF, customer, gone, only, plan, played, steps

LATE = TODAY + timedelta(days=10)


def told_on(day: date, rules: Rulebook) -> Case:
    """The customer whose manager was told on a day that nobody touches Ann's task."""
    known = remembered(customer(), decide(customer(), rules, TODAY))
    return remembered(known, decide(known, rules, day))


def test_an_untouched_task_is_told_to_the_manager_once() -> None:
    told = plan(LISTEN, limits=Limits(escalate_after=Span(5, Unit.BUSINESS_DAY)))
    early, late = TODAY + timedelta(days=4), TODAY + timedelta(days=10)
    assert played(told, None, on=early).tasks == ()
    task = only(played(told, None, on=late))
    assert task.draft.key.endswith(":listen.overdue:1")
    assert task.draft.owner_id == "M"
    assert 'Ann Lee has the task "listen", which was due on 16 June 2026.' in task.draft.body


def test_the_day_from_which_a_task_is_overdue_brings_its_customer_back() -> None:
    told = plan(LISTEN, limits=Limits(escalate_after=Span(5, Unit.BUSINESS_DAY)))
    made = decide(customer(), told, TODAY)
    assert made.look_again_on == date(2026, 6, 23), "due on the 16th; nothing else comes before"
    waiting = remembered(customer(), made, written=False)
    assert decide(waiting, told, TODAY).look_again_on == date(2026, 6, 23)
    assert decide(waiting, told, LATE).look_again_on == LATE + timedelta(days=1)
    assert decide(waiting, told, LATE).tasks == ()


def test_a_task_that_the_rep_has_begun_is_told_to_nobody() -> None:
    told = plan(LISTEN, limits=Limits(escalate_after=Span(5, Unit.BUSINESS_DAY)))
    known = remembered(customer(), decide(customer(), told, TODAY), touched=True)
    assert decide(known, told, TODAY + timedelta(days=10)).tasks == ()


def test_nobody_is_told_of_their_own_task() -> None:
    told = plan(LISTEN, limits=Limits(escalate_after=Span(5, Unit.BUSINESS_DAY)))
    alone = replace(customer(), owners={"U1": ANN})
    known = gone(alone, decide(alone, told, TODAY), [None])
    decision = decide(known, told, TODAY + timedelta(days=10))
    assert (decision.tasks, decision.parked) == ((), ())
    assert "escalate listen" in [note.rule for note in decision.not_made]


def test_a_reason_that_nobody_confirmed_is_asked_for_once() -> None:
    nudging = plan(LISTEN, interview=ExitInterview(nudge_after=Span(20, Unit.DAY)))
    assert played(nudging, Outcome.SPOKE).look_again_on == TODAY + timedelta(days=17)
    task = only(played(nudging, Outcome.SPOKE, on=TODAY + timedelta(days=20)))
    assert task.draft.subject == "Find out why Eva Bauer really left"
    assert "the reason is only guessed" in task.because


ASK_WHY = replace(LISTEN, ask=Ask.INTERVIEW)
NUDGED = ExitInterview(nudge_after=Span(20, Unit.DAY))


def test_a_nudge_waits_for_an_interview_that_is_open() -> None:
    nudging = plan(ASK_WHY, interview=NUDGED)
    decision = played(nudging, None, on=TODAY + timedelta(days=20))
    assert decision.tasks == ()
    assert NotMade("nudge", 'the task "listen" asks the same and is still open') in (
        decision.not_made
    )


def test_a_nudge_waits_for_the_next_try_of_an_interview() -> None:
    tried = played(plan(ASK_WHY, interview=NUDGED), SILENT, on=TODAY + timedelta(days=20))
    assert steps(tried) == ["listen:2"]


def test_a_nudge_waits_for_a_step_that_is_there_to_find_out() -> None:
    finding = Playbook("call", tasks=(LISTEN,), until=AfterKind.REASON_CONFIRMED)
    nudging = book(playbooks=(finding,), interview=NUDGED)
    assert played(nudging, None, on=TODAY + timedelta(days=20)).tasks == ()


def test_a_nudge_goes_to_whoever_held_the_last_interview() -> None:
    nudging = plan(ASK_WHY, interview=NUDGED)
    later = TODAY + timedelta(days=20)
    held = gone(customer(), decide(customer(), nudging, TODAY), [Outcome.SPOKE])
    [recovery] = held.recoveries
    by_cy = tuple(replace(t, owner_id="U3") for t in recovery.tasks)
    held = replace(held, recoveries=(replace(recovery, tasks=by_cy),))
    task = only(decide(held, nudging, later))
    assert (task.draft.owner_id, task.because.rpartition("; ")[2]) == (
        "U3",
        "Cy Moor asked them before",
    )
    left = replace(held, owners={**STAFF, "U3": replace(STAFF["U3"], active=False)})
    assert only(decide(left, nudging, later)).draft.owner_id == "U1"


def test_who_is_only_a_contact_has_no_fields_for_the_answers() -> None:
    asking = plan(replace(LISTEN, ask=Ask.INTERVIEW, body=""))
    on_account = only(decide(customer(), asking, TODAY)).draft.body
    alone = replace(customer(), account_ref=None)
    without = only(decide(alone, asking, TODAY)).draft.body
    assert "the win-back fields of the account" in on_account
    assert "They have no account" in without
    assert "the win-back fields of the account" not in without


def test_code_against_words_is_one_question_to_the_owner() -> None:
    watch = replace(rules().watches[0], reason="Reason__c")
    both = book(
        watches=(watch,),
        reasons=(
            Reason("price", "Price", phrases=("too expensive",)),
            Reason("service", "Service", values=("Support",)),
        ),
    )
    known = customer()
    record = replace(known.records[1], fields={**known.records[1].fields, "Reason__c": "Support"})
    known = replace(known, records=(known.records[0], record))
    first = decide(known, both, TODAY)
    loss_id = first.losses[0].id
    assert steps(first) == ["listen:1", f"why.{loss_id}:1"]
    question = first.tasks[1].draft.body
    assert "Picked on the record: Support" in question
    assert 'If it is "Service", just close this task' in question
    assert first.tasks[1].draft.contact_id is None
    again = remembered(known, first)
    assert decide(again, both, TODAY).tasks == ()
    chosen = {**again.records[1].ours, Field.REASON: "price"}
    settled = replace(again, records=(known.records[0], replace(record, ours=chosen)))
    assert list(decide(settled, both, TODAY).close.values()) == ["the reason is settled"]


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ({"outcome": SILENT, "done_on": LATE, "closed": True}, "the task was taken up"),
        ({"touched": True}, "the task was taken up"),
        ({"handed_on": LATE}, "the task was given to somebody else"),
        ({"handed_on": LATE - timedelta(days=1)}, None),
    ],
)
def test_what_was_asked_of_a_manager_is_settled_with_the_task_that_it_is_about(
    change: dict[str, Any], because: str | None
) -> None:
    told = plan(LISTEN, limits=Limits(escalate_after=Span(5, Unit.BUSINESS_DAY)))
    both = told_on(LATE, told)
    assert decide(both, told, LATE).close == {}
    [recovery] = both.recoveries
    tasks = tuple(
        replace(t, **change) if ":listen:" in t.key else replace(t, made_on=LATE)
        for t in recovery.tasks
    )
    changed = replace(both, recoveries=(replace(recovery, tasks=tasks),))
    word = f"{recovery.id}:listen.overdue:1"
    assert decide(changed, told, LATE).close == ({word: because} if because else {})


def test_what_was_asked_of_a_manager_ends_with_the_plan() -> None:
    told = plan(
        LISTEN,
        limits=Limits(escalate_after=Span(5, Unit.BUSINESS_DAY)),
        cadences=(Cadence("later", Span(1, Unit.YEAR)),),
        ends_after=Span(30, Unit.DAY),
    )
    both = replace(told_on(LATE, told), contacts=(yes(),))
    decision = decide(both, told, TODAY + timedelta(days=30))
    assert [key.split(":")[1] for key in decision.close] == ["listen", "listen.overdue"]
    assert len(set(decision.close.values())) == 1


def test_whoever_takes_a_task_over_has_the_full_time_for_it() -> None:
    told = plan(LISTEN, limits=Limits(escalate_after=Span(5, Unit.BUSINESS_DAY)))
    left = replace(STAFF["U1"], active=False)
    known = remembered(customer(), decide(customer(), told, TODAY))
    known = replace(known, owners={**STAFF, "U1": left})
    handed = decide(known, told, LATE)
    assert [one.owner_id for one in handed.reassign.values()] == ["M"]
    assert handed.tasks == ()
    known = remembered(known, handed)
    assert decide(known, told, LATE + timedelta(days=6)).tasks == ()
    known = replace(known, owners={**known.owners, "M": replace(MIA, manager_id="U3")})
    late = only(decide(known, told, LATE + timedelta(days=7)))
    assert late.draft.subject == "Overdue with Mia Moss: Foo AG"
    assert (
        'Mia Moss has had the task "listen" since 25 June 2026; it was due on 16 June 2026.'
        in late.draft.body
    )


def test_a_word_about_whoever_left_goes_when_the_task_goes_on() -> None:
    told = plan(LISTEN, limits=Limits(escalate_after=Span(5, Unit.BUSINESS_DAY)))
    both = told_on(LATE, told)
    gone_now = replace(both, owners={**STAFF, "U1": replace(STAFF["U1"], active=False)})
    decision = decide(gone_now, told, LATE)
    assert set(decision.close.values()) == {"the task was given to somebody else"}
    assert decision.tasks == ()


def test_a_nudge_is_settled_once_the_reason_is_confirmed() -> None:
    nudging = plan(LISTEN, interview=ExitInterview(nudge_after=Span(20, Unit.DAY)))
    later = TODAY + timedelta(days=20)
    known = customer()
    spoken = gone(known, decide(known, nudging, TODAY), [Outcome.SPOKE])
    nudged = remembered(spoken, decide(spoken, nudging, later))
    chosen = {**nudged.records[1].ours, Field.PROVENANCE: Provenance.CONFIRMED.value}
    record = replace(nudged.records[1], ours=chosen)
    decision = decide(replace(nudged, records=(nudged.records[0], record)), nudging, later)
    assert set(decision.close.values()) == {"the reason is confirmed"}
