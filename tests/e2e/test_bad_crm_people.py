"""Customers without the people that a task needs, and people who are not there any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.sandbox.server import Sandbox
from integration.once import EXIT_FINE, EXIT_LEFT, Run
from integration.store.engine import connect
from integration.store.tables import customers, pushes
from tests import worlds
from tests.e2e.odd_company import Crm, Customer, Hub, Sales, Task

PLAYBOOK = """
[[playbook]]
name = "everyone"

[[playbook.task]]
key = "listen"
subject = "Call {{ contact.name or account.name }}: listen"
due = "1 business day"
"""


PARKED = pushes.c.state == "parked"


@dataclass
class Scene:
    crm: Crm
    url: str
    config: Path

    @property
    def reason(self) -> str:
        return {"sales": "Winback_Reason__c", "hub": "winback_reason"}[self.crm.name]

    @property
    def status(self) -> str:
        return {"sales": "Winback_Status__c", "hub": "winback_status"}[self.crm.name]

    def provision(self, *reasons: tuple[str, str]) -> None:
        with worlds.runtime(self.url, self.config) as parts:
            parts.crms[self.crm.name].connector.provision(reasons, plan_only=False)

    def run(self) -> Run:
        return worlds.run_once(self.url, self.config)

    def task(self, customer: Customer) -> Task:
        (task,) = self.crm.tasks(customer)
        return task

    def unassigned(self) -> list[str]:
        """Why tasks wait for somebody to do them."""
        found = self._ask(sa.select(customers.c.unassigned))
        return [one["because"] for rows in found for one in rows or ()]

    def parked(self) -> list[str]:
        """The sentences of the pushes that were set aside."""
        return [str(one) for one in self._ask(sa.select(pushes.c.sentence).where(PARKED))]

    def _ask(self, question: sa.Select[Any]) -> Sequence[Any]:
        engine = connect(self.url)
        with engine.connect() as connection:
            found = connection.execute(question).scalars().all()
        engine.dispose()
        return found


@pytest.fixture(params=["sales", "hub"])
def bare_scene(
    request: pytest.FixtureRequest, sandbox: Sandbox, sqlite_url: str, tmp_path: Path
) -> Scene:
    sandbox.hubspot.search_limit = None
    crm: Crm = Sales(sandbox) if request.param == "sales" else Hub(sandbox)
    config = worlds.rule_file(
        tmp_path, sandbox, crms=(crm.name,), grace="1 second", playbook=PLAYBOOK
    )
    return Scene(crm, sqlite_url, config)


@pytest.fixture
def scene(bare_scene: Scene) -> Scene:
    """With our fields in the CRM."""
    bare_scene.provision(*worlds.REASONS)
    return bare_scene


def test_without_a_contact_the_task_says_so(scene: Scene) -> None:
    nobody = scene.crm.lose(contact=None)
    assert scene.run().exit_code == EXIT_FINE
    assert "The CRM knows no contact at this account." in scene.task(nobody).body


def test_a_contact_who_was_deleted_is_not_called(scene: Scene) -> None:
    left = scene.crm.lose()
    scene.crm.delete(scene.crm.contact_type, left.contact)
    scene.run()
    task = scene.task(left)
    assert "Bauer" not in task.subject + task.body


def test_who_owned_it_has_left_and_nobody_else_is_known(scene: Scene) -> None:
    scene.crm.lose()
    scene.crm.leave(scene.crm.owner)
    run = scene.run()
    assert run.exit_code == EXIT_LEFT
    (because,) = scene.unassigned()
    assert because.startswith("everyone / listen: Ann Lee, who owned this account, has left")
    assert "give the account an active owner in the CRM" in because


def test_after_the_account_gets_an_owner_its_task_is_written(scene: Scene) -> None:
    lost = scene.crm.lose()
    scene.crm.leave(scene.crm.owner)
    scene.run()
    bea = scene.crm.user("Bea Boss")
    scene.crm.hand_over(lost, bea)
    assert scene.run().exit_code == EXIT_FINE
    assert scene.task(lost).owner == bea
    assert scene.unassigned() == []


@pytest.mark.parametrize("bare_scene", ["hub"], indirect=True)
def test_an_account_that_nobody_owns_waits_for_an_owner(scene: Scene) -> None:
    nobody = {"hubspot_owner_id": ""}
    lost = scene.crm.lose(account=nobody, deal=nobody, won=nobody)
    assert scene.run().exit_code == EXIT_LEFT
    assert scene.unassigned()[0].startswith("everyone / listen: nobody owns the account")
    scene.crm.hand_over(lost, scene.crm.owner)
    assert scene.run().exit_code == EXIT_FINE
    assert scene.task(lost).owner == scene.crm.owner


def test_a_manager_takes_over_with_a_hand_over_note(scene: Scene) -> None:
    bea = scene.crm.user("Bea Boss")
    text = scene.config.read_text(encoding="utf-8")
    person = f'[[person]]\nemail = "{scene.crm.email(scene.crm.owner)}"\n'
    person += f'manager = "{scene.crm.email(bea)}"\n'
    scene.config.write_text(f"{text}\n{person}", encoding="utf-8")
    lost = scene.crm.lose()
    scene.crm.leave(scene.crm.owner)
    assert scene.run().exit_code == EXIT_FINE
    task = scene.task(lost)
    assert task.owner == bea
    assert "Hand-over: Ann Lee, who owned this account, has left; it now sits with Bea" in task.body


def test_a_deal_without_a_company_is_a_prospects_and_holds_nobody_up(scene: Scene) -> None:
    lost = scene.crm.lose()
    scene.crm.lonely_deal()
    run = scene.run()
    (report,) = run.report["crms"].values()
    assert report["losses"] == {"customer": 1, "deal": 0, "prospect": 1}
    assert len(scene.crm.tasks(lost)) == 1


@pytest.mark.parametrize("bare_scene", ["sales"], indirect=True)
def test_accounts_that_are_each_others_parents_are_two_customers(scene: Scene) -> None:
    assert isinstance(scene.crm, Sales)
    first, second = scene.crm.lose(), scene.crm.lose()
    scene.crm.make_parent(first, of=second)
    scene.crm.make_parent(second, of=first)
    assert scene.run().exit_code == EXIT_FINE
    assert [len(scene.crm.tasks(one)) for one in (first, second)] == [1, 1]


def test_a_value_that_the_rule_file_does_not_know_is_a_persons_and_stays(scene: Scene) -> None:
    scene.provision(*worlds.REASONS, ("weather", "The weather"))
    lost = scene.crm.lose()
    scene.crm.put(scene.crm.deal_type, lost.deal, scene.reason, "weather")
    assert scene.run().exit_code == EXIT_FINE
    assert scene.crm.get(scene.crm.deal_type, lost.deal)[scene.reason] == "weather"
    assert len(scene.crm.tasks(lost)) == 1


def test_a_value_that_the_crm_does_not_know_parks_that_field_alone(
    bare_scene: Scene,
) -> None:
    scene = bare_scene
    scene.provision(("service", "Service"))
    if isinstance(scene.crm, Sales):
        scene.crm.restrict(scene.reason)
    lost = scene.crm.lose()
    run = scene.run()
    assert run.exit_code == EXIT_LEFT
    for sentence in scene.parked():
        assert scene.reason in sentence
    deal = scene.crm.get(scene.crm.deal_type, lost.deal)
    assert deal.get(scene.reason) is None
    assert deal[scene.status] == "open"
    assert len(scene.crm.tasks(lost)) == 1
