"""Differences in a file, one a line: there may be as many as there are losses."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from integration.replaying.differing import kinds
from integration.replaying.worker import Difference
from rules.contrast import Changed


class Spool:
    """A list of differences as JSON that takes no memory; gone with the process. `by_kind` counts
    what differs in them."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed below
        self._count = 0
        self.by_kind: Counter[str] = Counter()

    def append(self, difference: Difference) -> None:
        told = as_json(difference)
        self._file.write(json.dumps(told, ensure_ascii=False) + "\n")
        self._count += 1
        self.by_kind.update(kinds(told))

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[dict[str, Any]]:
        self._file.seek(0)
        yield from map(json.loads, self._file)
        self._file.seek(0, 2)

    def close(self) -> None:
        self._file.close()


def as_json(one: Difference) -> dict[str, Any]:
    return {
        "crm": one.crm,
        "account": one.account_id,
        "name": one.account,
        "record": str(one.contrast.record),
        "found": one.contrast.found,
        "changed": _values(one.contrast.changed),
        "tasks_more": list(one.contrast.more),
        "tasks_less": list(one.contrast.less),
        "tasks_changed": [
            {"task": task.rule, "changed": _values(task.changed)} for task in one.contrast.tasks
        ],
    }


def _values(changed: Iterable[Changed]) -> dict[str, dict[str, str | None]]:
    return {
        what.replace(" ", "_"): {"in_force": before or None, "new": after or None}
        for what, before, after in changed
    }
