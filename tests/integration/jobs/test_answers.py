"""What reps answer on tasks and fill in after interviews comes back and moves the recovery."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from dateutil.relativedelta import relativedelta

from integration.store.engine import connect
from integration.store.tables import loss_reasons, recoveries
from rules.model import Field, Outcome
from tests.integration.jobs.stage import SalesforceStage, Stage
from tests.worlds import Lost, run_once

PLAYBOOK = """
[[playbook]]
name = "everyone"
benchmarks = "spoken by day 10"

[[playbook.task]]
key = "listen"
subject = "Call {{ contact.name or account.name }}: listen"
ask = "interview"
attempts = 2

[[playbook.task]]
key = "apologise"
after = "reason_confirmed"
subject = "Say sorry to {{ contact.name or account.name }}"
"""


def our_name(stage: Stage, field: Field) -> str:
    if isinstance(stage, SalesforceStage):
        return "Winback_" + "_".join(map(str.capitalize, field.value.split("_"))) + "__c"
    return f"winback_{field.value}"


def change(stage: Stage, type: str, id: str, **values: Any) -> None:
    crm: Any = getattr(stage.sandbox, stage.sandbox_name)
    crm.update(type, id, {our_name(stage, Field[k.upper()]): v for k, v in values.items()})


def value(stage: Stage, type: str, id: str, field: Field) -> str | None:
    crm: Any = getattr(stage.sandbox, stage.sandbox_name)
    found: str | None = crm.get(type, id).get(our_name(stage, field)) or None
    return found


def contact_type(stage: Stage) -> str:
    return "Contact" if isinstance(stage, SalesforceStage) else "contacts"


@pytest.fixture
def lost(stage: Stage) -> Lost:
    """A customer whose first task stands in the CRM."""
    found = stage.lose()
    stage.run(playbook=PLAYBOOK)
    return found


def answer(stage: Stage, outcome: Outcome) -> None:
    [task] = [task for task in stage.tasks() if not task["closed"]]
    stage.task_change(task["id"], "close")
    change(stage, stage.task_type, task["id"], outcome=outcome.value)
    stage.run(playbook=PLAYBOOK)


def rows(stage: Stage, table: sa.Table) -> list[Any]:
    engine = connect(stage.url)
    with engine.connect() as connection:
        found = list(connection.execute(sa.select(table)))
    engine.dispose()
    return found


def test_who_asked_to_stop_is_marked_on_the_contact(stage: Stage, lost: Lost) -> None:
    answer(stage, Outcome.ASKED_TO_STOP)
    assert value(stage, contact_type(stage), lost.contact, Field.PERMISSION) == "no"
    assert value(stage, stage.account_type, lost.account, Field.STATUS) == "do not contact"
    assert [row.end for row in rows(stage, recoveries)] == ["do not contact"]


def test_a_permission_is_written_with_its_last_day(stage: Stage, lost: Lost) -> None:
    answer(stage, Outcome.GAVE_PERMISSION)
    contact = contact_type(stage)
    assert value(stage, contact, lost.contact, Field.PERMISSION) == "yes"
    until = value(stage, contact, lost.contact, Field.PERMISSION_UNTIL)
    assert until is not None
    assert date.fromisoformat(until).year == stage.wall().year + 2
    writes = stage.writes()
    stage.run(playbook=PLAYBOOK)
    assert stage.writes() == writes


def test_an_answer_that_the_crm_does_not_date_is_of_the_day_that_the_run_is_for(
    stage: Stage, lost: Lost
) -> None:
    [task] = stage.tasks()
    change(stage, stage.task_type, task["id"], outcome=Outcome.GAVE_PERMISSION.value)
    noon = stage.wall().replace(hour=12) + timedelta(days=5)
    stage.run(now=lambda: noon, playbook=PLAYBOOK)
    until = value(stage, contact_type(stage), lost.contact, Field.PERMISSION_UNTIL)
    assert until == (noon.date() + relativedelta(years=2)).isoformat()


def test_the_outcome_alone_is_an_answer(stage: Stage, lost: Lost) -> None:
    [task] = stage.tasks()
    change(stage, stage.task_type, task["id"], outcome=Outcome.NO_ANSWER.value)
    stage.run(playbook=PLAYBOOK)
    first, again = sorted(stage.tasks(), key=lambda found: not found["closed"])
    assert (first["id"], first["closed"], again["closed"]) == (task["id"], True, False)
    assert 'Closed by winback: it was answered "no answer"' in first["body"]
    assert stage.made()[lost.account, "listen"] == 2


def test_a_call_without_an_answer_is_tried_again(stage: Stage, lost: Lost) -> None:
    answer(stage, Outcome.NO_ANSWER)
    assert stage.made()[lost.account, "listen"] == 2
    [again] = [task for task in stage.tasks() if not task["closed"]]
    assert again["subject"].startswith("(try 2 of 2) Call ")
    answer(stage, Outcome.NO_ANSWER)
    assert stage.made()[lost.account, "listen"] == 2


def test_the_interview_confirms_the_reason(stage: Stage, lost: Lost) -> None:
    told = {"complaint_restated": "It was too expensive for what we used."}
    change(stage, stage.account_type, lost.account, **told)
    stage.run(playbook=PLAYBOOK)
    assert value(stage, stage.deal_type, lost.deal, Field.PROVENANCE) == "told"
    ticked: Any = True if isinstance(stage, SalesforceStage) else "true"
    agreed = {"complaint_confirmed": ticked, "keep_in_touch": "yes"}
    change(stage, stage.account_type, lost.account, **agreed)
    stage.run(playbook=PLAYBOOK)
    assert value(stage, stage.account_type, lost.account, Field.PROVENANCE) == "confirmed"
    assert value(stage, contact_type(stage), lost.contact, Field.PERMISSION) == "yes"
    assert stage.made()[lost.account, "apologise"] == 1
    history = [(row.category, row.provenance) for row in rows(stage, loss_reasons)]
    assert history == [("price", "guessed"), ("price", "told"), ("price", "confirmed")]


def test_the_task_asks_the_questions(stage: Stage, lost: Lost) -> None:
    [task] = stage.tasks()
    assert "1. What happened, from your side?" in task["body"]
    assert lost.account


def test_code_against_words_is_asked_once_and_rewritten_never(stage: Stage) -> None:
    """The deal's name stands in for the picklist of reasons."""
    salesforce = isinstance(stage, SalesforceStage)
    field, told = ("Name", "Description") if salesforce else ("dealname", "closed_lost_reason")
    lost = stage.lose()
    crm: Any = getattr(stage.sandbox, stage.sandbox_name)
    crm.update(stage.deal_type, lost.deal, {field: "Support"})
    config = stage.config(playbook=PLAYBOOK)
    text = config.read_text(encoding="utf-8").replace(
        f'words = "{told}"', f'reason = "{field}"\nwords = "{told}"'
    )
    config.write_text(text, encoding="utf-8")
    for _ in range(2):
        run_once(stage.url, config)
    assert value(stage, stage.deal_type, lost.deal, Field.REASON) == "service"
    asked = [task for task in stage.tasks() if "Which reason is right" in task["subject"]]
    assert [task["owner"] for task in asked] == [lost.owner]
    assert "Picked on the record: Support" in asked[0]["body"]
    assert "Written there: too expensive" in asked[0]["body"]
