"""Two calls are under way at once, but in Salesforce never with rows of one account in both."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from connectors.base import Connector, Push, PushResult
from integration.once import once
from tests import worlds
from tests.integration.jobs.stage import HubSpotStage, SalesforceStage, Stage


class Watched:
    """A connector whose calls take until two have been under way at once, or `patience` is over."""

    def __init__(self, connector: Connector, patience: float) -> None:
        self._connector = connector
        self._patience = patience
        self._changed = threading.Condition()
        self._under_way: list[set[str]] = []
        self.most = 0
        self.shared: set[str] = set()  # accounts with rows in two calls at once

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connector, name)

    def push(self, batch: Sequence[Push]) -> list[PushResult]:
        accounts = {_account(push) for push in batch}
        with self._changed:
            for others in self._under_way:
                self.shared |= accounts & others
            self._under_way.append(accounts)
            self.most = max(self.most, len(self._under_way))
            self._changed.notify_all()
            self._changed.wait_for(lambda: self.most > 1, self._patience)
        try:
            return self._connector.push(batch)
        finally:
            with self._changed:
                self._under_way.remove(accounts)


def _account(push: Push) -> str:
    if push.task is not None:
        return push.task.account_id or ""
    return push.account_id or (push.ref.id if push.ref else "")


def _watched_run(stage: Stage, *, patience: float) -> Watched:
    with worlds.runtime(stage.url, stage.config()) as parts:
        part = parts.crms[stage.crm]
        watched = Watched(part.connector, patience)
        parts.crms = {stage.crm: replace(part, connector=watched)}
        assert once(parts, as_of="now").exit_code == 0
    assert stage.made() == stage.wanted()
    return watched


def test_hubspot_gets_two_calls_at_once(hubspot: HubSpotStage) -> None:
    hubspot.lose(40)  # two batches of tasks, and one of fields for each record type
    assert _watched_run(hubspot, patience=20).most == 2


def test_salesforce_gets_the_rows_of_an_account_in_one_call_at_a_time(
    salesforce: SalesforceStage,
) -> None:
    salesforce.lose(40)  # every account has rows in each of the three calls
    watched = _watched_run(salesforce, patience=0.3)
    assert (watched.most, watched.shared) == (1, set())


def test_salesforce_gets_two_calls_at_once_for_different_accounts(
    salesforce: SalesforceStage,
) -> None:
    salesforce.lose(201)  # 603 tasks: the last account's three are a batch of their own
    watched = _watched_run(salesforce, patience=0.3)
    assert (watched.most, watched.shared) == (2, set())
