"""The Prometheus text of /metrics, version 0.0.4: a few gauges need no library.

All of it comes out of the store, so that every process of an installation tells the same.
`docs/metrics.md` lists the series, with what to be alarmed by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from integration.store.vitals import Installation, Vitals
from integration.version import VERSION

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
PREFIX = "winback_"
HEALTHS = ("green", "yellow", "red", "unknown")

Sample = tuple[Mapping[str, str], float]


@dataclass(frozen=True, slots=True)
class Scrape:
    """What the samples are made of. `installation` is None when the database is away."""

    installation: Installation | None
    workers: int
    now: datetime

    @property
    def crms(self) -> Sequence[Vitals]:
        return self.installation.crms if self.installation is not None else ()

    def age(self, at: datetime | None) -> Iterator[float]:
        """Seconds; nothing of what never happened."""
        if at is not None:
            yield max((self.now - at).total_seconds(), 0.0)


Samples = Callable[[Scrape], Iterable[Sample]]


@dataclass(frozen=True, slots=True)
class Series:
    """One gauge: its name without the prefix, its labels, and where its samples come from."""

    name: str
    explained: str
    samples: Samples
    labels: tuple[str, ...] = ()

    def lines(self, scrape: Scrape) -> Iterator[str]:
        yield f"# HELP {PREFIX}{self.name} {self.explained}"
        yield f"# TYPE {PREFIX}{self.name} gauge"
        for labels, value in self.samples(scrape):
            spelt = ",".join(f'{name}="{_escaped(labels[name])}"' for name in self.labels)
            yield f"{PREFIX}{self.name}{f'{{{spelt}}}' if spelt else ''} {value:.15g}"


def _of_installation(value: Callable[[Scrape, Installation], Iterable[float]]) -> Samples:
    return lambda s: (
        ({}, float(one)) for found in [s.installation] if found for one in value(s, found)
    )


def _of_crm(value: Callable[[Vitals, Scrape], Iterable[float]]) -> Samples:
    return lambda s: (({"crm": crm.crm}, float(one)) for crm in s.crms for one in value(crm, s))


def _by(label: str, counts: Callable[[Vitals], Mapping[str, int]]) -> Samples:
    return lambda s: (
        ({"crm": crm.crm, label: name}, float(number))
        for crm in s.crms
        for name, number in sorted(counts(crm).items())
    )


def _pushes(scrape: Scrape) -> Iterator[Sample]:
    for crm in scrape.crms:
        for (kind, state), number in sorted(crm.pushes.items()):
            yield {"crm": crm.crm, "kind": kind, "state": state}, float(number)


def _healths(scrape: Scrape) -> Iterator[Sample]:
    for crm in scrape.crms:
        for health in HEALTHS:
            yield {"crm": crm.crm, "health": health}, float(crm.health == health)


def _delivered(scrape: Scrape) -> Iterator[Sample]:
    for crm in scrape.crms:
        for one in crm.deliveries:
            for age in scrape.age(one.accepted_at):
                yield {"crm": crm.crm, "channel": one.channel}, age


def _refused(scrape: Scrape) -> Iterator[Sample]:
    for crm in scrape.crms:
        for one in crm.deliveries:
            for age in scrape.age(one.refused_at):
                yield {"crm": crm.crm, "channel": one.channel}, age


SERIES = (
    Series(
        "info",
        "Always 1; the version of winback and the number of the rules in force.",
        lambda s: [({"version": VERSION, "revision": _revision(s.installation)}, 1.0)],
        ("version", "revision"),
    ),
    Series(
        "database_up",
        "1 when the database answers; without it only this and info are told.",
        lambda s: [({}, float(s.installation is not None))],
    ),
    Series(
        "clock_lag_seconds",
        "Since the clock last ticked; it does every ten seconds.",
        _of_installation(lambda s, found: s.age(found.ticked_at)),
    ),
    Series(
        "workers",
        "Processes that showed in the last 30 seconds that they do the work.",
        _of_installation(lambda s, _: [s.workers]),
    ),
    Series("crm_health", "1 for the state that the CRM is in.", _healths, ("crm", "health")),
    Series(
        "crm_failures",
        "Rounds in a row that the CRM, one of its limits, or the way to it made fail.",
        _of_crm(lambda crm, _: [crm.failures]),
        ("crm",),
    ),
    Series(
        "crm_faults",
        "Rounds in a row that failed inside winback.",
        _of_crm(lambda crm, _: [crm.faults]),
        ("crm",),
    ),
    Series(
        "crm_paused",
        "1 while a person has paused the CRM.",
        _of_crm(lambda crm, _: [crm.paused]),
        ("crm",),
    ),
    Series(
        "crm_dry_run",
        "1 while nothing is written into the CRM.",
        _of_crm(lambda crm, _: [crm.dry_run]),
        ("crm",),
    ),
    Series(
        "crm_pilot",
        "1 while a person has switched the CRM to a pilot.",
        _of_crm(lambda crm, _: [crm.pilot]),
        ("crm",),
    ),
    Series(
        "storm_brake",
        "1 while the storm brake holds new losses.",
        _of_crm(lambda crm, _: [crm.storm_since is not None]),
        ("crm",),
    ),
    Series(
        "last_poll_age_seconds",
        "Since the last poll that went through all record types.",
        _of_crm(lambda crm, s: s.age(crm.polled_at)),
        ("crm",),
    ),
    Series(
        "last_delivery_age_seconds",
        "Since a push channel of the CRM last brought something.",
        _delivered,
        ("crm", "channel"),
    ),
    Series(
        "last_refusal_age_seconds",
        "Since something that a push channel brought was last refused.",
        _refused,
        ("crm", "channel"),
    ),
    Series(
        "signals_waiting",
        "Records that were named and not yet looked at.",
        _of_crm(lambda crm, _: [crm.signals]),
        ("crm",),
    ),
    Series(
        "customers_to_decide",
        "Customers whose records changed since they were decided.",
        _of_crm(lambda crm, _: [crm.to_decide]),
        ("crm",),
    ),
    Series("pushes", "Rows of the outbox by kind and state.", _pushes, ("crm", "kind", "state")),
    Series(
        "pushes_held",
        "Rows that wait to be let go, by what holds them.",
        _by("by", lambda crm: crm.held),
        ("crm", "by"),
    ),
    Series(
        "pushes_parked",
        "Rows that were set aside for a person, by the reason.",
        _by("reason", lambda crm: crm.parked),
        ("crm", "reason"),
    ),
    Series(
        "oldest_due_age_seconds",
        "Since the oldest row that is on its way was made.",
        _of_crm(lambda crm, s: s.age(crm.oldest_due_at)),
        ("crm",),
    ),
    Series(
        "calls_made",
        "API calls of the CRM's day so far, by all processes, without log-ins.",
        _of_crm(lambda crm, s: [crm.spending.spent(s.now)] if crm.spending else []),
        ("crm",),
    ),
    Series(
        "calls_share",
        "API calls that winback may make in the CRM's day (daily_share).",
        _of_crm(lambda crm, _: [crm.spending.share] if crm.spending else []),
        ("crm",),
    ),
)


def exposition(installation: Installation | None, workers: int, now: datetime) -> str:
    """All figures; without a database only those of the process itself."""
    scrape = Scrape(installation, workers, now)
    return "\n".join(line for series in SERIES for line in series.lines(scrape)) + "\n"


def _revision(installation: Installation | None) -> str:
    number = installation.revision if installation is not None else None
    return "" if number is None else str(number)


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
