"""Any customer, any rules and any answers, as Hypothesis draws them.

Whatever is drawn from is made once: Hypothesis looks a new strategy over each time, which takes
longer than the draw.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st

from rules.case import Case
from rules.model import (
    Account,
    Contact,
    Field,
    Kind,
    Outcome,
    Owner,
    Permission,
    Priority,
    Ref,
    Snapshot,
)
from rules.people import Assign, AssignTo, Person, Pick, Role
from rules.playbook import (
    AfterKind,
    Ask,
    Benchmark,
    Cadence,
    ExitInterview,
    Never,
    Offer,
    Playbook,
    PlaybookTask,
    Unanswered,
)
from rules.rulebook import Rulebook
from rules.ruleset import Company, Limits
from rules.schema_plays import UNTIL, after
from rules.spans import Span, Unit
from rules.watching import Watch
from tests.rules.cases import (
    ACCOUNT,
    CLOSED_LOST,
    TODAY,
    book,
    case,
    contract,
    days_ago,
    lost,
    open_deal,
    snapshot,
    won,
)

days = st.integers(min_value=-60, max_value=1500)  # before today; a negative one lies ahead
spans = st.builds(Span, st.integers(0, 90), st.sampled_from(Unit))
rarely = st.integers(0, 5).map(lambda chance: chance == 5)
few_days = st.dates(TODAY, TODAY + timedelta(days=40))
words = st.sampled_from([None, "too expensive", "Person-1 was rude", "\x00 🦄"])

contacts = st.lists(
    st.builds(
        Contact,
        id=st.just("set below"),
        name=st.just("set below"),
        account_id=st.just("A1"),
        opted_out=st.sampled_from([False, False, None, True]),
        permission=st.sampled_from([Permission.YES, *Permission]),
        permission_until=st.none() | st.none() | few_days,
        left=rarely,
    ),
    max_size=4,
).map(lambda found: tuple(replace(c, id=f"C{n}", name=f"Nobody-{n}") for n, c in enumerate(found)))

owners = st.builds(
    lambda ann, bea, cy: {
        "U1": Owner("U1", "Ann", "ann@acme.example", active=ann, manager_id="U2"),
        "U2": Owner("U2", "Bea", "bea@acme.example", active=bea, manager_id="U1"),
        "U3": Owner("U3", "Cy", "cy@acme.example", active=cy, timezone="Asia/Tokyo"),
    },
    st.booleans(),
    st.just(True) | st.booleans(),
    st.booleans(),
)


countries = st.sampled_from([None, "US", "Germany"])
interviews = st.fixed_dictionaries(
    {},
    optional={
        Field.WHAT_HAPPENED: words,
        Field.COMPLAINT_CONFIRMED: st.sampled_from(["true", "false"]),
        Field.KEEP_IN_TOUCH: st.sampled_from(["yes", "no"]),
        Field.CONTRACT_END: st.sampled_from(["2026-09-30", "soon"]),
        Field.BUDGET_MONTH: st.sampled_from(["march", "13"]),
    },
)


either = st.booleans()
at_any_time = st.lists(days, max_size=5)
long_ago = st.lists(st.integers(200, 1500), min_size=1, max_size=4)
lately = st.lists(st.integers(-20, 60), min_size=1, max_size=3)
up_to_a_year = st.integers(0, 400)
begins_of_contracts = st.lists(st.integers(0, 900), max_size=2)
lasting = st.none() | st.integers(0, 990)
places = st.integers(-1, 3)


@st.composite
def customers(draw: st.DrawFn) -> Case:
    """Mostly somebody who bought long ago and left lately, now and then anybody else."""
    bought = draw(at_any_time if draw(rarely) else long_ago)
    left = draw(at_any_time if draw(rarely) else lately)
    deals = [won(f"w{n}", ago) for n, ago in enumerate(bought)]
    deals += [lost(f"l{n}", ago) for n, ago in enumerate(left)]
    if draw(rarely):
        deals.append(open_deal("o", created=draw(up_to_a_year), touched=0))
    found = draw(contacts)
    said = {"Loss_Notes__c": draw(words)}
    wanted = {n: c.id for n, c in enumerate(found)}
    records = [snapshot(d, said, contact_id=wanted.get(draw(places))) for d in deals]
    if draw(either):
        account = Account("A1", "Foo AG", owner_id="U1", country=draw(countries))
        records.append(Snapshot(ACCOUNT, Kind.ACCOUNT, account, ours=draw(interviews)))
        records += [Snapshot(Ref("Contact", c.id), Kind.CONTACT, c) for c in found]
    runs = [
        contract(f"c{n}", starts, max(starts - lasts, -90) if lasts is not None else None)
        for n, starts in enumerate(draw(begins_of_contracts))
        if draw(rarely)
        for lasts in [draw(lasting)]
    ]
    return case(
        *deals, contacts=found, contracts=tuple(runs), records=tuple(records), owners=draw(owners)
    )


one_assign = st.sampled_from(
    [
        Assign(),
        Assign(AssignTo.RECORD_OWNER),
        Assign(AssignTo.MANAGER),
        Assign(AssignTo.ANOTHER_REP),
        Assign(AssignTo.PERSON, "cy@acme.example"),
        Assign(AssignTo.FIELD, "CSM__c"),
        Assign(AssignTo.ROLE, "Care"),
        Assign(AssignTo.QUEUE, "Bea"),
    ]
)
assigns = st.builds(lambda first, then: replace(first, otherwise=then), one_assign, one_assign)

staff = st.builds(
    Person,
    email=st.sampled_from(["ann@acme.example", "bea@acme.example"]),
    manager=st.sampled_from([None, "cy@acme.example"]),
    away_until=st.none() | few_days,
    country=st.sampled_from([None, "US"]),
    stand_in=st.sampled_from([None, "bea@acme.example"]),
)
roles = st.builds(
    Role,
    name=st.just("Care"),
    members=st.sampled_from([("ann@acme.example", "cy@acme.example"), ("who@acme.example",)]),
    pick=st.sampled_from(Pick),
)
offers = st.builds(
    Offer,
    name=st.just("Half a year"),
    categories=st.sampled_from([(), ("price",), ("unknown",)]),
    expires_after=st.none() | spans,
    approval=st.none() | one_assign,
)
waits = ["reason_known", "reason_confirmed", "spoken", "apologised", "no answer for 2 days"]
afters = st.lists(st.sampled_from(waits), max_size=2, unique=True).map(after)
outcomes = st.lists(st.none() | st.sampled_from(Outcome), min_size=1, max_size=4)
any_span = st.none() | spans
untils = st.lists(st.sampled_from(UNTIL), unique=True)
none_or_one = st.integers(0, 1)


@st.composite
def find_out(draw: st.DrawFn, tasks: tuple[PlaybookTask, ...]) -> tuple[Playbook, ...]:
    """Plans for the time before the reason is known and before it is confirmed, or none; they
    share some steps with the one that follows."""
    kinds = draw(untils)
    return tuple(
        Playbook(
            name=f"until {kind}",
            tasks=(PlaybookTask("find-out", "Ask why"), *tasks[: draw(none_or_one)]),
            benchmarks=(Benchmark(kind, 10),),
            ends_after=draw(any_span),
            until=kind,
        )
        for kind in kinds
    )


task_keys = st.lists(st.sampled_from(["listen", "ask", "k" * 40]), min_size=1, unique=True)
one_task = st.builds(
    PlaybookTask,
    key=st.just("set below"),
    subject=st.just("Call {{ contact.name or account.name }}"),
    body=st.just("{{ contact.first_name }} said: {{ loss.words }}"),
    due=spans,
    assign=assigns,
    after=st.just(()) | afters,
    priority=st.sampled_from(Priority),
    ask=st.sampled_from(Ask),
    attempts=st.integers(1, 3),
    unanswered=st.none() | st.sampled_from(Unanswered),
)
cadences = st.lists(
    st.builds(
        Cadence,
        name=st.sampled_from(["Quarterly touch", "C" * 90]),
        every=st.builds(Span, st.integers(1, 9), st.sampled_from([Unit.WEEK, Unit.MONTH])),
        start=st.sampled_from(["loss", "last touch"]),
    ),
    min_size=1,
    max_size=2,
    unique_by=lambda cadence: cadence.name,
).map(tuple)
watches = st.builds(
    Watch,
    name=st.just("closed-lost"),
    crm=st.just("sales"),
    record=st.just("Opportunity"),
    lost_when=st.just(CLOSED_LOST),
    words=st.just("Loss_Notes__c"),
    means=st.sampled_from([None, "renewal"]),
)
companies = st.builds(
    Company,
    name=st.just("Acme"),
    country=st.sampled_from(["DE-BY", "US", "GB", "FR"]),
    holidays=st.lists(few_days, max_size=3).map(tuple),
    first_day=st.just(days_ago(2000)),
)
people = st.lists(staff, max_size=2, unique_by=lambda person: person.email).map(tuple)
any_role = st.lists(roles, max_size=1).map(tuple)
any_offer = st.lists(offers, max_size=1).map(tuple)
exit_interviews = st.builds(
    ExitInterview,
    assign=st.none() | one_assign,
    never=st.sampled_from([(), (Never.ACCOUNT_OWNER,), tuple(Never)]),
    nudge_after=any_span,
)
limits = st.builds(Limits, escalate_after=st.none() | st.just(Span(1, Unit.BUSINESS_DAY)))


@st.composite
def rulebooks(draw: st.DrawFn) -> Rulebook:
    tasks = tuple(replace(draw(one_task), key=key) for key in draw(task_keys))
    return book(
        company=draw(companies),
        watches=(draw(watches),),
        playbooks=(
            *draw(find_out(tasks)),
            Playbook(
                name="call",
                tasks=tasks,
                benchmarks=(Benchmark(AfterKind.SPOKEN, 10),),
                ends_after=draw(any_span),
            ),
        ),
        cadences=draw(cadences),
        people=draw(people),
        roles=draw(any_role),
        offers=draw(any_offer),
        interview=draw(exit_interviews),
        limits=draw(limits),
    )
