"""Records that open work stands on are asked for by id, so that a deletion is noticed at once.

No listing of a CRM tells of deletions in time: HubSpot's search shows none, and its list of
archived records takes a call for every hundred that were ever deleted; Salesforce's log may be
purged after two hours. Asked by id, a connector tells what is deleted from what is only hidden;
to tell the latter costs HubSpot a call for each record, so they are looked at ever more seldom.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

from integration.runtime import Runtime
from integration.store import at_stake, crms, inbox
from integration.store.engine import begin, reading
from rules.model import Ref, Snapshot

LOOK_EVERY = timedelta(hours=1)
"""A process looks at its first poll and then so often: `winback once` always."""


def look_at_records(runtime: Runtime, crm: str) -> int:
    """Ask for the records behind open recoveries, but for those that this poll has found anyway;
    answers how many are gone. Nothing open, nothing asked. Raises the connector's errors."""
    looked_at, now = runtime.looked_at.get(crm), runtime.wall()
    if looked_at is not None and now < looked_at + LOOK_EVERY:
        return 0
    with reading(runtime.engine) as connection:
        looks = at_stake.unread_records(connection, crm, now)
    gone, hidden = _absent(runtime, crm, looks)
    noted = {
        ref: before + 1 if ref in hidden else 0
        for ref, before in looks.items()
        if before or ref in hidden
    }
    with begin(runtime.engine) as connection:
        found = inbox.store(connection, crm, snapshots=gone, now=now)
        at_stake.note_hidden(connection, crm, noted, now)
    runtime.looked_at[crm] = now
    return found


def _absent(
    runtime: Runtime, crm: str, refs: Iterable[Ref]
) -> tuple[list[Snapshot], frozenset[Ref]]:
    """Those that are gone, and those that are only hidden."""
    part = runtime.crms[crm]
    by_type: dict[str, list[str]] = defaultdict(list)
    for ref in refs:
        by_type[ref.type].append(ref.id)
    streams = {stream.type: stream for stream in part.streams()} if by_type else {}
    absent = {
        type: part.connector.absent(streams[type], ids)
        for type, ids in by_type.items()
        if type in streams  # or nobody watches it any more
    }
    gone = [snapshot for found in absent.values() for snapshot in found.gone]
    return gone, frozenset(Ref(type, id) for type, one in absent.items() for id in one.hidden)


def look_at_tasks(runtime: Runtime, crm: str) -> int:
    """Once a day our open tasks are read whole: HubSpot's search finds them only by marks that a
    person may have taken out, and so tells neither deletions nor changes. Answers how many."""
    today = runtime.today(crm)
    task_type = runtime.crms[crm].connector.task_type
    with begin(runtime.engine) as connection:
        if crms.state(connection, crm).tasks_looked_on == today:
            return 0
        refs = [Ref(task_type, id) for id in at_stake.open_task_ids(connection, crm)]
        crms.change(connection, crm, tasks_looked_on=today)
        return inbox.store(connection, crm, refs=refs, now=runtime.wall())
