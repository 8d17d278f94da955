"""Deliveries into the inbox: when `store` returns they are committed, and may be acknowledged.

On PostgreSQL every delivery has a transaction of its own. SQLite has one writer at a time and a
durable commit each costs it most of its speed, so that there one thread commits what many
requests brought meanwhile together (measured: 700 against 3,200 deliveries a second).
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, Engine

from connectors.deliveries import Delivery
from integration.engine.door import Door, Wake
from integration.store import deliveries, inbox, suppressions, task_readings
from integration.store.deliveries import Arrival
from integration.store.engine import begin
from integration.web.gathering import Gathering
from rules.model import Ref

PATIENCE_IN_SECONDS = 4.5
"""HubSpot gives a delivery up after 5: whoever waits longer keeps a thread for nobody."""

MOST_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Received:
    """A delivery of one CRM. `arrival` is its note for the store, where it is due one, `name` what
    the log calls it."""

    crm: str
    task_type: str
    delivery: Delivery
    arrival: Arrival | None = None
    name: str | None = None


class Storing(Protocol):
    def store(self, received: Received) -> None:
        """Returns after the commit. Raises SQLAlchemyError or TimeoutError when it is not
        certain that the delivery is stored."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class Inbox:
    """Where deliveries go, and who is woken for them."""

    engine: Engine
    door: Door
    wall: Callable[[], datetime]
    gathering: Gathering = field(default_factory=Gathering)

    def commit(self, all_received: Sequence[Received]) -> None:
        """In one transaction; each CRM is woken once."""
        now = self.wall()
        with begin(self.engine) as connection:
            for crm, refs, erased in _by_crm(connection, all_received):
                for person in sorted(erased):
                    suppressions.ask(connection, crm, person.id, now)
                told_by = _told_by(all_received, crm)
                if inbox.store_hints(
                    connection, crm, refs=refs, erased=erased, now=now, told_by=told_by
                ):
                    at = self.gathering.round_at(crm, now)
                    self.door.wake(crm, Wake.DRAIN, at=at, connection=connection)
            deliveries.note(connection, (one.arrival for one in all_received if one.arrival))


def _by_crm(
    connection: Connection, all_received: Sequence[Received]
) -> Iterator[tuple[str, set[Ref], set[Ref]]]:
    """What is named for each CRM, once; of the company's tasks only those that we made."""
    for crm, task_type in sorted({(one.crm, one.task_type) for one in all_received}):
        told = [one.delivery for one in all_received if one.crm == crm]
        refs = {ref for delivery in told for ref in delivery.refs}
        erased = {ref for delivery in told for ref in delivery.erased}
        tasks = [ref.id for ref in refs if ref.type == task_type]
        ours = task_readings.known_tasks(connection, crm, tasks) if tasks else set()
        wanted = {ref for ref in refs if ref.type != task_type or ref.id in ours}
        yield crm, wanted - erased, erased


def _told_by(all_received: Sequence[Received], crm: str) -> dict[Ref, str]:
    return {
        ref: one.name
        for one in all_received
        if one.crm == crm and one.name is not None
        for ref in (*one.delivery.refs, *one.delivery.erased)
    }


class OneByOne:
    """A transaction for each delivery, in a thread apart: a database that fell silent, or locks its
    tables, keeps that one, and whoever brought the delivery hears of it in time."""

    def __init__(self, inbox: Inbox, patience: float = PATIENCE_IN_SECONDS) -> None:
        self._inbox = inbox
        self._patience = patience
        self._threads = ThreadPoolExecutor(thread_name_prefix="deliveries")

    def store(self, received: Received) -> None:
        committed = self._threads.submit(self._inbox.commit, [received])
        try:
            committed.result(self._patience)
        except TimeoutError:
            committed.cancel()  # what has begun may still be stored: it will only come twice
            raise

    def close(self) -> None:
        """What is not begun is dropped: nobody was told that it is stored."""
        self._threads.shutdown(wait=False, cancel_futures=True)


@dataclass
class _Waiting:
    received: Received
    committed: Future[None] = field(default_factory=Future)


class Together:
    """One writer thread; a commit takes everything that came in during the one before it."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._live, name="deliveries", daemon=True)
        self._thread.start()

    def store(self, received: Received) -> None:
        waiting = _Waiting(received)
        self._queue.put(waiting)
        waiting.committed.result(PATIENCE_IN_SECONDS)

    def close(self) -> None:
        """Commit what is waiting, and end."""
        self._queue.put(None)
        self._thread.join(PATIENCE_IN_SECONDS)

    def _live(self) -> None:
        while group := self._next():
            try:
                self._inbox.commit([one.received for one in group])
            except Exception as error:  # noqa: BLE001 - each of the waiting requests tells it
                for one in group:
                    one.committed.set_exception(error)
            else:
                for one in group:
                    one.committed.set_result(None)

    def _next(self) -> list[_Waiting]:
        """All that waits, up to a limit; nothing at the end."""
        first = self._queue.get()
        if first is None:
            return []
        group = [first]
        while len(group) < MOST_AT_ONCE:
            try:
                following = self._queue.get_nowait()
            except queue.Empty:
                break
            if following is None:
                self._queue.put(None)  # the end comes after this group
                break
            group.append(following)
        return group


def storing(inbox: Inbox) -> Storing:
    """As it suits the database."""
    return Together(inbox) if inbox.engine.dialect.name == "sqlite" else OneByOne(inbox)
