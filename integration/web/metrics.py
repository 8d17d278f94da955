"""The Prometheus text of /metrics, version 0.0.4: a dozen figures need no library."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from connectors.base import Calls
from integration.store.vitals import Vitals

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
HEALTHS = ("green", "yellow", "red", "unknown")

Sample = tuple[Mapping[str, str], float]


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure with its samples, one for each set of labels."""

    name: str
    explained: str
    samples: Sequence[Sample]
    type: str = "gauge"

    def lines(self) -> Iterable[str]:
        yield f"# HELP winback_{self.name} {self.explained}"
        yield f"# TYPE winback_{self.name} {self.type}"
        for labels, value in self.samples:
            spelt = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
            braces = f"{{{spelt}}}" if spelt else ""
            yield f"winback_{self.name}{braces} {value:.15g}"


def exposition(crms: Sequence[Vitals] | None, calls: Mapping[str, Calls], now: datetime) -> str:
    """All figures; without a database only those of the process itself."""
    metrics = [
        Metric("database_up", "1 when the database answers.", [({}, float(crms is not None))]),
        Metric(
            "api_calls_total",
            "API calls by this process, by kind.",
            _calls(calls),
            type="counter",
        ),
        *_of_crms(crms or (), now),
    ]
    return "\n".join(line for metric in metrics for line in metric.lines()) + "\n"


def _calls(calls: Mapping[str, Calls]) -> list[Sample]:
    return [
        ({"crm": crm, "kind": kind.name}, getattr(made, kind.name))
        for crm, made in calls.items()
        for kind in fields(made)
    ]


def _of_crms(crms: Sequence[Vitals], now: datetime) -> list[Metric]:
    return [
        Metric(
            "pushes",
            "Rows of the outbox by kind and state.",
            [
                ({"crm": v.crm, "kind": kind, "state": state}, count)
                for v in crms
                for (kind, state), count in sorted(v.pushes.items())
            ],
        ),
        Metric(
            "customers_to_decide",
            "Customers whose records changed since they were decided.",
            [({"crm": v.crm}, v.to_decide) for v in crms],
        ),
        Metric(
            "signals_waiting",
            "Records that were named and not yet looked at.",
            [({"crm": v.crm}, v.signals) for v in crms],
        ),
        Metric(
            "calls_made",
            "API calls of the CRM's day so far, by all processes, without log-ins.",
            [({"crm": v.crm}, v.calls_made) for v in crms if v.calls_made is not None],
        ),
        Metric(
            "crm_health",
            "1 for the state that the CRM is in.",
            [
                ({"crm": v.crm, "health": health}, float(v.health == health))
                for v in crms
                for health in HEALTHS
            ],
        ),
        Metric(
            "crm_paused",
            "1 while the CRM is paused.",
            [({"crm": v.crm}, float(v.paused)) for v in crms],
        ),
        Metric(
            "storm_brake",
            "1 while the storm brake holds new losses.",
            [({"crm": v.crm}, float(v.storm_since is not None)) for v in crms],
        ),
        Metric(
            "last_poll_age_seconds",
            "Since the last poll that went through all record types.",
            _ages([(v.crm, v.polled_at) for v in crms], now),
        ),
        Metric(
            "oldest_due_age_seconds",
            "Since the oldest row that is on its way was made.",
            _ages([(v.crm, v.oldest_due_at) for v in crms], now),
        ),
    ]


def _ages(instants: Iterable[tuple[str, datetime | None]], now: datetime) -> list[Sample]:
    return [
        ({"crm": crm}, max((now - at).total_seconds(), 0.0))
        for crm, at in instants
        if at is not None
    ]


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
