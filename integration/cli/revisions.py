"""`winback revisions` and `winback diff`: what was in force when, and what changed."""

from __future__ import annotations

import difflib
from pathlib import Path

import click
from sqlalchemy import Connection

from integration.cli.context import guarded, json_option, print_json, refuse
from integration.cli.standing import existing_store
from integration.spoken import count
from integration.store import revisions
from integration.store.engine import reading
from integration.store.revisions import How, Plans, Revision


@click.command("revisions", epilog="Example: winback revisions")
@json_option
@guarded
def revisions_command(as_json: bool) -> None:
    """List what was put in force, the newest last: when, by whom, why, and how many losses and
    tasks each revision decided."""
    with existing_store() as engine, reading(engine) as connection:
        past = revisions.history(connection)
        decided = revisions.decisions(connection)
    current = past[-1] if past else None
    if as_json:
        print_json([_as_json(one, decided.get(one.number, (0, 0)), one is current) for one in past])
        return
    for one in past:
        click.echo(_line(one, decided.get(one.number, (0, 0)), in_force=one is current))
    if not past:
        click.echo("no rules were in force yet")


def _line(one: Revision, decided: tuple[int, int], *, in_force: bool) -> str:
    how = {How.RAN: "run from its file", How.PUBLISHED: "published"}.get(one.how, one.how.value)
    who = f" by {one.by}" if one.by else ""
    anew = ", recoveries under way planned anew" if one.plans is Plans.REPLAN else ""
    why = f": {one.why}" if one.why else ""
    mark = "* " if in_force else "  "
    made = f"{count(decided[0], 'loss', 'losses')}, {count(decided[1], 'task')}"
    return f"{mark}{one.number}  {one.at:%Y-%m-%d %H:%M} UTC  {how}{who}{anew}{why}  ({made})"


def _as_json(one: Revision, decided: tuple[int, int], in_force: bool) -> dict[str, object]:
    return {
        "revision": one.number,
        "at": one.at,
        "how": one.how.value,
        "by": one.by,
        "why": one.why,
        "plans": one.plans.value,
        "in_force": in_force,
        "losses": decided[0],
        "tasks": decided[1],
    }


@click.command("diff", epilog="Example: winback diff 3 config.toml")
@click.argument("before", metavar="A")
@click.argument("after", metavar="[B]", required=False)
@guarded
def diff_command(before: str, after: str | None) -> None:
    """Show what changed from A to B, each the number of a revision or a file; without B, to the
    revision in force."""
    with existing_store() as engine, reading(engine) as connection:
        current = revisions.current_revision(connection)
        if after is None and current is None:
            refuse("no rules were in force yet")
        after = after or str(current.number if current else "")
        old, new = _text(connection, before), _text(connection, after)
    for line in diff_lines(old, new, _name(before), _name(after)):
        click.echo(line)


def diff_lines(old: str, new: str, old_name: str, new_name: str) -> list[str]:
    """A unified diff, empty where the texts are the same."""
    return list(
        difflib.unified_diff(old.splitlines(), new.splitlines(), old_name, new_name, lineterm="")
    )


def _text(connection: Connection, name: str) -> str:
    if name.isdigit():
        text = revisions.text_of(connection, int(name))
        return text if text is not None else refuse(f"there is no revision {name}")
    try:
        return Path(name).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        refuse(f"{name} cannot be read: {error}")


def _name(said: str) -> str:
    return f"revision {said}" if said.isdigit() else said
