"""Read the records that signals name, then decide every customer whose records changed.

Nobody is decided before all that is known to have changed was read: a lost deal without the
contract that came with it would be judged wrongly.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial

from sqlalchemy import Connection

from connectors.stream import Stream
from integration import trail
from integration.crashpoints import passing
from integration.jobs.head_start import CUSTOMERS_AT_ONCE, HeadStart
from integration.jobs.join import waits_for_others
from integration.jobs.line_items import once_more, with_line_items
from integration.jobs.recognising import recognise_fields
from integration.jobs.release import brake
from integration.runtime import Runtime
from integration.store import caseload, cases, crms, inbox, ledger, mirror, workloads
from integration.store.elsewhere import origin
from integration.store.engine import begin, reading
from integration.store.inbox import Signal
from integration.store.scribe import Decided
from rules.case import Decision, NotMade
from rules.decide import decide
from rules.losses import notes
from rules.model import Owner, Ref, Snapshot
from rules.rulebook import Rulebook

SIGNALS_AT_ONCE = 2_000

log = logging.getLogger(__name__)


def absorb(runtime: Runtime, crm: str) -> int:
    """Take in everything that signals name; answers how many records changed."""
    streams = {s.type: s for s in runtime.crms[crm].streams()}
    changed = 0
    while True:
        with reading(runtime.engine) as connection:
            signals = inbox.take(connection, crm, SIGNALS_AT_ONCE)
        if not signals:
            break
        passing("claimed")
        snapshots = _read(runtime, crm, streams.get(signals[0].ref.type), signals)
        passing("read")
        named = [signal for signal in signals if signal.delivery is not None]
        with begin(runtime.engine) as connection:
            changed += mirror.absorb(
                connection,
                crm,
                runtime.crms[crm].types,
                snapshots,
                runtime.wall(),
                today=runtime.today(crm),
            )
            inbox.settle(connection, crm, signals)
            customers = mirror.whose(connection, crm, [signal.ref for signal in named])
        trail.looked_at(crm, named, customers)
    with begin(runtime.engine) as connection:
        if crms.state(connection, crm).history_read_at is None:
            crms.change(connection, crm, history_read_at=runtime.wall())
    return changed


def _read(
    runtime: Runtime, crm: str, stream: Stream | None, signals: Sequence[Signal]
) -> list[Snapshot]:
    """The records as they are. One that the CRM does not show is left as we know it: a sharing
    rule that hides a record does not delete it."""
    if stream is None:
        return []  # a type that nobody watches any more
    snapshots = [s.snapshot for s in signals if s.snapshot is not None]
    snapshots += [Snapshot(s.ref, stream.kind, deleted=True) for s in signals if s.gone]
    unread = [s.ref.id for s in signals if s.snapshot is None and not s.gone]
    if unread:
        snapshots += runtime.crms[crm].connector.read(stream, unread)
    return snapshots


def decide_all(runtime: Runtime, crm: str, head_start: HeadStart) -> int:
    """Decide every customer that is marked; answers how many. What new losses want is staged
    until the storm brake has seen all of them, or `head_start` knows that it cannot hold them.

    In a dry run it is a rehearsal: nothing is stored of it, so that the rules of the day on
    which it is meant in earnest decide."""
    part = runtime.crms[crm]
    with begin(runtime.engine) as connection:
        if waits_for_others(runtime, connection):
            return 0
        state = crms.state(connection, crm)
        total = cases.to_decide(connection, crm)
        owners = mirror.owners(connection, crm) if total else {}
        elsewhere = _owners_elsewhere(runtime, connection, crm) if total else {}
        workload = workloads.read(connection, crm) if total else workloads.nobodys()
        restored = crms.looks_first(connection, crm, runtime.wall())
    today = runtime.today(crm)
    book = runtime.book(crm, state.first_contact_on or today)
    decide_one = partial(_decide, book=book, today=today)
    head_start.begin(book)
    done = 0
    after: cases.Place | None = None
    while total:  # who is marked only now is decided next time, with the owners at hand
        with reading(runtime.engine) as connection:
            batch = cases.next_batch(
                connection,
                crm,
                after,
                CUSTOMERS_AT_ONCE if head_start.possible else cases.CUSTOMERS_AT_ONCE,
                not_since=runtime.started_at if part.dry_run else None,
            )
            stored = caseload.load(
                connection,
                crm,
                batch,
                types=part.types,
                owners=owners,
                owners_elsewhere=elsewhere,
                link=_link(runtime, crm),
                workload=workload.now,
            )
        if not stored:
            break
        after = batch[-1][1], batch[-1][0]
        if restored:
            stored = recognise_fields(runtime, crm, stored, decide_one)
        if head_start.possible:  # so few that reading some of them in vain does not matter
            book.categoriser.foresee(_notes(stored, book, today))
        decided = []
        for customer in stored:
            decided.append(once_more(customer, decide_one(customer)))
            workload.add(decided[-1].decision)
        decided = with_line_items(runtime, crm, decided, decide_one)
        passing("decided")
        _keep(runtime, crm, decided, today)
        for item in decided:
            runtime.tally(crm).add(item.decision)
        done += len(decided)
        runtime.progress.step(crm, "customers decided", done, max(total, done))
        head_start.after(stored)
    brake(runtime, crm, book.rules.limits)
    return done


def _notes(stored: Sequence[caseload.Stored], book: Rulebook, today: date) -> Iterator[str]:
    """What these customers, or those who speak for them, said on leaving."""
    for item in stored:
        yield from notes(item.case, book.rules, today)


def _owners_elsewhere(runtime: Runtime, connection: Connection, crm: str) -> dict[str, Owner]:
    if crm != runtime.home:
        return {}
    others = [name for name in runtime.crms if name != crm]
    return {o.id: o for name in others for o in mirror.owners(connection, name).values()}


def _link(runtime: Runtime, crm: str) -> Callable[[Ref], str]:
    """Each record opens in its own CRM."""

    def link(ref: Ref) -> str:
        name, record = origin(ref, crm)
        return runtime.crms[name].connector.link(record) if name in runtime.crms else str(record)

    return link


def _keep(runtime: Runtime, crm: str, decided: Sequence[Decided], today: date) -> None:
    part = runtime.crms[crm]
    with begin(runtime.engine) as connection:
        if part.dry_run:
            ids = [item.stored.customer_id for item in decided]
            cases.rehearsed(connection, ids, runtime.wall())
            return
        ledger.save(
            connection,
            crm,
            decided,
            task_types={n: one.connector.task_type for n, one in runtime.crms.items()},
            revision=runtime.revision,
            today=today,
            now=runtime.wall(),
        )
    trail.decided(crm, decided)


def _decide(item: caseload.Stored, book: Rulebook, today: date) -> Decision:
    """A customer on whom the rules fail is told of, and holds nobody else up."""
    try:
        return decide(item.case, book, today)
    except Exception:
        log.exception("deciding customer %s failed", item.customer_id)
        sentence = "deciding this customer failed; the log has the fault"
        return Decision(not_made=(NotMade("internal", sentence),))
