"""A CRM that answers nonsense: tried again, told, and in the end everything stands once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox.server import Sandbox
from connectors.sandbox.world import Fault
from integration.once import EXIT_CRM, EXIT_FINE, EXIT_LEFT, Run, once
from integration.runtime import wall_clock
from integration.store import crms
from integration.store.engine import begin
from tests import worlds
from tests.e2e.odd_company import Crm, Customer, Hub, Sales

PLAYBOOK = """
[[playbook]]
name = "everyone"

[[playbook.task]]
key = "listen"
subject = "Call {{ contact.name }}: listen"
due = "1 business day"
"""

ALWAYS = 1_000_000
FEW_CALLS = 90  # in half a minute of trouble, with pauses that grow

HTML = "<html><body>We will be back shortly</body></html>"
NO_RECORDS = {"totalSize": 3, "total": 3, "done": True}
BODIES: Mapping[str, Any] = {
    "a web page": HTML,
    "cut": '{"results": [{"id": "1", "prop',
    "nothing": None,
    "a list": [],
    "a number": 5,
    "no such keys": {"data": []},
    "an object for a list": {"records": {"a": 1}, "results": {"a": 1}},
    "rows that are none": {**NO_RECORDS, "records": [1, None], "results": [1, None]},
    "rows without an id": {**NO_RECORDS, "records": [{}], "results": [{}]},
    "properties that are a list": {"records": [[]], "results": [{"id": 5, "properties": [1]}]},
}
PLACES = [
    ("sales", "/updated"),
    ("sales", "/describe"),
    ("hub", "/search"),
    ("hub", "companies/batch/read"),
    ("hub", "batch/update"),
    ("hub", "/owners"),
    ("sales", "composite/sobjects"),
    ("sales", "/query"),
    ("hub", "/properties"),
    ("hub", "batch/create"),
]


class Impatient:
    """A clock on which waiting takes no time."""

    def __init__(self) -> None:
        self._slept = timedelta()

    def now(self) -> datetime:
        return wall_clock() + self._slept

    def sleep(self, seconds: float) -> None:
        self._slept += timedelta(seconds=seconds)


@dataclass
class Scene:
    sandbox: Sandbox
    url: str
    folder: Path
    crm: Crm
    config: Path
    customers: list[Customer]

    def run(self) -> Run:
        clock = Impatient()
        with worlds.runtime(self.url, self.config) as parts:
            return once(replace(parts, wall=clock.now, sleep=clock.sleep), as_of="now")

    def plan(self, path: str, body: Any, times: int, status: int = 200) -> None:
        fault = Fault("status", path=path, status=status, body=body, times=times)
        self.sandbox.world.faults.append(fault)

    def heal(self) -> None:
        self.sandbox.world.faults.clear()

    def calls(self) -> int:
        return sum(self.sandbox.world.calls.values())

    def trouble(self) -> str:
        """What ops is told of this CRM."""
        with worlds.runtime(self.url, self.config) as parts, begin(parts.engine) as connection:
            return crms.state(connection, self.crm.name).sentence

    def each_has_one_task(self) -> bool:
        return [len(self.crm.tasks(one)) for one in self.customers] == [1] * len(self.customers)


@pytest.fixture
def scene(
    request: pytest.FixtureRequest, sandbox: Sandbox, sqlite_url: str, tmp_path: Path
) -> Scene:
    """Two lost customers in the CRM that the test names."""
    sandbox.hubspot.search_limit = None
    crm: Crm = Sales(sandbox) if request.param == "sales" else Hub(sandbox)
    customers = [crm.lose(), crm.lose()]
    config = worlds.rule_file(
        tmp_path, sandbox, crms=(crm.name,), grace="1 second", playbook=PLAYBOOK
    )
    worlds.provision(sqlite_url, config)
    return Scene(sandbox, sqlite_url, tmp_path, crm, config, customers)


@pytest.mark.parametrize(
    ("scene", "path", "body"),
    [
        ("sales", "/query", HTML),
        ("sales", "composite/sobjects", []),
        ("hub", "/search", None),
        ("hub", "batch/create", {"results": [{}]}),
    ],
    indirect=["scene"],
)
def test_nonsense_that_passes_costs_a_try(scene: Scene, path: str, body: Any) -> None:
    scene.plan(path, body, times=1)
    assert scene.run().exit_code == EXIT_FINE
    assert scene.each_has_one_task()


def _everywhere() -> list[Any]:
    """Every place once, each with another body."""
    return [
        pytest.param(crm, path, BODIES[name], id=f"{crm} {path.strip('/')}: {name}")
        for (crm, path), name in zip(PLACES, BODIES, strict=True)
    ]


@pytest.mark.parametrize(("scene", "path", "body"), _everywhere(), indirect=["scene"])
def test_nonsense_that_stays_is_told_and_loses_nothing(scene: Scene, path: str, body: Any) -> None:
    scene.plan(path, body, times=ALWAYS)
    before = scene.calls()
    assert scene.run().exit_code == EXIT_CRM
    assert scene.calls() - before < FEW_CALLS
    assert scene.trouble()
    scene.heal()
    assert scene.run().exit_code == EXIT_FINE
    assert scene.each_has_one_task()


SAME_PAGE = {
    "done": False,
    "nextRecordsUrl": "/services/data/v67.0/query/01gXX-2000",
    "totalSize": 1,
    "records": [],
    "total": 10,
    "results": [{"id": "1", "properties": {}}],
    "paging": {"next": {"after": "1"}},
}


@pytest.mark.parametrize(
    ("scene", "path"),
    [("sales", "/query"), ("hub", "/search"), ("hub", "/owners")],
    indirect=["scene"],
)
def test_a_page_that_leads_to_itself_ends_the_reading(scene: Scene, path: str) -> None:
    scene.plan(path, SAME_PAGE, times=ALWAYS)
    before = scene.calls()
    assert scene.run().exit_code == EXIT_CRM
    assert scene.calls() - before < FEW_CALLS
    scene.heal()
    assert scene.run().exit_code == EXIT_FINE
    assert scene.each_has_one_task()


@pytest.mark.parametrize("scene", ["sales"], indirect=True)
def test_a_query_that_the_org_forgot_is_asked_again(scene: Scene) -> None:
    """The next page's address is no longer known: the call is declined, and reading begins anew."""
    scene.plan("/query", SAME_PAGE, times=1)
    assert scene.run().exit_code == EXIT_FINE
    assert scene.each_has_one_task()


