"""Who was pushed before any poll met their account is known before they are decided."""

from __future__ import annotations

from integration.jobs.cycle import run_round
from integration.store import inbox
from integration.store.engine import begin, connect
from rules.model import Kind, Ref, Snapshot
from tests import worlds
from tests.integration.jobs.stage import Stage
from tests.worlds import Lost

HIDDEN = {"sales": "001HiddenFromUs", "hub": "987654"}


def heard_of(stage: Stage, *losses: Lost) -> None:
    """By webhook, and of the deal alone."""
    engine = connect(stage.url)
    with begin(engine) as connection:
        refs = [Ref(stage.deal_type, lost.deal) for lost in losses]
        inbox.store_hints(connection, stage.crm, refs=refs, now=stage.wall())
    engine.dispose()


def one_round(stage: Stage) -> None:
    config = stage.config(grace="1 second")
    with worlds.runtime(stage.url, config, wall=stage.wall) as process:
        run_round(process, stage.crm, polled=True)


def test_a_lost_deal_of_an_account_that_nobody_read_yet(stage: Stage) -> None:
    stage.run(grace="1 second")  # first contact
    lost = stage.lose()
    heard_of(stage, lost)
    one_round(stage)
    assert stage.made() == stage.wanted()
    assert stage.reason(lost) == "price"


def test_an_account_that_the_crm_does_not_show_is_asked_for_once(stage: Stage) -> None:
    stage.run(grace="1 second")
    config = stage.config(grace="1 second")
    with worlds.runtime(stage.url, config, wall=stage.wall) as process:
        read = []
        for number in range(3):
            deal = Ref(stage.deal_type, f"{number}")
            told = Snapshot(deal, Kind.OPPORTUNITY, account_id=HIDDEN[stage.crm])
            with begin(process.engine) as connection:
                inbox.store(connection, stage.crm, snapshots=[told], now=stage.wall())
            before = stage.calls("read") + stage.calls("search")
            run_round(process, stage.crm, polled=True)
            read.append(stage.calls("read") + stage.calls("search") - before)
        assert read[0]
        assert read[1:] == [0, 0]
