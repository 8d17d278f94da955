"""A CRM that does what a test tells it: for how the engine treats rounds, not what is in them."""

# ruff: noqa: ARG002 - the protocol's arguments; nothing is looked up

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta

from connectors.base import Absent, Calls, Connector, Cursor, Page, Push, PushKind, PushResult
from connectors.examination import Examination, Finding, Question
from connectors.stream import Stream
from integration.runtime import Crm, Runtime
from integration.store.engine import connect
from integration.store.identity import Types
from rules.load import load_ruleset
from rules.model import Kind, Ref, Snapshot


class QuietCrm:
    """One stream without records. `polled` runs inside each poll."""

    kind = "salesforce"
    grace = timedelta(0)
    task_type = "Task"
    at_once = 1
    in_doubt = False
    locks_accounts = False

    def __init__(self, name: str, polled: Callable[[], object] = lambda: None) -> None:
        self.name = name
        self.calls = Calls()
        self.polls = 0
        self.most_at_once = 0
        self.pages = 1
        self._polled = polled
        self._inside = 0
        self._count = threading.Lock()

    def streams(self, watched: Sequence[Stream]) -> Sequence[Stream]:
        return [Stream("Account", Kind.ACCOUNT)]

    def changed(self, stream: Stream, cursor: Cursor | None, now: datetime) -> Iterator[Page]:
        with self._count:
            self.polls += 1
            self._inside += 1
            self.most_at_once = max(self.most_at_once, self._inside)
        try:
            for number in range(self.pages):
                self._polled()
                yield Page({"page": number}, history=self.pages > 1)
        finally:
            with self._count:
                self._inside -= 1

    def read(self, stream: Stream, ids: Sequence[str]) -> list[Snapshot]:
        return []

    def absent(self, stream: Stream, ids: Sequence[str]) -> Absent:
        return Absent()

    def batch_limit(self, kind: PushKind) -> int:
        return 200

    def push(self, batch: Sequence[Push]) -> list[PushResult]:
        raise NotImplementedError

    def find(self, creates: Sequence[Push]) -> dict[str, str | None]:
        raise NotImplementedError

    def link(self, ref: Ref) -> str:
        return ""

    def examine(self, question: Question) -> Examination:
        return Examination()

    def check(self, streams: Sequence[Stream]) -> list[Finding]:
        return []

    def provision(self, reasons: Sequence[tuple[str, str]], plan_only: bool) -> list[str]:
        return []


def runtime_of(url: str, *connectors: Connector) -> Runtime:
    """A runtime over an empty store."""
    rules = load_ruleset({"company": {"name": "Acme", "first_day": date(2026, 1, 1)}}, {})
    types = Types(account="Account", contact="Contact")
    crms = {c.name: Crm(c.name, c, rules, types) for c in connectors}
    return Runtime(engine=connect(url), crms=crms)
