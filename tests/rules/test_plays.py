"""Steps of a playbook: tries, conditions, benchmarks, the plan's end, and steps of our own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from rules.case import Case, Decision, KnownTask, PlannedTask
from rules.decide import decide
from rules.model import Account, Fault, Field, Outcome, Owner, Provenance
from rules.people import Assign, AssignTo, Person, Pick, Role
from rules.playbook import (
    APPROVAL,
    AfterKind,
    Ask,
    Benchmark,
    ExitInterview,
    Never,
    Offer,
    Playbook,
    PlaybookTask,
    Unanswered,
)
from rules.rulebook import Rulebook
from rules.ruleset import Limits, Reason
from rules.schema_plays import after as waiting_for
from rules.spans import Span, Unit
from tests.rules.cases import ANN, TODAY, book, case, eva, lost, rules, won, yes
from tests.rules.test_decide import remembered

BEA = Owner("U2", "Bea Long", "bea@acme.example", teams=("Inside",))
CY = Owner("U3", "Cy Moor", "cy@acme.example")
MIA = Owner("M", "Mia Moss", "mia@acme.example")
MANAGED = replace(ANN, manager_id="M", teams=("Inside",))
STAFF = {o.id: o for o in (MANAGED, BEA, CY, MIA)}


def plan(
    *tasks: PlaybookTask,
    benchmarks: tuple[Benchmark, ...] = (),
    ends_after: Span | None = None,
    **changes: Any,
) -> Rulebook:
    playbook = Playbook("call", tasks=tasks, benchmarks=benchmarks, ends_after=ends_after)
    return book(playbooks=(playbook,), **changes)


def customer(words: str = "too expensive", **changes: Any) -> Case:
    return case(
        won("1", 400), lost("2", 3), contacts=(eva(),), words=words, owners=STAFF, **changes
    )


def gone(known: Case, decision: Decision, tries: list[Outcome | None]) -> Case:
    """The case once the first step was tried so often, one business day after the other."""
    first = remembered(known, decision)
    [recovery] = first.recoveries
    tasks = tuple(
        KnownTask(
            f"{recovery.id}:listen:{number}",
            made_on=TODAY,
            written=True,
            closed=outcome is not None,
            done_on=TODAY + timedelta(days=number - 1) if outcome else None,
            outcome=outcome,
            owner_id="U1",
            contact_id="C1",
            due_on=TODAY + timedelta(days=number),
        )
        for number, outcome in enumerate(tries, 1)
    )
    return replace(first, recoveries=(replace(recovery, tasks=tasks),))


def played(book_: Rulebook, *tries: Outcome | None, on: date = TODAY) -> Decision:
    known = customer()
    return decide(gone(known, decide(known, book_, TODAY), list(tries)), book_, on)


def steps(decision: Decision) -> list[str]:
    return [task.draft.key.partition(":")[2] for task in decision.tasks]


def only(decision: Decision) -> PlannedTask:
    [task] = decision.tasks
    return task


LISTEN = PlaybookTask("listen", "Listen", attempts=3)
SILENT = Outcome.NO_ANSWER


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
    assert decision.recoveries[0].end == "not now"
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


# ---- steps of our own


def test_an_untouched_task_is_told_to_the_manager_once() -> None:
    told = plan(LISTEN, limits=Limits(escalate_after=Span(5, Unit.BUSINESS_DAY)))
    early, late = TODAY + timedelta(days=4), TODAY + timedelta(days=10)
    assert played(told, None, on=early).tasks == ()
    task = only(played(told, None, on=late))
    assert task.draft.key.endswith(":listen.overdue:1")
    assert task.draft.owner_id == "M"
    assert 'Ann Lee has the task "listen", which was due on 16 June 2026.' in task.draft.body


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


# ---- who and when


def given_to(book_: Rulebook) -> str:
    return only(decide(customer(), book_, TODAY)).draft.owner_id


def test_whose_fault_it_was_does_not_make_the_call() -> None:
    rude = Reason("price", "Price", Fault.MINE, phrases=("too expensive",))
    mine = plan(LISTEN, reasons=(rude,))
    task = only(decide(customer(), mine, TODAY))
    assert task.draft.owner_id == "U2"
    assert "Hand-over: Ann Lee, who owned this account, is left out" in task.draft.body
    alone = replace(customer(), owners={"U1": ANN})
    assert only(decide(alone, mine, TODAY)).draft.owner_id == "U1"


def test_a_stand_in_comes_before_a_colleague() -> None:
    people = (Person("ann@acme.example", stand_in="cy@acme.example", away_until=date(2027, 1, 1)),)
    assert given_to(plan(LISTEN, people=people)) == "U3"


def test_the_first_of_a_list_who_can_do_it() -> None:
    chain = Assign(AssignTo.FIELD, "CSM__c", Assign(AssignTo.PERSON, "cy@acme.example"))
    assert given_to(plan(replace(LISTEN, assign=chain))) == "U3"


@pytest.mark.parametrize(("pick", "owner"), [(Pick.ROUND_ROBIN, "U3"), (Pick.LEAST_LOADED, "U2")])
def test_a_role_shares_the_work(pick: Pick, owner: str) -> None:
    care = Role("Care", ("bea@acme.example", "cy@acme.example"), pick)
    shared = plan(replace(LISTEN, assign=Assign(AssignTo.ROLE, "Care")), roles=(care,))
    known = customer()
    work = replace(known.workload, given={"U2": 9, "U3": 5}, open={"U2": 1, "U3": 4})
    assert only(decide(replace(known, workload=work), shared, TODAY)).draft.owner_id == owner


def test_who_lost_the_deal_does_not_hold_the_interview() -> None:
    asking = replace(LISTEN, ask=Ask.INTERVIEW)
    never = ExitInterview(never=(Never.RECORD_OWNER,))
    assert given_to(plan(asking, interview=never)) == "U2"
    nobody_else = replace(customer(), owners={"U1": ANN})
    [parked] = decide(nobody_else, plan(asking, interview=never), TODAY).parked
    assert "somebody else holds the exit interview" in parked.because


def test_the_due_date_is_the_assignees_and_clear_of_the_customers_holidays() -> None:
    account = Account("A1", "Foo SA", owner_id="U1", country="FR")
    known = replace(customer(), account=account)
    before_bastille_day = date(2026, 7, 13)
    people = (Person("ann@acme.example", country="US"),)
    due = replace(LISTEN, due=Span(1, Unit.BUSINESS_DAY))
    task = only(decide(known, plan(due, people=people), before_bastille_day))
    assert task.draft.due_on == date(2026, 7, 15)
    assert "14 July 2026 (National Day at the customer's (FR))" in task.draft.body


# ---- offers


OFFER = PlaybookTask("offer", "Offer {{ offer.name }}", ask=Ask.OFFER)


def offered(offer: Offer, approved: Outcome | None = None, asked: bool = False) -> Decision:
    offering = plan(OFFER, offers=(offer,))
    known = replace(customer(), contacts=(yes(),))
    after = remembered(known, decide(known, offering, TODAY))
    chosen = {**after.records[1].ours, Field.PROVENANCE: Provenance.CONFIRMED.value}
    after = replace(after, records=(after.records[0], replace(after.records[1], ours=chosen)))
    if asked:
        [recovery] = after.recoveries
        key = f"{recovery.id}:offer{APPROVAL}:1"
        task = KnownTask(key, TODAY, written=True, closed=True, done_on=TODAY, outcome=approved)
        after = replace(after, recoveries=(replace(recovery, tasks=(task,)),))
    return decide(after, offering, TODAY)


def test_the_offer_that_fits_is_named() -> None:
    half = Offer("half price", cap=Decimal(500), expires_after=Span(30, Unit.DAY))
    task = only(offered(half))
    assert task.draft.subject == "Offer half price"
    assert "half price, at most EUR 500, good until 15 July 2026." in task.draft.body


def test_without_a_fitting_offer_none_is_made() -> None:
    decision = offered(Offer("half price", categories=("service",)))
    assert decision.tasks == ()
    assert decision.not_made[0].because == "no [[offer]] is for price, tier none"


@pytest.mark.parametrize(
    ("asked", "outcome", "wanted"),
    [
        (False, None, ["offer.approve:1"]),
        (True, None, ["offer:1"]),
        (True, Outcome.NOT_THIS_ONE, []),
    ],
)
def test_an_offer_may_need_a_yes(asked: bool, outcome: Outcome | None, wanted: list[str]) -> None:
    half = Offer("half price", approval=Assign(AssignTo.MANAGER))
    decision = offered(half, outcome, asked)
    assert steps(decision) == wanted
    assert decision.recoveries[0].end is None


def test_a_smaller_yes_is_something_that_they_bought_before() -> None:
    smaller = PlaybookTask("less", "{{ smaller.name }} for {{ smaller.value }}")
    deals = (won("big", 500, 9000), won("small", 400, 300), lost("2", 3))
    known = case(*deals, contacts=(eva(),))
    assert only(decide(known, plan(smaller), TODAY)).draft.subject == "Deal small for EUR 300"
