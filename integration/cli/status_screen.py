"""The screen of `winback status`: one panel per CRM, what needs a person at its end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from connectors.examination import Finding
from integration.cli.screen import Screen
from integration.quota_told import calls_made, history_read
from integration.spoken import ago, count, day, listed, minute
from integration.store.telling import BUDGET, STORM, Standing

WIDEST = 100
KEYS_SHOWN = 3
LAGGING = timedelta(minutes=10)

_HEALTH = {
    "green": ("healthy", "green"),
    "yellow": ("asked us to wait", "yellow"),
    "red": ("in trouble", "red"),
    "unknown": ("not contacted yet", "bright_black"),
}
_LOSSES = {
    "customer": ("customer lost", "customers lost"),
    "deal": ("deal lost, customer stays", "deals lost, customer stays"),
    "prospect": ("prospect lost", "prospects lost"),
}
_TASKS = {
    "written": "open in the CRM",
    "waiting": "waiting for a rep's budget of the day",
    "wanted": "not written yet",
    "closed": "closed",
    "deleted": "deleted by a person",
    "withdrawn": "withdrawn",
}


def print_status(
    standings: Sequence[Standing],
    revision: tuple[int, datetime] | None,
    store: str,
    now: datetime,
    found: Sequence[Finding] = (),
    stay_dry: Collection[str] = (),
) -> None:
    """`found` is of the processes; `stay_dry` are the CRMs into which the rules in force have
    nothing written."""
    console = Screen()
    width = min(console.width, WIDEST)
    console.print(_first_line(revision, store), width=width)
    for finding in found:
        if not finding.ok:
            console.print(Text(finding.sentence, style="bold red"), width=width)
    if not standings:
        console.print("No CRM was contacted yet: `winback once` does that.", width=width)
    for one in standings:
        console.print(_panel(one, now, width, stays_dry=one.state.name in stay_dry))


def _first_line(revision: tuple[int, datetime] | None, store: str) -> Text:
    rules = "no rules in force yet"
    if revision is not None:
        rules = f"rules: revision {revision[0]} of {day(revision[1].date())}"
    return Text.assemble(("winback", "bold"), f"  {store}, {rules}")


def _panel(one: Standing, now: datetime, width: int, *, stays_dry: bool) -> Panel:
    words, colour = _HEALTH.get(one.state.health, _HEALTH["unknown"])
    if one.state.health == "yellow" and one.state.blocked_until is None:
        words = "takes not all"
    if one.state.paused:
        words, colour = "paused", "yellow"
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bright_black", no_wrap=True)
    grid.add_column()
    for label, value in _lines(one, now):
        grid.add_row(label, value)
    needs = Table.grid(padding=(0, 2))
    needs.add_column(no_wrap=True)
    needs.add_column()
    for word, text in _needs(one, now, stays_dry=stays_dry):
        needs.add_row(word, text)
    parts: list[RenderableType] = [grid, Text(), needs] if needs.row_count else [grid]
    title = Text.assemble((one.state.name, "bold"), "  ", (f"● {words}", colour))
    return Panel(
        Group(*parts),
        title=title,
        title_align="left",
        border_style=colour,
        width=width,
        padding=(0, 1),
    )


def _lines(one: Standing, now: datetime) -> Iterator[tuple[str, str]]:
    state = one.state
    if state.polled_at is None:
        yield "last poll", "never"
    else:
        yield "last poll", f"{ago(state.polled_at, now)}{_behind(one, now)}"
    if accepted := [(d.channel, d.accepted_at) for d in one.deliveries if d.accepted_at]:
        yield "last delivery", listed((f"{way} {ago(at, now)}" for way, at in accepted), "")
    if state.first_contact_on:
        known = listed((count(n, kind, kind) for kind, n in one.records.items()), "nothing")
        yield "in the mirror", f"{known}, since {day(state.first_contact_on)}"
        yield "customers", _customers(one)
    if one.history:
        yield "history", history_read(one.history)
    if one.spending is not None:
        yield "calls of the day", calls_made(one.spending, now)
    lost = (count(one.losses[k], *words) for k, words in _LOSSES.items() if one.losses.get(k))
    yield "losses", listed(lost, "none")
    ends = (f"{n:,} {end}" for end, n in sorted(one.recoveries.items(), key=_open_first))
    yield "recoveries", listed(ends, "none")
    if one.slipped:
        yield "slipped", f"{one.slipped:,} open past a benchmark; winback explain says which"
    made = (f"{one.tasks[s]:,} {words}" for s, words in _TASKS.items() if one.tasks.get(s))
    yield "tasks", listed(made, "none")
    yield "to write", _to_write(one, now)


def _behind(one: Standing, now: datetime) -> str:
    """Which stream stopped moving although the others went on; mostly none."""
    if one.cursor_at is None or one.state.polled_at is None:
        return ""
    if one.state.polled_at - one.cursor_at < LAGGING:
        return ""
    slowest = min(one.streams, key=lambda stream: one.streams[stream])
    return f", {slowest} {ago(one.cursor_at, now)}"


def _customers(one: Standing) -> str:
    waiting = f"{one.to_decide:,} to decide" if one.to_decide else ""
    signals = f"{count(one.signals, 'record')} to look at" if one.signals else ""
    return listed((part for part in (f"{one.customers:,}", waiting, signals) if part), "none")


def _open_first(item: tuple[str, int]) -> tuple[bool, str]:
    return item[0] != "open", item[0]


def _to_write(one: Standing, now: datetime) -> str:
    if not one.pending:
        return "nothing"
    oldest = f", the oldest made {ago(one.oldest_due_at, now)}" if one.oldest_due_at else ""
    return f"{count(one.pending, 'change')}{oldest}"


# ---- what needs a person

WAITS_FOR = {
    "pilot": "for people who are not in the pilot; they go when it ends, or when those come in.",
    "dry run": "kept back by the dry run; they go when it ends.",
}

Need = tuple[Text, Text]
"""One word in the margin, and the sentence that says what to do."""


def _needs(one: Standing, now: datetime, *, stays_dry: bool) -> Iterator[Need]:
    state = one.state
    if state.sentence:
        colour = "yellow" if state.health == "yellow" else "red"
        sentence = f"{state.sentence.rstrip('.')}."
        yield _need("TROUBLE", colour, sentence, _until(state.blocked_until, now))
    if state.faults:
        times = count(state.faults, "round")
        sentence = f"{times} in a row failed inside winback; the log has the faults as errors."
        yield _need("FAULT", "red", sentence)
    for refused in one.deliveries:
        if refused.is_refused and refused.refused_at is not None:
            sentence = (
                f"{refused.channel} {ago(refused.refused_at, now)}: {refused.refused_because}."
            )
            yield _need("REFUSED", "red", sentence, " `winback doctor` says what to compare.")
    if state.paused:
        sentence = f"Nothing is read or written until `winback resume {state.name}`."
        yield _need("PAUSED", "yellow", sentence)
    if stays_dry:
        sentence = f"Nothing is written: the rule file says so ([crm.{state.name}] dry_run)."
        yield _need("DRY RUN", "yellow", sentence, _rehearsed(one))
    elif state.dry_run:
        sentence = f"Nothing is written until `winback dry-run {state.name} --off`."
        yield _need("DRY RUN", "yellow", sentence, _rehearsed(one))
    if state.pilot is not None:
        yield _need("PILOT", "yellow", _pilot(state.name, state.pilot))
    if one.held.get(STORM):
        yield _need("HELD", "red", _storm(one))
    for by, number in one.held.items():
        if by not in {STORM, BUDGET}:
            waits = WAITS_FOR.get(by, f"wait: {by}.")
            yield _need("HELD", "yellow", f"{count(number, 'change')} {waits}")
    if one.parked:
        yield from _parked(one.parked, state.name)


def _rehearsed(one: Standing) -> str:
    if not one.to_decide:
        return ""
    return f" Decided for practice until then: {count(one.to_decide, 'customer')} that changed."


def _pilot(name: str, pilot: Mapping[str, Sequence[str]]) -> str:
    who = listed([*pilot["owners"], *(f"team {team}" for team in pilot["teams"])], "nobody")
    return f"New tasks and fields are for {who} only, until `winback pilot {name} --off`."


def _storm(one: Standing) -> str:
    since = f" since {minute(one.state.storm_since)}" if one.state.storm_since else ""
    return (
        f"The storm brake holds {count(one.held[STORM], 'change')} for"
        f" {count(one.storm_customers, 'customer')}{since}: more customers were lost at once than"
        " the rule file's [limits] allow. Nothing of it is written until somebody looks and runs"
        f" `winback resume-held --crm {one.state.name}`."
    )


def _until(blocked_until: datetime | None, now: datetime) -> str:
    if blocked_until is None or blocked_until <= now:
        return ""
    return f" The next call is not before {minute(blocked_until)}."


def _parked(rows: Sequence[Mapping[str, Any]], name: str) -> Iterator[Need]:
    """One sentence each, however many rows share it."""
    alike: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        alike[str(row["sentence"])].append(str(row["key"]))
    for sentence, keys in alike.items():
        more = f" and {len(keys) - KEYS_SHOWN:,} more" if len(keys) > KEYS_SHOWN else ""
        yield _need("PARKED", "red", sentence, f" ({', '.join(keys[:KEYS_SHOWN])}{more})")
    again = f"Once mended, `winback requeue --crm {name}` sends {count(len(rows), 'row')} again."
    yield _need("", "", again)


def _need(word: str, colour: str, sentence: str, more: str = "") -> Need:
    return Text(word, style=f"bold {colour}".strip()), Text.assemble(
        sentence, (more, "bright_black")
    )
