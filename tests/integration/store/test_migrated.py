"""What the program says of its revisions without Alembic is what Alembic says."""

from __future__ import annotations

from pathlib import Path

from alembic.script import ScriptDirectory

from integration.store.engine import MIGRATIONS, connect
from integration.store.migrated import is_ahead, is_behind, newest, revisions, stands, stands_at


def test_the_files_names_are_the_chain_of_revisions() -> None:
    scripts = ScriptDirectory(str(MIGRATIONS))
    assert newest() == scripts.get_current_head()
    assert revisions() == {script.revision for script in scripts.walk_revisions()}


def test_where_a_store_stands(database_url: str) -> None:
    engine = connect(database_url)
    assert stands_at(engine) == newest()
    engine.dispose()
    assert stands(database_url)


def test_a_store_that_is_not_there_is_not_made_by_asking(tmp_path: Path) -> None:
    assert not stands(f"sqlite:///{tmp_path / 'none.db'}")
    assert list(tmp_path.iterdir()) == []


def test_what_lacks_something() -> None:
    assert is_behind(None)
    assert is_behind("0001")
    assert not is_behind(newest())
    assert not is_behind("a newer program's")


def test_what_is_a_newer_programs() -> None:
    assert is_ahead("9999")
    assert not any(map(is_ahead, [None, "0001", newest()]))
