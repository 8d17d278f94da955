"""What the portal says about itself: properties per type, stages, account. Asked once, kept.

Kept for an hour, because another process may have made our fields meanwhile, and dropped as
soon as HubSpot says that a property is not what we thought.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.errors import Unavailable
from connectors.hubspot.answers import Refusal
from connectors.hubspot.api import Api, rows
from connectors.hubspot.entities import Portal, Stage, stages
from connectors.hubspot.paths import DEALS, TASK_ASSOCIATIONS, TASKS
from connectors.together import together

KEPT_SECONDS: Final = 3_600.0


@dataclass(frozen=True, slots=True)
class Property:
    name: str
    type: str
    options: tuple[str, ...] = ()
    unique: bool = False
    read_only: bool = False
    label: str = ""
    field_type: str = ""  # how people fill it: "textarea", "select", "checkbox" (several)
    option_labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AccountDetails:
    portal_id: str | None = None
    zone: tzinfo = UTC
    ui_domain: str = "app.hubspot.com"


class Schema:
    """One portal's description of itself. Types are path names."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._properties: dict[str, tuple[float, dict[str, Property] | None]] = {}
        self._stages: tuple[float, dict[str, Stage]] | None = None
        self._account: AccountDetails | None = None
        self._task_links: dict[str, int | None] = dict(TASK_ASSOCIATIONS)
        self._unlinked: set[tuple[str, str]] = set()

    def learn(self, types: Sequence[str], *, in_doubt: bool = False) -> None:
        """Ask at once for all that reading records of these types will need and is not known;
        with `in_doubt` for one after another."""
        asks: list[Callable[[], object]] = [
            partial(self._described, type) for type in dict.fromkeys(types)
        ]
        asks += [self.account, *([self.stages] if DEALS in types else [])]
        together(asks, in_doubt=in_doubt)

    def exists(self, type: str) -> bool:
        return self._described(type) is not None

    def properties(self, type: str) -> Mapping[str, Property]:
        """By name; empty for a type that the portal does not have."""
        return self._described(type) or {}

    def portal(self, type: str) -> Portal:
        """What the mapping needs for records of a type."""
        return Portal(
            zone=self.account().zone,
            stages=self.stages() if type == DEALS else {},
            types={name: one.type for name, one in self.properties(type).items()},
        )

    def stages(self) -> Mapping[str, Stage]:
        kept = self._stages
        if kept is None or time.monotonic() - kept[0] > KEPT_SECONDS:
            answer = self._api.call("other", "GET", self._api.routes.pipeline(DEALS))
            kept = self._stages = (time.monotonic(), stages(rows(answer)))
        return kept[1]

    def account(self) -> AccountDetails:
        if self._account is None:
            try:
                told = self._api.call("other", "GET", self._api.routes.account)
            except Refusal:
                told = {}  # an account that does not tell: UTC and the settings have to do
            self._account = _account(told)
            self._api.zone = self._account.zone
        return self._account

    def task_link(self, type: str) -> int | None:
        """The association type id of task -> type; None where tasks cannot hang on the type.

        Those of standard types are fixed, those of custom objects are the portal's own.
        """
        if type not in self._task_links:
            self._task_links[type] = self._asked_task_link(type)
        return self._task_links[type]

    def unlinked(self, from_type: str, to_type: str) -> bool:
        """Whether HubSpot refused to tell associations between these two types."""
        return (from_type, to_type) in self._unlinked

    def note_unlinked(self, from_type: str, to_type: str) -> None:
        self._unlinked.add((from_type, to_type))

    def forget(self, type: str | None = None) -> None:
        """Ask again next time."""
        if type is None:
            self._properties.clear()
        else:
            self._properties.pop(type, None)

    def _described(self, type: str) -> dict[str, Property] | None:
        kept = self._properties.get(type)
        if kept is None or time.monotonic() - kept[0] > KEPT_SECONDS:
            kept = self._properties[type] = (time.monotonic(), self._asked(type))
        return kept[1]

    def _asked(self, type: str) -> dict[str, Property] | None:
        """None where HubSpot does not know the type: 400 "Unable to infer object type"."""
        try:
            answer = self._api.call("other", "GET", self._api.routes.property_(type))
        except Refusal:
            return None
        found = (_property(row) for row in rows(answer) if row.get("archived") is not True)
        named = {one.name: one for one in found if one.name}
        if not named:  # believed, it would strip every record of all that it says
            raise Unavailable(f"HubSpot's list of the properties of {type} has none in it")
        return named

    def _asked_task_link(self, type: str) -> int | None:
        path = self._api.routes.association(TASKS, type, "labels")
        try:
            answer = self._api.call("other", "GET", path)
        except Refusal:
            return None
        for label in rows(answer):
            if label.get("category") == "HUBSPOT_DEFINED" and str(label.get("typeId")).isdigit():
                return int(label["typeId"])
        return None


def _property(row: Mapping[str, Any]) -> Property:
    editing = row.get("modificationMetadata") or {}
    options = {
        str(option.get("value", "")): str(option.get("label") or "")
        for option in row.get("options") or ()
    }
    return Property(
        name=str(row.get("name", "")),
        type=str(row.get("type", "string")),
        options=tuple(options),
        unique=row.get("hasUniqueValue") is True,
        read_only=editing.get("readOnlyValue") is True or row.get("calculated") is True,
        label=str(row.get("label") or ""),
        field_type=str(row.get("fieldType") or ""),
        option_labels=options,
    )


def _account(told: Mapping[str, Any]) -> AccountDetails:
    portal_id = told.get("portalId")
    return AccountDetails(
        portal_id=None if portal_id is None else str(portal_id),
        zone=_zone(str(told.get("timeZone") or "UTC")),
        ui_domain=str(told.get("uiDomain") or "app.hubspot.com"),
    )


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC
