"""docs/security.md names the least that a CRM has to allow: no call of a day asks for more, and
what is named is asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from connectors.sandbox.world import Fault
from tests.e2e.pushed_day import winback
from tests.e2e.working_day import STEPS
from tests.test_whole import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
AT_TIMES = re.compile("only where|alone:")
"""How the page says of a right that a usual day does not need it."""


@dataclass(frozen=True, slots=True)
class Call:
    crm: str
    method: str
    path: tuple[str, ...]
    body: str


@dataclass(slots=True)
class Witness(Fault):
    """Sees every call, and strikes none."""

    seen: list[Call] = field(default_factory=list)

    def matches(self, crm: str, _kind: str, method: str, path: str, body: bytes) -> bool:
        told = body.decode(errors="replace")
        self.seen.append(Call(crm, method, tuple(path.strip("/").split("/")), told))
        return False


def test_a_day_asks_for_the_rights_that_the_page_names(sqlite_url: str, tmp_path: Path) -> None:
    witness = Witness("delay")
    with winback(sqlite_url, tmp_path) as day:  # our fields are made
        day.sandbox.world.faults.append(witness)
        day.work(polled=True)
        for step in STEPS:
            for desk in day.desks.values():
                step(desk)
        day.work(polled=True)
    assert set(_scopes(witness.seen)) == set(_scopes_of_the_page())
    assert {one.method for one in witness.seen if one.crm == "salesforce"} <= {
        "GET", "POST", "PATCH",
    }  # fmt: skip
    assert set(_read(witness.seen)) == {*_types_of_the_page("Read on"), "Task"}
    watched = "Opportunity"
    assert set(_written(witness.seen)) == {*_types_of_the_page("Edit on"), watched, "Task"}


# ---- HubSpot: scopes


def _scopes(calls: Iterable[Call]) -> Iterator[str]:
    """What HubSpot asks of the token; it counts tasks under contacts."""
    for call in calls:
        match call.path:
            case ("crm", "owners", *_):
                yield "crm.objects.owners.read"
            case ("crm", "objects", _, type, *rest):
                writes = call.method != "POST" or rest[-1] in ("create", "update", "archive")
                yield f"crm.objects.{_counted(type)}.{'write' if writes else 'read'}"
            case ("crm", "properties" | "pipelines", _, type, *_) if call.crm == "hubspot":
                yield f"crm.schemas.{_counted(type)}.{'read' if call.method == 'GET' else 'write'}"
            case ("crm", "associations", _, from_type, to_type, *_):
                yield f"crm.objects.{_counted(from_type)}.read"
                yield f"crm.objects.{_counted(to_type)}.read"
            case _:
                assert call.crm == "salesforce" or call.path[0] == "account-info", call


def _counted(type: str) -> str:
    return "contacts" if type == "tasks" else type


def _scopes_of_the_page() -> Iterator[str]:
    for row in re.findall(r"^\| `crm\..*$", PAGE, re.MULTILINE):
        names, _, why = row.strip("| ").partition(" | ")
        if AT_TIMES.search(why):
            continue
        written = ""
        for name in re.findall(r"`([\w.]+)`", names):  # `.write` after a whole one
            written = name if name.startswith("crm.") else written.rpartition(".")[0] + name
            yield written


# ---- Salesforce: permissions on types


def _read(calls: Iterable[Call]) -> Iterator[str]:
    for call in calls:
        match call.path[3:]:
            case ("sobjects", type, "describe" | "updated" | "deleted", *_):
                yield type
            case ("composite", "sobjects", type) if call.method == "POST":
                yield type


def _written(calls: Iterable[Call]) -> Iterator[str]:
    for call in calls:
        if call.crm == "salesforce" and call.method == "PATCH":
            yield from (row["attributes"]["type"] for row in json.loads(call.body)["records"])


def _types_of_the_page(right: str) -> list[str]:
    [listed] = re.findall(rf"^\| {right} ([\w, ]+) and each watched type", PAGE, re.MULTILINE)
    return str(listed).split(", ")
