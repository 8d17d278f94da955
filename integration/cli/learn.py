"""`winback learn`: phrases that reps' own choices suggest, as a diff of the rule file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict

import click
import tomlkit
from sqlalchemy import Connection

from integration.cli.context import config_option, guarded, json_option, load_config, print_json
from integration.cli.reason_lines import append
from integration.cli.revisions import diff_lines
from integration.cli.saying import say
from integration.cli.standing import existing_store
from integration.config import Config
from integration.sense import sense_for
from integration.spoken import count
from integration.store.choices import chosen_by_hand
from integration.store.engine import reading
from rules.learning import Choice, Proposal, proposals
from rules.reasons import UNKNOWN, Categoriser
from rules.record_values import as_text, value
from rules.ruleset import Reason


@click.command("learn", epilog="Example: winback learn > phrases.diff")
@config_option
@click.option(
    "--at-least",
    type=click.IntRange(min=2),
    default=3,
    show_default=True,
    metavar="NOTES",
    help="Notes of different words that have to speak for a phrase.",
)
@json_option
@guarded
def learn_command(config_path: str, at_least: int, as_json: bool) -> None:
    """Propose phrases from what reps chose by hand, where the words said something else or
    nothing to us.

    The proposal is a diff of the rule file on standard output, and how many notes speak for and
    against each phrase on standard error. Nothing is changed: take what is right, drop the rest,
    then `winback test` and `winback publish`.
    """
    config = load_config(config_path)
    with existing_store() as engine, reading(engine) as connection:
        choices = list(_choices(connection, config))
    reasons = config.ruleset.reasons
    known = {reason.id: reason.phrases for reason in reasons}
    found = proposals(choices, known, at_least=at_least)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    wrong = sum(one.chosen != one.said for one in choices) or "none"
    click.echo(
        f"{count(len(choices), 'note')} with a choice by hand, {wrong} of them read otherwise",
        err=True,
    )
    for one in found:
        say(
            f'{one.category}: "{one.phrase}": {count(one.speak_for, "note")} for it,'
            f" {one.against or 'none'} against, {one.unread} of them not understood today",
            err=True,
        )
    if not found:
        click.echo("nothing to propose", err=True)
    after = with_phrases(config.text, found, reasons)
    for line in diff_lines(config.text, after, str(config.path), str(config.path)):
        say(line)


def _choices(connection: Connection, config: Config) -> Iterator[Choice]:
    """A choice in our field, else the CRM's own reason value where it means a category."""
    rules = config.ruleset
    picked = Categoriser(rules.reasons, rules.competitors)
    reader = Categoriser(rules.reasons, rules.competitors, sense_for(rules.words))
    watches = {watch.name: watch for watch in rules.watches}
    known = {reason.id for reason in rules.reasons}
    for crm in config.crms:
        for record, name, by_hand in chosen_by_hand(connection, crm):
            watch = watches.get(name)
            words = as_text(value(record, watch.words)) if watch else None
            if watch is None or words is None:
                continue
            stated = as_text(value(record, watch.reason))
            chosen = by_hand or (picked.classify(stated, None).category if stated else UNKNOWN)
            if chosen != UNKNOWN and chosen in known:
                yield Choice(words, chosen, reader.classify(None, words).category)


def with_phrases(text: str, found: Sequence[Proposal], reasons: Sequence[Reason]) -> str:
    """The rule file with the phrases added beside those in force. A file without categories of
    its own gets the ids of all, as naming one alone would leave only that one."""
    if not found:
        return text
    document = tomlkit.parse(text)
    tables = document.get("reason")
    if tables is None:
        tables = document.setdefault("reason", tomlkit.aot())
        for reason in reasons:
            table = tomlkit.table()
            table["id"] = reason.id
            tables.append(table)
    by_id = {str(table["id"]): table for table in tables}
    for one in found:
        append(by_id[one.category], "more_phrases", one.phrase)
    return tomlkit.dumps(document)
