"""What a test case of the rule file may state (`given`) and ask for (`expect`), and days as an
admin says them there: `"400 days ago"`.

`given` has two sorts of keys, which mix: records (`won`, `lost`, `contracts` ...), as the CRM
would have them, and the names of conditions (`won_value`, `category` ...), for which records are
made up that say the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from rules.calendar import add_span
from rules.fault import Fault, Path
from rules.given_tasks import answers
from rules.spans import Span, SpanFault, Unit, parse_calendar_span
from rules.suggest import did_you_mean
from rules.symbols import DECISION_SYMBOLS
from rules.tables import Table, tables, texts_at, texts_of

NONE = "none"
"""Expected of a thing that shall not be: `expect = { playbook = "none" }`."""

RECORD_KEYS: Mapping[str, tuple[str, ...]] = {
    "account": ("name", "owner", "type", "country", "region", "domain"),
    "owner": ("name", "email", "manager", "teams", "active"),
    "won": ("on", "amount", "currency", "owner"),
    "open": ("created", "touched", "amount"),
    "lost": (
        "watch", "on", "known_on", "amount", "currency", "reason", "words", "owner", "stage",
        "category", "second_category", "provenance", "fault", "changeable", "competitor",
    ),
    "contracts": ("starts", "ends", "value", "running"),
    "contacts": ("name", "permission", "permission_until", "opted_out", "left"),
    "done": (),
}  # fmt: skip
"""Keys of `given` that are records, and the keys inside each. Other keys inside `account` and
`lost` are the CRM's own fields."""

WITH_FIELDS = ("account", "lost", "done")
NOT_GIVEN = {"second_category": "give `words` that say both reasons"}
THEN_KEYS = (
    "on", "reason", "words", "category", "provenance", "fault", "changeable", "competitor", "done",
)  # fmt: skip
"""Keys of `then`: what is found out later, and on which day."""

EXPECT_KEYS = ("playbook", "tasks", "not_made", "recovery", "lost_on", "known_on", "parked")
_TASK_KEYS = ("key", "due", "owner", "subject", "priority", "body")

_AGO = re.compile(r"(?P<span>.+?)\s+(?P<way>ago|from now|ahead)|in\s+(?P<later>.+)")


class UnclearDay(ValueError):
    """A value that is no day."""


def day_of(value: object, today: date) -> date:
    """`2026-01-31`, `"today"`, `"400 days ago"`, `"in 2 months"`. Raises `UnclearDay`."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    said = str(value).strip().lower()
    named = {"today": 0, "yesterday": -1, "tomorrow": 1}
    if said in named:
        return date.fromordinal(today.toordinal() + named[said])
    match = _AGO.fullmatch(said)
    try:
        if match is None:
            return date.fromisoformat(said)
        count, unit = parse_calendar_span(match["span"] or match["later"])
        span = Span(-count if match["way"] == "ago" else count, Unit(unit))
    except (SpanFault, ValueError):
        raise UnclearDay(f'"{value}" is no day; write 2026-01-31 or "400 days ago"') from None
    if span.unit is Unit.BUSINESS_DAY:
        raise UnclearDay(f'"{value}": count calendar days here, not business days')
    return add_span(today, span)


def test_faults(
    file: Table, *, categories: Sequence[str], choices: Mapping[str, Sequence[str]]
) -> Iterator[Fault]:
    """What is wrong with the `[[test]]` tables of a file as written. `choices` are the names
    that the file defines, by what names them: `playbook`, `tier`, `watch`, `task`."""
    closed = {**DECISION_SYMBOLS.choices, **choices}
    if categories:
        closed["category"] = (*categories, "unknown")
    for path, test in tables(file, "test"):
        given, expect = test.get("given"), test.get("expect")
        if isinstance(given, Mapping):
            yield from _given_faults((*path, "given"), given, closed)
        for at, found in tables(test, "then"):
            yield from _then_faults((*path, *at), found, closed)
        if isinstance(expect, Mapping):
            yield from _expect_faults((*path, "expect"), expect, closed)


def _given_faults(path: Path, given: Table, closed: Mapping[str, Sequence[str]]) -> Iterator[Fault]:
    known = [*RECORD_KEYS, *DECISION_SYMBOLS.sorts]
    for key, value in given.items():
        if key in NOT_GIVEN:
            yield Fault((*path, key), "cannot be given by itself", NOT_GIVEN[key], of_key=True)
        elif key not in known and key != "loss":
            yield Fault((*path, key), "unknown name", did_you_mean(key, known), of_key=True)
        elif key in RECORD_KEYS:
            yield from _record_faults((*path, key), key, value, closed)
        else:
            yield from _not_a_choice((*path, key), key, value, closed)


def _record_faults(
    path: Path, key: str, value: object, closed: Mapping[str, Sequence[str]]
) -> Iterator[Fault]:
    rows = value if isinstance(value, list) else [value]
    for index, row in enumerate(rows):
        if not isinstance(row, Mapping):
            continue
        at = (*path, index) if isinstance(value, list) else path
        for name, inner in row.items():
            if name not in RECORD_KEYS[key] and key not in WITH_FIELDS:
                near = did_you_mean(name, RECORD_KEYS[key])
                yield Fault((*at, name), "unknown key", near, of_key=True)
            elif name in RECORD_KEYS[key]:
                yield from _not_a_choice((*at, name), name, inner, closed)
    if key == "done":
        yield from _done_faults(path, value, closed)


def _done_faults(path: Path, value: object, closed: Mapping[str, Sequence[str]]) -> Iterator[Fault]:
    if not isinstance(value, Mapping):
        for at, name in texts_at(path, value):
            yield from _not_a_choice(at, "task", name, closed)
        return
    for name in answers(value):
        for fault in _not_a_choice((*path, name.split(".")[0]), "task", name, closed):
            yield replace(fault, of_key=True)


def _then_faults(path: Path, found: Table, closed: Mapping[str, Sequence[str]]) -> Iterator[Fault]:
    for key, value in found.items():
        if key not in THEN_KEYS:
            yield Fault((*path, key), "unknown name", did_you_mean(key, THEN_KEYS), of_key=True)
        elif key == "done":
            yield from _record_faults((*path, key), key, value, closed)
        else:
            yield from _not_a_choice((*path, key), key, value, closed)


def _expect_faults(
    path: Path, expect: Table, closed: Mapping[str, Sequence[str]]
) -> Iterator[Fault]:
    known = [*EXPECT_KEYS, *DECISION_SYMBOLS.sorts]
    for key, value in expect.items():
        if key not in known:
            yield Fault((*path, key), "unknown name", did_you_mean(key, known), of_key=True)
        elif key == "tasks":
            yield from _expected_task_faults((*path, key), value, closed)
        else:
            yield from _not_a_choice((*path, key), key, value, closed)


def _expected_task_faults(
    path: Path, value: object, closed: Mapping[str, Sequence[str]]
) -> Iterator[Fault]:
    rows = value if isinstance(value, list) else [value]
    for index, row in enumerate(rows):
        at = (*path, index) if isinstance(value, list) else path
        if isinstance(row, str):
            yield from _not_a_choice(at, "task", row, closed)
        elif isinstance(row, Mapping):
            for name in row:
                if name not in _TASK_KEYS:
                    near = did_you_mean(name, _TASK_KEYS)
                    yield Fault((*at, name), "unknown key", near, of_key=True)
            for name in texts_of(row.get("key")):
                yield from _not_a_choice((*at, "key"), "task", name, closed)
        else:
            yield Fault(at, "must be the key of a task or a table", 'write ["listen"]')


def _not_a_choice(
    path: Path, name: str, value: object, closed: Mapping[str, Sequence[str]]
) -> Iterator[Fault]:
    choices: Any = closed.get(name)
    if choices is None or not isinstance(value, str) or value == NONE or value in choices:
        return
    yield Fault(path, f'{name} is never "{value}"', did_you_mean(value, choices))
