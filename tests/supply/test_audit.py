"""What `make audit` says, from what pip-audit reports."""

from __future__ import annotations

import json
from typing import Any

from tests.supply.audit import NOT_AUDITED, SAFE, VULNERABLE, verdict

SOUND = {"name": "flask", "version": "3.1.3", "vulns": []}
BROKEN = {
    "name": "jinja2",
    "version": "3.1.5",
    "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["3.1.6"]}],
}
UNKNOWN = {"name": "alembic", "skip_reason": "Dependency not found"}


def said(*packages: dict[str, Any]) -> tuple[int, str]:
    return verdict(json.dumps({"dependencies": packages, "fixes": []}), "")


def test_nothing_known_is_said_with_how_many_were_looked_at() -> None:
    assert said(SOUND) == (SAFE, "1 packages of requirements.txt audited, 0 findings")


def test_a_vulnerability_is_named_with_the_version_that_mends_it() -> None:
    code, words = said(SOUND, BROKEN)
    assert code == VULNERABLE
    assert "jinja2 3.1.5: PYSEC-2026-1, mended in 3.1.6" in words


def test_a_registry_that_knows_no_vulnerabilities_is_not_taken_for_a_clean_bill() -> None:
    code, words = said(SOUND, UNKNOWN)
    assert code == NOT_AUDITED
    assert "says nothing about 1 packages:\n  alembic" in words


def test_a_vulnerability_outweighs_what_could_not_be_asked() -> None:
    assert said(BROKEN, UNKNOWN)[0] == VULNERABLE


def test_a_registry_that_is_away_is_said_in_its_last_words() -> None:
    code, words = verdict("", "WARNING\nERROR: Could not connect to the vulnerability feed\n")
    assert code == NOT_AUDITED
    assert words.endswith("ERROR: Could not connect to the vulnerability feed")
