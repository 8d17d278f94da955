"""Paths: v3, v4 and dated forms of one address become one `Route`.

`/crm/v3/objects/deals/1` and `/crm/objects/2026-09/deals/1` are the same place; only the version
tells them apart, and from 2026-09 on an admin's rules hold for writes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_VERSION = r"(v[34]|20\d\d-\d\d)"
_CRM_NUMBERED = re.compile(rf"/crm/{_VERSION}/([a-z-]+)(?:/(.*))?")
_CRM_DATED = re.compile(r"/crm/([a-z-]+)/(20\d\d-\d\d)(?:/(.*))?")
_SCHEMAS = re.compile(rf"/crm-object-(schemas)/{_VERSION}/schemas(?:/(.*))?")
_ACCOUNT = re.compile(rf"/(account-info)/{_VERSION}(?:/(.*))?")
SUPPORTED = frozenset({"v3", "v4", "2026-03", "2026-09"})


@dataclass(frozen=True, slots=True)
class Route:
    version: str
    resource: str
    parts: tuple[str, ...]

    @property
    def dated(self) -> bool:
        return not self.version.startswith("v")

    @property
    def strict(self) -> bool:
        """Do the rules of the portal's admin hold for writes?"""
        return self.dated and self.version >= "2026-09"


def parse(path: str) -> Route | None:
    """None for a path that is no CRM address, or of a version that nobody supports."""
    route = _parsed(path)
    return route if route and route.version in SUPPORTED else None


def _parsed(path: str) -> Route | None:
    numbered = _CRM_NUMBERED.fullmatch(path)
    if numbered and numbered[1].startswith("v"):
        return Route(numbered[1], numbered[2], _parts(numbered[3]))
    dated = _CRM_DATED.fullmatch(path)
    if dated:
        # schemas alone are elsewhere: /crm-object-schemas/2026-09/schemas
        return None if dated[1] == "schemas" else Route(dated[2], dated[1], _parts(dated[3]))
    other = _SCHEMAS.fullmatch(path) or _ACCOUNT.fullmatch(path)
    return Route(other[2], other[1], _parts(other[3])) if other else None


def _parts(rest: str | None) -> tuple[str, ...]:
    return tuple(part for part in (rest or "").split("/") if part)


def kind_of(method: str, path: str) -> str:
    """How a call is counted: auth, read, search, write or other."""
    route = parse(path)
    if route is None:
        return "auth" if path.startswith("/oauth") else "other"
    if route.resource not in ("objects", "associations"):
        return "other"
    if route.parts[-1:] == ("search",):
        return "search"
    if method == "GET" or route.parts[-2:] == ("batch", "read"):
        return "read"
    return "write"
