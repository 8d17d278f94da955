"""Limits met, a CRM that is away for minutes, and tokens that end (faults 6 and 14)."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus

from connectors.sandbox.hubspot import canned
from connectors.sandbox.world import Fault
from connectors.together import AT_ONCE
from integration.once import once
from tests import worlds
from tests.e2e.grown_up import eventually, idle
from tests.integration.jobs.stage import HubSpotStage, SalesforceStage, Stage
from tests.torture.counting import count_scene, count_stage
from tests.torture.drills.answers import STAGES, stage_at
from tests.torture.drills.kills import NO_MORE_THAN, crew_at, scene_of
from tests.torture.place import Place, Proxied
from tests.torture.toll import Toll
from tests.torture.working import GRACE, Working, working
from tests.worlds import TASK_KEYS

FOR_EVER = 1_000_000
MINUTE, TEN_MINUTES = timedelta(minutes=1), timedelta(minutes=10)
HOUR, DAY = timedelta(hours=1), timedelta(hours=25)
BACK_WITHIN = 15.0  # seconds
CALLS_A_DAY = 250  # of the company's: a fifth is ours
REFUSED_SHARE = 0.01
BURST = 40
MOST_A_MINUTE = 70
"""Calls while every answer is 429: one a second. Where a connector names the instant up to which
to wait, it does so by the real clock, which stands still beside ours."""

COUNTED = ("read", "search", "write", "other")
WORKERS = 4


def calls(stage: Stage, *kinds: str) -> int:
    return sum(stage.calls(kind) for kind in kinds or (*COUNTED, "auth"))


def limits_met(place: Place) -> Toll:
    toll = Toll("minutes of 503 and of 429 to every call; a day's calls used up")
    losses = place.size.of(3, 100)
    for kind in STAGES:
        with stage_at(place, kind) as (stage, sandbox):
            with working(stage) as work:
                toll.expect(work.until(work.all_done, HOUR), f"{stage.crm}: never at rest")
                for fault in _storms(stage):
                    stage.lose(losses)
                    _storm(work, toll, fault, place.size.of(MINUTE, TEN_MINUTES))
            if place.size == "full" and stage.crm == "hub":
                _bursts(stage, sandbox, toll)
            count_stage(toll, stage)
            proxy = sandbox.proxy(stage.sandbox_name)
            toll.figures[f"{stage.crm}: answered 429"] = proxy.answers[429]
    for kind in STAGES:
        with stage_at(place, kind) as (stage, _):
            _day_used_up(stage, toll, place.size.of(6, 400))
            count_stage(toll, stage)
    return toll


def _storms(stage: Stage) -> list[Fault]:
    away = Fault("status", crm=stage.sandbox_name, status=503, times=FOR_EVER)
    if isinstance(stage, HubSpotStage):
        return [away, canned.fault("burst", times=FOR_EVER)]
    return [away]


def _storm(work: Working, toll: Toll, fault: Fault, how_long: timedelta) -> None:
    """For so long every call is answered so; then new work has to be in the CRM soon."""
    stage, before = work.stage, calls(work.stage)
    faults, clock = stage.sandbox.world.faults, stage.sandbox.world.clock
    faults.append(fault)
    work.for_(how_long)
    made = calls(stage) - before
    faults.clear()
    over, worked = clock.now(), calls(stage, "read", "search")
    toll.expect(
        work.until(lambda: calls(stage, "read", "search") > worked, HOUR),
        f"{stage.crm}: it did not come back after {fault.status}",
    )
    name = f"{stage.crm}, {fault.status}"
    toll.hold(f"{name}: back in seconds", (clock.now() - over).total_seconds(), BACK_WITHIN)
    toll.hold(f"{name}: calls a minute meanwhile", made / (how_long / MINUTE), MOST_A_MINUTE)
    toll.expect(work.until(work.all_done, HOUR), f"{stage.crm}: not at rest after {fault.status}")
    toll.times += 1


def _bursts(stage: Stage, sandbox: Proxied, toll: Toll) -> None:
    """As fast as the portal allows, by real clocks: hardly a call is answered 429."""
    portal, proxy = sandbox.hubspot, sandbox.proxy("hubspot")
    portal.burst_limit, portal.search_limit = BURST, 5
    stage.lose(1_000)
    before, refused = calls(stage), proxy.answers[HTTPStatus.TOO_MANY_REQUESTS]
    with worlds.runtime(stage.url, stage.config(grace=GRACE), paced=True) as parts:
        once(parts, as_of=parts.now().isoformat())
    made = calls(stage) - before
    refused = proxy.answers[HTTPStatus.TOO_MANY_REQUESTS] - refused
    # what a process that has heard of no limit yet has under way meets it together
    refused_later = max(refused - AT_ONCE, 0)
    toll.hold("part of calls answered 429 after the first", refused_later / made, REFUSED_SHARE)
    toll.times += 1


def _day_used_up(stage: Stage, toll: Toll, losses: int) -> None:
    """Our part of the company's day is kept to, day after day, until all is done."""
    sandbox = stage.sandbox
    sandbox.salesforce.daily_limit = sandbox.hubspot.daily_limit = CALLS_A_DAY
    share = CALLS_A_DAY // 5
    set_up = calls(stage, *COUNTED)
    stage.lose(losses)
    with working(stage, poll_every=HOUR) as work:
        for day in range(1, 30):
            work.for_(DAY)
            made = calls(stage, *COUNTED) - set_up
            # those hours are of two of the CRM's days
            toll.hold(f"{stage.crm}: calls of {day} days", made, share * (day + 1))
            sandbox.salesforce.calls_used = 0
            if work.all_done():
                break
    toll.times += 1


