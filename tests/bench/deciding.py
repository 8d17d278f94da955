"""How fast a large rule file is read and decides: 14 categories, 20 playbooks, and 50 more rules
(tiers, suppressions, cadences, offers), with customers of whom most open a recovery."""

from __future__ import annotations

import time
import tomllib
from collections.abc import Callable

from integration.shipped import shipped_reasons
from rules.decide import decide
from rules.load import load_ruleset
from rules.rulebook import Rulebook
from tests.bench.figures import Figure, Figures
from tests.rules.cases import TODAY, case, lost, won, yes

CUSTOMERS = 500

_HEAD = """
[company]
name = "Acme"
country = "DE-BY"
currency = "EUR"
first_day = 2026-01-01

[[watch]]
name = "closed-lost"
crm = "sales"
record = "Opportunity"
lost_when = { closed = true, won = false }
words = "Loss_Notes__c"
"""
_TIER = "[[tier]]\nname = 'tier {n}'\nwhen = {{ won_value.gte = {n}000000 }}\n"
_SUPPRESSION = "[[suppression]]\nwhen = \"account_name == 'Partner {n}'\"\n"
_OFFER = "[[offer]]\nname = 'offer {n}'\ncap = {n}\n"
_CADENCE = "[[cadence]]\nname = 'cadence {n}'\nevery = '{n} weeks'\nwhen = 'wins >= {n}'\n"
_PLAYBOOK = """
[[playbook]]
name = "plan {n}"
when = "won_value > {left}000 and wins > 0"

[[playbook.task]]
key = "listen"
subject = "Call {{{{ contact.name or account.name }}}}: listen"
body = "They said: {{{{ loss.words }}}}"

[[playbook.task]]
key = "apologise"
after = "reason_confirmed"
subject = "Say sorry to {{{{ contact.name or account.name }}}}"
"""


def large_rule_file() -> str:
    parts = [_HEAD]
    for template, count in ((_TIER, 15), (_SUPPRESSION, 15), (_OFFER, 10), (_CADENCE, 10)):
        parts += [template.format(n=n) for n in range(1, count + 1)]
    parts += [_PLAYBOOK.format(n=n, left=21 - n) for n in range(1, 21)]
    return "\n".join(parts)


def measure(say: Callable[[str], None]) -> Figures:
    say("reading the rule file")
    text = large_rule_file()
    began = time.perf_counter()
    rules = load_ruleset(tomllib.loads(text), {"sales": "salesforce"}, shipped_reasons())
    read_in = time.perf_counter() - began
    book = Rulebook(rules)
    known = case(won("w", 400), lost("l", 3), contacts=(yes(),), words="too expensive for us")
    decide(known, book, TODAY)  # texts are compiled and calendars read at their first use
    say(f"deciding {CUSTOMERS} customers")
    began = time.perf_counter()
    for number in range(CUSTOMERS):
        one = case(
            won("w", 400, amount=1000 * (number % 20)),
            lost(f"l{number}", 3),
            contacts=(yes(),),
            words=f"too expensive for our {number} people",
        )
        decide(one, book, TODAY)
    rate = CUSTOMERS / (time.perf_counter() - began)
    return {
        "load": Figure(round(read_in, 2), beside={"unit": "s"}),
        "decisions": Figure(round(rate), beside={"unit": "a second"}),
    }
