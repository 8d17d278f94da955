"""`winback publish` and `winback rollback`: rules come into force, seen before they do."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click
from sqlalchemy import Engine

from integration.assembly import assemble
from integration.cli.agreeing import agree
from integration.cli.check import warn
from integration.cli.context import (
    REFUSED,
    guarded,
    json_option,
    load_config,
    open_store,
    print_json,
    refuse,
)
from integration.cli.revisions import diff_lines
from integration.cli.rule_file import rule_file
from integration.cli.saying import say
from integration.cli.standing import existing_store
from integration.cli.test import summary, tests_of, told
from integration.config import Config, ConfigFaults, doubts
from integration.published import config_of
from integration.replanning import Replan, Touching, carry_out, preview, touched_by
from integration.runtime import Runtime, wall_clock
from integration.spoken import count
from integration.store import revisions
from integration.store.engine import begin, reading
from integration.store.revisions import How, Plans, Revision

_options = (
    click.option("--why", default="", help="A sentence that stands beside the revision."),
    click.option("--by", default="", help="Who publishes; the name you are logged in with."),
    click.option(
        "--replan/--keep-plans",
        default=False,
        help="Recoveries under way get the new plan, or keep theirs (the default).",
    ),
    click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing."),
    click.option("--yes", is_flag=True, help="With --replan: do not ask."),
)


@click.command("publish", epilog='Example: winback publish config.toml --why "new tiers"')
@rule_file
@json_option
@guarded
def publish_command(
    file: str, why: str, by: str, replan: bool, dry_run: bool, yes: bool, as_json: bool
) -> None:
    """Put the rule FILE in force, once it is free of faults and its test cases hold.

    The whole text is kept as a numbered revision. From the first publish on, the published
    revision is in force, whatever file lies there, until another one is published. Without
    --replan, recoveries under way keep the plan they began with.
    """
    config = load_config(file)
    warn(doubts(config))
    wish = Wish(config, How.PUBLISHED, why, by or _me(), replan)
    _bring_into_force(wish, dry_run=dry_run, yes=yes, as_json=as_json)


@click.command("rollback", epilog="Example: winback rollback 3")
@click.argument("revision", type=int, metavar="REVISION")
@json_option
@guarded
def rollback_command(
    revision: int, why: str, by: str, replan: bool, dry_run: bool, yes: bool, as_json: bool
) -> None:
    """Put an earlier REVISION in force again. What a later one made stays as it is: see `winback
    undo`."""
    with existing_store() as engine, reading(engine) as connection:
        past = [r for r in revisions.history(connection) if r.number == revision]
    if not past:
        refuse(f"there is no revision {revision}; `winback revisions` lists them")
    try:
        config = config_of(past[-1], os.environ)
    except ConfigFaults as refused:
        for fault in refused.faults:
            click.echo(str(fault), err=True)
        raise SystemExit(REFUSED) from None
    wish = Wish(config, How.ROLLED_BACK, why, by or _me(), replan)
    _bring_into_force(wish, dry_run=dry_run, yes=yes, as_json=as_json)


for _option in reversed(_options):
    publish_command = _option(publish_command)
    rollback_command = _option(rollback_command)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to be in force."""

    config: Config
    how: How
    why: str
    by: str
    replan: bool


@dataclass(frozen=True, slots=True)
class Change:
    """What a wish would change for recoveries under way, by CRM."""

    plans: Mapping[str, Sequence[Replan]]
    touching: Mapping[str, Touching]

    @property
    def all_plans(self) -> list[Replan]:
        return [one for plans in self.plans.values() for one in plans]


def _bring_into_force(wish: Wish, *, dry_run: bool, yes: bool, as_json: bool) -> None:
    tested = tests_of(wish.config)
    if not all(one.holds for one in tested):
        for line in (line for one in tested for line in told(wish.config, one)):
            click.echo(line, err=True)
        refuse(f"{summary(tested)}: not published")
    engine = open_store()
    with reading(engine) as connection:
        current = revisions.current_revision(connection)
    lines = diff_lines(
        current.text if current else "",
        wish.config.text,
        f"revision {current.number}" if current else "nothing",
        str(wish.config.path),
    )
    if not as_json:
        first = f"the first revision: {count(len(wish.config.text.splitlines()), 'line')}"
        for line in (*(lines if current else [first]), summary(tested)):
            click.echo(line)
    change = _change(wish, engine) if wish.replan else Change({}, {})
    if not as_json:
        for line in _preview_lines(wish, change):
            say(line)
    number = None
    if not dry_run:
        if change.all_plans:
            agree("Publish, with these new plans?", yes=yes, as_json=as_json)
        number = _publish(wish, engine, change)
    engine.dispose()
    if as_json:
        print_json(_as_json(number, current, lines, change))
    elif number is None:
        click.echo("nothing was published")
    else:
        click.echo(f"revision {number} is in force")
        for line in _restart_lines(current, wish.config):
            click.echo(line)


