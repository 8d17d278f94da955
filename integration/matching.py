"""By what an account is known in two CRMs: an id that the admin names, or its web domain. Pure.

Never by name: two companies called "Acme" are two companies.
"""

from __future__ import annotations

import re

from connectors.salesforce.webhooks import full_id
from rules.model import Account, Snapshot

SHARED_DOMAINS = frozenset(
    """
    aol.com bluewin.ch btinternet.com comcast.net facebook.com free.fr freenet.de gmail.com
    gmx.at gmx.ch gmx.com gmx.de gmx.net google.com googlemail.com hotmail.co.uk hotmail.com
    hotmail.de hotmail.fr icloud.com instagram.com laposte.net libero.it linkedin.com linktr.ee
    live.com mac.com mail.com mail.ru me.com msn.com naver.com orange.fr outlook.com outlook.de
    pm.me proton.me protonmail.com qq.com sfr.fr t-online.de wanadoo.fr web.de x.com yahoo.co.uk
    yahoo.com yahoo.de yahoo.fr yandex.ru ymail.com youtube.com zoho.com 126.com 163.com
    """.split()
)
"""Mail providers and sites on which many companies have a page: they say not who it is."""

_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://")
_HOST = re.compile(r"[^\s/@.]+(\.[^\s/@.]+)+")


def domain_of(account: Account) -> str | None:
    """The account's own domain as both CRMs would have it, None for a shared one."""
    given = _SCHEME.sub("", (account.domain or "").strip().lower())
    host = re.split(r"[/?#:]", given)[0].rstrip(".").removeprefix("www.")
    if not _HOST.fullmatch(host) or host in SHARED_DOMAINS:
        return None
    return host


def shared_id_of(account: Snapshot, field: str | None) -> str | None:
    """What stands in the field that the rule file names (`customer_id`)."""
    value = account.fields.get(field) if field else None
    text = str(value).strip() if value is not None else ""
    if not text:
        return None
    is_short = len(text) == 15 and text.isalnum() and not text.isdigit()
    return full_id(text) if is_short else text
