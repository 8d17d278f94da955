"""The web killed under load, and its database away, silent, locked, full or short of connections
(faults 3 and 11): what was acknowledged is stored, what could not be stored is refused."""

from __future__ import annotations

import resource
import sqlite3
import subprocess
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus

import psycopg

from tests.torture.doors import Doors, kill
from tests.torture.driver import Driver, not_stored
from tests.torture.place import Place
from tests.torture.proxy import FaultProxy
from tests.torture.toll import Toll

SERVING_WITHIN = 2.0
BACK_WITHIN = 10.0
UNDER_LOAD = 0.5  # seconds
GIVE_UP = 120.0
NOBODY = "http://127.0.0.1:9"
SMALL_FILE = 4_096  # bytes
TENANT = "tenant"  # a role whose connections may be limited, as a superuser's may not

Trouble = Callable[[], None]


def webs_killed(place: Place) -> Toll:
    kills, connections = place.size.of(1, 20), place.size.of(4, 16)
    toll = Toll(f"the web was killed under {connections} connections")
    slowest = 0.0
    with place.fresh() as (url, folder):
        doors = Doors(url, folder)
        with doors.driver(NOBODY, connections) as driver:
            for number in range(kills + 1):
                began = time.monotonic()
                with doors.open() as (process, driver.url):
                    _until_acknowledged(driver, began)
                    slowest = max(slowest, driver.acknowledged_at - began if number else 0.0)
                    time.sleep(UNDER_LOAD)
                    kill(process)
                toll.times = number
                place.say(number, kills)
        toll.lost = not_stored(driver, url)
        toll.figures["acknowledged"] = len(driver.acknowledged)
        toll.hold("slowest start in seconds", slowest, SERVING_WITHIN * place.size.patience)
    return toll


def databases_away(place: Place) -> Toll:
    """Each trouble under load, one after the other; each time the web has to be back by itself."""
    with place.fresh() as (url, folder):
        if place.store == "sqlite":
            doors = Doors(url, folder)
            with doors.open() as (process, where):
                troubles = {
                    "locked": lambda: _locked(url, place.size.of(1.0, 20.0)),
                    "full": lambda: _full_file(process, place.size.of(0.5, 20.0)),
                }
                return _all_troubles(place, doors, where, troubles, process)
        with place.database_proxy() as proxy:
            _let_a_tenant_in(url)
            doors = Doors(place.through(url, proxy).replace("postgres@", f"{TENANT}@"), folder)
            with doors.open() as (process, where):
                troubles = {
                    "away": lambda: _for(place.size.of(1.0, 30.0), proxy.go_away, proxy.mend),
                    "silent": lambda: _for(place.size.of(0.5, 30.0), proxy.fall_silent, proxy.mend),
                    "full": lambda: _full_disk(url, place.size.of(0.5, 20.0)),
                    "no connections": lambda: _no_connections(url, place.size.of(0.5, 20.0), proxy),
                }
                return _all_troubles(place, doors, where, troubles, process, url)


def _all_troubles(
    place: Place,
    doors: Doors,
    where: str,
    troubles: Mapping[str, Trouble],
    process: subprocess.Popen[str],
    url: str = "",
) -> Toll:
    toll = Toll(f"the database was {', '.join(troubles)}, under load")
    with doors.driver(where, place.size.of(4, 16)) as driver:
        _until_acknowledged(driver, 0.0)
        for name, trouble in troubles.items():
            trouble()
            over = time.monotonic()
            _until_acknowledged(driver, over)
            back = driver.acknowledged_at - over
            toll.hold(f"{name}: back in seconds", back, BACK_WITHIN * place.size.patience)
            toll.times += 1
            place.say(toll.times, len(troubles))
        toll.expect(process.poll() is None, "the web ended")
    toll.lost = not_stored(driver, url or doors.url)
    refused = driver.statuses[HTTPStatus.SERVICE_UNAVAILABLE]
    toll.expect(refused, "nobody was told 503")
    others = set(driver.statuses) - {0, HTTPStatus.NO_CONTENT, HTTPStatus.SERVICE_UNAVAILABLE}
    toll.expect(not others, f"answers other than 204 and 503: {sorted(others)}")
    toll.figures |= {"acknowledged": len(driver.acknowledged), "refused": refused}
    return toll


def _until_acknowledged(driver: Driver, since: float) -> None:
    """A delivery that began after `since` may be acknowledged at once."""
    until = time.monotonic() + GIVE_UP
    while driver.acknowledged_at <= since:
        assert time.monotonic() < until, f"the web did not come back: {driver.statuses}"
        time.sleep(0.01)


def _for(seconds: float, begin: Trouble, end: Trouble) -> None:
    begin()
    time.sleep(seconds)
    end()


def _locked(url: str, seconds: float) -> None:
    """SQLite's "database is locked", to everybody else."""
    holder = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, timeout=30.0)
    _for(
        seconds, lambda: _ignore(holder.execute("BEGIN IMMEDIATE")),
        lambda: _ignore(holder.execute("ROLLBACK")),
    )  # fmt: skip
    holder.close()


def _ignore(_answer: object) -> None:
    """Only that it was done counts."""


def _full_file(process: subprocess.Popen[str], seconds: float) -> None:
    """A disk that takes no more: every write beyond a file's first bytes fails."""

    def limit(size: int) -> None:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    _for(seconds, lambda: limit(SMALL_FILE), lambda: limit(resource.RLIM_INFINITY))


def _let_a_tenant_in(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (TENANT,))
        if known.fetchone() is None:
            connection.execute(f"CREATE ROLE {TENANT} LOGIN")
            connection.execute(f"GRANT pg_read_all_data, pg_write_all_data TO {TENANT}")


def _no_connections(url: str, seconds: float, proxy: FaultProxy) -> None:
    """Ours are cut, and somebody else has all that the plan allows."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"ALTER ROLE {TENANT} CONNECTION LIMIT 0")
        _for(
            seconds, proxy.cut,
            lambda: _ignore(connection.execute(f"ALTER ROLE {TENANT} CONNECTION LIMIT -1")),
        )  # fmt: skip


def _full_disk(url: str, seconds: float) -> None:
    """What PostgreSQL says when it is out of space, to whoever stores a signal."""
    body = "BEGIN RAISE EXCEPTION 'No space left on device' USING ERRCODE = 'disk_full'; END"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            f"CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $${body}$$"
        )
        connection.execute(
            "CREATE TRIGGER full_disk BEFORE INSERT ON signals"
            " FOR EACH ROW EXECUTE FUNCTION full_disk()"
        )
        time.sleep(seconds)
        connection.execute("DROP FUNCTION full_disk CASCADE")
