"""A run's report as a table for people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from rich.table import Table

from integration.cli.screen import Screen
from integration.quota_told import history_read
from integration.spoken import minute


def print_report(report: dict[str, Any]) -> None:
    """One column per CRM."""
    console = Screen()
    table = Table(title=f"winback, as of {report['as_of'][:10]}")
    table.add_column("")
    for name in report["crms"]:
        table.add_column(name, justify="right")
    crms = list(report["crms"].values())
    for label, path in _LINES:
        table.add_row(label, *(f"{_value(crm, path):,}" for crm in crms))
    console.print(table)
    for name, crm in report["crms"].items():
        for sentence in _stopped(crm):
            console.print(f"{name}: {sentence}", soft_wrap=True)
        if crm["rehearsed"]:
            console.print(f"{name}: it was a dry run; in earnest these tasks would be written:")
        for task in crm["rehearsed"]:
            console.print(f"  {task['due_on']}  {task['subject']}  ({task['rule']})")
        for what, count in crm["missing"].items():
            console.print(f"{name}: {what} was empty for {count} of {crm['decided']} customers")


def _stopped(crm: dict[str, Any]) -> Iterator[str]:
    """What was not done, why, and when it goes on."""
    stopped = crm["stopped"]
    if stopped is None:
        return
    until = minute(datetime.fromisoformat(stopped["until"]))
    yield f"{stopped['sentence'].rstrip('.')}. The next call is not before {until}."
    if crm["history"]:
        read = {type: (one["read"], one["total"]) for type, one in crm["history"].items()}
        yield f"History read so far: {history_read(read)}. It goes on from there."


_LINES = (
    ("records looked at", ("signals",)),
    ("customers lost", ("losses", "customer")),
    ("deals lost, customer stays", ("losses", "deal")),
    ("prospects lost", ("losses", "prospect")),
    ("recoveries opened", ("recoveries", "opened")),
    ("losses that joined one", ("recoveries", "joined")),
    ("recoveries ended", ("recoveries", "closed")),
    ("tasks wanted", ("tasks", "wanted")),
    ("tasks waiting for a rep's budget", ("tasks", "waiting")),
    ("tasks held", ("tasks", "held")),
    ("tasks written", ("pushes", "task_create", "delivered")),
    ("tasks closed", ("pushes", "task_close", "delivered")),
    ("records with reason fields written", ("pushes", "field", "delivered")),
    ("parked", ("pushes", "*", "parked")),
    ("API calls to read", ("calls", "read")),
    ("API searches", ("calls", "search")),
    ("API calls to write", ("calls", "write")),
)


def _value(crm: dict[str, Any], path: tuple[str, ...]) -> int:
    found: Any = crm
    for i, name in enumerate(path):
        if name == "*":
            return sum(_value(part, path[i + 1 :]) for part in found.values())
        found = found[name]
    return int(found)
