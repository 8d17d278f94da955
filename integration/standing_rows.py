"""What the store knows of a CRM that needs a person: health, brake, pause, parked rows. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from connectors.examination import Area, Finding
from integration.quota_told import calls_made
from integration.spoken import ago, count, minute
from integration.store.telling import STORM, Standing


def rows(standing: Standing | None, now: datetime) -> Iterator[Finding]:
    """`standing` None: there is no store yet."""
    if standing is None or standing.state.polled_at is None:
        yield _finding("last poll", ok=True, sentence="never: `winback once` begins")
    else:
        yield _finding("last poll", ok=True, sentence=ago(standing.state.polled_at, now))
    if standing is not None:
        yield from _calls(standing, now)
        yield from _needs(standing)


def _calls(standing: Standing, now: datetime) -> Iterator[Finding]:
    spending = standing.spending
    if spending is None:
        return
    closing = spending.closing(now)
    sentence = calls_made(spending, now)
    if closing is not None:
        sentence = f"{closing.sentence}: no call before {minute(closing.until)}"
    yield Finding("our calls of the day", closing is None, sentence, Area.LIMITS)


def _needs(standing: Standing) -> Iterator[Finding]:
    state, name = standing.state, standing.state.name
    if state.health == "red":
        yield _finding("health", ok=False, sentence=state.sentence or "red: see `winback status`")
    if state.paused:
        yield _finding("paused", ok=False, sentence=f"nothing moves until `winback resume {name}`")
    if number := standing.held.get(STORM):
        since = f" since {minute(state.storm_since)}" if state.storm_since else ""
        told = (
            f"holds {count(number, 'change')} for {count(standing.storm_customers, 'customer')}"
            f"{since}: look, then `winback resume-held --crm {name}`"
        )
        yield _finding("storm brake", ok=False, sentence=told)
    if parked := len(standing.parked):
        told = f"{count(parked, 'row')}: `winback parked --crm {name}` says why, then requeue"
        yield _finding("parked", ok=False, sentence=told)
    elif not standing.held.get(STORM):
        yield _finding("outbox", ok=True, sentence="nothing is parked or held by the brake")


def _finding(what: str, *, ok: bool, sentence: str) -> Finding:
    return Finding(what, ok, sentence, Area.ROWS)
