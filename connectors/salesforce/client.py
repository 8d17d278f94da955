"""Calls to one org: simple-salesforce on our own session and token, a new one on a 401.

The library builds the addresses and headers and reads JSON and error answers. It gets no way to
log in or to repeat anything: with `session_id` alone it raises on a 401 instead of looping, and
its session is a thin door to our `Transport`.
"""

from __future__ import annotations

import copy
import functools
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from importlib import import_module
from types import ModuleType
from typing import Any, cast

import requests

from connectors.base import Calls
from connectors.errors import CredentialsRefused, Throttled, Unavailable
from connectors.limits import Gate
from connectors.log_ins import LogIns, OwnLogIns
from connectors.salesforce import limits, refusals
from connectors.salesforce.auth import Token, fetch_token, kept_token
from connectors.salesforce.settings import SalesforceSettings
from connectors.salesforce.versions import CURRENT, number_of
from connectors.transport import Answer, CallKind, Transport, lost

_NEXT_PAGE = re.compile(r"/services/data/v[\d.]+/(query(?:All)?/[^/]+)$")


@functools.cache
def _library() -> Any:
    """Imported at the first call, without its parts for the Metadata API and for logging in: they
    bring a SOAP client and cryptography along, 24 MB in every process, and nothing here uses
    them."""
    for name, what in _UNUSED.items():
        unused = ModuleType(name)
        unused.__dict__[what] = object
        sys.modules.setdefault(name, unused)
    return import_module("simple_salesforce")


_UNUSED = {
    "simple_salesforce.metadata": "SfdcMetadataApi",
    "simple_salesforce.login": "SalesforceLogin",
}
"""Modules, and what the library's others take from each."""


class _Door:
    """What simple-salesforce takes for a `requests` session. The library fixes https; the
    token's own origin is put back, so that a sandbox on loopback can be reached."""

    def __init__(self, transport: Transport, origin: str) -> None:
        self._transport = transport
        self._origin = origin
        self.proxies: dict[str, str] = {}

    def request(self, method: str, url: str, **options: Any) -> Answer:
        path = url.split("/", 3)[3]
        return self._transport.request(method, f"{self._origin}/{path}", **options)


@dataclass(frozen=True, slots=True)
class _Session:
    """simple-salesforce with a token, and the text that it is kept as. `kept`: it was found so, and
    may have been given long ago."""

    library: Any
    token: Token
    text: str
    kept: bool


