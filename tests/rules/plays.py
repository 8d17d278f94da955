"""A customer under a playbook of few steps: tries, answers, and what is wanted then."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from rules.case import Case, Decision, KnownTask, PlannedTask
from rules.decide import decide
from rules.model import Outcome, Owner
from rules.playbook import Benchmark, Playbook, PlaybookTask
from rules.rulebook import Rulebook
from rules.spans import Span
from tests.rules.cases import ANN, TODAY, book, case, eva, lost, remembered, won

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
