"""One CRM's HTTP, guarded: which hosts, how long, how large, and what a broken answer means.

Both connectors send everything through a `Transport`. It interprets only what any server can do
wrong (no connection, silence, a cut or huge answer, 5xx, a redirect); a 4xx is an answer, and what
it means is the connector's table. Nothing here waits, and nothing but an idle socket is retried.

The environment is not trusted (`trust_env` is off): a `.netrc` would replace our token, and a
proxy would see it.
"""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Literal

import requests
import urllib3
from requests.structures import CaseInsensitiveDict

from connectors.base import Calls
from connectors.errors import CredentialsRefused, OutcomeUnknown, Unavailable
from connectors.guarded_body import GuardedBody
from connectors.hosts import checked_origin, refuse_private_address
from connectors.limits import Gate, OpenGate, Told

CallKind = Literal["auth", "read", "search", "write", "other"]

CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0
TOTAL_SECONDS = 120.0  # for the whole answer: one that drips never lets the read time-out strike
MAX_ANSWER_BYTES = 10 * 1024 * 1024
_SLICE = 64 * 1024


class AnswerTooLarge(Unavailable):
    """A read whose answer is beyond the limit: ask for less at a time."""


class NotOffered(Unavailable):
    """The server does not know this call (501): nothing was done, and asking again is no use."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the CRM answered, read to its end. Has the few attributes of `requests.Response`
    that simple-salesforce looks at."""

    url: str
    status_code: int
    headers: Mapping[str, str]
    content: bytes
    kind: CallKind

    @property
    def ok(self) -> bool:
        return self.status_code < 300

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")

    def json(self, **options: Any) -> Any:
        """The body as JSON. Raises ValueError where it is none."""
        return json.loads(self.content, **options)

    def body(self) -> Any:
        """The body as JSON, None where it is empty.

        Raises Unavailable, or OutcomeUnknown for a write, where it is HTML, cut, or nested so
        deeply that it cannot be read.
        """
        if not self.content.strip():
            return None
        try:
            return self.json()
        except (ValueError, RecursionError):
            raise lost(self.kind, "the answer is not the JSON that was asked for") from None


def lost(kind: CallKind, sentence: str) -> Unavailable:
    """The error for an answer that did not come or makes no sense: a write may have happened."""
    if kind == "write":
        return OutcomeUnknown(f"{sentence}; whether the change was made is not known")
    return Unavailable(sentence)


