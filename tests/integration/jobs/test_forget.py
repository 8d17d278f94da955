"""People who are forgotten while the product is at work, in both CRMs."""

from __future__ import annotations

from connectors.deliveries import Delivery
from integration.engine.door import Wake
from integration.store import suppressions
from integration.store.engine import begin, connect
from integration.store.forgotten_tasks import SUBJECT
from integration.web.storing import Inbox, Received
from rules.model import Ref
from tests.integration.cli.test_forget import stored
from tests.integration.jobs.stage import HubSpotStage, Stage


class NoBell:
    """Who is woken does not matter here: the next run is called by the test."""

    def wake(self, crm: str, kind: Wake, at: object = None, connection: object = None) -> None: ...


def ask(stage: Stage, contact: str) -> None:
    engine = connect(stage.url)
    with begin(engine) as connection:
        suppressions.ask(connection, stage.crm, contact, stage.wall())
    engine.dispose()


def test_a_privacy_deletion_in_hubspot_forgets_the_person(hubspot: HubSpotStage) -> None:
    lost = hubspot.lose()
    hubspot.run()
    name = hubspot.sandbox.hubspot.get("contacts", lost.contact)["lastname"]
    assert name in stored(hubspot.url)
    hubspot.sandbox.hubspot.delete("contacts", lost.contact)
    engine = connect(hubspot.url)
    delivery = Delivery(erased=(Ref("contacts", lost.contact),))
    Inbox(engine, NoBell(), hubspot.wall).commit([Received("hub", "tasks", delivery)])
    engine.dispose()
    hubspot.run()
    assert name not in stored(hubspot.url)
    assert {(task["subject"], task["closed"]) for task in hubspot.tasks()} == {(SUBJECT, True)}
    assert not any(name in task["body"] for task in hubspot.tasks())
    hubspot.run()
    assert name not in stored(hubspot.url)


def test_a_task_that_was_on_its_way_is_rewritten_and_closed(stage: Stage) -> None:
    lost = stage.lose()
    stage.fault("lost")
    stage.while_waiting = lambda: ask(stage, lost.contact)
    assert stage.run().exit_code == 0
    assert {(task["subject"], task["closed"]) for task in stage.tasks()} == {(SUBJECT, True)}
    assert not any("Bauer" in task["body"] for task in stage.tasks())
    assert "Bauer" not in stored(stage.url)


def test_who_was_forgotten_before_they_were_lost_is_never_called(stage: Stage) -> None:
    lost = stage.lose()
    ask(stage, lost.contact)
    stage.run()
    assert stage.tasks() == []
    assert stage.reason(lost) == "price"
