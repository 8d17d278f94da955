"""What a rule file holds already, to which a draft is added: nothing may come twice. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rules.tables import Table, tables, texts_of

_CONNECTION = {"crm", "company"}
"""What a file may hold that has no rules yet."""


@dataclass(frozen=True, slots=True)
class SoFar:
    """`names` of watches, and `people` by their address, folded. `watched` and `contracts` are
    (crm, record), folded."""

    sections: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    watched: frozenset[tuple[str, str]] = frozenset()
    contracts: frozenset[tuple[str, str]] = frozenset()
    people: frozenset[str] = frozenset()

    @property
    def has_rules(self) -> bool:
        return bool(self.sections - _CONNECTION)


NOTHING = SoFar()


def drafted_so_far(file: Mapping[str, Any]) -> SoFar:
    """`file` as it was read, and found fine."""
    return SoFar(
        sections=frozenset(file),
        names=_texts(file, "watch", "name"),
        watched=frozenset(_record(table) for _, table in tables(file, "watch")),
        contracts=frozenset(_record(table) for _, table in tables(file, "contract")),
        people=_texts(file, "person", "email"),
    )


def _texts(file: Table, section: str, key: str) -> frozenset[str]:
    found = (text for _, table in tables(file, section) for text in texts_of(table.get(key)))
    return frozenset(text.casefold() for text in found)


def _record(table: Table) -> tuple[str, str]:
    return str(table.get("crm", "")).casefold(), str(table.get("record", "")).casefold()
