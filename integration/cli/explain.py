"""`winback explain ID`: why this customer got this task, and why that one did not."""

from __future__ import annotations

import re

import click
from sqlalchemy import Connection

from connectors.hubspot.paths import type_name
from integration.cli.context import (
    config_option,
    guarded,
    instant,
    json_option,
    print_json,
    refuse,
)
from integration.cli.explain_text import print_explanation
from integration.cli.standing import chosen, existing_store, optional_config
from integration.config import Config
from integration.crm_settings import HUBSPOT
from integration.explanation import explanation
from integration.interest import with_type_names
from integration.runtime import wall_clock
from integration.store import explaining, telling
from integration.store.engine import reading
from integration.store.explaining import Subject
from rules.calendar import today_in
from rules.ruleset import RuleSet


@click.command("explain", epilog="Example: winback explain 001Ak00000XyZ12AAB --crm sales")
@click.argument("id", metavar="ID")
@click.option("--crm", metavar="NAME", help="The CRM that the ID is of; not needed with one CRM.")
@config_option
@click.option("--as-of", "as_of", help="The day that counts as today.")
@json_option
@guarded
def explain_command(
    id: str, crm: str | None, config_path: str, as_of: str | None, as_json: bool
) -> None:
    """Explain an account, a record or a task: the verdict in words, what was made of it and what
    was not, and why.

    ID is the CRM's id, its address in the browser, or the key at the end of a task's text. Where
    two records share an id, write TYPE:ID.
    """
    config = optional_config(config_path)
    at = instant(as_of) or wall_clock()
    with existing_store() as engine, reading(engine) as connection:
        name = _crm(connection, crm)
        rules = _rules(config, name)
        today = today_in(rules.company.timezone, at) if rules else at.date()
        subjects = _found(connection, name, id)
        told = explaining.tell(connection, name, subjects[0].customer_id)
    answer = explanation(told, subjects[0], rules, today)
    others = {
        str(s.ref) for s in subjects[1:] if s.ref and s.customer_id != subjects[0].customer_id
    }
    if others:
        click.echo(f"{id} is also the id of {', '.join(sorted(others))}", err=True)
    if as_json:
        print_json(answer)
    else:
        print_explanation(answer)


def _crm(connection: Connection, wanted: str | None) -> str:
    names = telling.names(connection)
    if not names:
        refuse("no CRM was contacted yet: run `winback once` first")
    if wanted is None and len(names) > 1:
        refuse(f"say which CRM the ID is of: --crm {' or --crm '.join(names)}")
    return chosen(names, wanted)[0]


def _rules(config: Config | None, name: str) -> RuleSet | None:
    """The rules with record types spelt as this CRM spells them."""
    settings = config.crms.get(name) if config else None
    if config is None or settings is None:
        return None
    if settings.kind == HUBSPOT:
        return with_type_names(config.ruleset, name, type_name)
    return config.ruleset


def _found(connection: Connection, name: str, given: str) -> list[Subject]:
    found: list[Subject] = []
    for candidate in candidates(given):
        found = found or explaining.find(connection, name, candidate)
    if found:
        return found
    return refuse(
        f"nothing in {name} has the id {given}; take the id of an account, a record or one of our"
        " tasks, as the CRM shows it, or the key at the end of a task's text. A record that was"
        " just made is known after the next run"
    )


def candidates(given: str) -> list[str]:
    """The ids that may be meant: of an address in the browser its parts, the last first."""
    given = given.strip()
    if "://" not in given:
        return [given]
    return [part for part in reversed(re.split(r"[/?#&=]+", given)) if part]
