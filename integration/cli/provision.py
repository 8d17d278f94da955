"""`winback provision`: our fields in each CRM, made where they are missing."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

import click

from connectors.base import Unmade
from connectors.errors import CredentialsRefused, CrmError, Throttled, Unavailable
from integration.assembly import crm as connected
from integration.cli.agreeing import agree_on_a_terminal, yes_option
from integration.cli.context import (
    CRM,
    INTERNAL,
    REFUSED,
    config_option,
    guarded,
    json_option,
    load_config,
    print_json,
)
from integration.cli.counted import counted
from integration.cli.patience import patiently
from integration.cli.saying import say
from integration.cli.standing import chosen, crm_option
from integration.config import Config, SecretMissing
from rules.ruleset import RuleSet

UNKNOWN = ("unknown", "Unknown")


@dataclass(frozen=True, slots=True)
class Provisioned:
    """What became of one CRM. `fault` is empty where it could be asked; `unmade` are sentences
    about single fields that could not be set up."""

    planned: bool
    changes: Sequence[str] = ()
    unmade: Sequence[str] = ()
    fault: str = ""
    exit_code: int = 0


@click.command(
    "provision", epilog="Example: winback provision --config winback.toml --crm sales --plan"
)
@config_option
@crm_option
@click.option("--plan", is_flag=True, help="Say what is missing and make nothing.")
@yes_option
@json_option
@guarded
def provision_command(
    config_path: str, crm: str | None, plan: bool, yes: bool, as_json: bool
) -> None:
    """Make winback's own fields in the CRM where they are missing.

    It says first what it would make, and asks where it is called on a terminal. Running it again
    does no harm: what exists stays as it is. A CRM that the rule file marks dry_run is only
    planned. Exit code 2 when something could not be set up, each told in one sentence.
    """
    config = load_config(config_path)
    names = chosen(config.crms, crm)
    if not (plan or as_json) and _say_first(config, names):
        agree_on_a_terminal("Make these?", yes=yes)
    told = {name: _provision(config, name, plan) for name in names}
    if as_json:
        print_json({"crms": {name: _as_json(one) for name, one in told.items()}})
    else:
        for name, one in told.items():
            _print(name, one)
    raise SystemExit(max((one.exit_code for one in told.values()), default=0))


def _say_first(config: Config, names: Sequence[str]) -> bool:
    """Whether there is anything to make; on standard error, as scripts read what was made. A CRM
    in dry run gets nothing made, whatever the answer."""
    to_make = [name for name in names if not config.crms[name].dry_run]
    planned = {name: _provision(config, name, plan=True) for name in to_make}
    for name, one in planned.items():
        for change in one.changes:
            click.echo(f"{name}: {change}", err=True)
    return any(one.changes for one in planned.values())


def _provision(config: Config, name: str, plan: bool) -> Provisioned:
    """One CRM; its fault is told and does not keep the others from theirs."""
    settings = config.crms[name]
    plan = plan or settings.dry_run
    try:
        with counted(settings) as gate:
            connector = connected(settings, config.ruleset, os.environ, gate).connector
            reasons = reason_values(config.ruleset)
            return _told(plan, patiently(lambda: connector.provision(reasons, plan)))
    except SecretMissing as missing:
        return Provisioned(plan, fault=str(missing), exit_code=REFUSED)
    except (Unavailable, Throttled, CredentialsRefused) as error:
        return Provisioned(plan, fault=str(error), exit_code=CRM)
    except CrmError as error:
        return Provisioned(plan, fault=str(error), exit_code=INTERNAL)


def _told(planned: bool, sentences: Sequence[str]) -> Provisioned:
    changes = [one for one in sentences if not isinstance(one, Unmade)]
    unmade = [one for one in sentences if isinstance(one, Unmade)]
    return Provisioned(planned, changes, unmade, exit_code=REFUSED if unmade else 0)


def reason_values(rules: RuleSet) -> list[tuple[str, str]]:
    """(value, label) of every category that a decision can give; `unknown` is one always."""
    values = [(reason.id, reason.label) for reason in rules.reasons]
    return values if UNKNOWN[0] in dict(values) else [*values, UNKNOWN]


def _print(name: str, one: Provisioned) -> None:
    for change in one.changes:
        say(f"{name}: {change}")
    for sentence in one.unmade:
        say(f"{name}: {sentence}", err=True)
    if one.fault:
        say(f"{name}: {one.fault}", err=True)
    elif not (one.changes or one.unmade):
        click.echo(f"{name}: nothing to do")
    elif one.planned:
        click.echo(f"{name}: this is a plan, nothing was made")


def _as_json(one: Provisioned) -> dict[str, object]:
    return {
        "planned": one.planned,
        "changes": list(one.changes),
        "not_made": list(one.unmade),
        "fault": one.fault or None,
    }
