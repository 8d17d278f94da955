"""An upgrade from every revision there ever was: with data, under load, and of tables in use."""

from __future__ import annotations

import ast
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from integration.store.engine import (
    LOCK_WITHIN,
    MIGRATIONS,
    InUse,
    begin,
    connect,
    upgrade,
)
from integration.store.migrated import newest, stands_at
from integration.store.tables import crms
from tests.integration.store.past_release import Callers, PastRelease, revisions
from tests.postgres import Postgres

EXPANDING = {"create_table", "add_column", "create_index", "execute", "drop_index"}
"""An index that goes takes nothing away from a release that runs: none names one."""
CONTRACTED: dict[str, str] = {}
"""A migration that takes something away, and the earlier one whose release was the first that did
without it: `{"0031": "0029"}`. Two releases lie between, as one of them still runs."""


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'old.db'}"
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    yield postgres.create("of_a_past_release")
    postgres.drop("of_a_past_release")


@pytest.mark.parametrize("revision", revisions())
def test_a_past_release_keeps_its_rows_and_goes_on_through_the_upgrade(
    empty_url: str, revision: str
) -> None:
    past = PastRelease(empty_url, revision)
    past.fill(range(1))
    before = past.rows()
    with Callers(past) as callers:
        upgrade(empty_url)
    assert stands_at(past.engine) == newest()
    assert callers.failed == []
    assert callers.acknowledged <= past.taken()
    past.fill(range(1, 2))  # it may write to all of its tables yet
    after = past.rows()
    for name, rows in before.items():
        assert set(map(repr, rows)) <= set(map(repr, after[name])), name
        assert len(after[name]) > len(rows), name
    past.close()


def operations(file: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            if isinstance(owner, ast.Name) and owner.id == "op":
                yield node


def test_migrations_expand_and_what_contracts_is_named() -> None:
    """What takes something away breaks the release that runs while it is made."""
    for file in sorted((MIGRATIONS / "versions").glob("0*.py")):
        for call in operations(file):
            assert isinstance(call.func, ast.Attribute)
            assert call.func.attr in EXPANDING or file.name[:4] in CONTRACTED, file.name
            if call.func.attr == "add_column":
                column = call.args[1]
                assert isinstance(column, ast.Call)
                options = {k.arg: ast.unparse(k.value) for k in column.keywords}
                filled = options.get("nullable") != "False" or "server_default" in options
                assert filled, f"{file.name}: an older release cannot fill it"
    assert all(int(earlier) < int(later) - 1 for later, earlier in CONTRACTED.items())


def test_an_upgrade_of_a_table_in_use_lets_others_through_and_comes_again(
    postgres: Postgres,
) -> None:
    """Somebody reads for long. What comes after the upgrade would wait behind it."""
    url = postgres.create("in_use")
    upgrade(url, "0009")
    engine = connect(url)
    upgrading = threading.Thread(target=upgrade, args=(url,))
    with engine.connect() as reader:
        reader.execute(sa.select(sa.func.count()).select_from(crms))
        upgrading.start()
        slowest, until = 0.0, time.monotonic() + LOCK_WITHIN * 1.5
        while time.monotonic() < until:
            began = time.monotonic()
            with begin(engine) as connection:
                connection.execute(sa.text("INSERT INTO crms (name) VALUES (gen_random_uuid())"))
            slowest = max(slowest, time.monotonic() - began)
            time.sleep(0.01)
        assert stands_at(engine) == "0009"
    upgrading.join(30)
    assert stands_at(engine) == newest()
    assert slowest < LOCK_WITHIN * 2
    engine.dispose()
    postgres.drop("in_use")


def test_an_upgrade_that_never_gets_its_turn_says_so(postgres: Postgres) -> None:
    url = postgres.create("in_use_for_ever")
    upgrade(url, "0009")
    engine = connect(url)
    with engine.connect() as reader:
        reader.execute(sa.select(sa.func.count()).select_from(crms))
        with pytest.raises(InUse, match="could not be changed"):
            upgrade(url, patience=0.0)
        assert stands_at(engine) == "0009"
    engine.dispose()
    postgres.drop("in_use_for_ever")
