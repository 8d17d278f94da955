"""The configuration file: CRM settings, secrets, places of faults, the shipped example."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from connectors.examination import Finding
from integration.cli.check import LiveCheck, check_command
from integration.config import Config, ConfigFaults, SecretMissing, read_config
from integration.crm_settings import CrmSection
from integration.shipped import shipped_reasons
from rules.schema import SECTIONS
from rules.schema_section import Section

ROOT = Path(__file__).parents[2]
ALL_SECTIONS: dict[str, type[Section]] = {**SECTIONS, "crm": CrmSection}
EXAMPLE = ROOT / "config.example.toml"
DESIGN = '''
[company]
name = "Acme"
timezone = "Europe/Berlin"
country = "DE-BY"
currency = "EUR"
first_day = 2026-01-01

[crm.sales]
kind = "salesforce"
base_url = "https://acme.my.salesforce.com"
client_id = "env:SF_CLIENT_ID"
username = "winback@acme.example"
private_key = "env:SF_PRIVATE_KEY"

[[watch]]
name = "closed-lost"
crm = "sales"
record = "Opportunity"
lost_when = { closed = true, won = false }
account = "AccountId"
lost_on = "CloseDate"

[lost_customer]
when = """not has_running_contract and days_since_win > 120
    and days_since_win > 1.5 * usual_gap_in_days"""

[[reason]]
id = "price"
label = "Price"
values = ["Too expensive", "Pricing"]
phrases = ["too expensive", "cost too high", "priced out"]
fault = "ours"
changeable = "yes"

[[tier]]
name = "key"
when = { won_value.gte = 50000 }

[[playbook]]
name = "our fault, key account"
when = { tier = "key", fault = ["ours", "mine"] }

[[playbook.task]]
key = "listen"
subject = "Call {{ contact.name }}: listen, restate, confirm"
due = "1 business day"
assign = "manager"
priority = "high"

[[cadence]]
name = "quarterly"
when = "permission == 'yes' and tier != 'key'"
every = "3 months"
until = "18 months"
'''
HUBSPOT = """
[crm.hub]
kind = "hubspot"
base_url = "http://127.0.0.1:8080/hubspot/"
token = "env:HUBSPOT_TOKEN"
"""
KEYS = '[[reason]]\nid = "price"\n'


def config(tmp_path: Path, text: str, environ: dict[str, str] | None = None) -> Config:
    file = tmp_path / "config.toml"
    file.write_text(text, encoding="utf-8")
    return read_config(file, environ or {})


def faults(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(ConfigFaults) as caught:
        config(tmp_path, KEYS + text)
    return [str(fault) for fault in caught.value.faults]


def check(file: Path, *options: str, live: LiveCheck | None = None) -> Result:
    return CliRunner().invoke(check_command(live), [str(file), *options])


def test_the_file_of_the_design_loads(tmp_path: Path) -> None:
    read = config(tmp_path, DESIGN)
    assert read.ruleset.playbooks[0].tasks[0].key == "listen"
    assert read.crms["sales"].poll_every == timedelta(seconds=60)
    assert read.unset == ("SF_CLIENT_ID", "SF_PRIVATE_KEY")


def test_hubspot_on_loopback_with_every_option(tmp_path: Path) -> None:
    more = (
        'poll_every = 30\ndaily_share = "20 %"\nportal_id = 12\napi_version = "v3"\nhome = true\n'
    )
    hub = config(tmp_path, KEYS + HUBSPOT + more).crms["hub"]
    assert hub.base_url == "http://127.0.0.1:8080/hubspot"
    assert (hub.poll_every, hub.daily_share) == (timedelta(seconds=30), 0.2)
    assert (hub.portal_id, hub.home, hub.dry_run) == ("12", True, False)


@pytest.mark.parametrize("written", ["v67.0", "67.0", "67", "v67"])
def test_salesforce_versions_have_one_form(tmp_path: Path, written: str) -> None:
    text = DESIGN.replace("[[watch]]", f'api_version = "{written}"\n[[watch]]', 1)
    assert config(tmp_path, text).crms["sales"].api_version == "v67.0"


def test_secrets_are_read_at_use(tmp_path: Path) -> None:
    hub = config(tmp_path, KEYS + HUBSPOT).crms["hub"]
    assert hub.secret("token", {"HUBSPOT_TOKEN": " abc\n"}) == "abc"
    with pytest.raises(SecretMissing, match="HUBSPOT_TOKEN is not set"):
        hub.secret("token", {})
    with pytest.raises(SecretMissing, match="no path_secret"):
        hub.secret("path_secret", {})


def test_a_private_key_may_be_text_one_line_or_a_file(tmp_path: Path) -> None:
    sales = config(tmp_path, DESIGN).crms["sales"]
    pem = "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----"
    file = tmp_path / "key.pem"
    file.write_text(pem)
    for value in (pem, pem.replace("\n", "\\n"), str(file)):
        assert sales.secret("private_key", {"SF_PRIVATE_KEY": value}) == pem
    with pytest.raises(SecretMissing, match="PEM"):
        sales.secret("private_key", {"SF_PRIVATE_KEY": str(tmp_path / "none")})


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('"hubspot"\n', '"hubspott"\n', 'crm.hub.kind: "hubspott" is not known here'),
        ("http://127.0.0.1:8080", "http://hub.example", "must be https"),
        ('"env:HUBSPOT_TOKEN"', '"pat-123"', "a secret does not belong in this file"),
        ("token =", "tokn =", 'crm.hub.tokn: unknown key; did you mean "token"?'),
        ("token =", "# token =", 'crm.hub.token: is missing; add token = "env:HUBSPOT_TOKEN"'),
        ("[crm.hub]", "[crm.hub]\napi_version = '67.0'", "is no version of hubspot"),
        ("[crm.hub]", "[crm.hub]\ndaily_share = 20", "20 is no share"),
        ("[crm.hub]", "[crm.hub]\npoll_every = 0", "0 seconds mean nothing"),
        ("[crm.hub]", "[crm.hub]\nhome = 'yes'", "must be true or false"),
        ("[crm.hub]", "[crm]", "must stand in a table with a name"),
    ],
)
def test_crm_faults(tmp_path: Path, old: str, new: str, fault: str) -> None:
    found = faults(tmp_path, HUBSPOT.replace(old, new))
    assert any(fault in line for line in found), found


def test_salesforce_needs_a_way_to_log_in(tmp_path: Path) -> None:
    head = '[crm.s]\nkind = "salesforce"\nbase_url = "https://a.my.salesforce.com"\n'
    assert "client_id: is missing" in "".join(faults(tmp_path, head))
    head += 'client_id = "abc"\n'
    assert "nothing to log in with" in "".join(faults(tmp_path, head))
    assert "needs the username" in "".join(faults(tmp_path, head + 'private_key = "env:K"\n'))
    found = "".join(faults(tmp_path, head + 'username = "u"\npassword = "hunter2"\n'))
    assert "retiring the log-in by password" in found
    assert "hunter2" not in found
    assert config(tmp_path, KEYS + head + 'client_secret = "env:S"\n').crms["s"].client_id == "abc"


def test_one_home_at_most(tmp_path: Path) -> None:
    text = HUBSPOT + "home = true\n"
    assert "hub is home already" in faults(tmp_path, text + text.replace("crm.hub", "crm.b"))[0]


def test_a_fault_shows_its_line_and_a_caret(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text('[[tier]]\nname = "a"\nwhen = "won_value > 5 and wins > wnis"\n' + KEYS)
    result = check(file)
    assert result.exit_code == 2
    assert result.stdout.splitlines() == [
        f'{file}:3: tier.when: unknown name "wnis"; did you mean "wins"?',
        '    when = "won_value > 5 and wins > wnis"',
        "                                     ^",
    ]


def test_all_faults_in_the_order_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(KEYS + 'lable = "x"\n' + HUBSPOT.replace("token", "tokn") + "[limit]\n")
    listed = json.loads(check(file, "--json").stdout)
    assert [fault["path"] for fault in listed] == [
        "reason.lable",
        "crm.hub.token",
        "crm.hub.tokn",
        "limit",
    ]
    assert [fault["line"] for fault in listed] == [3, 5, 8, 9]
    assert set(listed[0]) == {"file", "line", "column", "path", "message", "suggestion"}


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"a = 1\nb = \n", 2, "is not TOML"),
        (b"a = [1,\n\n", 2, "is not TOML"),
        (b"a = 1\na = 2\n", 2, "is not TOML"),
        (b"\xff\xfe", 1, "is not UTF-8"),
        (b"a = " + b"[" * 5000, 1, "is not TOML"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, content: bytes, line: int, message: str) -> None:
    file = tmp_path / "rules.toml"
    file.write_bytes(content)
    result = check(file)
    assert result.exit_code == 2
    assert result.stdout.startswith(f"{file}:{line}: {message}")


def test_no_file(tmp_path: Path) -> None:
    result = check(tmp_path / "none.toml")
    assert (result.exit_code, "cannot be read" in result.stdout) == (2, True)


def test_a_mark_of_windows_editors_is_no_fault(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_bytes(b"\xef\xbb\xbf" + KEYS.replace("\n", "\r\n").encode())
    assert check(file).exit_code == 0


def test_the_example_is_fine() -> None:
    result = check(EXAMPLE)
    assert result.exit_code == 0, result.stdout
    assert "3 watches, 14 categories, 6 playbooks, 11 tasks, 2 cadences" in result.stdout
    assert json.loads(check(EXAMPLE, "--json").stdout) == []


def test_phrases_that_leave_shipped_ones_out_are_told(tmp_path: Path) -> None:
    file = tmp_path / "winback.toml"
    text = EXAMPLE.read_text(encoding="utf-8")
    file.write_text(text, encoding="utf-8")
    assert "more_phrases" not in check(file).stdout
    file.write_text(text.replace("# phrases = ", "phrases = "), encoding="utf-8")
    assert "the shipped ones, which are left out: price (" in check(file).stdout


def test_the_example_names_every_key() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    named: dict[str, set[str]] = {}
    section = ""
    for line in text.splitlines():
        header = re.match(r"(?:# )?\[\[?([a-z_.]+)\]\]?(?:\s|$)", line)
        key = re.match(r"(?:# )?([a-z_]+)(?:\.[a-z]+)? = ", line)
        if header:
            section = "crm" if header[1].startswith("crm.") else header[1]
        elif key:
            named.setdefault(section, set()).add(key[1])
    for name, schema in ALL_SECTIONS.items():
        assert set(schema.keys()) - named.get(name, set()) <= {"task"}, name


def test_the_example_and_the_shipped_categories_agree() -> None:
    example = read_config(EXAMPLE, {}).ruleset.reasons
    assert [(r.id, r.label, r.fault, r.changeable) for r in example] == [
        (r.id, r.label, r.fault, r.changeable) for r in shipped_reasons()
    ]


def test_what_the_example_leaves_out_loads_too(tmp_path: Path) -> None:
    """The commented keys are as right as the others."""
    text = EXAMPLE.read_text(encoding="utf-8")
    told = re.sub(r"(?m)^# (?=(?:\[pilot\]|[a-z_]+ = ))", "", text)
    assert tomllib.loads(told)["pilot"]
    assert config(tmp_path, told).ruleset.pilot.only_teams == ("Inside Sales",)


def test_the_reference_names_every_key() -> None:
    text = (ROOT / "rules" / "README.md").read_text(encoding="utf-8")
    for name, schema in ALL_SECTIONS.items():
        for key in schema.keys():  # noqa: SIM118 - a class, not a mapping
            assert f"`{key}`" in text, f"{name}.{key}"


def test_live_findings_are_told_and_refuse() -> None:
    bad = [Finding("Loss_Reason__c", ok=False, sentence="no such field on Opportunity")]
    result = check(EXAMPLE, "--live", live=lambda _config, _environ: bad)
    assert result.exit_code == 2
    assert "Loss_Reason__c: no such field on Opportunity" in result.stdout