# ---- tokens


def tokens_end(place: Place) -> Toll:
    toll = Toll("the token ended in mid-batch; the grant was revoked for an hour")
    times = place.size.of(1, 20)
    for kind in STAGES:
        with stage_at(place, kind) as (stage, _):
            if isinstance(stage, SalesforceStage):
                for _ in range(times):
                    _expires(place, stage, toll, place.size.of(10, 70))
            _revoked(stage, toll)
            count_stage(toll, stage)
    if place.store == "postgres":
        _four_workers(place, toll, times)
    return toll


def _expires(place: Place, stage: Stage, toll: Toll, losses: int) -> None:
    """On PostgreSQL a run begins with the token of whoever worked before."""
    stage.lose(losses)
    stage.once_decided = stage.sandbox.salesforce.sessions.expire_all
    before = stage.calls("auth")
    code = stage.run(grace=GRACE).exit_code
    toll.expect(code == 0, f"{stage.crm}: an expired token ended the run with {code}")
    begun_with = 0 if place.store == "postgres" else 1
    log_ins = stage.calls("auth") - before
    toll.expect(log_ins == begun_with + 1, f"{stage.crm}: {log_ins} log-ins, and not one refresh")
    toll.times += 1


def _revoked(stage: Stage, toll: Toll) -> None:
    name = stage.sandbox_name
    refusal: object = [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}]
    if isinstance(stage, HubSpotStage):
        refusal = {"status": "error", "category": "INVALID_AUTHENTICATION", "message": "no"}
    stage.lose(2)
    with working(stage) as work:
        work.until(lambda: True, HOUR)
        faults = stage.sandbox.world.faults
        faults.append(
            Fault(
                "status",
                name,
                kind="auth",
                status=400,
                times=FOR_EVER,
                body={"error": "invalid_grant"},
            )
        )
        for kind in COUNTED:
            faults.append(
                Fault("status", name, kind=kind, status=401, times=FOR_EVER, body=refusal)
            )
        stage.lose(2)
        work.for_(timedelta(minutes=2))
        before = calls(stage)
        work.for_(HOUR)
        toll.hold(f"{stage.crm}: calls in an hour of a revoked grant", calls(stage) - before, 60)
        toll.expect(
            stage.health() == "red", f"{stage.crm}: revoked, and health is {stage.health()}"
        )
        faults.clear()
        toll.expect(work.until(work.all_done, HOUR), f"{stage.crm}: it did not come back")
    toll.times += 1


def _four_workers(place: Place, toll: Toll, times: int) -> None:
    """They share a token. When it ends, one of them asks for the next one."""
    with scene_of(place, latency=0.01) as scene, crew_at(place, scene) as crew:
        scene.lose(10, 10)
        for _ in range(WORKERS):
            crew.worker()
        crew.clock()
        eventually(lambda: idle(crew), NO_MORE_THAN)
        counted = scene.sandbox.world.calls
        for _ in range(times):
            before = counted["salesforce", "auth"]
            scene.sandbox.salesforce.sessions.expire_all()
            scene.lose(10, 0)
            wanted = len(TASK_KEYS) * len(scene.sales)
            org = scene.sandbox.salesforce
            eventually(lambda: len(org.all("Task")) >= wanted, NO_MORE_THAN)  # noqa: B023
            eventually(lambda: idle(crew), NO_MORE_THAN)
            refreshes = counted["salesforce", "auth"] - before
            toll.expect(refreshes == 1, f"{refreshes} refreshes by four workers, and not one")
            toll.times += 1
        count_scene(toll, scene)
