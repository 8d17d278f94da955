"""Differences in a file, one a line: there may be as many as there are losses."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from typing import Any

from integration.replaying.worker import Difference


class Spool:
    """A list of differences as JSON that takes no memory; gone with the process."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed below
        self._count = 0

    def append(self, difference: Difference) -> None:
        self._file.write(json.dumps(as_json(difference), ensure_ascii=False) + "\n")
        self._count += 1

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
        "changed": {
            what.replace(" ", "_"): {"in_force": before or None, "new": after or None}
            for what, before, after in one.contrast.changed
        },
        "tasks_more": list(one.contrast.more),
        "tasks_less": list(one.contrast.less),
        "tasks_moved": list(one.contrast.moved),
    }
