"""The faults of a bad day, drawn by Hypothesis and planned in the sandbox."""

from __future__ import annotations

import threading
from typing import Any, NamedTuple

from hypothesis import strategies as st

from connectors.sandbox.hubspot import canned as hubspot
from connectors.sandbox.salesforce import canned as salesforce
from connectors.sandbox.world import Fault

FOR_EVER = 10_000
"""Until somebody mends it."""

LATE_IN_SECONDS = 0.05

_TASKS = {"salesforce": "sobjects/Task", "hubspot": "/tasks/"}
_STATUSES = {"500": 500, "502": 502, "503": 503, "504": 504}
_UNANSWERED = ("lost", "cut", "late")  # done, and nobody told us: the hardest
_BROKEN = ("reset", "hang", "html", "drip", "partial", *_UNANSWERED * 3)
_CANNED = {"salesforce": tuple(salesforce.ANSWERS), "hubspot": tuple(hubspot.ANSWERS)}
_FAULT = {"salesforce": salesforce.fault, "hubspot": hubspot.fault}
_KINDS = (None, "auth", "read", "search", "write", "write", "write", "other")


class Trouble(NamedTuple):
    """What fails, in which calls (None: in all), after how many good ones, and how often."""

    what: str
    kind: str | None
    skip: int
    times: int

    def fault(self, crm: str) -> Fault:
        match: dict[str, Any] = {"kind": self.kind, "skip": self.skip, "times": self.times}
        if self.what in _STATUSES:
            return Fault("status", crm, status=_STATUSES[self.what], **match)
        if self.what in _CANNED[crm]:
            return _FAULT[crm](self.what, **match)
        if self.what == "late":  # a person may have changed a field before it lands: tasks alone
            match["kind"] = "write"
            return Fault("late", crm, path=_TASKS[crm], seconds=LATE_IN_SECONDS, **match)
        if self.what in _UNANSWERED:
            match["kind"] = "write"
        return Fault(self.what, crm, seconds=0.02, **match)


def troubles(crm: str) -> st.SearchStrategy[Trouble]:
    """Any fault for calls of one CRM."""
    return st.builds(
        Trouble,
        what=st.sampled_from((*_BROKEN, *_STATUSES, *_CANNED[crm])),
        kind=st.sampled_from(_KINDS),
        skip=st.sampled_from((0, 0, 0, 1, 2, 5, 9)),
        times=st.sampled_from((1, 1, 2, 5, FOR_EVER)),
    )


def late_writes_land() -> None:
    """Wait for the writes that a fault has delayed."""
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.join()
