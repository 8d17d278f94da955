"""One round for one CRM: poll, intake, due touches, flush, and what a failure means for it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from connectors.errors import CredentialsRefused, CrmError, Throttled
from integration.backoff import pause_away
from integration.jobs.flush import Sender
from integration.jobs.forget import forget
from integration.jobs.head_start import HeadStart
from integration.jobs.intake import absorb, decide_all
from integration.jobs.join import join_home
from integration.jobs.keep_in_touch import keep_in_touch
from integration.jobs.poll import poll
from integration.jobs.recognising import recognise_tasks
from integration.jobs.release import release
from integration.jobs.sending import LEASE
from integration.jobs.standing import standing
from integration.jobs.strangers import get_to_know
from integration.jobs.unanswered import Silence
from integration.runtime import Crm, Runtime
from integration.store import claiming, crms
from integration.store.crms import CrmState
from integration.store.engine import begin
from integration.store.untaken import Untaken, untaken

REFUSED_PAUSE = timedelta(seconds=70)
"""Keeps a CRM that refuses our credentials under one call a minute, by all workers together: they
wait so long for each call of the last round that found them refused still."""

MOST_REFUSED = 10
"""Calls that are waited for: where only a scope is missing, a round makes good ones first."""

RED_AFTER = 3
"""Failures in a row; one passing fault makes nobody look."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Round:
    """How one round went. `again_at` is when there is something to do, None when idle."""

    polled: bool
    settled: int
    again_at: datetime | None
    trouble: str = ""  # "", unavailable, throttled, refused


def run_round(runtime: Runtime, crm: str, *, polled: bool = False) -> Round:
    """Do all there is to do for a CRM now. With `polled` it was polled in this run already, or
    is only wanted for what is stored; the history is read first in any case. Who asked to be
    forgotten waits for no CRM."""
    forget(runtime, crm)
    with begin(runtime.engine) as connection:
        state = crms.state(connection, crm)
    if state.paused:
        return Round(polled=True, settled=0, again_at=None)
    if state.blocked_until is not None and state.blocked_until > runtime.wall():
        return Round(polled, 0, state.blocked_until, "blocked")
    progress = _Progress(polled and state.history_read_at is not None, state.failures)
    connector = runtime.crms[crm].connector
    connector.in_doubt = state.failures > 0
    calls_before = connector.calls.total
    try:
        with _counted(runtime.crms[crm]):
            _work(runtime, crm, progress, state)
    except Throttled as error:
        until = max(error.until, runtime.wall() + pause_away(progress.failures))
        return _leave_alone(runtime, crm, progress, error, until, "throttled")
    except CredentialsRefused as error:
        # only those of a round after one that was refused: another failure, as a limit that was
        # met, makes nobody wait for the good calls of this one
        calls = connector.calls.total - calls_before if state.health == "red" else 1
        until = runtime.wall() + _refused_pause(calls)
        return _leave_alone(runtime, crm, progress, error, until, "refused")
    except CrmError as error:  # unavailable, or a call that the CRM will not answer
        until = runtime.wall() + pause_away(progress.failures)
        return _leave_alone(runtime, crm, progress, error, until, "unavailable")
    with begin(runtime.engine) as connection:
        dry_run = runtime.crms[crm].dry_run  # in which nothing is tried again
        found = Untaken() if dry_run else untaken(connection, crm)
        stands = standing(state, found, took=progress.settled > 0)
        crms.change(connection, crm, **stands, blocked_until=None)
        again_at = None if dry_run else claiming.next_due(connection, crm)
    if again_at is not None and progress.silence is not None:
        again_at = progress.silence.again_at(again_at, runtime.wall())
    return Round(polled=True, settled=progress.settled, again_at=again_at)


def _refused_pause(calls: int) -> timedelta:
    return REFUSED_PAUSE * max(min(calls, MOST_REFUSED), 1)


@contextmanager
def _counted(part: Crm) -> Iterator[None]:
    """However the work ends, the store knows how many calls it took."""
    try:
        yield
    finally:
        if part.gate is not None:
            part.gate.settle()


@dataclass(slots=True)
class _Progress:
    polled: bool
    failed_before: int  # rounds in a row
    settled: int = 0
    silence: Silence | None = None  # of what was sent

    @property
    def failures(self) -> int:
        """In a row with this round, if it fails. One that settled rows begins anew: the CRM took
        something meanwhile."""
        return (0 if self.settled else self.failed_before) + 1


@contextmanager
def _meanwhile(prepare: Callable[[], None]) -> Iterator[None]:
    """A CRM that is polled leaves time. What goes wrong here shows itself where it is needed."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="prepare") as thread:
        thread.submit(prepare)
        yield


def _work(runtime: Runtime, crm: str, progress: _Progress, state: CrmState) -> None:
    began_at = runtime.wall()
    if state.look_first_until is not None:
        recognise_tasks(runtime, crm, LEASE)
    if not progress.polled:
        with _meanwhile(partial(runtime.prepare, crm, state.first_contact_on)):
            poll(runtime, crm)
        progress.polled = True
    absorb(runtime, crm)
    get_to_know(runtime, crm)
    join_home(runtime, crm)
    keep_in_touch(runtime, crm)
    sender = Sender(runtime, crm, fresh_since=began_at)
    try:
        with sender:
            decide_all(runtime, crm, HeadStart(runtime, crm, sender))
            if _looks_first(runtime, crm):
                recognise_tasks(runtime, crm, LEASE)
            release(runtime, crm)
            if not runtime.crms[crm].dry_run:
                # nor are rows of unknown outcome read back there: they would be sent again
                sender.finish()
                progress.silence = sender.silence
    finally:
        progress.settled += sender.settled  # after a failure too, and what was under way then


def _looks_first(runtime: Runtime, crm: str) -> bool:
    """Asked after the poll, which may have met tasks of ours that the store does not know."""
    with begin(runtime.engine) as connection:
        return crms.state(connection, crm).look_first_until is not None


def _leave_alone(
    runtime: Runtime,
    crm: str,
    progress: _Progress,
    error: CrmError,
    until: datetime,
    trouble: str,
) -> Round:
    log.warning("%s: %s (%s)", crm, error, trouble)
    with begin(runtime.engine) as connection:
        failures = progress.failures
        red = trouble == "refused" or (trouble != "throttled" and failures >= RED_AFTER)
        crms.change(
            connection,
            crm,
            health="red" if red else "yellow",
            sentence=str(error),
            failures=failures,
            blocked_until=until,
        )
    return Round(progress.polled, progress.settled, until, trouble)


def take_over(runtime: Runtime, crm: str, *, call_within: timedelta = timedelta(0)) -> int:
    """By the only one who may work on this CRM, at the start and after a round that broke off:
    rows that were under way then are read back before anything is sent again. Whoever sent them
    may be alive yet, and its call under way for as long as `call_within`."""
    connector = runtime.crms[crm].connector
    with begin(runtime.engine) as connection:
        return claiming.orphans(
            connection,
            crm,
            runtime.wall(),
            lease=LEASE,
            grace=connector.grace + call_within,
            all_leases=True,
        )
