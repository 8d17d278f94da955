"""`winback undo --revision N`: the untouched tasks of a bad publish go away again."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import click
from sqlalchemy import Engine

from integration.assembly import assemble
from integration.cli.agreeing import agree, yes_option
from integration.cli.context import (
    config_option,
    guarded,
    json_option,
    load_config,
    load_in_force,
    print_json,
    refuse,
)
from integration.cli.saying import say
from integration.cli.standing import chosen, crm_option, existing_store
from integration.jobs.take_back import Taking, of_revision, take_back
from integration.spoken import count
from integration.store import revisions
from integration.store.engine import reading
from integration.store.made import following

Takings = Mapping[str, Taking]


@click.command("undo", epilog="Example: winback undo --revision 7 --yes")
@click.option("--revision", type=int, required=True, metavar="N", help="Whose tasks go.")
@config_option
@crm_option
@yes_option
@json_option
@guarded
def undo_command(
    revision: int, config_path: str, crm: str | None, yes: bool, as_json: bool
) -> None:
    """Take back the tasks that revision N of the rules made and that nobody has touched.

    Tasks that were never written are withdrawn. Those in the CRM are read first, and closed where
    they are open and nobody changed, moved, answered or handed them on; the next run writes that.
    They are not made again for the same recoveries. Other people's tasks are never looked at.
    Doing it twice does nothing more. With --json and without --yes it only shows what would go. To
    have other rules in force, see `winback rollback`.
    """
    with existing_store() as engine:
        _refuse_unknown(engine, revision)
        config = load_in_force(load_config(config_path), engine)
        runtime = assemble(config, os.environ, engine)
        takings = {name: of_revision(runtime, name, revision) for name in chosen(runtime.crms, crm)}
        if not as_json:
            for line in _lines(takings):
                say(line)
        _tell_of_plans(engine, takings, revision)
        found = any(taking.tasks for taking in takings.values())
        if found and not as_json:
            agree("Take them back?", yes=yes)
        if done := yes or not as_json:
            for name, taking in takings.items():
                take_back(runtime, name, taking, f"revision {revision} of the rules was undone")
    if as_json:
        print_json(_as_json(takings, done=done))
    elif found:
        click.echo("done; the next run closes them in the CRM")
    else:
        click.echo("there is nothing to take back")


def _refuse_unknown(engine: Engine, revision: int) -> None:
    with reading(engine) as connection:
        known = revisions.text_of(connection, revision) is not None
        current = revisions.current_revision(connection)
    if not known:
        refuse(f"there is no revision {revision}; `winback revisions` lists them")
    if current is not None and current.number == revision:
        click.echo(
            f"revision {revision} is still in force and goes on making tasks;"
            " `winback rollback` puts an earlier one in force",
            err=True,
        )


def _tell_of_plans(engine: Engine, names: Iterable[str], revision: int) -> None:
    """Undoing tasks leaves the plans as they are: the next step of a bad one would still come."""
    with reading(engine) as connection:
        followed = sum(following(connection, name, revision) for name in names)
    if followed:
        told = count(followed, "recovery still follows", "recoveries still follow")
        click.echo(
            f"{told} the plan of revision {revision}; `winback rollback` or `winback publish`"
            " with --replan gives another",
            err=True,
        )


def _lines(takings: Takings) -> Iterator[str]:
    for name, taking in takings.items():
        yield (
            f"{name}: {count(len(taking.close), 'task')} to close in the CRM,"
            f" {count(len(taking.withdraw), 'task')} to withdraw before they are written,"
            f" {count(len(taking.left), 'task')} left alone"
        )
        for task in taking.close:
            yield f"  closes     {task.account}: {task.draft.subject} [{task.key}]"
        for task in taking.withdraw:
            yield f"  withdraws  {task.account}: {task.draft.subject} [{task.key}]"
        for left in taking.left:
            task = left.task
            yield f"  leaves     {task.account}: {task.draft.subject} [{task.key}]: {left.because}"


def _as_json(takings: Takings, *, done: bool) -> dict[str, Any]:
    return {
        "done": done,
        "crms": {
            name: {
                "closed": [task.key for task in taking.close],
                "withdrawn": [task.key for task in taking.withdraw],
                "left": [{"key": x.task.key, "because": x.because} for x in taking.left],
            }
            for name, taking in takings.items()
        },
    }
