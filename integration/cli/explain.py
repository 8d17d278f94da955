"""`winback explain ID`: why this customer got this task, and why that one did not."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

import click
from sqlalchemy import Connection

from connectors.hubspot.paths import type_name
from integration.as_of_day import told_of
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
from integration.config import Config, ConfigFaults, parse_config
from integration.crm_settings import HUBSPOT
from integration.explanation import Rules, explanation
from integration.interest import with_type_names
from integration.published import config_of
from integration.runtime import wall_clock
from integration.store import explaining, revisions, telling
from integration.store.engine import reading
from integration.store.explaining import Subject
from rules.calendar import today_in
from rules.ruleset import RuleSet


@click.command("explain", epilog="Example: winback explain 001Ak00000XyZ12AAB --crm sales")
@click.argument("id", metavar="ID")
@click.option("--crm", metavar="NAME", help="The CRM that the ID is of; not needed with one CRM.")
@config_option
@click.option(
    "--as-of",
    "as_of",
    help="The day that counts as today; a past day is told by its rules, without what came later.",
)
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
        by = _rules_on(connection, config, name, at, in_the_past=as_of is not None)
        rules = by.of_the_day
        today = today_in(rules.company.timezone, at) if rules else at.date()
        subjects = _found(connection, name, id)
        told = explaining.tell(connection, name, subjects[0].customer_id)
        made_by = {row["revision"] for row in told.tasks}
        by = replace(by, by_revision=_of_revisions(connection, made_by, name))
    now = wall_clock()
    is_past = today < (today_in(rules.company.timezone, now) if rules else now.date())
    answer = explanation(told_of(told, today) if is_past else told, subjects[0], by, today)
    answer["told_of"] = today if is_past else None
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


def _rules_on(
    connection: Connection, config: Config | None, name: str, at: datetime, *, in_the_past: bool
) -> Rules:
    """The rules of a day. Today they are the published ones, or the file that is run; of an
    earlier day those that were in force then."""
    past = [one for one in revisions.history(connection) if one.at <= at]
    current = past[-1] if past else None
    if current is not None and (in_the_past or current.published):
        try:
            then = config_of(current, os.environ)
        except ConfigFaults:
            click.echo(f"revision {current.number} is not taken any more", err=True)
        else:
            return Rules(_spelt(then, name), current.number)
    if config is None:
        return Rules()
    return Rules(_spelt(config, name), revisions.number_of(connection, config.text))


def _of_revisions(connection: Connection, wanted: Iterable[int], name: str) -> dict[int, RuleSet]:
    """The rules of revisions by number, without those whose text is not taken any more."""
    found: dict[int, RuleSet] = {}
    for number in sorted(wanted):
        text = revisions.text_of(connection, number)
        try:
            config = parse_config(text or "", f"revision {number}", os.environ)
        except ConfigFaults:
            continue
        rules = _spelt(config, name)
        if rules is not None:
            found[number] = rules
    return found


def _spelt(config: Config, name: str) -> RuleSet | None:
    """The rules with record types spelt as this CRM spells them."""
    settings = config.crms.get(name)
    if settings is None:
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
