"""Whether a push channel that is open is also used: a line for `doctor`. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from connectors.examination import Area, Finding
from integration.crm_settings import HUBSPOT, SALESFORCE, CrmSettings
from integration.spoken import ago
from integration.store.deliveries import LastDelivery

SILENT = timedelta(days=4)
"""Longer than a long weekend, on which nobody changes a record."""

_LOOK = {
    HUBSPOT: "look at the log of your HubSpot app's webhooks, and at the address it calls",
    SALESFORCE: "look at Setup > Outbound Messages and at the paused and failed flows",
}
_COMPARE = {
    HUBSPOT: "compare webhook_secrets and public_url with your HubSpot app",
    SALESFORCE: "compare org_id and webhook_secrets with your org",
}


def last_delivery(
    settings: CrmSettings, known: Sequence[LastDelivery], watched_since: date | None, now: datetime
) -> Iterator[Finding]:
    """Nothing for a CRM that only is polled. `watched_since` is the day of the first contact."""
    if not (settings.webhook_secrets if settings.kind == HUBSPOT else settings.path_secret):
        return
    accepted = {one.channel: one.accepted_at for one in known if one.accepted_at is not None}
    refused = [one for one in known if one.is_refused]
    told = "; ".join(f"{channel} {ago(at, now)}" for channel, at in accepted.items())
    look = f"change a watched record; if none comes, {_LOOK[settings.kind]}"
    if refused:
        why = "; ".join(_refused(one, now) for one in refused)
        yield _finding(ok=False, sentence=f"{why}: {_COMPARE[settings.kind]}")
    elif not accepted:
        new = watched_since is None or now.date() - watched_since <= SILENT
        yield _finding(ok=new, sentence=f"none yet: {look}")
    elif now - max(accepted.values()) > SILENT:
        yield _finding(ok=False, sentence=f"{told}, none since: {look}; polling goes on meanwhile")
    else:
        yield _finding(ok=True, sentence=told)


def _refused(one: LastDelivery, now: datetime) -> str:
    at = ago(one.refused_at, now) if one.refused_at else ""
    return f"{one.channel} refused {at} ({one.refused_because})"


def _finding(*, ok: bool, sentence: str) -> Finding:
    return Finding("last delivery", ok, sentence, Area.PUSH)
