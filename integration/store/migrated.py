"""At which revision the tables stand, and which one this program needs.

Asked by every process at its start, so without Alembic, whose import takes a fifth of a second and
11 MB. Revisions are numbers, each in a file that begins with it.
"""

from __future__ import annotations

import functools
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from integration.store.engine import MIGRATIONS, connect, driver_url, is_sqlite

_VERSION = sa.table("alembic_version", sa.column("version_num", sa.Text))


def stands(url: str) -> bool:
    """Whether the store is there, with all that this program needs."""
    file = make_url(driver_url(url)).database
    if is_sqlite(url) and not (file and Path(file).is_file()):
        return False
    engine = connect(url, connections=1)
    try:
        return not is_behind(stands_at(engine))
    finally:
        engine.dispose()


def stands_at(engine: Engine) -> str | None:
    """The revision of the store's tables; None where there are none of ours."""
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table(_VERSION.name):
            return None
        found: str | None = connection.execute(sa.select(_VERSION.c.version_num)).scalar()
        return found


def newest() -> str:
    """The revision that this program works with."""
    return max(revisions())


@functools.cache
def revisions() -> frozenset[str]:
    """All that this program knows. Raises LookupError where it has none."""
    files = (MIGRATIONS / "versions").glob("[0-9]*_*.py")
    found = frozenset(file.name.partition("_")[0] for file in files)
    if not found:
        raise LookupError(f"no migrations in {MIGRATIONS}")
    return found


def is_behind(revision: str | None) -> bool:
    """Whether tables at this revision lack something that this program needs. A revision that it
    does not know is a newer program's, which leaves older ones what they need."""
    return revision is None or (revision in revisions() and revision != newest())


def is_ahead(revision: str | None) -> bool:
    """Whether it is a newer program's: it may have tables and columns that this one knows nothing
    of, and would leave out of a copy."""
    return revision is not None and revision not in revisions()
