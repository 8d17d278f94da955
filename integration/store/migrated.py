"""At which revision the tables stand, and which one this program needs."""

from __future__ import annotations

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from integration.store.engine import MIGRATIONS


def stands_at(engine: Engine) -> str | None:
    """The revision of the store's tables; None where there are none of ours."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest() -> str:
    """The revision that this program works with."""
    head = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    if head is None:
        raise LookupError(f"no migrations in {MIGRATIONS}")
    return head


def is_behind(revision: str | None) -> bool:
    """Whether tables at this revision lack something that this program needs. A revision that it
    does not know is a newer program's, which leaves older ones what they need."""
    scripts = ScriptDirectory(str(MIGRATIONS))
    known = {script.revision for script in scripts.walk_revisions()}
    return revision is None or (revision in known and revision != scripts.get_current_head())
