"""An admin's desk: a sandbox, a store, a rule file, and the command line in this process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from connectors.sandbox.server import Sandbox
from integration.cli.main import main
from integration.once import Run
from tests import worlds


@dataclass
class Desk:
    sandbox: Sandbox
    url: str
    config: Path

    def __call__(self, *words: str, **environ: str) -> Result:
        """One command as somebody types it."""
        given = {
            **worlds.ENVIRON,
            "DATABASE_URL": self.url,
            "WINBACK_CONFIG": str(self.config),
            "COLUMNS": "100",
        }
        result = CliRunner(env={**given, **environ}).invoke(main, list(words))
        assert result.exception is None or isinstance(result.exception, SystemExit), result.output
        return result

    def json(self, *words: str) -> Any:
        return json.loads(self(*words, "--json").stdout)

    def rules(self, **choices: Any) -> None:
        """Another rule file in place of the one that lies there."""
        self.config.write_text(
            worlds.rule_text(self.sandbox, **{"grace": "1 second", **choices}), encoding="utf-8"
        )

    def once(self, **choices: Any) -> Run:
        return worlds.run_once(self.url, self.config, **choices)


def desk_of(sandbox: Sandbox, url: str, folder: Path) -> Desk:
    desk = Desk(sandbox, url, folder / "winback.toml")
    desk.rules(crms=("sales",))
    return desk


@pytest.fixture
def desk(sandbox: Sandbox, sqlite_url: str, tmp_path: Path) -> Desk:
    """With the sandbox org as `sales`, on SQLite."""
    return desk_of(sandbox, sqlite_url, tmp_path)


@pytest.fixture
def each_desk(sandbox: Sandbox, database_url: str, tmp_path: Path) -> Desk:
    """The same, once on each database."""
    return desk_of(sandbox, database_url, tmp_path)
