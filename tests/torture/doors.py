"""The product's web in a process of its own, whose doors a driver knocks at: on SQLite the server
that `winback run` has, without its rounds, so that what is stored stays to be counted; on
PostgreSQL `winback web` itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.integration.web.doors import ENVIRON, PUBLIC_URL, RULES
from tests.torture.driver import Driver

ROOT = Path(__file__).parents[2]
STARTED_WITHIN = 60.0


@dataclass
class Doors:
    """`url` is the store's."""

    url: str
    folder: Path

    def __post_init__(self) -> None:
        self.rules = self.folder / "rules.toml"
        self.rules.write_text(RULES, encoding="utf-8")

    @contextmanager
    def open(self) -> Iterator[tuple[subprocess.Popen[str], str]]:
        """A process and where it answers; it is killed at the end, if it lives."""
        environ = {**os.environ, **ENVIRON, "DATABASE_URL": self.url}
        with (self.folder / "said").open("a", encoding="utf-8") as said:
            process = subprocess.Popen(
                self._command(), env=environ, cwd=ROOT, text=True,
                stdout=subprocess.PIPE, stderr=said, start_new_session=True,
            )  # fmt: skip
        try:
            assert process.stdout
            line = process.stdout.readline().strip()
            assert line, self.said()
            yield process, json.loads(line)["url"] if line.startswith("{") else line
        finally:
            kill(process)
            process.communicate()

    def driver(self, url: str, connections: int, rate: float | None = None) -> Driver:
        return Driver(
            url, connections, secret=ENVIRON["APP_SECRET"], signed_for=PUBLIC_URL, rate=rate
        )

    def said(self) -> str:
        return (self.folder / "said").read_text(encoding="utf-8")

    def _command(self) -> list[str]:
        if self.url.startswith("sqlite"):
            server = "tests.bench.intake_server"
            return [sys.executable, "-m", server, "winback", self.url, str(self.folder)]
        options = ["--port", "0", "--config", str(self.rules)]
        return [sys.executable, "-m", "integration", "web", *options]


def kill(process: subprocess.Popen[str]) -> None:
    """With all processes of its group: gunicorn has one for itself and one that serves."""
    try:
        os.killpg(process.pid, 9)
    except ProcessLookupError:
        return
