"""A replay over all customers of the store, in several processes where there are many."""

from __future__ import annotations

import gc
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Engine

from integration.replaying.counts import Counts
from integration.replaying.slices import Slice, slices
from integration.replaying.spool import Spool
from integration.replaying.worker import Job, Replayed, Worker
from integration.runtime import Progress
from integration.store.engine import reading

ALONE = 2_000
"""So few customers are replayed before another process has even started."""


@dataclass(slots=True)
class Whole:
    """What came of a replay: counts by rule file, in the order of the job's texts."""

    counts: tuple[Counts, ...]
    differences: Spool
    customers: int = 0
    failed: int = 0

    def take(self, part: Replayed) -> None:
        for mine, more in zip(self.counts, part.counts, strict=True):
            mine.merge(more)
        self.customers += part.customers
        self.failed += part.failed
        for difference in part.differences:
            self.differences.append(difference)


def replay(
    job: Job,
    engine: Engine,
    crms: Sequence[str],
    progress: Progress,
    processes: int,
    *,
    alone: int = ALONE,
) -> Whole:
    """Memory stays flat: customers come in slices, and the differences lie in a file. Up to
    `alone` customers are replayed in this process."""
    with reading(engine) as connection:
        todo = [one for crm in crms for one in slices(connection, crm)]
    total = {crm: sum(one.customers for one in todo if one.crm == crm) for crm in crms}
    done = dict.fromkeys(crms, 0)
    whole = Whole(tuple(Counts() for _ in job.texts), Spool())
    if sum(total.values()) <= alone:
        processes = 1
    with _replayed(job, todo, processes) as parts:
        for one, part in zip(todo, parts, strict=True):
            whole.take(part)
            done[one.crm] += one.customers
            progress.step(one.crm, "customers replayed", done[one.crm], total[one.crm])
    return whole


@contextmanager
def _replayed(job: Job, todo: Sequence[Slice], processes: int) -> Iterator[Iterator[Replayed]]:
    """The slices' results in their order."""
    if processes < 2:
        worker = Worker(job)
        try:
            yield map(worker.replay, todo)
        finally:
            worker.close()
        return
    context = multiprocessing.get_context("spawn")  # a forked process would share connections
    with ProcessPoolExecutor(processes, context, partial(_begin, job)) as pool:
        try:
            yield pool.map(_replay, todo)
        finally:
            pool.shutdown(cancel_futures=True)


_worker: Worker | None = None
"""Of this process; only ever set in a process that was started for a replay."""


def _begin(job: Job) -> None:
    global _worker  # noqa: PLW0603 - a pool hands its processes nothing else
    _worker = Worker(job)
    gc.freeze()  # nothing so far becomes garbage, and what comes holds no circles to look for
    gc.set_threshold(50_000, 20, 50)


def _replay(one: Slice) -> Replayed:
    assert _worker is not None  # noqa: S101 - the pool has called _begin
    return _worker.replay(one)
