"""The sandbox org behind HTTP: who may call, what a call counts as, which route answers."""

from __future__ import annotations

import re
from urllib.parse import quote

from connectors.sandbox.salesforce.call import Call
from connectors.sandbox.salesforce.faults import CallFault, NotImitated
from connectors.sandbox.salesforce.kinds import kind_of
from connectors.sandbox.salesforce.org import Org
from connectors.sandbox.salesforce.routes import find_route
from connectors.sandbox.salesforce.sessions import token_answer
from connectors.sandbox.salesforce.setup import ADMIN_ID, ORGANIZATION_ID
from connectors.sandbox.wire import Request, Response

_DATA = re.compile(r"/services/data/v(\d+)\.0(/.*)?\Z")
_OLDEST, _NEWEST = 31, 68
_LONGEST_HEAD = 16_384  # bytes of address and headers together


class SalesforceOrg(Org):
    """The org as the server sees it."""

    name = "salesforce"

    @property
    def base_url(self) -> str:
        return self.sessions.base_url

    @base_url.setter
    def base_url(self, url: str) -> None:
        self.sessions.base_url = url

    def kind_of(self, request: Request) -> str:
        return kind_of(request)

    def handle(self, request: Request) -> Response:
        with self.world.lock:
            try:
                return self._answer(request)
            except CallFault as fault:
                return Response(fault.status, fault.body(), self._limit_header())
            except NotImitated as missing:
                return Response(501, [{"errorCode": "NOT_IMITATED", "message": str(missing)}])

    def _answer(self, request: Request) -> Response:
        _check_size(request)
        if request.path == "/services/oauth2/token":
            if request.method != "POST":
                raise CallFault(405, "METHOD_NOT_ALLOWED", "a token is asked for by POST")
            return token_answer(self.sessions, request, ORGANIZATION_ID, ADMIN_ID)
        if request.path.rstrip("/") == "/services/data":
            return Response(200, _versions())
        if request.path == "/services/oauth2/userinfo" or request.path.startswith("/id/"):
            self._check_session(request)
            return Response(200, self._running_user())
        match = _DATA.match(request.path)
        if match is None:
            raise _unknown_path(request.path)
        _check_version(int(match.group(1)))
        self._check_session(request)
        self._use_call()
        version = f"v{match.group(1)}.0"
        answer = self.route(request, version, match.group(2) or "/")
        return Response(answer.status, answer.body, {**answer.headers, **self._limit_header()})

    def route(self, request: Request, version: str, path: str) -> Response:
        """Answer a path below the version; also used for the parts of a composite call."""
        route, parts = find_route(request.method, path)
        return route(Call(self, request, version, parts, self.route))

    def _check_session(self, request: Request) -> None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() not in ("bearer", "oauth") or not self.sessions.is_valid(token.strip()):
            raise CallFault(401, "INVALID_SESSION_ID", "Session expired or invalid")

    def _use_call(self) -> None:
        self.calls_used += 1
        if self.calls_used > self.daily_limit:
            raise CallFault(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")

    def _limit_header(self) -> dict[str, str]:
        return {"Sforce-Limit-Info": f"api-usage={self.calls_used}/{self.daily_limit}"}

    def _running_user(self) -> dict[str, object]:
        user = self.get("User", ADMIN_ID) or {}
        return {
            "user_id": ADMIN_ID,
            "organization_id": ORGANIZATION_ID,
            "preferred_username": self.sessions.username,
            "username": self.sessions.username,
            "email": user.get("Email"),
            "name": user.get("Name"),
            "zoneinfo": user.get("TimeZoneSidKey"),
            "active": True,
        }


def _check_size(request: Request) -> None:
    address = len(quote(request.path)) + 1 + len(request.query)
    headers = sum(len(name) + len(value) + 4 for name, value in request.headers.items())
    if address > _LONGEST_HEAD:
        raise CallFault(414, "URI_TOO_LONG", "the address is longer than 16,384 bytes")
    if address + headers > _LONGEST_HEAD:
        raise CallFault(431, "HEADERS_TOO_LARGE", "address and headers exceed 16,384 bytes")


def _check_version(number: int) -> None:
    if number < _OLDEST:
        raise CallFault(410, "UNSUPPORTED_API_VERSION", "This API version has been retired")
    if number > _NEWEST:
        raise CallFault(404, "NOT_FOUND", "The requested resource does not exist")


def _versions() -> list[dict[str, str]]:
    return [
        {"label": f"v{number}.0", "url": f"/services/data/v{number}.0", "version": f"{number}.0"}
        for number in range(_OLDEST, _NEWEST + 1)
    ]


def _unknown_path(path: str) -> Exception:
    if path.startswith("/services/"):
        return NotImitated(f"The sandbox org does not imitate {path}: it speaks REST and OAuth.")
    return CallFault(404, "NOT_FOUND", "The requested resource does not exist")
