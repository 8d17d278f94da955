"""`winback forget CONTACT_ID`: a person is erased, and never made a task about again."""

from __future__ import annotations

import os
import re

import click
from sqlalchemy import Engine

from connectors.salesforce.webhooks import full_id
from integration.assembly import crm as connected
from integration.cli.agreeing import agree, yes_option
from integration.cli.context import (
    config_option,
    database_url,
    guarded,
    json_option,
    load_config,
    print_json,
    refuse,
)
from integration.cli.saying import say
from integration.cli.standing import chosen, existing_store
from integration.config import Config
from integration.crm_settings import SALESFORCE
from integration.jobs.forget import forget
from integration.runtime import Crm, Runtime, wall_clock
from integration.spoken import count
from integration.store import persons, suppressions
from integration.store.engine import begin, reading
from integration.store.locks import Busy, only_process
from integration.store.persons import Extent, Person
from rules.model import Ref

ID = re.compile(r"[A-Za-z0-9]{1,40}")


@click.command("forget", epilog="Example: winback forget 003Ak00000XyZ12AAB --crm sales")
@click.argument("contact_id", metavar="CONTACT_ID")
@click.option("--crm", metavar="NAME", help="The CRM that the ID is of; not needed with one CRM.")
@yes_option
@config_option
@json_option
@guarded
def forget_command(
    contact_id: str, crm: str | None, yes: bool, config_path: str, as_json: bool
) -> None:
    """Erase a person from winback's store and from our open tasks in the CRM.

    It says first what it will touch. The contact record in the CRM is not ours to delete; while
    it is there, winback knows it by a salted hash of its id only, and lets it alone.
    """
    if as_json and not yes:
        refuse("with --json nothing is asked: add --yes")
    config = load_config(config_path)
    part = _part(config, crm)
    ref = Ref(part.types.contact, _checked(contact_id, config.crms[part.name].kind))
    with existing_store() as engine:
        person, found = _look(engine, part, ref)
        if not as_json:
            _tell(part, person, found)
        agree("Forget them for good?", yes=yes)
        with begin(engine) as connection:
            suppressions.ask(connection, part.name, ref.id, wall_clock())
        done = _erase_now(engine, part)
    if as_json:
        print_json({"crm": part.name, "known": bool(person.name), "done": done, **_counts(found)})
    elif done:
        click.echo("forgotten; what changes in the CRM is written by the next run")
    else:
        click.echo("another winback process works on this store: it forgets them in its next round")


def _part(config: Config, wanted: str | None) -> Crm:
    if wanted is None and len(config.crms) > 1:
        refuse(f"say which CRM the ID is of: --crm {' or --crm '.join(config.crms)}")
    name = chosen(config.crms, wanted)[0]
    return connected(config.crms[name], config.ruleset, os.environ)


def _checked(given: str, kind: str) -> str:
    if not ID.fullmatch(given):
        refuse(f"{given} is no id of a contact; take it as the CRM's address line shows it")
    return full_id(given) if kind == SALESFORCE else given


def _look(engine: Engine, part: Crm, ref: Ref) -> tuple[Person, Extent]:
    with reading(engine) as connection:
        person = persons.find(connection, part.name, ref)
        return person, persons.extent(connection, part.name, person)


def _erase_now(engine: Engine, part: Crm) -> bool:
    """False when another process works on the store, which has to do it."""
    try:
        with only_process(database_url(), engine):
            forget(Runtime(engine=engine, crms={part.name: part}), part.name)
    except Busy:
        return False
    return True


def _tell(part: Crm, person: Person, found: Extent) -> None:
    if person.name:
        say(f"{person.name}, contact {person.ref.id} in {part.name}:")
    else:
        click.echo(
            f"The store has no contact {person.ref.id} of {part.name}; if the CRM shows one"
            " later, it is let alone."
        )
    click.echo(f"  {count(found.records, 'stored record')} erased")
    click.echo(f"  {count(found.open_tasks, 'open task')} in the CRM rewritten without them")
    click.echo(f"  {count(found.unsent_tasks, 'task')} not yet in the CRM rewritten or withdrawn")
    if found.done_tasks:
        kept = count(found.done_tasks, "done task")
        click.echo(f"  {kept} in the CRM kept as written: delete them there where the law says so")


def _counts(found: Extent) -> dict[str, int]:
    return {
        "records": found.records,
        "open_tasks": found.open_tasks,
        "unsent_tasks": found.unsent_tasks,
        "done_tasks": found.done_tasks,
    }
