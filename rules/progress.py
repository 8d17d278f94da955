"""How far a recovery got, told from its tasks: tries, answers, and what was done when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from rules.calendar import add_span
from rules.case import KnownTask
from rules.model import Outcome, Provenance
from rules.playbook import After, AfterKind, Ask, Benchmark, Playbook, PlaybookTask

REACHED = frozenset(
    {Outcome.SPOKE, Outcome.GAVE_PERMISSION, Outcome.CAME_BACK, Outcome.ASKED_TO_STOP}
)
"""Answers of somebody who was spoken to."""


@dataclass(frozen=True, slots=True)
class Progress:
    """`by_step` are the tasks of each step, the first try first."""

    by_step: Mapping[str, tuple[KnownTask, ...]]
    playbook: Playbook | None
    category: str
    provenance: Provenance | None

    def tries(self, key: str) -> tuple[KnownTask, ...]:
        return self.by_step.get(key, ())

    def done_on(self, key: str) -> date | None:
        """The day on which a step was done; a try that nobody answered does not do it."""
        days = [t.done_on for t in self.tries(key) if t.done_on and not _unanswered(t)]
        return min(days, default=None)

    @property
    def reached_on(self) -> date | None:
        """The first day on which somebody was spoken to."""
        days = [t.done_on for t in self._all() if t.done_on and t.outcome in REACHED]
        return min(days, default=None)

    @property
    def apologised_on(self) -> date | None:
        days = [self.done_on(task.key) for task in self.steps(Ask.APOLOGY)]
        return min((day for day in days if day), default=None)

    @property
    def thanked(self) -> bool:
        return any(self.done_on(task.key) for task in self.steps(Ask.THANK_YOU))

    @property
    def silent_since(self) -> date | None:
        """The first try without an answer after which nobody was reached."""
        reached = [t.done_on for t in self._all() if t.done_on and t.outcome in REACHED]
        last = max(reached, default=date.min)
        silent = [t.done_on for t in self._all() if t.done_on and _unanswered(t)]
        return min((day for day in silent if day >= last), default=None)

    def steps(self, ask: Ask) -> tuple[PlaybookTask, ...]:
        return tuple(t for t in (self.playbook.tasks if self.playbook else ()) if t.ask is ask)

    def exhausted(self, step: PlaybookTask) -> bool:
        """Whether all tries were made and nobody answered."""
        tries = self.tries(step.key)
        return len(tries) >= step.attempts and all(map(_unanswered, tries))

    def _all(self) -> Iterable[KnownTask]:
        return (task for tries in self.by_step.values() for task in tries)


def progress_of(
    tasks: Iterable[KnownTask],
    playbook: Playbook | None,
    category: str,
    provenance: Provenance | None,
) -> Progress:
    by_step: dict[str, list[KnownTask]] = {}
    for task in tasks:
        by_step.setdefault(step_of(task), []).append(task)
    ordered = {key: tuple(sorted(tries, key=try_of)) for key, tries in by_step.items()}
    return Progress(ordered, playbook, category, provenance)


def step_of(task: KnownTask) -> str:
    return step_named(task.key)


def step_named(key: str) -> str:
    return key.split(":")[1]


def try_of(task: KnownTask) -> int:
    return int(task.key.rpartition(":")[2])


def _unanswered(task: KnownTask) -> bool:
    return task.outcome is Outcome.NO_ANSWER


# ---- what a step waits for


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is missing yet, and the day on which time alone may bring it."""

    because: str
    look_again_on: date | None = None


def waits_for(after: After, made: Progress, today: date) -> Waiting | None:
    """None when the condition holds."""
    if after.kind is AfterKind.NO_ANSWER:
        return _waits_for_silence(after, made, today)
    if after.kind is AfterKind.TASK:
        done = made.done_on(after.name)
        return None if done else Waiting(f'it waits until "{after.name}" is done')
    if happened(after.kind, made):
        return None
    return Waiting(f"it waits until {IN_WORDS[after.kind]}")


def reached(kind: AfterKind, category: str, provenance: Provenance | None) -> bool:
    """Whether the reason is known, or confirmed."""
    if kind is AfterKind.REASON_CONFIRMED:
        return provenance is Provenance.CONFIRMED
    return category != "unknown"


def happened(kind: AfterKind, made: Progress) -> bool:
    if kind in (AfterKind.REASON_KNOWN, AfterKind.REASON_CONFIRMED):
        return reached(kind, made.category, made.provenance)
    if kind is AfterKind.APOLOGISED:
        return made.apologised_on is not None
    return made.reached_on is not None


IN_WORDS = {
    AfterKind.REASON_KNOWN: "the reason is known",
    AfterKind.REASON_CONFIRMED: "the reason is confirmed",
    AfterKind.APOLOGISED: "we have apologised",
    AfterKind.SPOKEN: "somebody has spoken to them",
}


def _waits_for_silence(after: After, made: Progress, today: date) -> Waiting | None:
    since = made.silent_since
    if since is None or after.span is None:
        return Waiting(f"it waits until nobody has answered for {after.span}")
    from_then = add_span(since, after.span)
    if from_then <= today:
        return None
    because = f"it waits until {from_then}: nobody has answered for {after.span} then"
    return Waiting(because, from_then)


# ---- benchmarks


def met_on(
    benchmark: Benchmark, made: Progress, known: Mapping[str, date], today: date
) -> date | None:
    """The day on which a benchmark was met. `known` are those that were met before, by text: a
    rung has no day of its own, so that the day on which it was first seen is kept."""
    if str(benchmark) in known:
        return known[str(benchmark)]
    if benchmark.what is AfterKind.SPOKEN:
        return made.reached_on
    if benchmark.what is AfterKind.APOLOGISED:
        return made.apologised_on
    return today if happened(benchmark.what, made) else None