class Client:
    """One org's REST API. Any thread may call; those that find no token wait for one log-in."""

    def __init__(
        self,
        settings: SalesforceSettings,
        calls: Calls,
        gate: Gate | None = None,
        clock: Callable[[], float] = time.time,
        log_ins: LogIns | None = None,
    ) -> None:
        version = number_of(settings.api_version)
        if version is None:
            raise ValueError(f"api_version {settings.api_version!r} must read like {CURRENT}")
        self.settings = settings
        self.transport = Transport(settings.base_url, calls, gate=gate, told=limits.told)
        self._version = version
        self._clock = clock
        self._log_ins = log_ins or OwnLogIns()
        self._session: _Session | None = None
        self._logging_in, self._proving = threading.Lock(), threading.Lock()
        self._proven: _Session | None = None  # the last whose token was taken
        self._ended: _Session | None = None  # the last whose token was refused
        self._tried = 0  # log-ins that are over
        self._failed: CredentialsRefused | Unavailable | None = None  # the last one

    def call(
        self,
        method: str,
        path: str,
        *,
        kind: CallKind,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """One call below `/services/data/vNN.N/`; answers its JSON, None for an empty answer.

        Raises `Refusal` for what Salesforce declines, and the errors of `connectors.errors`.
        """
        options: dict[str, Any] = {"kind": kind, "headers": dict(headers or {})}
        if json is not None:
            options["json"] = json
        refused = 0
        session = self._logged_in()
        while True:
            with self._turn(session) as worth_it:
                try:
                    if worth_it:
                        answer = self._once(session.library, method, path, params, options)
                        self._proven = session
                        return answer
                except _library().SalesforceError as refusal:
                    if refusal.status != 401:
                        self._proven = session
                        raise self._error(refusal, kind) from None
                    self._ended = session
            refused += 1
            if refused == 3 or (refused == 2 and not session.kept):
                raise CredentialsRefused(
                    f"Salesforce refuses the token of [crm.{self.settings.name}] right after the"
                    " log-in: look at the session settings and the app's policies"
                )
            # expired: refused before it was looked at, so once more is safe; and once more again
            # where the next one was kept, as that may have expired too
            session = self._logged_in(refused=session)

    def query(
        self, soql: str, *, kind: CallKind = "read", all_rows: bool = False, batch: int = 0
    ) -> dict[str, Any]:
        """The first page of a query; `all_rows` brings deleted and archived ones as well."""
        headers = {"Sforce-Query-Options": f"batchSize={batch}"} if batch else {}
        path = "queryAll/" if all_rows else "query/"
        return _page(self.call("GET", path, kind=kind, params={"q": soql}, headers=headers), kind)

    def query_more(self, url: str, *, kind: CallKind = "read", batch: int = 0) -> dict[str, Any]:
        """A later page, by the `nextRecordsUrl` of the one before."""
        found = _NEXT_PAGE.search(url)
        if found is None:
            raise lost(kind, "the address of the next page makes no sense")
        headers = {"Sforce-Query-Options": f"batchSize={batch}"} if batch else {}
        return _page(self.call("GET", found.group(1), kind=kind, headers=headers), kind)

    def user_id(self) -> str | None:
        """The running user, where the log-in named them."""
        return self._session.token.user_id if self._session else None

    @property
    def version(self) -> str:
        """As it stands in addresses: 67.0."""
        return self._version

    def server_now(self) -> datetime | None:
        return self.transport.server_now()

    def _once(
        self,
        library: Any,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        options: dict[str, Any],
    ) -> Any:
        try:
            return library.restful(path, dict(params or {}), method, **options)
        except (ValueError, TypeError, RecursionError):
            # An answer that should be JSON and is a page, a half or a bare number.
            raise lost(options["kind"], "the answer is not the JSON that was asked for") from None

    @contextmanager
    def _turn(self, session: _Session) -> Iterator[bool]:
        """A token that was kept may have ended: one call alone finds that out, and the others wait
        for it. Answers whether the token is worth a call."""
        if not session.kept or session is self._proven:
            yield True
            return
        with self._proving:
            if session is not self._proven and session is not self._ended:
                yield True
                return
        yield session is self._proven

    def _logged_in(self, *, refused: _Session | None = None) -> _Session:
        """With the token that stands, unless it is that of `refused`. Another thread may have
        logged in anew meanwhile, or failed to: that is everybody's failure who waited for it."""
        tried = self._tried
        with self._logging_in:
            if self._failed is not None and self._tried != tried:
                raise copy.copy(self._failed)
            if self._session is None or self._session is refused:
                self._session = self._log_in(refused)
            return self._session

    def _log_in(self, refused: _Session | None) -> _Session:
        self._session = self._failed = None
        try:
            token, text, kept = self._token(refused.text if refused else None)
        except (CredentialsRefused, Unavailable) as failed:
            self._failed = failed
            raise
        finally:
            self._tried += 1
        library = _library().Salesforce(
            session_id=token.access,
            instance_url=token.instance,
            session=cast("requests.Session", _Door(self.transport, token.instance)),
            version=self._version,
            object_pairs_hook=dict,
            parse_float=Decimal,
        )
        return _Session(library, token, text, kept)

    def _token(self, refused: str | None) -> tuple[Token, str, bool]:
        """Another token than the refused one, its text, and whether it was kept."""
        fetched: list[Token] = []

        def log_in() -> str:
            fetched.append(fetch_token(self.settings, self.transport, self._clock))
            return fetched[0].text()

        while True:
            text = self._log_ins.token(self.settings.credentials(), log_in, refused=refused)
            if fetched:
                return fetched[0], text, False
            token = kept_token(self.settings, self.transport, text)
            if token is not None:
                return token, text, True
            refused = text  # of no use, whoever kept it

    def _error(self, refusal: Any, kind: CallKind) -> Exception:
        limit = refusals.limit(refusal.content)
        if limit is not None:
            now = datetime.fromtimestamp(self._clock(), UTC)
            return Throttled(limit.sentence, now + limit.pause)
        return refusals.call_error(refusal.status, refusal.content, kind)


def _page(answer: Any, kind: CallKind) -> dict[str, Any]:
    if isinstance(answer, dict) and isinstance(answer.get("records"), list):
        return answer
    raise lost(kind, "the query's answer has no records in it")
