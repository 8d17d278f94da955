"""What holds for the project as a whole, and no single part would notice breaking."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from integration.store import queue_tables
from integration.store.engine import connect
from integration.store.tables import metadata

ROOT = Path(__file__).parents[1]
PRODUCT = ("rules", "connectors", "integration")
MEANS_NOTHING = {"utils", "helpers", "handler", "common", "data", "info", "misc"}
OUTSIDE_WORLD = {
    "asyncio", "http", "io", "logging", "os", "pathlib", "random", "requests", "shutil", "socket",
    "sqlalchemy", "sqlite3", "subprocess", "sys", "tempfile", "threading", "time", "urllib",
}  # fmt: skip
CLOCKS = {"now", "today", "utcnow", "monotonic"}
ABOUT_IMPORTS = {"bare_packages", "grammar"}
"""They ask `sys` which modules are loaded, which nothing that is decided depends on."""


def modules(*packages: str) -> Iterator[Path]:
    for package in packages:
        yield from sorted((ROOT / package).rglob("*.py"))


def pins(lock: str) -> dict[str, str]:
    """Distribution -> version, as one of the two lock files pins it."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)(?:\[[^]]*\])?==([^ \\;]+)", text, re.MULTILINE))


def distribution(requirement: str) -> str:
    return re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0]


def test_imports_go_one_way() -> None:
    checked = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


def test_rules_know_no_clock_and_no_outside_world() -> None:
    for module in modules("rules"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            asked = {"sys"} if module.stem in ABOUT_IMPORTS else set()
            assert not (imported(node) & OUTSIDE_WORLD) - asked, module
            assert not asks_the_time(node), f"{module}:{getattr(node, 'lineno', 0)}"


def imported(node: ast.AST) -> set[str]:
    """The top-level packages that an import statement names."""
    if isinstance(node, ast.Import):
        return {alias.name.split(".")[0] for alias in node.names}
    return {(node.module or "").split(".")[0]} if isinstance(node, ast.ImportFrom) else set()


def asks_the_time(node: ast.AST) -> bool:
    """`datetime.now`, `date.today` and the like."""
    if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
        return False
    return node.value.id in ("date", "datetime", "time") and node.attr in CLOCKS


def test_every_module_has_a_subject() -> None:
    for module in modules(*PRODUCT, "tests"):
        assert not set(module.stem.split("_")) & MEANS_NOTHING, module
        if module.stem != "__init__" and module.stat().st_size:
            tree = ast.parse(module.read_text(encoding="utf-8"))
            assert ast.get_docstring(tree), f"{module} does not say what it is for"


def test_every_folder_of_code_is_a_package() -> None:
    for module in modules(*PRODUCT, "tests"):
        assert (module.parent / "__init__.py").exists(), module


def test_the_locks_pin_what_the_project_asks_for() -> None:
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    shipped = asked["project"]["dependencies"]
    for lock, wanted in {
        "requirements.txt": shipped,
        "requirements-dev.txt": shipped + asked["project"]["optional-dependencies"]["dev"],
        "requirements-supply.txt": asked["dependency-groups"]["supply"],
    }.items():
        assert {distribution(one) for one in wanted} <= set(pins(lock)), f"{lock}: run `make lock`"


def test_the_locks_agree_and_give_nothing_away() -> None:
    dev = pins("requirements-dev.txt")
    assert all(dev[name] == version for name, version in pins("requirements.txt").items())
    for lock in ROOT.glob("requirements*.txt"):
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text, f"{lock} names an address"
        for pin in re.split(r"^(?=\S)", re.sub(r"(?m)^ *#.*\n", "", text), flags=re.MULTILINE):
            assert not pin or "--hash=sha256:" in pin, f"{lock} has no hash for {pin}"


def test_ci_calls_make_test_and_nothing_beside_it() -> None:
    script = ROOT / ".ci" / "run"
    lines = script.read_text(encoding="utf-8").splitlines()
    commands = [line for line in lines if line and not line.startswith("#")]
    assert commands == ["set -eu", 'cd "$(dirname "$0")/.."', "make test"]
    assert script.stat().st_mode & 0o111


def test_parts_are_real_in_tests() -> None:
    patches = [
        module
        for module in modules("tests")
        for _ in re.findall(r"\bmock\.patch|\bpatch\(", module.read_text(encoding="utf-8"))
        if module != Path(__file__)
    ]
    assert len(patches) < 10


def not_of_the_queue(name: str | None, type: str, _parents: object) -> bool:
    """The queue's tables are made by its own library."""
    return type != "table" or not str(name).startswith(queue_tables.PREFIX)


def test_the_migrations_make_the_tables(database_url: str) -> None:
    engine = connect(database_url)
    with engine.connect() as connection:
        ours = {"compare_type": True, "include_name": not_of_the_queue}
        context = MigrationContext.configure(connection, opts=ours)
        assert compare_metadata(context, metadata) == []
        assert sa.inspect(connection).get_table_names()
    engine.dispose()
