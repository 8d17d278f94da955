"""`winback init`: a first rule file from what the live CRM looks like."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import click

from connectors.base import Surveyor
from integration.assembly import crm as assembled
from integration.cli.context import config_option, guarded, load_config, refuse
from integration.cli.patience import patiently
from integration.cli.standing import chosen
from integration.config import Config
from integration.crm_settings import HUBSPOT, SALESFORCE
from integration.shipped import shipped_reasons
from rules.first_draft import first_draft

CONNECTIONS = {
    SALESFORCE: (
        'client_id = "env:SF_CLIENT_ID"              # of the External Client App',
        'client_secret = "env:SF_CLIENT_SECRET"      # its secret; or username and private_key',
    ),
    HUBSPOT: ('token = "env:HUBSPOT_TOKEN"                 # of a private app or a service key',),
}
ONLY_CONNECTED = {"crm", "company"}


@click.command(
    "init",
    epilog="Example: winback init --crm sales --kind salesforce"
    " --base-url https://acme.my.salesforce.com",
)
@config_option
@click.option("--crm", metavar="NAME", help="The CRM's name in the rule file.")
@click.option("--kind", type=click.Choice([SALESFORCE, HUBSPOT]), help="Where there is no file.")
@click.option("--base-url", metavar="URL", help="The CRM's address, where there is no file.")
@click.option("--out", type=click.Path(), help="Where the draft goes; - is standard output.")
@guarded
def init_command(
    config_path: str, crm: str | None, kind: str | None, base_url: str | None, out: str | None
) -> None:
    """Read the live CRM (deals, stages, picklists, owners, records that speak of cancelling) and
    draft a rule file whose comments say what to decide. Nothing is written into the CRM.

    How to reach the CRM stands in the rule file's [crm.NAME]. Where there is no file yet, --kind
    and --base-url say it; secrets are read from SF_CLIENT_ID and SF_CLIENT_SECRET, or from
    HUBSPOT_TOKEN. A file that holds more than [crm] and [company] is never overwritten: name
    another one with --out.
    """
    path = Path(config_path)
    if not path.is_file():
        _begin(path, crm, kind, base_url)
    config = load_config(config_path)
    where = out or _safe_place(path, config)
    [name] = _one(config, crm)
    settings = config.crms[name]
    part = assembled(settings, config.ruleset, os.environ)
    if not isinstance(part.connector, Surveyor):
        refuse(f"{name}: nobody has taught winback yet to draft rules for {settings.kind}")
    survey = patiently(part.connector.survey)
    draft = first_draft(
        survey,
        crm=name,
        kind=settings.kind,
        reasons=shipped_reasons(),
        with_company="company" not in tomllib.loads(config.text),
    )
    text = f"{config.text.rstrip()}\n\n{draft}"
    if where == "-":
        click.echo(text, nl=False)
        return
    Path(where).write_text(text, encoding="utf-8")
    click.echo(f"{where}: drafted; look for the word decide, then: winback check {where} --live")


def _begin(path: Path, crm: str | None, kind: str | None, base_url: str | None) -> None:
    """A file with nothing but how to reach the CRM."""
    if kind is None or base_url is None:
        refuse(f"there is no {path}: say how to reach the CRM with --kind and --base-url")
    lines = [
        f"[crm.{crm or kind}]",
        f'kind = "{kind}"',
        f'base_url = "{base_url}"',
        *CONNECTIONS[kind],
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _safe_place(path: Path, config: Config) -> str:
    if set(tomllib.loads(config.text)) <= ONLY_CONNECTED:
        return str(path)
    return refuse(
        f"{path} holds rules already and is not overwritten;"
        " name a new file with --out, or write --out - to see the draft"
    )


def _one(config: Config, wanted: str | None) -> list[str]:
    if not config.crms:
        refuse("the file names no CRM: write [crm.NAME] with kind, base_url and how to log in")
    if wanted is None and len(config.crms) > 1:
        refuse(f"say which CRM to read: --crm {' or --crm '.join(config.crms)}")
    return list(chosen(config.crms, wanted))[:1]