@pytest.mark.parametrize("scene", ["sales", "hub"], indirect=True)
def test_an_answer_cut_in_half_is_read_back_before_anything_is_sent_again(scene: Scene) -> None:
    path = {"sales": "composite/sobjects/Task", "hub": "tasks/batch/create"}[scene.crm.name]
    scene.sandbox.world.faults.append(Fault("cut", path=path, method=None))
    assert scene.run().exit_code == EXIT_FINE
    assert scene.each_has_one_task()


@pytest.mark.parametrize("scene", ["hub"], indirect=True)
def test_rows_that_are_never_answered_for_are_parked_with_a_sentence(scene: Scene) -> None:
    """HubSpot takes the fields and speaks of none of them, for as long as we try."""
    scene.plan("batch/update", {"status": "COMPLETE", "results": []}, times=ALWAYS)
    run = scene.run()
    assert run.exit_code == EXIT_LEFT
    assert run.report["crms"]["hub"]["pushes"]["field"]["parked"] == 4
    assert scene.each_has_one_task()


@pytest.mark.parametrize("scene", ["sales", "hub"], indirect=True)
def test_an_empty_crm_is_no_fault(scene: Scene) -> None:
    for one in scene.customers:
        for type, id in (
            (scene.crm.deal_type, one.deal),
            (scene.crm.contact_type, one.contact),
            (scene.crm.account_type, one.account),
        ):
            scene.crm.delete(type, id)
    run = scene.run()
    assert run.exit_code == EXIT_FINE
    (report,) = run.report["crms"].values()
    assert report["losses"]["customer"] == 0
