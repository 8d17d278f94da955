"""Whether a CRM could push to us: what is configured, and whether our public address answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import requests

from connectors.examination import Area, Finding
from integration.crm_settings import HUBSPOT, CrmSettings, SecretMissing

SECONDS = (3.0, 6.0)  # to connect, to answer; HubSpot itself waits 5

SHORTEST_SECRET = 22
"""Signs that hold 128 bits in base64, with which nobody guesses an address."""

Knock = Callable[[str, str], int | None]
"""Asks (method, address); answers the status, None where nothing answers."""


def knock(method: str, address: str) -> int | None:
    with requests.Session() as session:
        session.trust_env = False
        try:
            answer = session.request(method, address, timeout=SECONDS, allow_redirects=False)
        except requests.RequestException:
            return None
        return answer.status_code


def push_door(
    settings: CrmSettings, environ: Mapping[str, str], ask: Knock = knock
) -> Iterator[Finding]:
    """What an admin who set up push, or did not, has to know."""
    try:
        secrets = len(settings.webhook_keys(environ))
        if settings.path_secret:
            settings.secret("path_secret", environ)
    except SecretMissing as missing:
        yield _finding("secrets", ok=False, sentence=str(missing))
        return
    is_open = bool(secrets) if settings.kind == HUBSPOT else bool(settings.path_secret)
    if not is_open:
        seconds = round(settings.poll_every.total_seconds())
        told = f"no push channel is configured: changes are seen by asking every {seconds} s"
        yield _finding("channel", ok=True, sentence=told)
        return
    rotating = ", two while one is changed" if secrets > 1 else ""
    yield _finding("secrets", ok=True, sentence=f"set{rotating}")
    yield from _guessable(settings, environ)
    yield _reachable(settings, ask)


def _guessable(settings: CrmSettings, environ: Mapping[str, str]) -> Iterator[Finding]:
    """HubSpot makes its own secret. Salesforce's are ours, and all that guards its doors."""
    if settings.kind == HUBSPOT:
        return
    chosen = {
        "path_secret": [settings.secret("path_secret", environ)],
        "webhook_secrets": settings.webhook_keys(environ),
    }
    for key, secrets in chosen.items():
        if any(len(secret) < SHORTEST_SECRET for secret in secrets):
            told = f"{key} is short enough to be guessed: make one with `openssl rand -hex 16`"
            yield _finding("secrets", ok=False, sentence=told)


def _reachable(settings: CrmSettings, ask: Knock) -> Finding:
    door = f"/hooks/{settings.name}"
    if settings.public_url is None:
        told = "not looked at: set public_url to our address as the CRM sees it"
        return _finding("reachable", ok=True, sentence=told)
    base = settings.public_url.removesuffix(door)
    if settings.kind == HUBSPOT:  # an unsigned delivery, refused by the right door with a 401
        status, wanted, address = ask("POST", base + door), 401, base + door
    else:  # its door has a secret in its address, which is shown to nobody by knocking
        status, wanted, address = ask("GET", base + "/healthz"), 200, base
    if status == wanted:
        return _finding("reachable", ok=True, sentence=f"{address} answers")
    if status is None:
        told = f"{address} does not answer from here: look at public_url, DNS and the firewall"
    elif status == 404:
        told = f"{address} answers 404: is winback with this rule file behind public_url?"
    else:
        told = f"{address} answers {status}, not {wanted}: look at what stands before winback"
    return _finding("reachable", ok=False, sentence=told)


def _finding(what: str, *, ok: bool, sentence: str) -> Finding:
    return Finding(what, ok, sentence, Area.PUSH)
