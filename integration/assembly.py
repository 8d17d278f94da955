"""From a configuration file to a `Runtime`: the one place where connectors are made."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from functools import partial

from sqlalchemy import Engine

from connectors.base import Connector
from connectors.hubspot import limits as hubspot_limits
from connectors.hubspot.connector import HubSpotConnector, HubSpotSettings
from connectors.hubspot.paths import COMPANIES, CONTACTS
from connectors.hubspot.paths import type_name as hubspot_type_name
from connectors.limits import Gate, OpenGate
from connectors.log_ins import LogIns, OwnLogIns
from connectors.salesforce import limits as salesforce_limits
from connectors.salesforce.connector import SalesforceConnector
from connectors.salesforce.settings import SalesforceSettings
from integration.call_gate import CallGate
from integration.config import Config, ConfigFaults
from integration.crm_settings import HUBSPOT, SALESFORCE, CrmSettings
from integration.interest import TypeName, with_type_names
from integration.people_named import named_queues
from integration.published import config_of, earlier_playbooks
from integration.quota import Terms
from integration.runtime import Crm, Progress, Runtime, Silent, wall_clock
from integration.search_turns import SearchTurns
from integration.shared_log_ins import SharedLogIns
from integration.store import revisions, switches
from integration.store.engine import begin, reading
from integration.store.identity import Types
from integration.storeless_gate import StorelessGate
from rules.ruleset import RuleSet

Connect = Callable[[CrmSettings, RuleSet, Mapping[str, str], Gate, LogIns], Connector]
"""Makes a connector from the settings, the rules with the names that this CRM uses, the
environment with the secrets, the gate before its calls, and what stands before its log-ins.
Raises `SecretMissing`; makes no call."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Builder:
    """One kind of CRM: its connector, and what the CRM calls accounts and contacts.
    `type_name` is the CRM's own spelling of a record type that the rule file names.

    `daily_calls` may be made by the whole company until the CRM tells its own number. Its day
    begins at midnight in `zone` until it tells another one; None: the day is the last 24 hours.
    """

    connect: Connect
    account_type: str
    contact_type: str
    daily_calls: int
    zone: tzinfo | None = None
    searches_a_second: int | None = None
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
    wall: Callable[[], datetime] = wall_clock,
    paced: bool = True,
    shared_on: Engine | None = None,
) -> Runtime:
    """A runtime for all CRMs of a file, or for `only` one. Raises `SecretMissing`.

    `shared_on` is the store in which calls are counted and log-ins shared, where it is another
    one.
    `paced` False is for CRMs that do not limit searches: there are none but tests'.
    """
    chosen = {n: s for n, s in config.crms.items() if only is None or n == only}
    crms = {
        name: crm(
            settings,
            config.ruleset,
            environ,
            gate(settings, shared_on or engine, wall, paced=paced),
            log_ins(settings, shared_on or engine),
        )
        for name, settings in chosen.items()
    }
    if dry_run:
        crms = {name: replace(part, stays_dry=True) for name, part in crms.items()}
    with begin(engine) as connection:
        if dry_run:  # a draft that is rehearsed does not come into force
            revision = revisions.number_of(connection, config.text) or 0
        else:
            revision = revisions.ran(connection, config.text, wall_clock())
        earlier = earlier_playbooks(connection, tuple(crms), environ, revision)
    runtime = Runtime(
        engine=engine,
        crms=crms,
        revision=revision,
        earlier=earlier,
        renewal=partial(renew, environ=environ),
        now=now,
        wall=wall,
        progress=progress or Silent(),
    )
    switch(runtime)
    return runtime


def renew(runtime: Runtime, environ: Mapping[str, str]) -> None:
    """Take over, between two rounds, what was published and what was switched since this runtime
    was made. CRMs that come or go are taken over at the next start."""
    _take_over_published(runtime, environ)
    switch(runtime)


def switch(runtime: Runtime) -> None:
    """Have each CRM work as people have switched it."""
    with reading(runtime.engine) as connection:
        wanted = {name: switches.read(connection, name) for name in runtime.crms}
    crms = {name: part.switched(wanted[name]) for name, part in runtime.crms.items()}
    for name, part in crms.items():
        if (part.dry_run, part.pilot) != (runtime.crms[name].dry_run, runtime.crms[name].pilot):
            told = "nothing is" if part.dry_run else "what is wanted is"
            limited = ", for the pilot only" if part.pilot and not part.dry_run else ""
            log.info("%s: %s written from now on%s", name, told, limited)
    runtime.crms = crms


