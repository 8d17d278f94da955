"""Our own fields, and what is told of a live CRM."""

from __future__ import annotations

from datetime import timedelta

from connectors.base import Surveyor
from connectors.examination import Question
from connectors.stream import Stream
from rules.model import Kind
from tests.connectors.contract.scene import Scene


class Setup:
    """What the contract asks of `provision`, `check` and `examine`."""

    def test_provision_a_second_time_changes_nothing(self, scene: Scene) -> None:
        reasons = [("price", "Price"), ("unknown", "Unknown")]
        scene.connector.provision(reasons, plan_only=False)
        assert scene.connector.provision(reasons, plan_only=False) == []
        assert scene.connector.provision(reasons, plan_only=True) == []
        added = [*reasons, ("neglect", "Neglect")]
        assert scene.connector.provision(added, plan_only=True)
        assert scene.connector.provision(added, plan_only=False)
        assert scene.connector.provision(added, plan_only=True) == []

    def test_check_names_what_is_missing(self, scene: Scene) -> None:
        watched = Stream(scene.opportunity.type, Kind.OPPORTUNITY, ("nonsense_field__c",))
        missing = Stream(scene.missing_type, Kind.RECORD)
        findings = scene.connector.check([*scene.watched, watched, missing])
        bad = [finding for finding in findings if not finding.ok]
        assert any("nonsense_field__c" in f.what + f.sentence for f in bad)
        assert any(scene.missing_type in f.what + f.sentence for f in bad)

    def test_provision_only_plans_where_it_is_asked_to(self, scene: Scene) -> None:
        before = scene.count_changes()
        planned = scene.connector.provision([("price", "Price"), ("new", "New")], plan_only=True)
        assert scene.count_changes() == before
        made = scene.connector.provision([("price", "Price"), ("new", "New")], plan_only=False)
        assert len(made) == len(planned)
        assert all(sentence.strip() for sentence in made)

    def test_a_crm_that_is_set_up_is_fine(self, scene: Scene) -> None:
        findings = scene.connector.check(scene.connector.streams(scene.watched))
        assert findings
        assert [one for one in findings if not one.ok] == []

    def test_a_finding_that_is_not_fine_says_what_to_do(self, scene: Scene) -> None:
        findings = scene.connector.check([Stream(scene.missing_type, Kind.RECORD)])
        assert all(one.what and (one.ok or one.sentence) for one in findings)

    def test_examine_tells_what_doctor_asks_and_changes_nothing(self, scene: Scene) -> None:
        before = scene.count_changes()
        nobody = "nobody.of.that.name@acme.example"
        told = scene.connector.examine(
            Question(streams=scene.watched, people=(scene.owner_email, nobody), reasons=("price",))
        )
        assert scene.count_changes() == before
        assert [one for one in told.findings if not one.ok] == []
        assert told.people is None or [one.id for one in told.people] == [scene.owner]
        assert told.server_now is None or told.server_now.tzinfo is not None
        assert told.allowance is None or 0 <= told.allowance.left <= told.allowance.of
        assert told.version is None or told.version.name

    def test_examine_names_a_category_that_our_field_lacks(self, scene: Scene) -> None:
        told = scene.connector.examine(Question(reasons=("price", "no_such_reason")))
        bad = [one for one in told.findings if not one.ok]
        assert any("no_such_reason" in one.sentence for one in bad)

    def test_a_survey_shows_deals_and_people_and_changes_nothing(self, scene: Scene) -> None:
        assert isinstance(scene.connector, Surveyor)
        before = scene.count_changes()
        told = scene.connector.survey()
        assert scene.count_changes() == before
        assert told.deals is not None
        assert told.deals.name == scene.opportunity.type
        assert told.deals.fields
        assert scene.owner in {one.id for one in told.people}

    def test_what_a_connector_says_of_itself(self, scene: Scene) -> None:
        connector = scene.connector
        assert connector.name
        assert connector.kind == connector.kind.lower()
        assert connector.grace >= timedelta(0)
        assert connector.task_type == scene.stream(Kind.TASK).type