class Transport:
    """A session with one CRM. Any thread may call."""

    def __init__(
        self,
        base_url: str,
        calls: Calls,
        *,
        gate: Gate | None = None,
        told: Callable[[Mapping[str, str]], Told | None] | None = None,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
        total_seconds: float = TOTAL_SECONDS,
        max_bytes: int = MAX_ANSWER_BYTES,
    ) -> None:
        """`gate` is asked before every call, and told what limits `told` reads off an answer's
        headers.

        Raises ValueError where `base_url` is neither https nor plain http on loopback.
        """
        self.base_url = checked_origin(base_url)
        self.calls = calls
        self.last_headers: Mapping[str, str] = {}  # of the last answer: limits stand there
        self.proxies: dict[str, str] = {}  # simple-salesforce copies them from its session
        self._gate = gate or OpenGate()
        self._told = told
        self._timeout = (connect_seconds, read_seconds)
        self._total_seconds = total_seconds
        self._max_bytes = max_bytes
        self._origins = {self.base_url}
        self._resolved: set[str] = set()
        self._server_at: tuple[datetime, float] | None = None
        self._counting = threading.Lock()
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["User-Agent"] = "winback"
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))  # never kept

    def allow(self, url: str) -> str:
        """Let calls go to this origin as well; answers it in its checked form."""
        origin = checked_origin(url)
        self._origins.add(origin)
        return origin

    def server_now(self) -> datetime | None:
        """The server's own clock, from the `Date` header of its last answer; None before one."""
        if self._server_at is None:
            return None
        at, heard = self._server_at
        return at + timedelta(seconds=time.monotonic() - heard)

    def close(self) -> None:
        self._session.close()

    def request(
        self,
        method: str,
        url: str,
        *,
        kind: CallKind = "other",
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        data: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Make one call. `url` may be a path below the base URL.

        Raises Unavailable (OutcomeUnknown for a write that may have reached the CRM) for all
        that is not an answer below 500, AnswerTooLarge, and CredentialsRefused for a host that
        is not this CRM's or lies in a private network.
        """
        address = url if "://" in url else self.base_url + "/" + url.lstrip("/")
        self._check_host(address)
        request = requests.Request(method, address, headers, data=data, params=params, json=json)
        try:
            prepared = self._session.prepare_request(request)
        except requests.RequestException:  # its words would show the token
            raise CredentialsRefused(
                "a configured value cannot be sent: look for blanks and line ends in the"
                " credentials and the address"
            ) from None
        until_sent = self._gate.until_sent() if kind == "write" else None
        if until_sent is not None and prepared.body is not None:
            # requests takes files as well
            prepared.body = GuardedBody(prepared.body, until_sent)  # type: ignore[assignment]
        tries = 2 if kind in ("read", "search") else 1
        while True:
            tries -= 1
            self._count(kind)
            status = 0
            try:
                answer = self._exchange(prepared, kind)
                status = answer.status_code
                return answer
            except requests.RequestException as fault:
                # An idle socket that the server closed just now: for a read, once more is safe.
                if tries and _dropped(fault):
                    continue
                raise _unavailable(fault, kind) from None
            finally:
                self._gate.leave(kind, too_many=status == 429)

    def _exchange(self, prepared: requests.PreparedRequest, kind: CallKind) -> Answer:
        deadline = time.monotonic() + self._total_seconds
        with self._session.send(
            prepared, stream=True, timeout=self._timeout, allow_redirects=False
        ) as response:
            self._note_server_clock(response.headers)
            self._note_limits(response.headers)
            status = response.status_code
            if status == 501:
                raise NotOffered("the CRM does not offer this call (status 501)")
            if status >= 500:
                raise lost(kind, f"the CRM answered with status {status}")
            if 300 < status < 400:
                raise Unavailable(
                    f"the CRM answered with a redirect (status {status}), which is never"
                    " followed: base_url must be the CRM's own address"
                )
            content = self._content(response, kind, deadline)
        self.last_headers = headers = CaseInsensitiveDict(response.headers)
        return Answer(prepared.url or "", status, headers, content, kind)

    def _content(self, response: requests.Response, kind: CallKind, deadline: float) -> bytes:
        parts: list[bytes] = []
        size = 0
        try:
            while part := response.raw.read1(_SLICE, decode_content=True):
                parts.append(part)
                size += len(part)
                if size > self._max_bytes:
                    raise self._too_large(kind)
                if time.monotonic() > deadline:
                    raise lost(kind, "the CRM's answer did not end in time")
        except (urllib3.exceptions.HTTPError, OSError):
            raise lost(kind, "the CRM's answer was cut off") from None
        return b"".join(parts)

    def _too_large(self, kind: CallKind) -> Unavailable:
        sentence = f"the CRM's answer is larger than {self._max_bytes} bytes"
        return lost(kind, sentence) if kind == "write" else AnswerTooLarge(sentence)

    def _check_host(self, address: str) -> None:
        origin = checked_origin(address)
        if origin not in self._origins:
            raise CredentialsRefused(f"{origin} is not an address of this CRM ({self.base_url})")
        if origin not in self._resolved:
            refuse_private_address(origin)
            self._resolved.add(origin)

    def _count(self, kind: CallKind) -> None:
        self._gate.enter(kind)
        with self._counting:
            setattr(self.calls, kind, getattr(self.calls, kind) + 1)

    def _note_limits(self, headers: Mapping[str, str]) -> None:
        told = self._told(headers) if self._told is not None else None
        if told is not None:
            self._gate.heard(told)

    def _note_server_clock(self, headers: Mapping[str, str]) -> None:
        try:
            at = parsedate_to_datetime(headers.get("Date", ""))
        except ValueError:
            return  # no such header, or nonsense in it: the caller's clock has to do
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        self._server_at = (at, time.monotonic())


def _causes(fault: BaseException) -> list[BaseException]:
    """The fault and all that it wraps, as requests and urllib3 nest them."""
    found: list[BaseException] = []
    todo: list[object] = [fault]
    while todo and len(found) < 20:
        one = todo.pop()
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            todo += [*one.args, getattr(one, "reason", None)]
    return found


def _dropped(fault: requests.RequestException) -> bool:
    return any(
        isinstance(cause, ConnectionResetError | BrokenPipeError) for cause in _causes(fault)
    )


_NEVER_SENT = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
    ConnectionRefusedError,
    ssl.SSLCertVerificationError,
)


def _unavailable(fault: requests.RequestException, kind: CallKind) -> Unavailable:
    """Never quotes the library's words: they hold the address, and so customers' words."""
    causes = _causes(fault)
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return Unavailable("the CRM's certificate is not trusted; nothing was sent")
    if any(isinstance(cause, _NEVER_SENT) for cause in causes):
        return Unavailable("the CRM cannot be reached: no connection")
    if isinstance(fault, requests.Timeout):
        return lost(kind, "the CRM did not answer in time")
    return lost(kind, "the connection broke before the CRM's answer came")
