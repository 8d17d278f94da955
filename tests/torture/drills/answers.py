"""Answers that are lost on the way, and rows that are refused (faults 4 and 5)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from integration.once import EXIT_CRM, EXIT_FINE, EXIT_LEFT
from tests import worlds
from tests.integration.jobs.stage import HubSpotStage, SalesforceStage, Stage
from tests.torture.counting import count_stage
from tests.torture.place import Place, Proxied
from tests.torture.toll import Toll

STAGES: tuple[type[Stage], ...] = (SalesforceStage, HubSpotStage)
GRACE = "1 second"
MOST_RUNS = 60
ONE_TASK = worlds.PLAYBOOK.partition('\n[[playbook.task]]\nkey = "apologise"')[0]
OWN_WORDS = {"sales": "inactive user", "hub": "owner"}


@contextmanager
def stage_at(place: Place, kind: type[Stage]) -> Iterator[tuple[Stage, Proxied]]:
    """One CRM behind a proxy, with our fields in it, and an empty store."""
    with place.fresh() as (url, folder), closing(Proxied()) as sandbox:
        # they go by the real clock, and what waits for them by ours
        sandbox.hubspot.search_limit = sandbox.hubspot.burst_limit = None
        stage = kind(sandbox, url, folder)
        stage.provision()
        yield stage, sandbox


def run_to_the_end(stage: Stage, toll: Toll) -> None:
    """Runs as somebody would start them who is told "the CRM is away"."""
    code = EXIT_CRM
    for _ in range(MOST_RUNS):
        code = stage.run(grace=GRACE).exit_code
        if code != EXIT_CRM:
            break
    toll.expect(code == EXIT_FINE, f"{stage.crm}: the last run ended with {code}")


def answers_lost(place: Place) -> Toll:
    share, losses = place.size.of(0.3, 0.05), place.size.of(10, 3_334)
    toll = Toll(f"{share:.0%} of the answers were lost after the CRM had done what was asked")
    for kind in STAGES:
        with stage_at(place, kind) as (stage, sandbox):
            stage.lose(losses)
            proxy = sandbox.proxy(stage.sandbox_name)
            proxy.lose_answers(share, place.seed)
            run_to_the_end(stage, toll)
            toll.times += proxy.answers_lost
            count_stage(toll, stage)
            place.say(toll.times, toll.times)
    return toll


def rows_refused(place: Place) -> Toll:
    """Of the tasks of a batch one is refused, then thirty: their owner has just left."""
    toll = Toll("rows of a batch were refused")
    for count, rows in place.size.of(((10, 30),), ((1, 100), (30, 100))):
        for kind in STAGES:
            with stage_at(place, kind) as (stage, _):
                _refused(stage, count, rows, toll)
    return toll


def _refused(stage: Stage, count: int, rows: int, toll: Toll) -> None:
    gone = stage.new_owner("Gone Person")
    stage.lose(count, owner=gone)
    stage.lose(rows - count)
    stage.sandbox.hubspot.archived_owners_accepted = False
    stage.once_decided = lambda: stage.owner_leaves(gone)
    code = stage.run(grace=GRACE, playbook=ONE_TASK).exit_code
    toll.expect(code == EXIT_LEFT, f"{stage.crm}: {count} refused, and the run said {code}")
    parked = [row["sentence"] for row in stage.parked() if row["kind"] == "task_create"]
    toll.times += len(parked)
    toll.expect(len(parked) == count, f"{stage.crm}: {len(parked)} parked of {count} refused")
    own = OWN_WORDS[stage.crm]
    toll.expect(
        all(own in one for one in parked), f"{stage.crm}: not in its own words: {parked[:1]}"
    )
    made = stage.made()
    toll.lost += sum(made[lost.account, "listen"] == 0 for lost in stage.lost[count:])
    toll.doubled += sum(number - 1 for number in made.values())
    sent_again = [
        entry for entry in stage.sandbox.world.ledger
        if (entry.by, entry.verb, entry.type) == ("api", "update", stage.task_type)
    ]  # fmt: skip
    toll.expect(not sent_again, f"{stage.crm}: {len(sent_again)} good rows were sent again")
