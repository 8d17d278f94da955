"""What people do in the CRM is theirs: their tasks, their words in our fields, their records."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from connectors.sandbox.hubspot.owners import PortalOwner
from integration.jobs.flush import Sender
from integration.jobs.head_start import HeadStart
from integration.jobs.intake import decide_all
from integration.runtime import Runtime, wall_clock
from integration.store.engine import begin
from integration.store.tables import customers
from rules.rulebook import Rulebook
from tests import worlds
from tests.integration.jobs.stage import Stage


def tomorrow() -> datetime:
    return wall_clock() + timedelta(days=1)


def at_work(stage: Stage, count: int = 1) -> None:
    """So many customers are lost, and their tasks and fields stand in the CRM."""
    stage.lose(count)
    assert stage.run().exit_code == 0


def test_a_task_is_closed_with_a_sentence_when_its_cause_is_gone(stage: Stage) -> None:
    at_work(stage)
    done, deleted, open_ = stage.tasks()
    stage.task_change(done["id"], "close")
    stage.task_change(deleted["id"], "delete")
    stage.reopen(stage.lost[0])
    assert stage.run().exit_code == 0
    by_id = {task["id"]: task for task in stage.tasks()}
    assert by_id[open_["id"]]["closed"]
    assert "Closed by winback" in by_id[open_["id"]]["body"]
    assert by_id[done["id"]] == {**done, "closed": True}
    assert deleted["id"] not in by_id
    writes = stage.writes()
    stage.run()
    assert stage.writes() == writes


class MarkedMeanwhile(HeadStart):
    """Every customer is marked by somebody else just after the round saw none to decide."""

    def __init__(self, runtime: Runtime, crm: str, sender: Sender) -> None:
        super().__init__(runtime, crm, sender)
        self._store = runtime.engine

    def begin(self, book: Rulebook) -> None:
        super().begin(book)
        with begin(self._store) as connection:
            connection.execute(sa.update(customers).values(changed_at=wall_clock()))


def test_nobody_is_decided_without_the_owners_at_hand(stage: Stage) -> None:
    at_work(stage)
    before = stage.tasks()
    with (
        worlds.runtime(stage.url, stage.config()) as parts,
        Sender(parts, stage.crm, fresh_since=wall_clock()) as sender,
    ):
        assert decide_all(parts, stage.crm, MarkedMeanwhile(parts, stage.crm, sender)) == 0
    assert stage.run().exit_code == 0
    assert stage.tasks() == before


def test_tasks_of_somebody_who_left_go_to_who_follows(stage: Stage) -> None:
    owner = stage.new_owner("Ann Lee")
    stage.lose(owner=owner)
    stage.run()
    stage.owner_leaves(owner)
    other = stage.new_owner("Bob Ray")
    _give_account(stage, other)
    assert stage.run().exit_code == 0
    assert {task["owner"] for task in stage.tasks()} == {other}


def test_who_takes_a_task_over_reads_why_below_what_people_wrote(stage: Stage) -> None:
    owner = stage.new_owner("Ann Lee")
    stage.lose(owner=owner)
    stage.run()
    stage.task_change(stage.tasks()[0]["id"], "retitle", "Ring them on Friday")
    stage.owner_leaves(owner)
    _give_account(stage, stage.new_owner("Bob Ray"))
    stage.run()
    stage.run()
    for task in stage.tasks():
        assert task["body"].count("Hand-over: ") == 1
        assert "who had this task, has left" in task["body"]
        assert task["body"].index("Hand-over: ") < task["body"].rindex("[winback:")
    assert stage.tasks()[0]["subject"] == "Ring them on Friday"


def test_a_task_that_waits_goes_to_who_follows_with_the_note(stage: Stage) -> None:
    owner = stage.new_owner("Ann Lee")
    stage.lose(owner=owner)
    company = worlds.COMPANY + "tasks_per_rep_per_day = 1\n"
    stage.run(company=company)
    stage.owner_leaves(owner)
    other = stage.new_owner("Bob Ray")
    _give_account(stage, other)
    stage.run(now=tomorrow, company=company)
    assert {task["owner"] for task in stage.tasks()} == {other}
    assert all("Hand-over: " in task["body"] for task in stage.tasks())


def _give_account(stage: Stage, owner: str) -> None:
    if stage.crm == "hub":
        fields = {"hubspot_owner_id": owner}
        stage.sandbox.hubspot.update("companies", stage.lost[0].account, fields)
    else:
        stage.sandbox.salesforce.update("Account", stage.lost[0].account, {"OwnerId": owner})


# ---- fields: what we want, what we wrote last, what stands there now


def test_a_choice_that_is_ours_as_well_is_theirs_to_clear(stage: Stage) -> None:
    lost = stage.lose()
    stage.choose(lost, "price")
    stage.run()
    stage.choose(lost, None)
    stage.run()
    stage.run(now=tomorrow)
    assert stage.reason(lost) is None


def test_looking_up_before_a_second_try_may_fail_too(stage: Stage) -> None:
    stage.lose()
    stage.fault("reset", skip=2)
    stage.while_waiting = lambda: stage.fault("status", kind="read", times=2)
    assert stage.run().exit_code == 0
    assert {state for _, state in stage.states()} == {"delivered"}
    assert stage.reason(stage.lost[0]) == "price"


# ---- tasks for a queue


CARE = worlds.PLAYBOOK.replace("subject", 'assign = "queue:Care"\nsubject')


def _queue(stage: Stage) -> str:
    if stage.crm == "hub":
        queue = PortalOwner("900", first_name="Care", type="QUEUE")
        stage.sandbox.hubspot.add_owner(queue)
        return queue.id
    org = stage.sandbox.salesforce
    queue_id = org.create("Group", {"Name": "Care", "Type": "Queue"})
    org.create("QueueSobject", {"QueueId": queue_id, "SobjectType": "Task"})
    return queue_id


def test_a_queue_of_the_crm_gets_the_tasks_that_the_rule_gives_it(stage: Stage) -> None:
    queue_id = _queue(stage)
    stage.lose()
    assert stage.run(playbook=CARE).exit_code == 0
    assert {task["owner"] for task in stage.tasks()} == {queue_id}


def test_without_such_a_queue_the_owner_gets_them_and_reads_why(stage: Stage) -> None:
    stage.lose(owner=stage.new_owner("Ann Lee"))
    stage.run(playbook=CARE)
    assert {task["owner"] for task in stage.tasks()} == {stage.lost[0].owner}
