"""Each operation says what it will touch before it does: on a terminal it can be refused there."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from integration.cli.main import COMMANDS, main
from integration.store import revisions
from integration.store.engine import begin, connect, reading
from integration.store.tables import pushes, records, suppressions, tasks
from integration.store.tables import revisions as revisions_table
from tests import worlds
from tests.integration.cli.conftest import Desk
from tests.integration.cli.test_hold import CALM

LOOKS = """
    check test replay revisions diff learn classify status doctor explain waiting parked init
""".split()  # and touches nothing
WORKS = "once run web worker clock demo sandbox".split()  # by the rules in force
ASKS = "requeue resume-held provision forget backup restore undo".split()
SAYS = "pause resume dry-run pilot publish rollback db".split()  # first, and does it


TOUCHED = (pushes, tasks, records, suppressions, revisions_table)
OWNER = "winback@sandbox.example"  # whom the sandbox's org comes with


class Terminal(io.BytesIO):
    """Standard input with somebody at it, who types a line."""

    def isatty(self) -> bool:
        return True


def at_a_terminal(desk: Desk, answer: str, *words: str) -> Result:
    environ = {
        **worlds.ENVIRON, "DATABASE_URL": desk.url, "WINBACK_CONFIG": str(desk.config),
    }  # fmt: skip
    typed = Terminal(f"{answer}\n".encode())
    return CliRunner(env=environ).invoke(main, list(words), input=typed)


def test_every_command_is_one_of_these() -> None:
    assert sorted([*LOOKS, *WORKS, *ASKS, *SAYS]) == sorted(COMMANDS)


# ---- what each of them needs to have something to touch; answers its words


def parked(desk: Desk, _folder: Path) -> Sequence[str]:
    worlds.salesforce_losses(desk.sandbox.salesforce, 2)  # whose fields were not provisioned
    desk.once()
    return ("requeue",)


def stormy(desk: Desk, _folder: Path) -> Sequence[str]:
    desk.rules(crms=("sales",), company=CALM)
    worlds.provision(desk.url, desk.config)
    worlds.salesforce_losses(desk.sandbox.salesforce, 3)
    desk.once()
    return ("resume-held",)


def unprovisioned(_desk: Desk, _folder: Path) -> Sequence[str]:
    return ("provision",)


def known_person(desk: Desk, _folder: Path) -> Sequence[str]:
    [lost] = worlds.salesforce_losses(desk.sandbox.salesforce, 1)
    desk.once()
    return ("forget", lost.contact)


def earlier_backup(desk: Desk, folder: Path) -> Sequence[str]:
    desk.once()
    (folder / "old.backup").write_text("an earlier one", encoding="utf-8")
    return ("backup", str(folder / "old.backup"))


def a_backup(desk: Desk, folder: Path) -> Sequence[str]:
    desk.once()
    desk("backup", str(folder / "new.backup"))
    desk.url = f"sqlite:///{folder}/elsewhere.db"
    return ("restore", str(folder / "new.backup"))


def earlier_rules(desk: Desk, _folder: Path) -> Sequence[str]:
    worlds.provision(desk.url, desk.config)
    worlds.salesforce_losses(desk.sandbox.salesforce, 1)
    desk.once()
    engine = connect(desk.url)
    with begin(engine) as connection:
        current = revisions.current_revision(connection)
    engine.dispose()
    assert current is not None
    return ("undo", "--revision", str(current.number))


SCENES: dict[str, tuple[Callable[[Desk, Path], Sequence[str]], str]] = {
    "requeue": (parked, "parked rows to send again: 4 records' fields, the oldest since"),
    "resume-held": (
        stormy,
        "held for 3 customers: 9 new tasks, 6 records' fields",
    ),
    "provision": (unprovisioned, "sales: would create or make visible Account.Winback_Reason__c"),
    "forget": (known_person, "3 open tasks in the CRM rewritten without them"),
    "backup": (earlier_backup, "old.backup is there already"),
    "restore": (a_backup, "which has to be empty"),
    "undo": (earlier_rules, "3 tasks to close in the CRM"),
}


@pytest.mark.parametrize("command", ASKS)
def test_a_no_at_the_terminal_changes_nothing(desk: Desk, tmp_path: Path, command: str) -> None:
    scene, told = SCENES[command]
    words = scene(desk, tmp_path)
    before = everything(desk, tmp_path)
    refused = at_a_terminal(desk, "n", *words)
    assert told in refused.stdout + refused.stderr
    assert refused.exit_code == 2, refused.output
    assert everything(desk, tmp_path) == before

    assert at_a_terminal(desk, "y", *words).exit_code == 0
    assert everything(desk, tmp_path) != before


def everything(desk: Desk, folder: Path) -> list[object]:
    """What an operation could touch: rows of the store, the file, and both CRMs."""
    file, found = Path(desk.url.removeprefix("sqlite:///")), list[object]()
    if file.is_file():
        engine = connect(desk.url)
        with reading(engine) as connection:
            found = [connection.execute(sa.select(table)).all() for table in TOUCHED]
        engine.dispose()
    old = folder / "old.backup"
    described = repr(desk.sandbox.salesforce.schema.grants)
    return [*found, old.stat().st_size if old.exists() else 0, described, ledger(desk)]


def ledger(desk: Desk) -> int:
    return len(desk.sandbox.world.ledger)


@pytest.mark.parametrize("command", ["forget", "backup", "restore", "undo"])
def test_without_a_terminal_and_without_yes_it_is_a_sentence(
    desk: Desk, tmp_path: Path, command: str
) -> None:
    words = SCENES[command][0](desk, tmp_path)
    refused = desk(*words)
    assert refused.exit_code == 2
    assert "nothing was done: there is no terminal to ask on; add --yes" in refused.stderr


@pytest.mark.parametrize("command", ["requeue", "resume-held", "provision"])
def test_what_scripts_call_as_it_is_says_first_and_does_it(
    desk: Desk, tmp_path: Path, command: str
) -> None:
    scene, told = SCENES[command]
    done = desk(*scene(desk, tmp_path))
    assert done.exit_code == 0
    assert told in done.stderr
    assert told not in done.stdout


def test_nobody_is_asked_about_a_crm_that_gets_nothing_made(desk: Desk) -> None:
    text = desk.config.read_text(encoding="utf-8")
    desk.config.write_text(text.replace("[crm.sales]", "[crm.sales]\ndry_run = true"), "utf-8")
    planned = at_a_terminal(desk, "n", "provision")
    assert planned.exit_code == 0
    assert planned.stdout.endswith("sales: this is a plan, nothing was made\n")
    assert not planned.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("pause", "sales"), "kept waiting"),
        (("dry-run", "sales"), "held from now on"),
        (("pilot", "sales", "--owner", OWNER), "held where it is for others"),
    ],
)
def test_a_switch_says_how_much_it_touches(
    desk: Desk, tmp_path: Path, words: Sequence[str], told: str
) -> None:
    stormy(desk, tmp_path)
    assert f"sales: 15 changes still to be written: {told}\n" in desk(*words).stderr
