"""Sends recorded requests to the sandbox and tells where its answers are not the recorded ones.

An id of the recording and the sandbox's own for the same record are one id: each pair is learnt
where it first stands in both answers, and put into the requests that follow.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.connectors.recorded.cassettes import Exchange
from tests.connectors.sandbox.salesforce_calls import Caller


@dataclass
class Replay:
    """One story in one sandbox."""

    caller: Caller
    ids: dict[str, str] = field(default_factory=dict)  # recorded -> the sandbox's

    def differences(self, recorded: Exchange) -> list[str]:
        """Send the request; where status, keys, types, values or order differ."""
        sent = self._own(recorded.sent) if recorded.sent else None
        answer = self.caller(
            recorded.method,
            f"{self.caller.url}/services/data/{self._own(recorded.path)}",
            data=sent,
            headers={"Content-Type": "application/json"},
        )
        if answer.status_code != recorded.status:
            return [f"status {recorded.status}, in the sandbox {answer.status_code}: {answer.text}"]
        ours = answer.json()
        if recorded.soql and "order by" not in recorded.soql.lower():
            ours["records"] = self._in_order(recorded.answer["records"], ours["records"])
        return list(self._compared("", recorded.answer, ours))

    def _own(self, text: str) -> str:
        for recorded, own in self.ids.items():
            text = text.replace(recorded, own)
        return text

    def _in_order(self, recorded: list[Any], ours: list[Any]) -> list[Any]:
        """Salesforce promises no order without ORDER BY: known records are put side by side."""
        wanted = [self._own(str(one["attributes"].get("url"))) for one in recorded]
        place = {address: number for number, address in enumerate(wanted)}
        return sorted(ours, key=lambda one: place.get(str(one["attributes"].get("url")), -1))

    def _compared(self, where: str, recorded: Any, ours: Any) -> Iterator[str]:
        if type(recorded) is not type(ours):
            yield f"{where}: {recorded!r}, in the sandbox {ours!r}"
        elif isinstance(recorded, dict):
            if recorded.keys() != ours.keys():
                yield f"{where}: keys {sorted(recorded)}, in the sandbox {sorted(ours)}"
            for name in recorded.keys() & ours.keys():
                yield from self._compared(f"{where}.{name}", recorded[name], ours[name])
        elif isinstance(recorded, list):
            if len(recorded) != len(ours):
                yield f"{where}: {len(recorded)} of them, in the sandbox {len(ours)}"
            for place, (one, other) in enumerate(zip(recorded, ours, strict=False)):
                yield from self._compared(f"{where}[{place}]", one, other)
        elif not self._same(where, recorded, ours):
            yield f"{where}: {recorded!r}, in the sandbox {ours!r}"

    def _same(self, where: str, recorded: Any, ours: Any) -> bool:
        if where.endswith((".id", ".Id")):
            return self._is_same_id(recorded, ours)
        if where.endswith(".attributes.url"):
            (path, recorded), (our_path, ours) = recorded.rsplit("/", 1), ours.rsplit("/", 1)
            return bool(path == our_path) and self._is_same_id(recorded, ours)
        return bool(recorded == ours)

    def _is_same_id(self, recorded: str, ours: str) -> bool:
        new = recorded not in self.ids and ours not in self.ids.values()
        if new and len(recorded) == len(ours) and recorded[:3] == ours[:3]:
            self.ids[recorded] = ours
        return self.ids.get(recorded) == ours
