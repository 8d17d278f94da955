"""Whether anybody does the work of an installation: the clock and the workers. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from connectors.examination import Area, Finding
from integration.spoken import ago
from integration.store.pulse import CLOCK_LATE, WORKER_SILENT, Signs

A_MINUTE = timedelta(minutes=1)


def processes(signs: Signs, now: datetime) -> Iterator[Finding]:
    """A store that nothing but commands ever worked on is no fault. On SQLite, and under
    `winback run`, one process does all, and its clock shows that it lives."""
    if signs.ticked_at is None and signs.worked_at is None:
        if signs.shared and not signs.taken:
            yield _finding("clock", ok=True, sentence="neither a clock nor a worker ran so far")
        return
    if not signs.shared or signs.taken:
        yield _one_process(signs, now)
        return
    yield _clock(signs, now)
    yield _worker(signs, now)


def _one_process(signs: Signs, now: datetime) -> Finding:
    if signs.ticked_at is None or now - signs.ticked_at <= CLOCK_LATE:
        return _finding("clock", ok=True)
    sentence = (
        f"The clock last ticked {ago(signs.ticked_at, now)}: nothing is polled. Is winback running?"
    )
    return _finding("clock", ok=False, sentence=sentence)


def _clock(signs: Signs, now: datetime) -> Finding:
    if signs.ticked_at is None:
        sentence = "No clock ever ran: nothing is polled. Start `winback clock`."
    elif now - signs.ticked_at > CLOCK_LATE:
        last = ago(signs.ticked_at, now)
        sentence = f"The clock last ticked {last}: nothing is polled. Start `winback clock`."
    else:
        return _finding("clock", ok=True)
    return _finding("clock", ok=False, sentence=sentence)


def _worker(signs: Signs, now: datetime) -> Finding:
    if signs.worked_at is None:
        sentence = "No worker ever ran: nothing is worked on. Start `winback worker`."
    elif now - signs.worked_at > WORKER_SILENT:
        silent = now - signs.worked_at
        last = ago(signs.worked_at, now) if silent >= A_MINUTE else "less than a minute ago"
        sentence = (
            f"The last sign of a worker came {last}: nothing is worked on. Start `winback worker`."
        )
    else:
        return _finding("worker", ok=True)
    return _finding("worker", ok=False, sentence=sentence)


def _finding(what: str, *, ok: bool, sentence: str = "") -> Finding:
    return Finding(what, ok, sentence, Area.PROCESSES)
