"""What the database had to do: the statements that took longest, with their plans."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, event

SHOWN = 200  # characters of a statement
EXPLAIN = {"sqlite": "EXPLAIN QUERY PLAN ", "postgresql": "EXPLAIN "}


@dataclass
class Statements:
    """What was executed while somebody watched: seconds, statement, parameters."""

    seen: list[tuple[float, str, Any]] = field(default_factory=list)

    def slowest(self, engine: Engine, count: int) -> list[dict[str, Any]]:
        """The longest ones with their plans; whatever was written is not written again."""
        longest = sorted(self.seen, key=lambda one: one[0], reverse=True)[:count]
        with engine.connect() as connection:
            return [
                {
                    "ms": round(seconds * 1000, 1),
                    "statement": " ".join(statement.split())[:SHOWN],
                    "plan": plan(connection, statement, parameters),
                }
                for seconds, statement, parameters in longest
            ]


def plan(connection: Connection, statement: str, parameters: Any) -> list[str]:
    """How the database would go about it."""
    explain = EXPLAIN[connection.dialect.name] + statement
    return [str(row[-1]) for row in connection.exec_driver_sql(explain, parameters)]


@contextmanager
def watched(engine: Engine) -> Iterator[Statements]:
    """All that is executed within the block, but for batches of rows."""
    found = Statements()

    def before(_c: Any, _cursor: Any, _s: str, _p: Any, context: Any, _many: bool) -> None:
        context.began = time.perf_counter()

    def after(_c: Any, _cursor: Any, said: str, given: Any, context: Any, many: bool) -> None:
        if not many and said.lstrip().startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
            found.seen.append((time.perf_counter() - context.began, said, given))

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", before)
        event.remove(engine, "after_cursor_execute", after)
