"""The caret of a fault stands under what is wrong: a value, a member of a list, a place in a text,
or a key that nobody knows."""

from __future__ import annotations

import pytest

from integration.config import ConfigFaults, doubts, parse_config
from tests.integration.test_config import KEYS

PLAYBOOK = '[[playbook]]\nname = "p"\n'
TASK = PLAYBOOK + '[[playbook.task]]\nkey = "a"\nsubject = "x"\n'
WATCH = '[[watch]]\nname = "w"\ncrm = "s"\nrecord = "Opportunity"\n'
CRM = '[crm.s]\nkind = "hubspot"\nbase_url = "https://api.hubapi.com"\ntoken = "env:T"\n'
SALES = (
    '[crm.s]\nkind = "salesforce"\nbase_url = "https://acme.my.salesforce.com"\n'
    'client_id = "abc"\nclient_secret = "env:T"\n'
)
OFFER = '[[offer]]\nname = "o"\n'


@pytest.mark.parametrize(
    "text",
    [
        # keys that nobody knows, and tables in the wrong place
        "§wacth = 1",
        '[company]\n§nmae = "Acme"',
        SALES + WATCH + "lost_when = { §closd = true }",
        PLAYBOOK + "when = { §tire = 'key' }",
        PLAYBOOK + "when = { won_value.§gtr = 5 }",
        PLAYBOOK + "when = { §won_within = '5 days' }",
        '[[test]]\ngiven = { §tire = "key" }\nexpect = {}',
        '[[test]]\ngiven = {}\nexpect = { §playbok = "p" }',
        "[company]\nholidays = [2026-01-01, §{ day = 2026-01-02 }]",
        SALES + '§password = "x"',
        '§[watch]\nname = "x"',
        "[interview]\nby_tier = { §gold = 'owner' }",
        # what is missing: the table it is missing from
        '§[[watch]]\nname = "x"',
        # values
        '[company]\ntimezone = §"Europe/Berln"',
        "[company]\nname = §3",
        "[company]\nrates = { USD = §-1 }",
        "[limits]\nmax_attempts = §'8'",
        WATCH.replace('"s"', '§"sale"'),
        "[[tier]]\nname = 'a'\n[[tier]]\nname = §'A'",
        PLAYBOOK + "for = §'prospcet'",
        PLAYBOOK + "when = { tier = §'kye' }\n[[tier]]\nname = 'key'",
        PLAYBOOK + "when = { won_value.gte = §true }",
        PLAYBOOK + "when = { won_value = §'much' }",
        PLAYBOOK + "when = { won_value = §'>= 50000' }",
        TASK + "due = §'soon'",
        TASK + "assign = §'manger'",
        TASK + "assign = §'role:Care'",
        TASK + "after = §'lissen'",
        TASK + "ask = §'nicely'",
        '[[test]]\ngiven = { permission = §"perhaps" }\nexpect = {}',
        CRM + 'api_version = §"v9x"',
        SALES + WATCH + "lost_when = { won = §'yes' }",
        # members of lists
        "[company]\nholidays = [2026-01-01, §'soon']",
        "[[reason]]\nid = 'a'\nvalues = ['x', §5]",
        "[[reason]]\nid='a'\nvalues=['X']\n[[reason]]\nid='b'\nvalues=['y', §'x']",
        PLAYBOOK + "for = ['customer', §'prospcet']",
        PLAYBOOK + "benchmarks = ['spoken by day 10', §'happy by day 5']",
        TASK + "assign = ['owner', §'manger']",
        TASK + "assign = ['owner', §'role:Care']",
        TASK + "after = ['spoken', §'lissen']",
        OFFER + "tiers = [§'gold']\n[[tier]]\nname = 'key'",
        PLAYBOOK + "when = { fault = ['mine', §'our'] }",
        # places inside a text
        PLAYBOOK + "when = 'won_value > 5 and §tire == 1'",
        PLAYBOOK + "when = \"wins > 1 and permission == '§yep'\"",
        TASK + "body = 'Dear {{ §contact.nam }}'",
        TASK + 'body = """\nDear Ann,\n\nsee {{ §contct.name }}\n"""',
        TASK + "body = 'Dear {{ contact.name | §uper }}'",
        "§wacth = 1\r\n",
        "a = §]",
    ],
)
def test_the_caret_stands_under_what_is_wrong(text: str) -> None:
    marked = text + "\n" + KEYS
    before = marked[: marked.index("§")]
    with pytest.raises(ConfigFaults) as refused:
        parse_config(marked.replace("§", ""), "winback.toml", {})
    found = [(fault.line, fault.column) for fault in refused.value.faults]
    line = before.count("\n") + 1
    assert (line, len(before.rpartition("\n")[2]) + 1) in found, str(refused.value)


def test_warnings_are_told_beside_faults_and_after_them() -> None:
    text = TASK + 'body = "Calm down."\n[company]\nname = 3\n' + KEYS
    with pytest.raises(ConfigFaults) as refused:
        parse_config(text, "winback.toml", {})
    assert [fault.fault.key for fault in refused.value.faults] == ["company.name"]
    assert [doubt.fault.key for doubt in refused.value.doubts] == ["playbook.task.body"]


def test_a_dot_that_parts_thousands_is_warned_of() -> None:
    tier = "[[tier]]\nname = 'key'\nwhen = { won_value.gte = {} }\n"
    rates = "[company]\nrates = { USD = 1.145 }\n[score]\ntenure_year = 0.125\n"
    for written, warned in (("50.000", True), ("50000", False), ("50000.5", False)):
        text = rates + tier.replace("{}", written) + KEYS
        config = parse_config(text, "winback.toml", {})
        said = [str(doubt) for doubt in doubts(config)]
        assert any("50.000 is 50 here" in one for one in said) is warned
        assert not any("1.145" in one or "0.125" in one for one in said)


def test_what_is_set_up_and_left_empty_is_warned_of() -> None:
    text = PLAYBOOK + "[[role]]\nname = 'Care'\nmembers = []\n" + KEYS
    said = [str(doubt) for doubt in doubts(parse_config(text, "winback.toml", {}))]
    assert any('"p" has no tasks: nobody gets anything to do' in one for one in said)
    assert any('"Care" has no members' in one for one in said)
