"""What a CRM refuses: row by row, with a sentence, and nothing else waits for it."""

from __future__ import annotations

from tests.integration.jobs.stage import HubSpotStage, SalesforceStage, Stage
from tests.worlds import PLAYBOOK

NOT_OURS_TO_CHANGE = "Ask Ms. Lee before you touch this."


def test_refused_credentials_stop_this_crm_and_leave_its_rows(stage: Stage) -> None:
    stage.lose()
    stage.fault("status", kind="other", status=401, times=1_000, body=_refusal(stage))
    stage.fault("status", kind="auth", status=400, times=1_000, body={"error": "invalid_grant"})
    before = stage.calls("other")
    assert stage.run().exit_code == 3
    assert stage.health() == "red"
    assert stage.calls("other") - before < 5
    stage.sandbox.world.faults.clear()
    assert stage.run().exit_code == 0
    assert stage.made() == stage.wanted()


def _refusal(stage: Stage) -> object:
    if stage.crm == "hub":
        return {"status": "error", "category": "INVALID_AUTHENTICATION", "message": "no"}
    return [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}]


def test_a_token_that_expires_on_the_way_is_renewed(salesforce: SalesforceStage) -> None:
    salesforce.lose()
    body = [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}]
    salesforce.fault("status", status=401, body=body)
    assert salesforce.run().exit_code == 0
    assert salesforce.made() == salesforce.wanted()


def test_a_limit_of_calls_is_waited_out_and_no_attempt_counted(hubspot: HubSpotStage) -> None:
    hubspot.lose()
    body = {
        "status": "error",
        "policyName": "SECONDLY",
        "message": "slow",
        "errorType": "RATE_LIMIT",
    }
    hubspot.fault("status", status=429, body=body, times=3)
    assert hubspot.run().exit_code == 0
    assert hubspot.made() == hubspot.wanted()
    assert hubspot.health() == "green"


def test_a_locked_row_is_tried_again(salesforce: SalesforceStage) -> None:
    lost = salesforce.lose()
    salesforce.sandbox.salesforce.refusals.row_locks[lost.account] = 4
    salesforce.lose(3)
    assert salesforce.run().exit_code == 0
    assert salesforce.made() == salesforce.wanted()
    assert salesforce.reason(lost) == "price"


def test_fields_that_are_not_there_are_parked_and_tasks_go_on(
    bare_stage: Stage,
) -> None:
    bare_stage.lose(2)
    run = bare_stage.run()
    assert run.exit_code == 4
    assert bare_stage.made() == bare_stage.wanted()
    sentences = {row["sentence"] for row in bare_stage.parked()}
    assert sentences
    assert all("winback provision" in sentence for sentence in sentences)
    writes = bare_stage.writes()
    assert bare_stage.run().exit_code == 4  # said again, not tried again
    assert bare_stage.writes() == writes


def test_a_value_outside_a_picklist_parks_that_field_alone(stage: Stage) -> None:
    lost = stage.lose()
    _restrict_reasons(stage)
    assert stage.run().exit_code == 4
    assert stage.reason(lost) is None
    assert _status(stage, lost.deal) == "open"
    assert stage.made() == stage.wanted()
    assert any("Winback_Reason__c" in p["sentence"] or "winback_reason" in p["sentence"]
               for p in stage.parked())  # fmt: skip


def _restrict_reasons(stage: Stage) -> None:
    """An admin narrows our picklist to values of their own."""
    if isinstance(stage, HubSpotStage):
        for type in ("deals", "companies"):
            stage.sandbox.hubspot.define_property(
                type, "winback_reason", "enumeration", options=("cost",)
            )
        return
    for type in ("Opportunity", "Account"):
        definition = stage.sandbox.salesforce.object(type).field("Winback_Reason__c")
        assert definition is not None
        definition.restricted = True
        definition.options = []


def _status(stage: Stage, deal: str) -> str | None:
    if isinstance(stage, HubSpotStage):
        return stage.sandbox.hubspot.get("deals", deal).get("winback_status")
    found: str | None = (stage.sandbox.salesforce.get("Opportunity", deal) or {}).get(
        "Winback_Status__c"
    )
    return found


def test_records_locked_after_closing_have_their_fields_on_the_account(
    salesforce: SalesforceStage,
) -> None:
    lost = salesforce.lose()
    salesforce.sandbox.salesforce.refusals.closed_records = "locked"
    assert salesforce.run().exit_code == 0
    assert salesforce.reason(lost) is None
    assert salesforce.reason(lost, "Account") == "price"
    writes = salesforce.writes()
    salesforce.run()
    assert salesforce.writes() == writes


def test_a_validation_rule_parks_its_row_with_the_rules_own_words(
    salesforce: SalesforceStage,
) -> None:
    guarded, free = salesforce.lose(), salesforce.lose()

    def rule(type: str, row: dict[str, object]) -> str | None:
        return NOT_OURS_TO_CHANGE if row["Id"] == guarded.account else None

    salesforce.sandbox.salesforce.refusals.rules.append(rule)
    assert salesforce.run().exit_code == 4
    [parked] = salesforce.parked()
    assert NOT_OURS_TO_CHANGE in parked["sentence"]
    assert salesforce.reason(free, "Account") == "price"


def test_an_owner_who_leaves_meanwhile_is_replaced_once(stage: Stage) -> None:
    owner = _owner_who_leaves(stage)
    boss = stage.new_owner("Mona Boss")
    people = _person(stage, owner, manager=boss)
    assert stage.run(playbook=PLAYBOOK + people).exit_code == 0
    assert {task["owner"] for task in stage.tasks()} == {boss}
    assert stage.made() == stage.wanted()


def test_where_nobody_else_can_have_it_the_task_is_parked(stage: Stage) -> None:
    _owner_who_leaves(stage)
    assert stage.run().exit_code == 4
    assert not stage.tasks()
    assert len([p for p in stage.parked() if p["kind"] == "task_create"]) == 3


def _owner_who_leaves(stage: Stage) -> str:
    """They leave between our reading of the users and the writing of their tasks."""
    if isinstance(stage, HubSpotStage):
        stage.sandbox.hubspot.archived_owners_accepted = False
    owner = stage.new_owner("Ann Lee")
    stage.lose(owner=owner)
    stage.once_decided = lambda: stage.owner_leaves(owner)
    return owner


def _mail(stage: Stage, owner: str) -> str:
    if isinstance(stage, HubSpotStage):
        return stage.sandbox.hubspot.owners[owner].email
    return str((stage.sandbox.salesforce.get("User", owner) or {})["Email"])


def _person(stage: Stage, owner: str, manager: str) -> str:
    return f'\n[[person]]\nemail = "{_mail(stage, owner)}"\nmanager = "{_mail(stage, manager)}"\n'


def test_a_deal_deleted_meanwhile_has_no_fields_left_to_write(stage: Stage) -> None:
    lost = stage.lose()
    stage.run(dry_run=True)
    stage.delete_deal(lost)
    assert stage.run().exit_code == 0
    assert stage.to_decide() == 0
    assert not [state for _, state in stage.states() if state not in ("delivered", "withdrawn")]
