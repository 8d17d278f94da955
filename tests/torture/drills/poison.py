"""What no program should choke on: broken deliveries, texts that no form takes, a record that is
always refused, a rule that fails (fault 13). It is set aside with its reason, the rest goes on."""

from __future__ import annotations

from http import HTTPStatus

from integration.once import EXIT_LEFT
from integration.store import outbox
from integration.store.engine import begin, connect
from tests import worlds
from tests.integration.jobs.stage import Stage
from tests.integration.web import doors
from tests.torture.counting import count_stage
from tests.torture.drills.answers import GRACE, STAGES, stage_at
from tests.torture.place import Place
from tests.torture.toll import Toll

WORDS = (
    "too expensive " * 2_000,
    "too expensive\x00 and \x07\x1b[31m",
    "too expensive 🦄 \U0001f3f3\ufe0f\u200d\U0001f308",
    "too expensive '; DROP TABLE pushes; -- {{ 7 * 7 }} {% for %}",
)
BODIES = (
    b"{",
    b"[" * 10_000,
    b"\x00\xff\xfe",
    b'[{"objectId": "NaN"}]',
    b'[{"objectId": 1e999}]',
    b"[null, 1, []]",
    b'{"a": NaN}',
)
FAILS = """
[[playbook]]
name = "asks what is not there"
when = "loss_value / (wins - wins) > 1"

[[playbook.task]]
key = "never"
subject = "Never"
"""


def poison(place: Place) -> Toll:
    toll = Toll("poison among good records: texts, refusals, a rule that fails, broken deliveries")
    for kind in STAGES:
        with stage_at(place, kind) as (stage, _):
            _among_good_ones(stage, toll, place.size.of(2, 300))
            count_stage(toll, stage)
    _broken_deliveries(place, toll)
    return toll


def _among_good_ones(stage: Stage, toll: Toll, good: int) -> None:
    for words in WORDS:
        stage.lose(1, words=words)
        toll.times += 1
    stage.lose(good)
    gone = stage.new_owner("Gone Person")
    stage.lose(1, owner=gone)
    refused = stage.lost.pop()  # its tasks are nobody's
    stage.sandbox.hubspot.archived_owners_accepted = False
    stage.once_decided = lambda: stage.owner_leaves(gone)
    code = stage.run(grace=GRACE, playbook=FAILS + worlds.PLAYBOOK).exit_code
    toll.expect(code == EXIT_LEFT, f"{stage.crm}: the run with poison said {code}")
    writes = stage.writes()
    for _ in range(2):
        send_again(stage)
        stage.run(grace=GRACE, playbook=FAILS + worlds.PLAYBOOK)
    parked = [row for row in stage.parked() if row["kind"] == "task_create"]
    toll.expect(len(parked) == len(worlds.TASK_KEYS), f"{stage.crm}: {len(parked)} rows parked")
    toll.expect(all(row["sentence"] for row in parked), "parked without a sentence")
    toll.expect(stage.writes() == writes, f"{stage.crm}: sending again wrote something again")
    made = [account for account, _ in stage.made() if account == refused.account]
    toll.expect(not made, f"{stage.crm}: what is refused was made")
    toll.times += 1


def send_again(stage: Stage) -> None:
    """`winback requeue`."""
    engine = connect(stage.url)
    with begin(engine) as connection:
        outbox.requeue(connection, stage.wall())
    engine.dispose()


def _broken_deliveries(place: Place, toll: Toll) -> None:
    with place.fresh() as (url, folder), doors.stage(url, folder) as web:
        for body in BODIES:
            code = web.hubspot(body)
            # acknowledged, as sending it again would not mend it, or refused as what it is
            taken = code == HTTPStatus.NO_CONTENT or 400 <= code < 500
            toll.expect(taken, f"{body[:20]!r} was answered {code}")
            toll.times += 1
        toll.expect(not web.waiting("hub"), "a broken delivery was stored")
        good = b'[{"portalId": 8675309, "objectId": 77, "subscriptionType": "deal.creation"}]'
        toll.expect(web.hubspot(good) == HTTPStatus.NO_CONTENT, "a good delivery was refused")
        toll.lost += not web.waiting("hub")
