"""Customers whose records the CRM never writes: it answers 500, 503 or not at all (fault
`untaken`). The others go on, and so do those who are lost meanwhile; the calls that are spent on
the former are counted.

Seconds are those that were waited: how fast calls are answered is the machine's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

from connectors.sandbox.world import Clock, Fault
from connectors.transport import READ_SECONDS
from tests import worlds
from tests.integration.jobs.stage import HubSpotStage, Stage
from tests.torture.counting import count_stage
from tests.torture.drills.answers import STAGES, stage_at
from tests.torture.drills.poison import send_again
from tests.torture.place import Place
from tests.torture.toll import Toll
from tests.torture.working import Working, working
from tests.worlds import Lost

FOR_EVER = 1_000_000
GRACE = "20 seconds"  # as both connectors have it, or longer
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

GOOD_WITHIN = 120.0  # seconds from being decided
NEWS_WITHIN = 5.0
PARKED_WITHIN = 15.0  # minutes
SILENT = 180.0  # seconds more for each customer of whom nothing is answered, 30 s a call
CALL = 90.0  # seconds that news may wait longer then: for two rounds that wait for an answer


@dataclass(frozen=True)
class Scene:
    """What the CRM `says` to writes of `bad` customers of so many, "" is nothing at all. They are
    lost `together`, or each between others. A row is tried so often before it is parked."""

    says: str
    bad: int
    good: int
    together: bool = False
    tries: int = 8

    def __str__(self) -> str:
        where = " in a row" if self.together else ""
        return f"{self.bad} x {self.says or 'silence'}{where}"

    @property
    def silent(self) -> int:
        return 0 if self.says else self.bad

    @property
    def company(self) -> str:
        return worlds.COMPANY.replace("[limits]", f"[limits]\nmax_attempts = {self.tries}")


SMALL = {
    "salesforce": (Scene("", 1, 20, tries=3),),
    "hubspot": (Scene("500", 3, 20, tries=4),),
}
FULL = (
    Scene("500", 1, 300),
    Scene("503", 10, 300),
    Scene("500", 50, 300),
    Scene("503", 50, 300, together=True),
    Scene("", 1, 300),
    Scene("", 10, 300),
)


@dataclass
class NeverWritten(Fault):
    """Of every write that names a record. Silence takes its time by the clock that everybody goes
    by; two such calls wait side by side."""

    clock: Clock = field(default_factory=Clock)

    def matches(self, crm: str, kind: str, method: str, path: str, body: bytes) -> bool:
        strikes = super().matches(crm, kind, method, path, body)
        if strikes and self.action == "hang":
            self.clock.advance(READ_SECONDS / 2)
        return strikes


@dataclass
class Bad:
    """The customers of whom nothing is written."""

    stage: Stage
    lost: Sequence[Lost]
    faults: list[NeverWritten]

    @property
    def unanswered(self) -> int:
        """Calls."""
        return sum(FOR_EVER - fault.times for fault in self.faults)

    def is_mended(self) -> None:
        for fault in self.faults:
            self.stage.sandbox.world.faults.remove(fault)


def untaken(place: Place) -> Toll:
    toll = Toll("customers of whom the CRM never writes anything, among good ones")
    for kind in STAGES:
        for scene in place.size.of(SMALL[kind.sandbox_name], FULL):
            with stage_at(place, kind) as (stage, _):
                _play(stage, toll, scene)
                count_stage(toll, stage)
            toll.times += scene.bad
            place.say(toll.times, toll.times)
    return toll


def _play(stage: Stage, toll: Toll, scene: Scene) -> None:
    name = f"{stage.crm}, {scene}"
    bad = _lose(stage, scene)
    good = [lost for lost in stage.lost if lost not in bad.lost]
    with working(stage, grace=GRACE, company=scene.company) as work:
        took = _waited(work, lambda: work.until(lambda: _stand(stage, good), 5 * HOUR))
        toll.hold(f"{name}: good ones in seconds", took, GOOD_WITHIN + SILENT * scene.silent)
        _until_parked(work, toll, scene, name)
        rows = stage.parked()
        toll.figures[f"{name}: rows parked"] = len(rows)
        tries = bad.unanswered / max(len(rows), 1)
        toll.hold(f"{name}: unanswered calls a row", tries, scene.tries)
        said = f"status {scene.says}" if scene.says else "connection broke"
        for row in rows:
            told = (row["reason"], row["sentence"])
            toll.expect(told[0] == "exhausted" and said in told[1], f"{name}: parked as {told}")
        bad.is_mended()
        send_again(stage)
        toll.expect(work.until(work.all_done, HOUR), f"{name}: not at rest once it was mended")


def _until_parked(work: Working, toll: Toll, scene: Scene, name: str) -> None:
    """A customer more is lost each minute."""
    stage, news, healths = work.stage, 0.0, Counter[str]()

    def all_parked() -> bool:
        waits = {state for _, state in stage.states()} - {"delivered", "withdrawn", "parked"}
        if waits:
            healths[stage.health()] += 1
        return not waits

    def live() -> None:
        nonlocal news
        while not all_parked():
            lost = stage.lose()
            work.poll_next()
            news = max(
                news, _waited(work, partial(work.until, partial(_stand, stage, [lost]), HOUR))
            )
            work.until(all_parked, MINUTE)

    minutes = _waited(work, live) / 60
    toll.hold(f"{name}: news in seconds", news, NEWS_WITHIN + (CALL if scene.silent else 0))
    toll.hold(f"{name}: parked in minutes", minutes, PARKED_WITHIN + SILENT / 6 * scene.silent)
    toll.expect(set(healths) == {"yellow"}, f"{name}: health was {dict(healths)}")


def _waited(work: Working, live: Callable[[], object]) -> float:
    """Seconds of the CRM's clock, without those that really went by."""
    clock = work.stage.sandbox.world.clock
    before = clock.now() - datetime.now(UTC)
    live()
    return (clock.now() - datetime.now(UTC) - before).total_seconds()


def _lose(stage: Stage, scene: Scene) -> Bad:
    every = 1 if scene.together else (scene.good + scene.bad) // scene.bad
    stage.lose(scene.good + scene.bad)
    lost = stage.lost[: scene.bad * every : every]
    faults = [
        NeverWritten(
            "status" if scene.says else "hang",
            stage.sandbox_name,
            kind="write",
            within=_named(stage, record),
            times=FOR_EVER,
            status=int(scene.says or 0),
            clock=stage.sandbox.world.clock,
        )
        for one in lost
        for record in (one.account, one.deal)
    ]
    stage.sandbox.world.faults += faults
    return Bad(stage, lost, faults)


def _named(stage: Stage, record: str) -> str:
    """In what is sent. HubSpot's ids are numbers, as others are that go with them."""
    return f'"id": "{record}"' if isinstance(stage, HubSpotStage) else record


def _stand(stage: Stage, good: Sequence[Lost]) -> bool:
    """Their tasks and fields."""
    made = stage.made()
    return all(made[lost.account, task] for lost in good for task in worlds.TASK_KEYS) and all(
        stage.reason(lost, type) == "price"
        for lost in good
        for type in (stage.deal_type, stage.account_type)
    )
