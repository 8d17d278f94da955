"""A difference between two rule files as a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integration.spoken import count


def told(one: Mapping[str, Any]) -> str:
    """`Foo AG (001A): playbook price -> everyone; 1 task more (everyone / thank)`."""
    return f"{who(one)}: {changes(one)}"


def who(one: Mapping[str, Any]) -> str:
    """The account, by name where it has one."""
    return f"{one['name']} ({one['account']})" if one["name"] else str(one["account"])


def changes(one: Mapping[str, Any]) -> str:
    """What the two files say of the loss."""
    parts = [
        f"{what.replace('_', ' ')} {_word(values['in_force'])} -> {_word(values['new'])}"
        for what, values in one["changed"].items()
    ]
    told_of = (("tasks_more", "more"), ("tasks_less", "less"), ("tasks_moved", "for somebody else"))
    for key, word in told_of:
        tasks = one[key]
        if tasks:
            parts.append(f"{count(len(tasks), 'task')} {word} ({', '.join(tasks)})")
    if one["found"] != "both":
        parts.insert(0, _FOUND[one["found"]])
    return "; ".join(parts)


_FOUND = {"new": "found by this file alone", "in force": "found by the other file alone"}


def _word(value: str | None) -> str:
    return value or "none"
