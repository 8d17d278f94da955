"""The push channels that a rule file opens: one for each CRM that has a webhook secret.

A channel turns a request into the records to look at. It makes no call and holds no state, so
that many threads may use it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from connectors.deliveries import Delivery, Posted, is_one_of
from connectors.hubspot import paths
from connectors.hubspot import webhooks as hubspot
from connectors.salesforce import webhooks as salesforce
from connectors.salesforce.names import STANDARD_TYPES
from integration import interest
from integration.config import Config
from integration.crm_settings import HUBSPOT, SALESFORCE, CrmSettings
from integration.runtime import Crm, Runtime
from rules.model import Ref

HUBSPOT_TYPES = (paths.COMPANIES, paths.CONTACTS, paths.DEALS, paths.TASKS)


@dataclass(frozen=True)
class Channel:
    """`receive` raises `DeliveryRefused`; `way_of` names the kind of push as people do. `types`
    are the record types that somebody watches, by their names in lower case. `public_url` is our
    address as the CRM sees it."""

    crm: str
    kind: str
    receive: Callable[[Posted, datetime], Delivery]
    types: Mapping[str, str]
    task_type: str
    way_of: Callable[[Posted], str]
    path_secret: str | None = None
    public_url: str | None = None

    def called(self, path: str, query: str, seen_url: str) -> str:
        """The address that the CRM called: the configured one, else as the request shows it."""
        if self.public_url is None:
            return seen_url
        base = self.public_url.removesuffix(path)
        return f"{base}{path}?{query}" if query else f"{base}{path}"

    def watched(self, delivery: Delivery) -> Delivery:
        """Without the types that nobody watches, and spelt as the rule file spells them."""
        return Delivery(self._watched(delivery.refs), self._watched(delivery.erased))

    def opens_with(self, path_secret: str) -> bool:
        return self.path_secret is not None and is_one_of(path_secret, [self.path_secret])

    def _watched(self, refs: tuple[Ref, ...]) -> tuple[Ref, ...]:
        spelt = {one: self.types.get(one.lower()) for one in {ref.type for ref in refs}}
        return tuple(Ref(type, ref.id) for ref in refs if (type := spelt[ref.type]) is not None)


def channels(config: Config, environ: Mapping[str, str], runtime: Runtime) -> dict[str, Channel]:
    """By the CRM's name. Raises `SecretMissing`."""
    found = (
        channel(config.crms[name], crm, environ)
        for name, crm in runtime.crms.items()
        if name in config.crms
    )
    return {one.crm: one for one in found if one is not None}


def channel(settings: CrmSettings, crm: Crm, environ: Mapping[str, str]) -> Channel | None:
    """None for a CRM that only is polled. Raises `SecretMissing`."""
    secrets = settings.webhook_keys(environ)
    if settings.kind == HUBSPOT:
        return _hubspot(settings, crm, secrets) if secrets else None
    if settings.kind != SALESFORCE or settings.path_secret is None:
        return None
    return _salesforce(settings, crm, secrets, settings.secret("path_secret", environ))


def _hubspot(settings: CrmSettings, crm: Crm, secrets: tuple[str, ...]) -> Channel:
    proof = hubspot.WebhookSettings(
        secrets, settings.signature_versions, settings.portal_id, settings.app_id
    )
    return Channel(
        crm=settings.name,
        kind=settings.kind,
        receive=lambda posted, now: hubspot.receive(posted, proof, now),
        types=_types(crm, HUBSPOT_TYPES),
        task_type=crm.connector.task_type,
        way_of=lambda _posted: "webhook",
        public_url=settings.public_url,
    )


def _salesforce(
    settings: CrmSettings, crm: Crm, secrets: tuple[str, ...], path_secret: str
) -> Channel:
    proof = salesforce.WebhookSettings(secrets or (path_secret,), settings.org_id)

    def receive(posted: Posted, _now: datetime) -> Delivery:
        if salesforce.is_callout(posted):
            return salesforce.callout(posted, proof)
        return salesforce.outbound_message(posted, proof)

    return Channel(
        crm=settings.name,
        kind=settings.kind,
        receive=receive,
        types=_types(crm, STANDARD_TYPES),
        task_type=crm.connector.task_type,
        way_of=lambda posted: (
            "Flow callout" if salesforce.is_callout(posted) else "outbound message"
        ),
        path_secret=path_secret,
    )


def _types(crm: Crm, always: Iterable[str]) -> dict[str, str]:
    watched = (one.type for one in interest.streams(crm.rules, crm.name, crm.types.account))
    return {type.lower(): type for type in (*always, *watched)}
