"""Texts and values that no form would take: each works, and the CRM gets what it can keep."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from connectors.sandbox.server import start
from integration.once import Run
from integration.store.engine import upgrade
from tests import worlds
from tests.e2e.odd_company import Crm, Customer, Hub, Sales, Task, day

PLAYBOOK = """
[[playbook]]
name = "everyone"

[[playbook.task]]
key = "listen"
subject = "Call {{ contact.name or account.name }}: listen"
body = "They said: {{ loss.words }}. They were worth {{ won_value or 'nobody knows how much' }}"
due = "1 business day"
"""
COMPANY = worlds.COMPANY.replace('currency = "EUR"', 'currency = "EUR"\nrates = { USD = 0.5 }')

TEXTS = {
    "quotes": 'O\'Brien "The" \\ <b>Böse</b> & {{ 7 * 7 }} {% for %}',
    "emoji": "🦄 🏳️‍🌈 Ünïcorn",
    "right to left": "شركة \u200fAcme\u200f בע״מ",
    "controls": "Nul\x00 bell\x07 escape\x1b[31m",
    "long": "L" * 255,
}
SHOWN = {**TEXTS, "controls": "Nul bell escape[31m"}
"""What a rep sees of it: the same, but for what no screen shows."""

LONGEST = {"sales": 32_000, "hub": 65_536}  # of a task's body
LONGEST_SUBJECT = 255


@dataclass
class Museum:
    """One customer per oddity in each CRM, and two runs over all of them."""

    crms: dict[str, Crm]
    exhibits: dict[tuple[str, str], Customer] = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)

    def show(self, name: str, crm: str, **odd: Any) -> None:
        self.exhibits[name, crm] = self.crms[crm].lose(**odd)

    def tasks(self, name: str, crm: str) -> list[Task]:
        return self.crms[crm].tasks(self.exhibits[name, crm])

    def task(self, name: str, crm: str) -> Task:
        (task,) = self.tasks(name, crm)
        return task


WORDS = {"sales": "Description", "hub": "closed_lost_reason"}
NAME = {"sales": "Name", "hub": "name"}
LAST_NAME = {"sales": "LastName", "hub": "lastname"}
CLOSED = {"sales": "CloseDate", "hub": "closedate"}

FAR_DATES = ("0001-01-01", "1700-01-01", "4000-12-31", "9999-12-31")
HUBSPOT_DATES = {
    "no zone": f"{day(2)}T00:00:00",
    "a day": day(2),
    "milliseconds of year 9999": "253402300799999",
    "milliseconds of year 1": "-62135596800000",
}


@pytest.fixture(scope="module")
def museum(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Museum]:
    folder = tmp_path_factory.mktemp("museum")
    url = f"sqlite:///{folder}/winback.db"
    upgrade(url)
    with start() as sandbox:
        sandbox.hubspot.search_limit = None
        sales, hub = Sales(sandbox), Hub(sandbox)
        shown = Museum({"sales": sales, "hub": hub})
        config = worlds.rule_file(
            folder, sandbox, grace="1 second", playbook=PLAYBOOK, company=COMPANY
        )
        worlds.provision(url, config)
        sales.org.define_field("Opportunity", "CurrencyIsoCode", "string", length=3)
        sales.org.define_field("Opportunity", "Description", "textarea", length=2_000_000)
        for crm in ("sales", "hub"):
            _collect(shown, crm)
        shown.runs = [worlds.run_once(url, config), worlds.run_once(url, config)]
        yield shown


def _collect(museum: Museum, crm: str) -> None:
    for name, text in TEXTS.items():
        person = {LAST_NAME[crm]: text[:80]}  # as long as Salesforce lets a last name be
        museum.show(name, crm, account={NAME[crm]: text}, contact=person, deal={WORDS[crm]: text})
    longest = {"sales": 1_000_000, "hub": 65_536}[crm]  # HubSpot keeps no longer text
    museum.show("longest note", crm, deal={WORDS[crm]: ("too expensive " * 80_000)[:longest]})
    currency = {"sales": "CurrencyIsoCode", "hub": "deal_currency_code"}[crm]
    for code in ("USD", "GBP"):
        museum.show(code, crm, won={currency: code})
    for date in FAR_DATES:
        museum.show(f"lost {date}", crm, deal={CLOSED[crm]: date})
        museum.show(f"won {date}", crm, won={CLOSED[crm]: date})
    if crm == "hub":
        for name, date in HUBSPOT_DATES.items():
            museum.show(name, crm, deal={"closedate": date})


BOTH = pytest.mark.parametrize("crm", ["sales", "hub"])


def test_every_oddity_is_worked_off_at_once(museum: Museum) -> None:
    assert [run.exit_code for run in museum.runs] == [0, 0]
    for report in museum.runs[0].report["crms"].values():
        assert all(p["pending"] == p["parked"] == 0 for p in report["pushes"].values())


def test_nothing_is_written_twice(museum: Museum) -> None:
    for report in museum.runs[1].report["crms"].values():
        assert all(p["delivered"] == 0 for p in report["pushes"].values())
        assert report["calls"]["write"] == 0


@BOTH
@pytest.mark.parametrize("name", TEXTS)
def test_odd_names_and_words_arrive_as_they_are(museum: Museum, name: str, crm: str) -> None:
    task = museum.task(name, crm)
    text = SHOWN[name]
    assert task.subject.startswith(f"Call {text[:60]}")
    assert _plain(task.body, crm).startswith(f"They said: {text}. They were worth EUR 60,000")


@BOTH
@pytest.mark.parametrize("name", TEXTS)
def test_no_subject_is_too_long_and_no_control_character_is_sent(
    museum: Museum, name: str, crm: str
) -> None:
    task = museum.task(name, crm)
    assert len(task.subject) <= LONGEST_SUBJECT
    assert all(char >= " " for char in task.subject)
    assert all(char >= " " or char in "\n\t" for char in task.body)


@BOTH
def test_a_note_of_a_megabyte_leaves_the_key_in_its_place(museum: Museum, crm: str) -> None:
    body = museum.task("longest note", crm).body
    assert len(body) <= LONGEST[crm]
    assert body.endswith(":listen:1]")


@BOTH
def test_money_is_counted_in_the_companys_currency_or_not_at_all(museum: Museum, crm: str) -> None:
    assert "They were worth EUR 30,000" in museum.task("USD", crm).body
    assert "They were worth nobody knows how much" in museum.task("GBP", crm).body


@BOTH
@pytest.mark.parametrize("date", FAR_DATES)
def test_a_loss_dated_out_of_range_is_found(museum: Museum, date: str, crm: str) -> None:
    """Long ago, nobody had bought yet, and time alone tells of them; ahead, they gave notice."""
    assert len(museum.tasks(f"lost {date}", crm)) == 1


@BOTH
@pytest.mark.parametrize("date", FAR_DATES)
def test_a_win_dated_out_of_range_counts_by_its_date(museum: Museum, date: str, crm: str) -> None:
    """Bought long ago and lost yesterday is a customer; who never bought yet is none."""
    assert len(museum.tasks(f"won {date}", crm)) == (1 if date < day(0) else 0)


@pytest.mark.parametrize("name", HUBSPOT_DATES)
def test_hubspots_ways_to_write_a_date_are_read(museum: Museum, name: str) -> None:
    assert len(museum.tasks(name, "hub")) == 1


def _plain(body: str, crm: str) -> str:
    if crm == "sales":
        return body
    tags: dict[str, Any] = {"<br>": "\n", "&lt;": "<", "&gt;": ">", "&amp;": "&"}
    for tag, char in tags.items():
        body = body.replace(tag, char)
    return body
