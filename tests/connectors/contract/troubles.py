"""Errors sorted by what to do next, and by nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from connectors.base import Cursor, Page, Settled
from connectors.errors import CredentialsRefused, OutcomeUnknown, Throttled, Unavailable
from connectors.examination import Question
from rules.model import Field, Kind
from tests.connectors.contract.scene import Scene, Trouble, seen


class Troubles:
    """What the contract asks of every verb when the CRM does not answer as it should."""

    def test_a_lost_answer_is_unknown_and_the_task_is_found(self, scene: Scene) -> None:
        scene.connector.streams(scene.watched)
        scene.strike(Trouble.LOST, "write")
        with pytest.raises(OutcomeUnknown):
            scene.create("r1:listen:0")
        found = scene.connector.find([scene.wanted("r1:listen:0")])
        assert found["push r1:listen:0"] is not None
        assert scene.count_tasks() == 1

    def test_a_refused_token_is_said_so_and_by_check_too(self, scene: Scene) -> None:
        scene.connector.streams(scene.watched)
        scene.refuse_token()
        with pytest.raises(CredentialsRefused):
            scene.read(Kind.ACCOUNT, scene.account.id)
        assert any(not finding.ok for finding in scene.connector.check(scene.watched))

    @pytest.mark.parametrize("trouble", [Trouble.DOWN, Trouble.CUT])
    def test_a_read_that_fails_may_be_tried_again(self, scene: Scene, trouble: Trouble) -> None:
        scene.connector.streams(scene.watched)
        scene.strike(trouble, "read")
        with pytest.raises(Unavailable) as failed:
            scene.read(Kind.ACCOUNT, scene.account.id)
        assert not isinstance(failed.value, OutcomeUnknown)
        self.is_fit_to_be_shown(failed.value, scene)
        assert scene.read(Kind.ACCOUNT, scene.account.id)

    @pytest.mark.parametrize("trouble", [Trouble.DOWN, Trouble.LOST, Trouble.CUT])
    def test_of_a_write_without_an_answer_nothing_is_believed(
        self, scene: Scene, trouble: Trouble
    ) -> None:
        scene.create("r1:listen:0")
        scene.strike(trouble, "write")
        with pytest.raises(OutcomeUnknown) as failed:
            scene.create("r1:apologise:0")
        self.is_fit_to_be_shown(failed.value, scene)
        found = scene.connector.find([scene.wanted("r1:apologise:0")])
        was_done = trouble is not Trouble.DOWN
        assert (found["push r1:apologise:0"] is not None) is was_done
        assert scene.count_tasks() == (2 if was_done else 1)

    @pytest.mark.parametrize("trouble", [Trouble.DOWN, Trouble.LOST])
    def test_a_second_try_of_a_change_does_no_harm(self, scene: Scene, trouble: Trouble) -> None:
        push = scene.fields(scene.account, competitor="Globex")
        scene.connector.streams(scene.watched)
        scene.connector.push([push])
        scene.strike(trouble, "write")
        with pytest.raises(OutcomeUnknown):
            scene.connector.push([push])
        [result] = scene.connector.push([push])
        assert result.settled is Settled.DELIVERED
        [account] = scene.read(Kind.ACCOUNT, scene.account.id)
        assert account.ours[Field.COMPETITOR] == "Globex"

    def test_a_limit_says_until_when(self, scene: Scene) -> None:
        scene.connector.streams(scene.watched)
        scene.read(Kind.ACCOUNT, scene.account.id)
        scene.strike(Trouble.LIMIT, "read")
        asked_at = datetime.now(UTC)
        with pytest.raises(Throttled) as stopped:
            scene.read(Kind.ACCOUNT, scene.account.id)
        assert asked_at < stopped.value.until < asked_at + timedelta(days=1, minutes=5)
        self.is_fit_to_be_shown(stopped.value, scene)

    def test_a_limit_on_writing_leaves_nothing_unknown(self, scene: Scene) -> None:
        scene.create("r1:listen:0")
        scene.strike(Trouble.LIMIT, "write")
        with pytest.raises(Throttled):
            scene.create("r1:apologise:0")
        assert scene.count_tasks() == 1

    def test_a_broken_poll_goes_on_where_it_was(self, scene: Scene) -> None:
        _, cursor = scene.poll(Kind.OPPORTUNITY, None)
        scene.change(scene.opportunity)
        for kind in ("read", "search"):
            scene.strike(Trouble.DOWN, kind)
        with pytest.raises(Unavailable):
            scene.poll(Kind.OPPORTUNITY, cursor)
        pages = self.polled_in_the_end(scene, cursor)
        assert scene.opportunity.id in seen(pages)

    def test_a_refused_token_stops_every_verb(self, scene: Scene) -> None:
        scene.connector.streams(scene.watched)
        scene.refuse_token()
        verbs: list[Callable[[], object]] = [
            lambda: scene.create("r1:listen:0"),
            lambda: scene.connector.find([scene.wanted("r1:listen:0")]),
            lambda: scene.poll(Kind.OPPORTUNITY, None),
        ]
        for verb in verbs:
            with pytest.raises(CredentialsRefused) as refused:
                verb()
            self.is_fit_to_be_shown(refused.value, scene)
        assert scene.count_tasks() == 0

    def test_a_refused_token_is_told_by_examine(self, scene: Scene) -> None:
        scene.refuse_token()
        try:
            told = scene.connector.examine(Question())
        except CredentialsRefused as refused:
            self.is_fit_to_be_shown(refused, scene)
        else:
            assert any(not one.ok for one in told.findings)

    def is_fit_to_be_shown(self, error: Exception, scene: Scene) -> None:
        assert str(error).strip()
        assert scene.secret not in str(error)
        assert "Zoë" not in str(error)
        assert "She said" not in str(error)

    def polled_in_the_end(self, scene: Scene, cursor: Cursor) -> list[Page]:
        """A planned trouble may be left for the other kind of call."""
        try:
            return scene.poll(Kind.OPPORTUNITY, cursor)[0]
        except Unavailable:
            return scene.poll(Kind.OPPORTUNITY, cursor)[0]
