"""A process under way takes over what is published, between two rounds."""

from __future__ import annotations

from pathlib import Path

from connectors.sandbox.server import Sandbox
from integration.once import once
from integration.runtime import wall_clock
from integration.store import revisions
from integration.store.engine import begin
from tests import worlds

CALL = '[[playbook]]\nname = "call"\n[[playbook.task]]\nkey = "call"\nsubject = "Call them"\n'


def test_the_next_round_works_by_what_was_published(
    sandbox: Sandbox, sqlite_url: str, tmp_path: Path
) -> None:
    config = worlds.rule_file(tmp_path, sandbox, crms=("sales",))
    worlds.provision(sqlite_url, config)
    lost = worlds.salesforce_losses(sandbox.salesforce, 1)[0]
    text = worlds.rule_text(sandbox, crms=("sales",), grace=0.01, playbook=CALL)
    with worlds.runtime(sqlite_url, config) as parts:
        calls = parts.crms["sales"].connector.calls
        with begin(parts.engine) as connection:
            revisions.publish(connection, text, wall_clock())
        parts.renew()
        once(parts, as_of="today")
        parts.renew()
        assert parts.revision == 2
        assert parts.crms["sales"].connector.calls is calls
        assert calls.write > 0  # the new connector goes on counting there
    tasks = [t for t in sandbox.salesforce.all("Task") if t["WhatId"] == lost.account]
    assert [task["Subject"] for task in tasks] == ["Call them"]


def test_a_published_text_that_is_not_taken_leaves_the_rules_as_they_are(
    sandbox: Sandbox, sqlite_url: str, tmp_path: Path
) -> None:
    config = worlds.rule_file(tmp_path, sandbox, crms=("sales",))
    with worlds.runtime(sqlite_url, config) as parts:
        with begin(parts.engine) as connection:
            revisions.publish(connection, "watch = 1", wall_clock())
        parts.renew()
        assert parts.revision == 1
