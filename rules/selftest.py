"""The rule file's own test cases: each is decided like a real customer and held against what the
admin expects. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from rules.calendar import due_after
from rules.case import PlannedTask
from rules.fault import Path
from rules.given_keys import NONE, UnclearDay, day_of
from rules.model import Owner
from rules.played import Played, play, short_key
from rules.rulebook import Rulebook
from rules.ruleset import TestCase
from rules.spans import Span, SpanFault, Unit, parse_calendar_span
from rules.symbols import DECISION_SYMBOLS


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as expected. `path` leads to it inside the test's table."""

    path: Path
    expected: str
    got: str
    why: str = ""

    def __str__(self) -> str:
        what = ".".join(str(part) for part in self.path[1:]) or str(self.path[0])
        why = f" ({self.why})" if self.why else ""
        return f"{what}: expected {self.expected}, got {self.got}{why}"


@dataclass(frozen=True, slots=True)
class Tested:
    """One test case as it went; no differences means that it holds."""

    index: int
    name: str
    differences: tuple[Difference, ...]

    @property
    def holds(self) -> bool:
        return not self.differences


def run_tests(book: Rulebook) -> Iterator[Tested]:
    """Every `[[test]]` of the rules in turn."""
    for index, test in enumerate(book.rules.tests):
        yield Tested(index, test.name or f"test {index + 1}", tuple(differences(test, book)))


def differences(test: TestCase, book: Rulebook) -> Iterator[Difference]:
    try:
        came = play(test, book)
    except UnclearDay as unclear:
        yield Difference(("given",), "a day", str(unclear))
        return
    yield from _contradictions(test.given, came)
    for name, wanted in test.expect.items():
        if name == "tasks":
            yield from _task_differences(wanted, came)
        else:
            yield from _difference(name, wanted, came)


# ---- what was got


def _difference(name: str, wanted: Any, came: Played) -> Iterator[Difference]:
    got, why = _got(name, came)
    allowed = wanted if isinstance(wanted, list) else [wanted]
    if name in ("not_made", "parked"):
        for word in allowed:
            if word != NONE and not any(str(word) in line for line in got):
                yield Difference(("expect", name), _said(word), _said(list(got) or NONE))
        if allowed == [NONE] and got:
            yield Difference(("expect", name), NONE, _said(list(got)))
    elif not any(_same(one, got, came.given.today) for one in allowed):
        expected = " or ".join(_said(one) for one in allowed)
        yield Difference(("expect", name), expected, _said(got), why)


def _got(name: str, came: Played) -> tuple[Any, str]:
    """What stands under a key of `expect`, and what it comes from."""
    loss, decision = came.loss, came.decision
    if name in ("not_made", "parked"):
        told = decision.not_made if name == "not_made" else decision.parked
        return [f"{n.rule}: {n.because}" for n in told], ""
    if loss is None:
        return None, "nothing is lost"
    if name in ("playbook", "recovery"):
        return _recovery(name, came), _read(came)
    if name in ("lost_on", "known_on"):
        return getattr(loss, name), ""
    why = {
        "verdict": "; ".join(loss.because),
        **dict.fromkeys(("category", "second_category", "competitor"), loss.reason.because),
    }
    return came.facts.get(name), why.get(name, "")


def _recovery(name: str, came: Played) -> str | None:
    recovery = came.decision.recoveries[-1] if came.decision.recoveries else None
    if recovery is None or name == "playbook":
        return recovery.playbook if recovery else None
    return (recovery.end or "ended") if recovery.ended_on else "opened"


def _read(came: Played) -> str:
    """The facts on which playbooks are chosen, in a few words."""
    names = ("verdict", "category", "fault", "tier")
    return ", ".join(f"{n} {came.facts[n]}" for n in names if came.facts.get(n) is not None)


