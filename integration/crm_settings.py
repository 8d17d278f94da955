"""One `[crm.NAME]` table: how to reach a CRM, as a frozen object. Secrets are only named."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from pathlib import Path as FilePath
from typing import Any
from urllib.parse import urlsplit

from connectors.hosts import checked_origin
from connectors.hubspot import versions as hubspot_versions
from connectors.hubspot.signatures import VERSIONS
from connectors.salesforce import versions as salesforce_versions
from rules import schema_fields as sort
from rules import schema_times as times
from rules.fault import Fault
from rules.schema_fields import refused
from rules.schema_section import Section, optional, required

SALESFORCE = "salesforce"
HUBSPOT = "hubspot"
SECRETS = ("client_secret", "private_key", "token", "webhook_secrets", "path_secret")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")

_VARIABLE = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]*)")


KeyFaults = Callable[[Mapping[str, Any]], Iterator[Fault]]


class SecretMissing(Exception):
    """A secret that the rule file names and the environment does not have. The text is for a
    person and holds the variable's name, never a value."""


@dataclass(frozen=True, slots=True)
class CrmSettings:
    """`api_version` None takes the connector's own. The secret keys hold `env:NAME`: read them
    with `secret`."""

    name: str
    kind: str
    base_url: str  # without a slash at the end
    api_version: str | None = None
    client_id: str | None = None
    client_secret: str | None = None
    username: str | None = None
    private_key: str | None = None
    token: str | None = None
    portal_id: str | None = None
    app_id: str | None = None
    org_id: str | None = None
    public_url: str | None = None  # what the CRM calls; signatures cover it
    webhook_secrets: tuple[str, ...] = ()
    signature_versions: tuple[str, ...] = ("v3",)
    path_secret: str | None = None
    poll_every: timedelta = timedelta(seconds=60)
    daily_share: float = 0.2  # of the API calls that the whole company may make in a day
    write_grace: timedelta | None = None  # how long an unanswered write may still land
    home: bool = False
    customer_id: str | None = None  # the account's field with its id in the other CRM
    dry_run: bool = False

    def secret(self, key: str, environ: Mapping[str, str]) -> str:
        """The value behind a key. Raises `SecretMissing`.

        A private key may stand in the variable itself, also on one line with `\\n`, or in a
        file that the variable names.
        """
        named = getattr(self, key)
        if not named:
            raise SecretMissing(f"[crm.{self.name}] has no {key}")
        value = self._resolved(key, str(named), environ)
        return self._pem(value) if key == "private_key" else value

    def webhook_keys(self, environ: Mapping[str, str]) -> tuple[str, ...]:
        """All secrets that a webhook may be signed with. Raises `SecretMissing`."""
        return tuple(self._resolved("webhook_secrets", s, environ) for s in self.webhook_secrets)

    def variables(self) -> Iterator[tuple[str, str]]:
        """Each key that names an environment variable, and its name."""
        for field in fields(self):
            value = getattr(self, field.name)
            for word in value if isinstance(value, tuple) else (value,):
                match = _VARIABLE.fullmatch(word) if isinstance(word, str) else None
                if match:
                    yield field.name, match[1]

    def _resolved(self, key: str, named: str, environ: Mapping[str, str]) -> str:
        match = _VARIABLE.fullmatch(named)
        if match is None:
            return named
        value = environ.get(match[1], "").strip()
        if not value:
            raise SecretMissing(f"[crm.{self.name}] {key}: the variable {match[1]} is not set")
        return value

    def _pem(self, value: str) -> str:
        if "-----BEGIN" in value:
            return value.replace("\\n", "\n")
        try:
            return FilePath(value).expanduser().read_text(encoding="utf-8")
        except (OSError, ValueError):
            raise SecretMissing(
                f"[crm.{self.name}] private_key: neither a PEM text nor a PEM file that can be read"
            ) from None


