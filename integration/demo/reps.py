"""The reps of the demo: they work off what is due, honestly and not all of it in time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from integration.demo.desk import Desk, Todo
from rules.model import Field, Outcome, Provenance

NOT_YET = "not yet"
PERMISSION_LASTS = timedelta(days=540)

_CALLS: Mapping[Outcome | str, int] = {
    Outcome.SPOKE: 55,
    Outcome.NO_ANSWER: 20,
    Outcome.ASKED_TO_STOP: 4,
    NOT_YET: 21,
}
_QUESTIONS: Mapping[Outcome | str, int] = {
    Outcome.GAVE_PERMISSION: 60,
    Outcome.NO_ANSWER: 20,
    Outcome.ASKED_TO_STOP: 12,
    NOT_YET: 8,
}
_TOLD = ("price", "service", "product_fit", "no_need", "neglect")
"""What customers say when somebody asks at last."""


@dataclass(frozen=True, slots=True)
class Reps:
    rng: Random

    def work(self, desk: Desk, on: date, busy: Container[str]) -> Counter[Outcome]:
        """Answer the tasks that are due, but on accounts where something else is going on
        (`busy`); how many were answered with what."""
        done: Counter[Outcome] = Counter()
        for todo in desk.todos():
            if todo.closed or todo.due_on > on or todo.account_id in busy:
                continue
            chances = _QUESTIONS if todo.step == "permission" else _CALLS
            outcome = self.rng.choices(list(chances), list(chances.values()))[0]
            if isinstance(outcome, Outcome):
                self._finish(desk, todo, outcome, on)
                done[outcome] += 1
        return done

    def _finish(self, desk: Desk, todo: Todo, outcome: Outcome, on: date) -> None:
        desk.answer(todo, outcome)
        if outcome is Outcome.GAVE_PERMISSION and todo.contact_id:
            desk.permit(todo.contact_id, on + PERMISSION_LASTS)
        if outcome is Outcome.SPOKE and todo.step in ("listen", "ask"):
            self._write_down(desk, todo)

    def _write_down(self, desk: Desk, todo: Todo) -> None:
        """What they learned goes into the record's win-back fields, two times of three."""
        rung = self.rng.choice([Provenance.CONFIRMED, Provenance.TOLD, None])
        if rung is None:
            return
        values = {Field.PROVENANCE: rung.value}
        if todo.step == "ask" and desk.field(todo.record, Field.REASON) in ("", "unknown"):
            values[Field.REASON] = self.rng.choice(_TOLD)
        desk.set_fields(todo.record, values)
