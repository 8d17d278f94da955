"""From a configuration file to a `Runtime`: the one place where connectors are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Engine

from connectors.base import Connector
from connectors.hubspot.connector import HubSpotConnector, HubSpotSettings
from connectors.hubspot.paths import COMPANIES, CONTACTS
from connectors.hubspot.paths import type_name as hubspot_type_name
from connectors.salesforce.connector import SalesforceConnector
from connectors.salesforce.settings import SalesforceSettings
from integration.config import Config
from integration.crm_settings import HUBSPOT, SALESFORCE, CrmSettings
from integration.interest import TypeName, with_type_names
from integration.pacing import SEARCHES_A_SECOND, Pacer
from integration.runtime import Crm, Progress, Runtime, Silent, wall_clock
from integration.store import revisions
from integration.store.engine import begin
from integration.store.mirror import Types
from rules.ruleset import RuleSet

Connect = Callable[[CrmSettings, tuple[str, ...], Mapping[str, str]], Connector]
"""Makes a connector from the settings, the record types that the rule file watches, and the
environment with the secrets. Raises `SecretMissing`; makes no call."""


@dataclass(frozen=True, slots=True)
class Builder:
    """One kind of CRM: its connector, and what the CRM calls accounts and contacts.
    `type_name` is the CRM's own spelling of a record type that the rule file names."""

    connect: Connect
    account_type: str
    contact_type: str
    type_name: TypeName = str


def assemble(
    config: Config,
    environ: Mapping[str, str],
    engine: Engine,
    *,
    now: Callable[[], datetime] = wall_clock,
    dry_run: bool = False,
    progress: Progress | None = None,
    only: str | None = None,
) -> Runtime:
    """A runtime for all CRMs of a file, or for `only` one. Raises `SecretMissing`."""
    chosen = {n: s for n, s in config.crms.items() if only is None or n == only}
    crms = {name: crm(settings, config.ruleset, environ) for name, settings in chosen.items()}
    if dry_run:
        crms = {name: replace(part, dry_run=True) for name, part in crms.items()}
    with begin(engine) as connection:
        revision = revisions.publish(connection, config.text, wall_clock())
    return Runtime(
        engine=engine,
        crms=crms,
        revision=revision,
        now=now,
        progress=progress or Silent(),
    )


def crm(settings: CrmSettings, rules: RuleSet, environ: Mapping[str, str]) -> Crm:
    """One CRM with its connector."""
    kind = BUILDERS[settings.kind]
    spelt = with_type_names(rules, settings.name, kind.type_name)
    types = Types(kind.account_type, kind.contact_type, settings.customer_id)
    connector = kind.connect(settings, _watched(spelt, settings.name), environ)
    return Crm(settings.name, connector, spelt, types, settings.dry_run, settings.home)


def _watched(rules: RuleSet, crm: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(w.record for w in rules.watches if w.crm == crm))


def _hubspot(
    settings: CrmSettings, watched: tuple[str, ...], environ: Mapping[str, str]
) -> HubSpotConnector:
    wanted = HubSpotSettings(
        name=settings.name,
        token=settings.secret("token", environ),
        base_url=settings.base_url,
        portal_id=settings.portal_id,
        watched_types=watched,
    )
    if settings.api_version:
        wanted = replace(wanted, api_version=settings.api_version)
    if settings.write_grace is not None:
        wanted = replace(wanted, grace=settings.write_grace)
    return HubSpotConnector(wanted, wait=Pacer({"search": SEARCHES_A_SECOND}))


def _salesforce(
    settings: CrmSettings, watched: tuple[str, ...], environ: Mapping[str, str]
) -> SalesforceConnector:
    def secret(key: str) -> str | None:
        return settings.secret(key, environ) if getattr(settings, key) else None

    wanted = SalesforceSettings(
        name=settings.name,
        base_url=settings.base_url,
        client_id=settings.secret("client_id", environ),
        client_secret=secret("client_secret"),
        username=settings.username,
        private_key=secret("private_key"),
        org_id=settings.org_id,
        daily_share=settings.daily_share,
        watched_types=watched,
    )
    if settings.api_version:
        wanted = replace(wanted, api_version=settings.api_version)
    if settings.write_grace is not None:
        wanted = replace(wanted, grace=settings.write_grace)
    return SalesforceConnector(wanted)


BUILDERS: dict[str, Builder] = {
    SALESFORCE: Builder(_salesforce, "Account", "Contact"),
    HUBSPOT: Builder(_hubspot, COMPANIES, CONTACTS, hubspot_type_name),
}
"""By kind; `crm_settings.KINDS` has the same ones, without what takes long to import."""
