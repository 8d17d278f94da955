"""`winback waiting`: which tasks wait for a rep's budget of the day, why, and until when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

import click
from rich import box
from rich.table import Table

from integration.cli.context import (
    config_option,
    guarded,
    json_option,
    load_config,
    load_in_force,
    print_json,
)
from integration.cli.screen import Screen
from integration.cli.standing import chosen, crm_option, existing_store, known_names
from integration.runtime import wall_clock
from integration.spoken import count
from integration.store.engine import reading
from integration.store.waiting import Waiting, waiting
from rules.calendar import today_in

AN_ID = 20  # columns of a Salesforce id in brackets: whole, also where the account's name wraps


@click.command("waiting", epilog="Example: winback waiting --crm sales")
@config_option
@crm_option
@json_option
@guarded
def waiting_command(config_path: str, crm: str | None, as_json: bool) -> None:
    """List the tasks that wait for a rep's budget of the day, in the order in which they go.

    The highest effective score goes first: the recovery's score, and more for each day of
    waiting. The expected day is the earliest; a more valuable loss that comes meanwhile goes
    before.
    """
    with existing_store() as engine:
        rules = load_in_force(load_config(config_path), engine).ruleset
        today = today_in(rules.company.timezone, wall_clock())
        with reading(engine) as connection:
            names = chosen(known_names(connection, config_path), crm)
            found = {name: waiting(connection, name, rules.limits, today) for name in names}
    if as_json:
        print_json({name: list(map(as_wire, rows)) for name, rows in found.items()})
    else:
        _print(found, rules.limits.tasks_per_rep_per_day)


def as_wire(one: Waiting) -> dict[str, Any]:
    return {
        "key": one.key,
        "account": one.account,
        "subject": one.subject,
        "rep": one.rep,
        "place": one.place,
        "score": float(one.score),
        "effective_score": float(round(one.effective, 4)),
        "since": one.since,
        "expected_on": one.expected_on,
    }


def _print(found: Mapping[str, Sequence[Waiting]], per_day: int | None) -> None:
    console = Screen()
    if not any(found.values()):
        console.print("no task waits for a rep's budget")
        return
    for name, rows in found.items():
        for rep, theirs in groupby(rows, key=lambda one: one.rep):
            console.print(_table(f"{name}: {rep}", list(theirs)))
    total = count(sum(map(len, found.values())), "task waits", "tasks wait")
    why = f"a rep gets {count(per_day, 'new task')} a day" if per_day is not None else "no budget"
    console.print(
        f"{total}: {why} ([limits] tasks_per_rep_per_day). The highest effective score goes"
        " first; a more valuable loss that comes meanwhile goes before."
    )


def _table(title: str, rows: Sequence[Waiting]) -> Table:
    table = Table(
        title=title,
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
    )
    table.add_column("", justify="right")
    table.add_column("account", min_width=AN_ID, overflow="fold")
    table.add_column("task")
    table.add_column("score", justify="right")
    table.add_column("with\nwaiting", justify="right")
    table.add_column("since", no_wrap=True)
    table.add_column("expected", no_wrap=True)
    for one in rows:
        table.add_row(
            str(one.place),
            one.account,
            one.subject,
            f"{one.score:,.0f}",
            f"{one.effective:,.0f}",
            _short(one.since),
            _short(one.expected_on),
        )
    return table


def _short(on: date) -> str:
    """Without the year, so that the row fits into 80 columns."""
    return f"{on.day} {on:%b}"
