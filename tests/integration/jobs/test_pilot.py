"""A pilot: others' tasks and fields wait, and go when they come in, but never as a storm."""

from __future__ import annotations

from tests import worlds
from tests.integration.jobs.stage import Stage


def pilot(mail: str) -> str:
    return f'{worlds.COMPANY}\n[pilot]\nonly_owners = ["{mail}"]\n'


def mail_of(stage: Stage, owner: str) -> str:
    if stage.crm == "sales":
        user = stage.sandbox.salesforce.get("User", owner)
        return str(user["Email"]) if user else ""
    return stage.sandbox.hubspot.owners[owner].email


def test_only_those_in_the_pilot_get_tasks_and_fields(stage: Stage) -> None:
    inside, outside = stage.lose(), stage.lose()
    mail = mail_of(stage, inside.owner)
    run = stage.run(company=pilot(mail))
    assert {task["owner"] for task in stage.tasks()} == {inside.owner}
    assert (stage.reason(inside), stage.reason(outside)) == ("price", None)
    assert stage.report(run)["tasks"]["held"] == 3
    assert run.exit_code == 4
    stage.run(company=pilot(mail))
    assert len(stage.tasks()) == 3
    assert stage.run().exit_code == 0  # the pilot is over
    assert stage.made() == stage.wanted()
    assert stage.reason(outside) == "price"


def test_the_end_of_a_pilot_is_no_storm(stage: Stage) -> None:
    stage.lose(3)
    stage.run(company=pilot("nobody@acme.example"))
    assert stage.tasks() == []
    few = worlds.COMPANY.replace("10_000", "1\nstorm_max_share = 0.01")
    report = stage.report(stage.run(company=few))
    assert (stage.tasks(), report["tasks"]["held"]) == ([], 9)
    stage.resume_held()
    stage.run(company=few)
    assert stage.made() == stage.wanted()
