"""The databases that the tests stand on."""

from __future__ import annotations

import psycopg

from tests.postgres import Postgres


def test_a_copied_database_is_apart_from_its_template(postgres: Postgres) -> None:
    with psycopg.connect(postgres.create("template"), autocommit=True) as connection:
        connection.execute("CREATE TABLE losses (id int)")
    with psycopg.connect(postgres.create("copy", "template"), autocommit=True) as connection:
        connection.execute("DROP TABLE losses")
    with psycopg.connect(postgres.url("template")) as connection:
        assert connection.execute("SELECT count(*) FROM losses").fetchone() == (0,)


def test_the_server_is_reached_by_its_socket_alone(postgres: Postgres) -> None:
    with psycopg.connect(postgres.url("postgres")) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    assert postgres.folder.stat().st_mode & 0o777 == 0o700
