"""The store upgraded from each past revision while a past release takes webhooks (fault 15): none
is refused, and what was acknowledged is stored."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from integration.store.engine import LOCK_WITHIN, upgrade
from tests.integration.store.past_release import Callers, PastRelease, revisions
from tests.torture.place import Place
from tests.torture.toll import Toll


def upgraded_under_load(place: Place) -> Toll:
    callers, rows = place.size.of(2, 16), place.size.of(10, 2_000)
    seconds = place.size.of(0.0, 3.0)  # of load before and after each
    toll = Toll(f"the store was upgraded under {callers} callers, {rows} rows in each table")
    slowest = 0.0
    for revision in revisions():
        with _release(place, revision) as past:
            past.fill(range(rows))
            with Callers(past, callers) as load:
                time.sleep(seconds)
                upgrade(past.url)
                time.sleep(seconds)
            toll.lost += len(load.acknowledged - past.taken())
            toll.expect(not load.failed, f"from {revision}: refused, {load.failed[:1]}")
            slowest = max(slowest, load.slowest)
        toll.times += 1
        place.say(toll.times, len(revisions()))
    # a change that finds its table in use gives up after a while, and lets all others through
    toll.hold("slowest webhook in seconds", slowest, 2 * LOCK_WITHIN * place.size.patience)
    return toll


@contextmanager
def _release(place: Place, revision: str) -> Iterator[PastRelease]:
    """A release of the past on a database of its own."""
    name = f"release_{revision}"
    if place.postgres is None:
        url = f"sqlite:///{place.folder / name}.db"
    else:
        url = place.postgres.create(name)
    past = PastRelease(url, revision)
    try:
        yield past
    finally:
        past.close()
        if place.postgres is not None:
            place.postgres.drop(name)
