"""A worker: takes jobs from the queue until it is told to end, and finishes those it has.

The queue is Procrastinate's. It brings a job back by itself only if somebody asks for it: each
worker sweeps for jobs of workers that show no sign of life. The job of one that is dead, or taken
for dead, is put in the queue anew, under another number: should its worker come back after all,
it cannot end the job of whoever took over.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NoReturn

from procrastinate import App, JobContext, PsycopgConnector, RetryStrategy
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import DeleteJobCondition, Job, Status
from psycopg_pool import PoolTimeout
from sqlalchemy.exc import SQLAlchemyError

from integration.backoff import pause
from integration.engine.door import Wake
from integration.engine.pace import Pace
from integration.engine.queued import TASK, Queued
from integration.engine.rounds import Rounds
from integration.store.engine import libpq_url

QUEUE_CONNECTIONS = 2
"""One for statements, and one that listens."""

CONNECT_WITHIN = 10.0  # seconds

TRIES = RetryStrategy(max_attempts=4, exponential_wait=2)
"""For what nobody foresaw: after 2, 4, 8 and 16 seconds. Then the clock comes again."""

AWAY = (ConnectorException, PoolTimeout, SQLAlchemyError, OSError)

log = logging.getLogger(__name__)


class Worker:
    """Runs up to `at_once` rounds side by side, of as many CRMs."""

    def __init__(
        self,
        url: str,
        rounds: Rounds,
        door: Queued,
        stopping: threading.Event,
        *,
        at_once: int,
        pace: Pace,
    ) -> None:
        self._url = url
        self._rounds = rounds
        self._door = door
        self._stopping = stopping
        self._at_once = at_once
        self._pace = pace
        self._running: dict[int, Job] = {}
        self._told = asyncio.Event()

    def run(self, stop_within: float, leave: Callable[[], NoReturn]) -> None:
        """Work until SIGTERM or Ctrl-C. A round that is still under way `stop_within` seconds
        later has its job given back, and then `leave` ends the process, whose threads cannot be
        ended."""
        asyncio.run(self._live(stop_within, leave))

    async def _live(self, stop_within: float, leave: Callable[[], NoReturn]) -> None:
        loop = asyncio.get_running_loop()
        # one more than rounds: whoever takes a stalled job back must not wait for them
        loop.set_default_executor(ThreadPoolExecutor(self._at_once + 1, "round"))
        for sign in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(sign, self._stop)
        failures = 0
        while not self._told.is_set():
            began = time.monotonic()
            try:
                await self._serve(stop_within, leave)
            except AWAY as error:
                failures = failures + 1 if time.monotonic() - began < 60 else 1
                log.warning("the queue is away (%s); trying again", type(error).__name__)
                await self._told_within(pause(failures).total_seconds())
        if self._running:
            leave()

    def _stop(self) -> None:
        self._stopping.set()
        self._told.set()

    async def _told_within(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._told.wait(), seconds)
        except TimeoutError:
            return

    async def _serve(self, stop_within: float, leave: Callable[[], NoReturn]) -> None:
        """Take jobs until told to end. Raises `AWAY` when the database goes away."""
        app = self._app()
        async with app.open_async():
            working = asyncio.create_task(self._work(app))
            sweeping = asyncio.create_task(self._sweep(app))
            told = asyncio.create_task(self._told.wait())
            try:
                await asyncio.wait({working, told}, return_when=asyncio.FIRST_COMPLETED)
                if not self._told.is_set():
                    working.result()  # raises what ended it
                    raise OSError("the queue's connection is lost")
                working.cancel()  # which lets it finish what it has
                await asyncio.wait({working}, timeout=stop_within)
                if self._running:
                    await self._give_back(app)
                    leave()
            finally:
                for task in (sweeping, told):
                    task.cancel()

    async def _work(self, app: App) -> None:
        await app.run_worker_async(
            queues=[TASK],
            concurrency=self._at_once,
            install_signal_handlers=False,
            fetch_job_polling_interval=self._pace.fetch_every,
            update_heartbeat_interval=self._pace.heartbeat,
            stalled_worker_timeout=self._pace.stalled_after,
            delete_jobs=DeleteJobCondition.ALWAYS,
        )

    def _app(self) -> App:
        connector = PsycopgConnector(
            conninfo=libpq_url(self._url),
            min_size=1,
            max_size=QUEUE_CONNECTIONS - 1,
            timeout=CONNECT_WITHIN,
            kwargs={"connect_timeout": int(CONNECT_WITHIN)},
        )
        app = App(connector=connector)

        @app.task(name=TASK, queue=TASK, pass_context=True, retry=TRIES)
        def one_round(context: JobContext, crm: str, kind: str) -> None:
            job = context.job
            self._running[job.id or 0] = job
            try:
                self._rounds.do(crm, Wake(kind))
            finally:
                del self._running[job.id or 0]

        return app

    async def _sweep(self, app: App) -> None:
        while True:
            try:
                await asyncio.to_thread(self._rounds.show)
                await asyncio.sleep(self._pace.sweep_every)
                stalled = await app.job_manager.get_stalled_jobs(
                    queue=TASK, seconds_since_heartbeat=self._pace.stalled_after
                )
                for job in stalled:
                    await self._put_anew(app, job)
            except AWAY as error:  # another worker was faster, or the database is away
                log.debug("stalled jobs are left for the next sweep (%s)", type(error).__name__)
                await asyncio.sleep(self._pace.sweep_every)

    async def _put_anew(self, app: App, job: Job) -> None:
        """First the new one, which waits for the lock of the old one."""
        crm, kind = str(job.task_kwargs["crm"]), Wake(str(job.task_kwargs["kind"]))
        await asyncio.to_thread(self._door.wake, crm, kind)
        await app.job_manager.finish_job(job, Status.ABORTED, delete_job=True)
        log.warning("a %s of %s was left by a worker that stalled: taken over", kind, crm)

    async def _give_back(self, app: App) -> None:
        for job in list(self._running.values()):
            try:
                await self._put_anew(app, job)
            except AWAY as error:
                log.warning("a job could not be given back (%s)", type(error).__name__)
