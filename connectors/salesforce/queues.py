"""Queues that tasks may belong to. To Salesforce a queue is a Group of the type Queue, and
QueueSobject says for which record types each one is; the admin adds Task in its settings.

A queue stands among the owners under its own id, which is what a task's OwnerId takes.
"""

from __future__ import annotations

from connectors.salesforce import refusals
from connectors.salesforce.client import Client
from connectors.transport import NotOffered
from rules.model import Kind, Owner, Ref, Snapshot

_QUEUES = "SELECT QueueId, Queue.Name FROM QueueSobject WHERE SobjectType = 'Task'"


def queues(client: Client, owner_type: str) -> tuple[Snapshot, ...]:
    """One call. An org that does not show its queues has none for us: whoever comes after the
    queue in the rule gets the task."""
    return tuple(
        Snapshot(Ref(owner_type, queue.id), Kind.OWNER, entity=queue)
        for queue in shown(client) or ()
    )


def shown(client: Client) -> tuple[Owner, ...] | None:
    """The queues for tasks; None where the org does not show them."""
    try:
        rows = client.query(_QUEUES, kind="other")["records"]
    except (refusals.Refusal, NotOffered):
        return None
    found = {str(row["QueueId"]): row.get("Queue") or {} for row in rows if row.get("QueueId")}
    return tuple(Owner(id, str(queue.get("Name") or id)) for id, queue in found.items())