def crm_faults(table: Mapping[str, Any]) -> Iterator[Fault]:
    """What is wrong between the keys of one table; paths begin inside it."""
    if "password" in table:
        yield Fault(
            ("password",),
            "Salesforce is retiring the log-in by password (SOAP)",
            "write client_id with client_secret, or client_id with username and private_key",
            of_key=True,
        )
    faults = KINDS.get(str(table.get("kind")))
    if faults is not None:
        yield from faults(table)


def _hubspot_faults(table: Mapping[str, Any]) -> Iterator[Fault]:
    if "token" not in table:
        yield Fault(("token",), "is missing", 'add token = "env:HUBSPOT_TOKEN"')
    version = table.get("api_version")
    if isinstance(version, str) and not hubspot_versions.is_version(version):
        yield _no_version(version, HUBSPOT, hubspot_versions.CURRENT)


def _no_version(written: str, kind: str, right: str) -> Fault:
    return Fault(("api_version",), f'"{written}" is no version of {kind}', f'write "{right}"')


def _salesforce_faults(table: Mapping[str, Any]) -> Iterator[Fault]:
    version = table.get("api_version")
    if isinstance(version, str) and salesforce_versions.number_of(version) is None:
        yield _no_version(version, SALESFORCE, salesforce_versions.CURRENT)
    if "client_id" not in table:
        yield Fault(("client_id",), "is missing", 'add client_id = "env:SF_CLIENT_ID"')
    if "client_secret" in table:
        return
    if "private_key" not in table:
        yield Fault(
            ("client_secret",),
            "nothing to log in with",
            "add client_secret, or username and private_key",
        )
    elif "username" not in table:
        yield Fault(("username",), "is missing", "private_key needs the username that logs in")


KINDS: dict[str, KeyFaults] = {SALESFORCE: _salesforce_faults, HUBSPOT: _hubspot_faults}
"""The kinds of CRM that a rule file may name, and what each asks of the keys of its table.
`assembly.BUILDERS` has the connector of each."""


def settings(name: str, loaded: Mapping[str, Any]) -> CrmSettings:
    """From a table that the schema has loaded without faults."""
    version = loaded.get("api_version")
    if loaded["kind"] == SALESFORCE and version:
        version = f"v{salesforce_versions.number_of(version)}"
    return CrmSettings(name=name, **{**loaded, "api_version": version})


def _secret(value: object) -> str:
    if not _VARIABLE.fullmatch(sort.text(value)):
        raise refused(
            "a secret does not belong in this file", 'put it into a variable and write "env:NAME"'
        )
    return str(value)


def _secrets(value: object) -> tuple[str, ...]:
    return tuple(_secret(word) for word in sort.texts(value))


def _versions(value: object) -> tuple[str, ...]:
    found = sort.texts(value)
    if not found or not set(found) <= set(VERSIONS):
        raise refused("there are v1, v2 and v3", 'write ["v3"]')
    return found


def _url(value: object) -> str:
    try:
        checked_origin(sort.filled_text(value))
        parts = urlsplit(str(value))
    except ValueError:
        raise refused(
            "must be https, or http on this machine", 'write "https://acme.my.salesforce.com"'
        ) from None
    if parts.query or parts.fragment:
        raise refused("must end before ? and #", 'write "https://acme.my.salesforce.com"')
    return str(value).rstrip("/")


def _id(value: object) -> str:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else _filled(value)


_filled = sort.filled_text


def _kind(value: object) -> str:
    return sort.one_word(*KINDS)(value)


class CrmSection(Section):
    """The keys of `[crm.NAME]`."""

    kind = required(_kind)
    base_url = required(_url)
    api_version = optional(_filled)
    client_id = optional(_filled)
    client_secret = optional(_secret)
    username = optional(_filled)
    private_key = optional(_secret)
    token = optional(_secret)
    portal_id = optional(_id)
    app_id = optional(_id)
    org_id = optional(_id)
    public_url = optional(_url)
    webhook_secrets = optional(_secrets)
    signature_versions = optional(_versions)
    path_secret = optional(_secret)
    poll_every = optional(times.seconds_or_length)
    daily_share = optional(sort.share)
    write_grace = optional(times.grace)
    home = optional(sort.flag)
    customer_id = optional(_filled)
    dry_run = optional(sort.flag)
