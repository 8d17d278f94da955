"""Secrets out of texts: by their values, by the keys before them, and by their shape. Addresses
and numbers of people by their shape; their names nobody logs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote, quote_plus

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from integration.config import Config
from integration.crm_settings import CrmSettings, SecretMissing

HIDDEN = "***"
SHORTEST = 4
"""A shorter value is no secret, and masking it would tear up every other word."""

_KEY = (
    r"[\w-]*(?:token|secret|passw(?:or)?d|authorization|assertion|api[_-]?key|private[_-]?key"
    r"|cookie|signature|session[_-]?id)"
)
_QUOTED = r"(?:\"[^\"]*\"|'[^']*')"
_WORD = r"[^\s,;&\"'})\]]"
# `the token: renew it` is a sentence, `token: 3f9a...` is not
_BY_KEY = re.compile(
    rf"(?i)(\b{_KEY}[\"']?(?:\s*=\s*|\s*:\s*(?={_QUOTED}|(?:bearer|basic)\s|{_WORD}*\d|{_WORD}{{16}})))"
    rf"(?:(?:bearer|basic)\s+)?(?:{_QUOTED}|{_WORD}+)"
)
_BY_SHAPE = re.compile(
    r"-----BEGIN [A-Z ]+-----.*?(?:-----END [A-Z ]+-----|\Z)"  # PEM
    r"|(?i:\b(?:bearer|basic)\s+)[\w.~+/=-]{8,}"
    r"|\beyJ[\w-]+\.[\w-]+\.[\w-]*"  # a JSON web token
    r"|\b00D[A-Za-z0-9]{9,15}![\w.]+"  # a Salesforce session
    r"|\bpat-[a-z0-9]+-[0-9a-f-]{36}",  # a HubSpot private app's token
    re.DOTALL,
)
_PERSON = re.compile(
    r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+"  # an e-mail address
    r"|(?<![\w+])\+\d[\d ().\u00a0/-]{5,}\d"  # a phone number as it is written abroad
    r"|(?<![\w(])\(0?\d{2,5}\) ?\d[\d ./-]{3,}\d"
)
_URL_PASSWORD = re.compile(r"(://[^/\s:@]*:)[^/\s@]+@")
_QUERY = re.compile(r"(/[\w./%-]*)\?[^\s\"')]+")  # a request's query may quote a record


class Mask:
    """Replaces secrets, and how people are reached, in a text by `***`."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        spelt = {form for secret in secrets for form in _spellings(secret)}
        words = sorted((s for s in spelt if len(s) >= SHORTEST), key=len, reverse=True)
        self._values = re.compile("|".join(map(re.escape, words))) if words else None

    def __call__(self, text: str) -> str:
        if self._values is not None:
            text = self._values.sub(HIDDEN, text)
        text = _BY_SHAPE.sub(HIDDEN, text)
        text = _BY_KEY.sub(rf"\1{HIDDEN}", text)
        text = _URL_PASSWORD.sub(rf"\1{HIDDEN}@", text)
        text = _QUERY.sub(rf"\1?{HIDDEN}", text)
        return _PERSON.sub(HIDDEN, text)


def mask_for(config: Config, environ: Mapping[str, str], database_url: str) -> Mask:
    """A mask for every secret that the configuration names and the store's password."""
    secrets = [value for crm in config.crms.values() for value in _secrets(crm, environ)]
    try:
        password = make_url(database_url).password
    except (ArgumentError, ValueError):
        password = None
    return Mask([*secrets, password] if password else secrets)


def _secrets(crm: CrmSettings, environ: Mapping[str, str]) -> Iterator[str]:
    for key, variable in crm.variables():
        value = environ.get(variable, "").strip()
        if value:
            yield value
        if value and key == "private_key":
            try:
                pem = crm.secret(key, environ)
            except SecretMissing:
                continue
            yield from (line for line in pem.splitlines() if not line.startswith("-----"))


def _spellings(secret: str) -> Iterator[str]:
    """A value as it is, and as it stands in JSON, in a URL and in Python's quotes."""
    yield secret
    yield json.dumps(secret)[1:-1]
    yield quote(secret, safe="")
    yield quote_plus(secret)
    yield repr(secret)[1:-1]