def _task_differences(wanted: Any, came: Played) -> Iterator[Difference]:
    """The tasks that stand open now: all of them are named, in any order."""
    rows = [] if wanted in (NONE, []) else wanted if isinstance(wanted, list) else [wanted]
    open_tasks = {short_key(task.draft.key): task for task in came.tasks}
    named = [row if isinstance(row, str) else str(row.get("key", "")) for row in rows]
    if sorted(named) != sorted(open_tasks) and not (len(rows) == 1 and rows == [{}]):
        whole, got = _said(named or NONE), _said(list(open_tasks) or NONE)
        yield Difference(("expect", "tasks"), whole, got, _missing_tasks(named, came))
    for index, row in enumerate(rows):
        task = open_tasks.get(named[index])
        if isinstance(row, Mapping) and task is not None:
            for name, value in row.items():
                yield from _inside_task(("expect", "tasks", index), name, value, task, came)


def _missing_tasks(named: list[str], came: Played) -> str:
    """Why an expected task is not there, where the decision says so."""
    rules = (*came.decision.not_made, *came.decision.parked)
    told = [f"{n.rule}: {n.because}" for n in rules if n.rule.rsplit(" / ", 1)[-1] in named]
    return "; ".join(dict.fromkeys(told))


def _inside_task(
    path: Path, name: str, value: Any, task: PlannedTask, came: Played
) -> Iterator[Difference]:
    owner = came.given.case.owners.get(task.draft.owner_id)
    draft = task.draft
    got: Any = {
        "key": short_key(draft.key),
        "due": draft.due_on,
        "owner": owner.email or owner.id if owner else draft.owner_id,
        "subject": draft.subject,
        "body": draft.body,
        "priority": draft.priority.value,
    }.get(name)
    if name == "due":
        fine = _is_due(value, task, came)
        got = f"{draft.due_on} ({task.due} after {came.made_on[draft.key]})"
    elif name == "owner":
        fine = owner is not None and value in _names(owner)
    elif name in ("subject", "body"):
        fine = str(value) in str(got)
    else:
        fine = got == value
    if not fine:
        yield Difference((*path, name), _said(value), _said(got))


def _is_due(value: Any, task: PlannedTask, came: Played) -> bool:
    company, today = came.given.rules.company, came.given.today
    try:
        count, unit = parse_calendar_span(value)
    except SpanFault:
        try:
            return day_of(value, today) == task.draft.due_on
        except UnclearDay:
            return False
    span = Span(count, Unit(unit))
    made_on = came.made_on[task.draft.key]
    due = due_after(made_on, span, company.country, frozenset(company.holidays))
    return due.on == task.draft.due_on


def _names(owner: Owner) -> set[str]:
    return {owner.id, owner.email, owner.name} - {""}


def _contradictions(given: Mapping[str, Any], came: Played) -> Iterator[Difference]:
    """Facts that the test states and the customer made from them does not have."""
    if came.loss is None:
        return
    for name, value in given.items():
        if name in DECISION_SYMBOLS.sorts and name not in ("contacts", "today"):
            got = came.facts_at_first.get(name)
            if not _same(value, got, came.given.today):
                why = "what else is given says otherwise; give the records themselves"
                yield Difference(("given", name), _said(value), _said(got), why)


def _same(wanted: Any, got: Any, today: date) -> bool:
    if isinstance(got, bool) or isinstance(wanted, bool):
        return bool(got) is wanted if isinstance(wanted, bool) else False
    if wanted == NONE:
        return got is None
    if isinstance(got, date):
        try:
            return day_of(wanted, today) == got
        except UnclearDay:
            return False
    if isinstance(got, int | float | Decimal) and isinstance(wanted, int | float):
        return round(Decimal(str(got)), 2) == round(Decimal(str(wanted)), 2)
    return bool(got == wanted)


def _said(value: Any) -> str:
    if value is None or value == NONE:
        return NONE
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(_said(one) for one in value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    return f'"{value}"' if isinstance(value, str) else str(value)
