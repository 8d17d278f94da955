"""A rule file full of mistakes, as its admin meets them: on the command line, all at once."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from integration.cli.main import main

MISTAKES = """\
[company]
name = "Acme"
timezone = "Europe/Berlni"
first_day = "2026-13-01"
holiday = ["2026-12-24"]

[crm.sales]
kind = "sales force"
base_url = "http://acme.my.salesforce.com"

[crm.hub]
kind = "hubspot"
base_url = "https://api.hubapi.com"
token = "pat-na1-1234"
poll_every = "5"

[[watch]]
name = "closed-lost"
crm = "hub"
record = "deals"
lost_when = { amount = "much", won = "no" }

[[watch]]
name = "closed-lost"
crm = "sale"
record = "Opportunity"
lost_when = "[x for x in words]"

[lost_customer]
when = "days_since_win"

[[tier]]
name = "key"
when = { words.matches = "(unclosed" }

[[playbook]]
name = "all"
when = "tier == 'kye'"

[[playbook.task]]
key = "listen"
subject = "Call {{ contact.nam }}"
due = "2 busines days"
assign = "manger"

[[playbook.task]]
key = "listen"
subject = "Say sorry"
prioritty = "high"
"""

EXPECTED = [
    (3, "company.timezone", 'did you mean "Europe/Berlin"?'),
    (4, "company.first_day", '"2026-13-01" is no date; write 2026-01-31'),
    (5, "company.holiday", 'unknown key; did you mean "holidays"?'),
    (8, "crm.sales.kind", 'did you mean "salesforce"?'),
    (9, "crm.sales.base_url", "must be https, or http on this machine"),
    (14, "crm.hub.token", "a secret does not belong in this file"),
    (15, "crm.hub.poll_every", '"5" has no unit; write "5 seconds"'),
    (21, "watch.lost_when.amount", "amount is a number"),
    (21, "watch.lost_when.won", "won is true or false"),
    (24, "watch.name", '"closed-lost" is there twice; choose another'),
    (25, "watch.crm", 'there is no [crm.sale]; did you mean "sales"?'),
    (27, "watch.lost_when", "a condition cannot loop"),
    (30, "lost_customer.when", "is neither true nor false; compare it with a value"),
    (34, "tier.when.words", 'bad pattern "(unclosed"'),
    (38, "playbook.when", 'tier is never "kye"; did you mean "key"?'),
    (42, "playbook.task.subject", "did you mean contact.name?"),
    (43, "playbook.task.due", 'did you mean "business days"?'),
    (44, "playbook.task.assign", 'nobody is meant by "manger"; did you mean "manager"?'),
    (47, "playbook.task.key", '"listen" is there twice; choose another'),
    (49, "playbook.task.prioritty", 'unknown key; did you mean "priority"?'),
]
REFUSED = 2
PYTHONS = re.compile(
    r"Traceback|Error\b|Exception|None\b|\bNoneType|<class|object at 0x|dict\b|str\b"
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "winback.toml"
    path.write_text(MISTAKES, encoding="utf-8")
    return path


def winback(*words: str, store: Path | None = None) -> Result:
    env = {"DATABASE_URL": f"sqlite:///{store}"} if store else {}
    return CliRunner().invoke(main, list(words), env=env)


def told(result: Result, file: Path) -> list[tuple[int, str, str]]:
    """(line, key, sentence) of each fault, in the order in which they are shown."""
    pattern = rf"^{re.escape(str(file))}:(\d+): ([\w.]+): (.*)$"
    shown = re.findall(pattern, result.output, re.MULTILINE)
    return [(int(line), key, sentence) for line, key, sentence in shown]


def test_check_tells_every_mistake_at_once_with_line_and_remedy(file: Path) -> None:
    result = winback("check", str(file))
    assert result.exit_code == REFUSED
    found = told(result, file)
    assert [(line, key) for line, key, _ in found] == [(line, key) for line, key, _ in EXPECTED]
    for (_, _, sentence), (_, _, remedy) in zip(found, EXPECTED, strict=True):
        assert remedy in sentence


def test_the_messages_are_for_people_who_never_saw_python(file: Path) -> None:
    assert PYTHONS.findall(winback("check", str(file)).output) == []


def test_a_secret_in_the_file_is_not_shown(file: Path) -> None:
    for words in (("check", str(file)), ("check", str(file), "--json")):
        assert "pat-na1-1234" not in winback(*words).output


def test_json_has_the_same_faults(file: Path) -> None:
    result = winback("check", str(file), "--json")
    assert result.exit_code == REFUSED
    faults = json.loads(result.stdout)
    assert len(faults) == len(EXPECTED)
    assert {fault["line"] for fault in faults} == {line for line, _, _ in EXPECTED}


def test_once_refuses_the_file_before_it_touches_anything(file: Path, tmp_path: Path) -> None:
    store = tmp_path / "winback.db"
    result = winback("once", "--config", str(file), "--json", store=store)
    assert result.exit_code == REFUSED
    assert result.stdout == ""
    assert len(told(result, file)) == len(EXPECTED)
    assert not store.exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"[company\nname = 1", ":1: is not TOML: expected ']'"),
        (b"\xff\xfe\x00bad", ":1: is not UTF-8"),
        (b'a = "\x00"', "is not TOML"),
    ],
    ids=["syntax", "bytes", "a NUL"],
)
def test_what_is_no_rule_file_is_refused_with_a_sentence(
    file: Path, content: bytes, sentence: str
) -> None:
    file.write_bytes(content)
    result = winback("check", str(file))
    assert result.exit_code == REFUSED
    assert sentence in result.output
    assert PYTHONS.findall(result.output) == []


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "missing.toml"
    for words in (("check", str(missing)), ("once", "--config", str(missing), "--json")):
        result = winback(*words)
        assert result.exit_code == REFUSED
        assert str(missing) in result.output