def _take_over_published(runtime: Runtime, environ: Mapping[str, str]) -> None:
    with reading(runtime.engine) as connection:
        current = revisions.current_revision(connection)
        if current is None or not current.published or current.number == runtime.revision:
            return
        earlier = earlier_playbooks(connection, tuple(runtime.crms), environ, current.number)
    try:
        config = config_of(current, environ)
    except ConfigFaults as faults:
        log.error("revision %s is not taken over: %s", current.number, faults.faults[0])  # noqa: TRY400 - the sentence says it all
        return
    crms: dict[str, Crm] = {}
    for name, part in runtime.crms.items():
        settings = config.crms.get(name)
        crms[name] = part
        if settings:
            crms[name] = crm(settings, config.ruleset, environ, part.gate, part.log_ins)
        crms[name].connector.calls = part.connector.calls  # goes on counting
    runtime.take_over(current.number, crms, earlier)
    log.info("revision %s of the rules is in force", current.number)


def gate(
    settings: CrmSettings,
    engine: Engine,
    wall: Callable[[], datetime],
    *,
    paced: bool = True,
    holds_back: bool = True,
) -> CallGate:
    """What stands before a CRM's calls, the same for all processes on one store; see `CallGate`
    for `holds_back`."""
    kind = BUILDERS[settings.kind]
    searches = None
    if kind.searches_a_second is not None and paced:
        searches = SearchTurns(engine, settings.name, kind.searches_a_second)
    terms = Terms(settings.daily_share, kind.daily_calls, kind.zone)
    return CallGate(
        engine, settings.name, terms, searches=searches, holds_back=holds_back, wall=wall
    )


def log_ins(settings: CrmSettings, engine: Engine) -> LogIns | None:
    """What stands before a CRM's log-ins. On SQLite nothing does: the one process there is keeps
    its token in memory."""
    return None if engine.dialect.name == "sqlite" else SharedLogIns(engine, settings.name)


def storeless_gate(settings: CrmSettings) -> StorelessGate:
    """What stands before a CRM's calls where there is no store to share with other processes."""
    return StorelessGate(BUILDERS[settings.kind].searches_a_second)


def crm(
    settings: CrmSettings,
    rules: RuleSet,
    environ: Mapping[str, str],
    gate: CallGate | StorelessGate | None = None,
    log_ins: LogIns | None = None,
) -> Crm:
    """One CRM with its connector; without a gate nobody counts or paces its calls, and without
    shared `log_ins` it logs in for itself."""
    kind = BUILDERS[settings.kind]
    spelt = with_type_names(rules, settings.name, kind.type_name)
    types = Types(kind.account_type, kind.contact_type, settings.customer_id)
    return Crm(
        settings.name,
        kind.connect(settings, spelt, environ, gate or OpenGate(), log_ins or OwnLogIns()),
        spelt,
        types,
        stays_dry=settings.dry_run,
        home=settings.home,
        poll_every=settings.poll_every,
        gate=gate if isinstance(gate, CallGate) else None,
        log_ins=log_ins,
    )


def _watched(rules: RuleSet, crm: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(w.record for w in rules.watches if w.crm == crm))


def _hubspot(
    settings: CrmSettings,
    rules: RuleSet,
    environ: Mapping[str, str],
    gate: Gate,
    _log_ins: LogIns,  # its token is the one in the settings
) -> HubSpotConnector:
    wanted = HubSpotSettings(
        name=settings.name,
        token=settings.secret("token", environ),
        base_url=settings.base_url,
        portal_id=settings.portal_id,
        watched_types=_watched(rules, settings.name),
    )
    if settings.api_version:
        wanted = replace(wanted, api_version=settings.api_version)
    if settings.write_grace is not None:
        wanted = replace(wanted, grace=settings.write_grace)
    return HubSpotConnector(wanted, gate=gate)


def _salesforce(
    settings: CrmSettings,
    rules: RuleSet,
    environ: Mapping[str, str],
    gate: Gate,
    log_ins: LogIns,
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
        watched_types=_watched(rules, settings.name),
        queues=bool(named_queues(rules)),
    )
    if settings.api_version:
        wanted = replace(wanted, api_version=settings.api_version)
    if settings.write_grace is not None:
        wanted = replace(wanted, grace=settings.write_grace)
    return SalesforceConnector(wanted, gate=gate, log_ins=log_ins)


BUILDERS: dict[str, Builder] = {
    SALESFORCE: Builder(_salesforce, "Account", "Contact", salesforce_limits.DEFAULT_DAILY_CALLS),
    HUBSPOT: Builder(
        _hubspot,
        COMPANIES,
        CONTACTS,
        hubspot_limits.DEFAULT_DAILY_CALLS,
        zone=UTC,
        searches_a_second=hubspot_limits.SEARCHES_A_SECOND,
        type_name=hubspot_type_name,
    ),
}
"""By kind; `crm_settings.KINDS` has the same ones, without what takes long to import."""
