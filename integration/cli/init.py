"""`winback init`: a first rule file from what the live CRM looks like."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import click

from connectors.base import Surveyor
from integration.assembly import crm as assembled
from integration.cli.context import REFUSED, config_option, guarded, load_config, refuse
from integration.cli.counted import counted
from integration.cli.patience import patiently
from integration.cli.reason_lines import with_values
from integration.cli.standing import chosen
from integration.config import Config, ConfigFaults, parse_config
from integration.crm_settings import HUBSPOT, SALESFORCE, CrmSettings
from rules.drafted_so_far import drafted_so_far
from rules.first_draft import first_draft, new_values
from rules.survey import Survey

CONNECTIONS = {
    SALESFORCE: (
        'client_id = "env:SF_CLIENT_ID"              # of the External Client App',
        'client_secret = "env:SF_CLIENT_SECRET"      # its secret; or username and private_key',
    ),
    HUBSPOT: ('token = "env:HUBSPOT_TOKEN"                 # of a private app or a service key',),
}


@click.command(
    "init",
    epilog="Example: winback init --crm sales --kind salesforce"
    " --base-url https://acme.my.salesforce.com",
)
@config_option
@click.option("--crm", metavar="NAME", help="The CRM's name in the rule file.")
@click.option("--kind", type=click.Choice([SALESFORCE, HUBSPOT]), help="Of a CRM not in the file.")
@click.option("--base-url", metavar="URL", help="The address of a CRM that is not in the file.")
@click.option("--out", type=click.Path(), help="Where the draft goes; - is standard output.")
@guarded
def init_command(
    config_path: str, crm: str | None, kind: str | None, base_url: str | None, out: str | None
) -> None:
    """Read the live CRM (deals, stages, picklists, owners, records that speak of cancelling) and
    draft a rule file whose comments say what to decide. Nothing is written into the CRM.

    How to reach the CRM stands in the rule file's [crm.NAME]. Where it is not there yet, --kind
    and --base-url say it; secrets are read from SF_CLIENT_ID and SF_CLIENT_SECRET, or from
    HUBSPOT_TOKEN. A file that holds more than [crm] and [company] is never overwritten: name
    another one with --out. It is that file, with how customers of this CRM are lost added.
    """
    path = Path(config_path)
    begun = load_config(config_path) if path.is_file() else None
    where = out or config_path
    if where != "-":
        _refuse_overwriting(Path(where), named=out is not None)
    config, settings = _asked(path, begun, crm, kind, base_url)
    with counted(settings) as gate:
        connector = assembled(settings, config.ruleset, os.environ, gate).connector
        if not isinstance(connector, Surveyor):
            refuse(
                f"{settings.name}: nobody has taught winback yet to draft rules for {settings.kind}"
            )
        survey = patiently(connector.survey)
    text = _drafted(config, settings, survey)
    if where == "-":
        click.echo(text, nl=False)
    else:
        Path(where).write_text(text, encoding="utf-8")
    _refuse_faulty(text, where)
    if where != "-":
        click.echo(
            f"{where}: drafted; look for the word decide, then: winback check {where} --live"
        )


def _drafted(config: Config, settings: CrmSettings, survey: Survey) -> str:
    """The file, and what it lacks for this CRM."""
    so_far = drafted_so_far(tomllib.loads(config.text))
    reasons = config.ruleset.reasons
    draft = first_draft(
        survey, crm=settings.name, kind=settings.kind, reasons=reasons, so_far=so_far
    )
    text = config.text
    if "reason" in so_far.sections:
        text = with_values(text, new_values(survey, reasons), reasons)
    return f"{text.rstrip()}\n\n{draft}"


def _asked(
    path: Path, begun: Config | None, crm: str | None, kind: str | None, base_url: str | None
) -> tuple[Config, CrmSettings]:
    """The file with how to reach the CRM, in memory, and the CRM. One that the command line
    describes and the file does not have is added."""
    crms = begun.crms if begun else {}
    if kind is None and base_url is None and begun is not None:
        return begun, begun.crms[_one(begun, crm)]
    fitting = [
        one
        for one in crms.values()
        if crm in (None, one.name) and _is_at(one, kind or one.kind, base_url or one.base_url)
    ]
    if begun is not None and len(fitting) == 1:
        return begun, fitting[0]
    if kind is None or base_url is None:
        refuse(
            f"{path} has no such CRM: say how to reach it with --kind and --base-url"
            if begun
            else f"there is no {path}: say how to reach the CRM with --kind and --base-url"
        )
    name = crm or kind
    if name in crms:
        known = crms[name]
        refuse(
            f"[crm.{name}] of {path} is {known.kind} at {known.base_url}:"
            " give the other CRM another name with --crm"
        )
    text = f"{begun.text.rstrip()}\n\n" if begun else ""
    config = _parsed(text + _connection(name, kind, base_url), path)
    return config, config.crms[name]


def _is_at(settings: CrmSettings, kind: str, base_url: str) -> bool:
    return settings.kind == kind and settings.base_url == base_url.rstrip("/")


def _connection(name: str, kind: str, base_url: str) -> str:
    """The table that says nothing but how to reach the CRM."""
    lines = [
        f"[crm.{name}]",
        f'kind = "{kind}"',
        f'base_url = "{base_url}"',
        *CONNECTIONS[kind],
    ]
    return "\n".join(lines) + "\n"


def _parsed(text: str, path: Path) -> Config:
    """Of what the command line described."""
    try:
        return parse_config(text, str(path), os.environ)
    except ConfigFaults as refused:
        return refuse("\n".join(str(fault.fault) for fault in refused.faults))


def _refuse_faulty(text: str, where: str) -> None:
    """A draft that the check refuses stands there all the same: the rest of it is of use."""
    try:
        parse_config(text, where, os.environ)
    except ConfigFaults as refused:
        for fault in refused.faults:
            click.echo(str(fault), err=True)
        refuse(f"{where}: this draft has faults: correct them before you use it", REFUSED)


def _refuse_overwriting(place: Path, *, named: bool) -> None:
    if not place.is_file():
        return
    try:
        held = drafted_so_far(tomllib.loads(place.read_text(encoding="utf-8-sig")))
        is_safe = not held.has_rules
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        is_safe = False
    if not is_safe:
        other = "another" if named else "a new"
        refuse(
            f"{place} holds rules already and is not overwritten;"
            f" name {other} file with --out, or write --out - to see the draft"
        )


def _one(config: Config, wanted: str | None) -> str:
    if not config.crms:
        refuse("the file names no CRM: write [crm.NAME] with kind, base_url and how to log in")
    if wanted is None and len(config.crms) > 1:
        refuse(f"say which CRM to read: --crm {' or --crm '.join(config.crms)}")
    return chosen(config.crms, wanted)[0]