def _publish(wish: Wish, engine: Engine, change: Change) -> int:
    plans = Plans.REPLAN if wish.replan else Plans.KEEP
    with begin(engine) as connection:
        number = revisions.publish(
            connection,
            wish.config.text,
            wall_clock(),
            by=wish.by,
            why=wish.why,
            plans=plans,
            how=wish.how,
        )
    if change.plans:
        runtime = assemble(wish.config, os.environ, engine)
        for crm, plans_of_crm in change.plans.items():
            carry_out(runtime, crm, plans_of_crm, change.touching[crm], number)
    return number


def _change(wish: Wish, engine: Engine) -> Change:
    """Read before anything is put in force: a CRM that cannot be asked refuses the publish."""
    runtime: Runtime = assemble(wish.config, os.environ, engine, dry_run=True)
    plans = {crm: preview(runtime, crm) for crm in runtime.crms}
    return Change(plans, {crm: touched_by(runtime, crm, plans[crm]) for crm in runtime.crms})


def _restart_lines(before: Revision | None, after: Config) -> Iterable[str]:
    """The rest of a rule file is taken over by what runs."""
    if before is None:
        return
    try:
        crms = config_of(before, os.environ).crms.keys()
    except ConfigFaults:  # whatever was in force, the new one is right
        return
    for names, what in (
        (after.crms.keys() - crms, "new: to have it worked on"),
        (crms - after.crms.keys(), "gone: to have it left alone"),
    ):
        for name in sorted(names):
            yield f"{name} is {what}, restart every process of winback"


def _preview_lines(wish: Wish, change: Change) -> Iterable[str]:
    if not wish.replan:
        yield "recoveries under way keep their plans"
        return
    takings = [touching.taking for touching in change.touching.values()]
    handings = [touching.handing for touching in change.touching.values()]
    close, hand = (sum(len(t.tasks) for t in found) for found in (takings, handings))
    make = sum(len(one.plan.make) for one in change.all_plans)
    handed = f", {count(hand, 'task')} handed to somebody else" if hand else ""
    yield (
        f"{count(len(change.all_plans), 'recovery gets', 'recoveries get')} a new plan:"
        f" {count(close, 'task')} would be closed, {count(make, 'task')} made{handed};"
        " tasks that stand keep their text"
    )
    taken = {task.key for found in (*takings, *handings) for task in found.tasks}
    stays = {x.task.key: x.because for found in (*takings, *handings) for x in found.left}
    for one in change.all_plans:
        before, after = one.plan.before or "no plan", one.plan.after or "no plan"
        told = f"{before}, as it reads now" if before == after else f"{before} -> {after}"
        yield f"  {one.account}: {told}"
        for key in one.plan.close:
            yield f"    closes {key}" if key in taken else f"    keeps {key}: {stays.get(key, '')}"
        for key, (who, to) in one.hands.items():
            if key in taken:
                yield f"    hands {key} from {who} to {to}"
            else:
                yield f"    keeps {key} with {who}, not {to}: {stays.get(key, '')}"
        for task in one.plan.make:
            yield f"    makes {task.draft.key}: {task.draft.subject}"


def _as_json(
    number: int | None, before: Revision | None, lines: Sequence[str], change: Change
) -> dict[str, Any]:
    return {
        "revision": number,
        "before": before.number if before else None,
        "published": number is not None,
        "diff": list(lines),
        "replanned": [
            {
                "crm": one.crm,
                "account": one.account,
                "recovery": one.plan.recovery_id,
                "before": one.plan.before,
                "after": one.plan.after,
                "closes": list(one.plan.close),
                "hands": {key: handed.owner_id for key, handed in one.plan.reassign.items()},
                "makes": [task.draft.key for task in one.plan.make],
            }
            for one in change.all_plans
        ],
    }


def _me() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container without a user's name
        return ""
