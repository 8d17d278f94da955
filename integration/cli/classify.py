"""`winback classify`: one note a line in, one JSON object a line out, as they come."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator

import click

from integration.cli.context import load_config
from integration.sense import missing, sense_for
from integration.shipped import shipped_reasons
from rules.reasons import Categoriser
from rules.ruleset import Words


@click.command("classify")
@click.option(
    "--config",
    "config_path",
    envvar="WINBACK_CONFIG",
    type=click.Path(),
    help="The rule file whose categories count; without it the shipped ones do.",
)
def classify_command(config_path: str | None) -> None:
    """Put notes into categories: one note a line on standard input."""
    categoriser = _categoriser(config_path)
    for line in answers(categoriser, _lines()):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def answers(categoriser: Categoriser, notes: Iterable[str]) -> Iterator[str]:
    """The JSON object of each note; a blank note has one, too."""
    for note in notes:
        found = categoriser.classify(None, note)
        yield json.dumps(
            {
                "category": found.category,
                "second": found.second,
                "competitor": found.competitor,
                "confidence": found.confidence,
                "because": found.because,
            }
        )


def _categoriser(config_path: str | None) -> Categoriser:
    """Says on standard error where the language model should speak and is not there."""
    rules = load_config(config_path).ruleset if config_path else None
    settings = rules.words if rules else Words()
    if (warning := missing(settings)) is not None:
        click.echo(warning, err=True)
    if rules is None:
        return Categoriser(shipped_reasons(), sense=sense_for(settings))
    return Categoriser(rules.reasons, rules.competitors, sense_for(settings))


def _lines() -> Iterator[str]:
    """Standard input by line feeds alone: other separators may stand inside a note."""
    for raw in sys.stdin.buffer:
        yield raw.decode("utf-8-sig", errors="replace").rstrip("\r\n")
