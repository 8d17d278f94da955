"""A recovery task as HubSpot properties, and its key read back out of one.

The key stands twice: in the property `winback_key` where the portal takes custom properties on
tasks (unconfirmed), and always as the last line of the body, `[winback:KEY]`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import datetime, time, tzinfo
from typing import Any, Final

from connectors.base import TaskChange
from connectors.hubspot.values import iso, text
from rules.model import Field, Priority, TaskDraft
from rules.task_lengths import SUBJECT_LIMIT

PREFIX: Final = "winback_"
STATUS_OPEN: Final = "NOT_STARTED"
STATUS_DONE: Final = "COMPLETED"
PRIORITIES: Final = {
    Priority.LOW: "LOW",
    Priority.NORMAL: "MEDIUM",
    Priority.HIGH: "HIGH",
}
# 65,536 is documented for the body of a note, nothing for a task's: stay well under
MOST_BODY: Final = 60_000

_MARKER = re.compile(r"\[winback:([^\]\s<>]+)\]")


def property_name(field: Field) -> str:
    return PREFIX + field.value


def create_properties(task: TaskDraft, with_key: bool) -> dict[str, str]:
    """The properties of a new task. `hs_timestamp`, the due instant, is the only required one."""
    properties = {
        "hs_timestamp": iso(task.due_at),
        "hs_task_subject": shortened(task.subject, SUBJECT_LIMIT),
        "hs_task_body": body_html(task.body, task.key),
        "hs_task_status": STATUS_OPEN,
        "hs_task_priority": PRIORITIES[task.priority],
        "hs_task_type": "TODO",
    }
    if task.owner_id:
        properties["hubspot_owner_id"] = task.owner_id
    if with_key:
        properties[property_name(Field.KEY)] = task.key
    return properties


def change_properties(change: TaskChange, zone: tzinfo) -> dict[str, str]:
    """A change without an instant falls due at 09:00 in the account's zone."""
    properties = {}
    if change.owner_id is not None:
        properties["hubspot_owner_id"] = change.owner_id
    due_at = change.due_at
    if due_at is None and change.due_on is not None:
        due_at = datetime.combine(change.due_on, time(9), tzinfo=zone)
    if due_at is not None:
        properties["hs_timestamp"] = iso(due_at)
    if change.priority is not None:
        properties["hs_task_priority"] = PRIORITIES[change.priority]
    if change.subject is not None:
        properties["hs_task_subject"] = shortened(change.subject, SUBJECT_LIMIT)
    if change.body is not None:
        key = _MARKER.findall(change.body)[-1]
        properties["hs_task_body"] = body_html(change.body, key)
    return properties


def body_html(body: str, key: str) -> str:
    """Plain text as the HTML that HubSpot shows; the marker stays the last line, whole."""
    marker = f"[winback:{key}]"
    lines = body.rstrip().split("\n")
    if lines[-1].strip() == marker:
        lines.pop()
    shown = "<br>".join(html.escape(line, quote=False) for line in lines)
    room = MOST_BODY - len(marker) - len("<br>")
    if len(shown) > room:
        shown = _cut_html(shown, room)
    return f"{shown}<br>{html.escape(marker, quote=False)}" if shown else marker


def _cut_html(shown: str, room: int) -> str:
    """As many whole characters as fit: never half an entity or half a tag."""
    kept = shown[: room - 1]
    kept = re.sub(r"(&[^;\s]*|<[^>]*)$", "", kept)
    return kept + "…"


def with_note(body: str, note: str) -> str:
    """A task's present HTML body with a sentence of ours before the marker, once."""
    line = html.escape(note, quote=False)
    if line in body:
        return body  # sent before, and nobody knew that it arrived
    markers = list(_MARKER.finditer(body))
    if not markers:
        return f"{body}<br>{line}" if body else line
    at = markers[-1].start()
    return f"{body[:at]}{line}<br>{body[at:]}"


def key_of(properties: Mapping[str, Any]) -> str | None:
    """The key of a task of ours, None for anybody else's. Ours is the last marker in the body:
    an earlier one may stand in words that we quote."""
    kept = text(properties.get(property_name(Field.KEY)))
    if kept:
        return kept
    markers = _MARKER.findall(html.unescape(text(properties.get("hs_task_body")) or ""))
    return markers[-1] if markers else None


def shortened(words: str, most: int) -> str:
    words = " ".join(words.split())
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"
