"""RavenStack as a Salesforce org, end to end: 600 cancellations, 352 customers."""

from __future__ import annotations

import re
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from connectors.sandbox.world import LedgerEntry
from tests.data_sets.ravenstack import ravenstack_folder
from tests.data_sets.source import needs_shared_data
from tests.e2e.dataset_run import DataRun, Report, data_run

pytestmark = needs_shared_data

NEW_YEARS_EVE = datetime(2024, 12, 31, 17, tzinfo=UTC)
NUMBER = re.compile(r"Company_(\d+)")


@dataclass(frozen=True)
class Twice:
    run: DataRun
    first: Report
    second: Report


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ravenstack_folder(tmp_path_factory.mktemp("ravenstack"))


@pytest.fixture(scope="module")
def december(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twice]:
    """The rule file as it stands, run twice on New Year's Eve: tasks for losses known from
    1 December on."""
    with data_run("ravenstack", folder, tmp_path_factory.mktemp("run"), NEW_YEARS_EVE) as run:
        yield Twice(run, run.once(), run.once())


# ---- who left


def test_599_losses_are_found_in_600_records(december: Twice) -> None:
    assert december.first["losses"] == {"customer": 599, "deal": 0, "prospect": 0}
    assert len({row.customer_id for row in december.run.losses()}) == 352


def test_a_repeat_is_linked_to_the_loss_before_it(december: Twice) -> None:
    rows = {row.id: row for row in december.run.losses()}
    repeats = [row for row in rows.values() if row.repeat_of]
    assert len(repeats) == 599 - 352
    for row in repeats:
        before = rows[row.repeat_of]
        assert before.customer_id == row.customer_id
        assert before.lost_on < row.lost_on
    several = Counter(row.customer_id for row in rows.values())
    assert sum(count > 1 for count in several.values()) == 175


def test_code_against_words_is_counted_and_told(december: Twice) -> None:
    told = [row.reason["because"] for row in december.run.losses()]
    against = [because for because in told if "but the words say" in because]
    assert december.first["disagreements"] == len(against) == 164
    assert (
        '"support" was picked, but the words say Product fit (product_fit):'
        ' the words "missing features"'
    ) in against


def test_every_later_loss_joins_the_open_recovery(folder: Path, tmp_path: Path) -> None:
    def all_of_it(text: str) -> str:
        """Tasks for all of history, and no subscriptions that could show a return."""
        text = text.replace("first_day = 2024-12-01", "first_day = 2023-01-01")
        return re.sub(r"\[\[contract\]\].*?(?=\[limits\])", "", text, flags=re.DOTALL)

    with data_run("ravenstack", folder, tmp_path, NEW_YEARS_EVE, all_of_it) as run:
        report = run.once()
    assert report["recoveries"] == {"opened": 352, "joined": 247, "closed": 0}
    assert report["tasks"]["wanted"] == 352


def test_without_the_key_verdict_the_running_subscriptions_win(
    folder: Path, tmp_path: Path
) -> None:
    """531 of the 600 happened while a paid subscription ran, two within 120 days of the last
    purchase, 67 before anything paid for had begun (one of them after a trial that ended, which
    counts as something that ran)."""

    def undecided(text: str) -> str:
        return text.replace('verdict = "customer"\n', "")

    with data_run("ravenstack", folder, tmp_path, NEW_YEARS_EVE, undecided) as run:
        report = run.once()
        assert run.verdicts() == {"deal": 534, "prospect": 66}
        assert run.writes() == []
    assert report["losses"] == {"customer": 0, "deal": 534, "prospect": 66}


# ---- what is done about it

ASK, LISTEN_HIGH, LISTEN = "reason unknown", "our fault", "everyone else"

DUE = {
    ASK: date(2025, 1, 3),  # 2 business days from 31 December: New Year's Day is none
    LISTEN_HIGH: date(2025, 1, 2),  # 1 business day
    LISTEN: date(2025, 1, 6),  # 3 business days, over the weekend
}

WANTED = {
    ASK: {
        "Nadia Brandt": [149, 264],
        "Oliver Crane": [0, 150],
        "Pia Sorensen": [341],
        "Quentin Adeyemi": [187, 217, 267, 342],
        "Rosa Valdivia": [148, 253, 308],
    },
    LISTEN_HIGH: {
        "Nadia Brandt": [24, 89, 129, 139, 169, 194, 279, 329, 334, 374, 379, 444, 454],
        "Oliver Crane": [
            *(65, 70, 85, 90, 100, 145, 155, 180, 190, 195),
            *(205, 255, 295, 400, 435, 440, 470, 475, 485),
        ],
        "Pia Sorensen": [16, 156, 191, 221, 226, 236, 291, 371, 426, 446],
        "Quentin Adeyemi": [2, 62, 107, 132, 202, 207, 242, 282, 287, 367, 377, 442, 497],
        "Rosa Valdivia": [8, 38, 48, 83, 93, 173, 243, 348, 483, 488],
    },
    LISTEN: {
        "Nadia Brandt": [4, 14, 214, 359, 499],
        "Oliver Crane": [120, 245, 285],
        "Pia Sorensen": [111, 251, 321, 381],
        "Quentin Adeyemi": [292, 492],
        "Rosa Valdivia": [223, 233, 393, 433],
    },
}
"""The tasks of December: playbook, whose, and the companies by their numbers."""

BY_HAND = [
    # company, cancelled, code, words, category, playbook, owner
    (0, "2024-12-05", "competitor", "", "unknown", ASK, "Oliver Crane"),
    (149, "2024-12-12", "unknown", "", "unknown", ASK, "Nadia Brandt"),
    (217, "2024-12-05", "competitor", "switched to competitor", "unknown", ASK, "Quentin Adeyemi"),
    (264, "2024-12-24", "unknown", "switched to competitor", "unknown", ASK, "Nadia Brandt"),
    (24, "2024-12-09", "unknown", "missing features", "product_fit", LISTEN_HIGH, "Nadia Brandt"),
    (2, "2024-12-31", "support", "too expensive", "service", LISTEN_HIGH, "Quentin Adeyemi"),
    (16, "2024-12-30", "features", "", "product_fit", LISTEN_HIGH, "Pia Sorensen"),
    (65, "2024-12-27", "pricing", "too expensive", "price", LISTEN_HIGH, "Oliver Crane"),
    (4, "2024-12-28", "budget", "too expensive", "budget", LISTEN, "Nadia Brandt"),
    (120, "2024-12-02", "budget", "missing features", "budget", LISTEN, "Oliver Crane"),
    (111, "2024-12-29", "budget", "", "budget", LISTEN, "Pia Sorensen"),
    (223, "2024-12-09", "budget", "too expensive", "budget", LISTEN, "Rosa Valdivia"),
]
"""A competitor alone is no reason, so a person asks; a code beats the words; budgets are theirs,
price, features and support ours. The owner is the account's: companies are dealt out in turn."""


def test_the_first_run_writes_exactly_these_tasks(december: Twice) -> None:
    made: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for task in december.run.tasks():
        playbook, owner = _playbook(task), _owner(december.run, task)
        made[playbook][owner].append(_company(december.run, task))
        assert date.fromisoformat(task.fields["ActivityDate"]) == DUE[playbook]
        assert "The due date skips 1 January 2025 (New Year's Day)." in task.fields["Description"]
    assert {p: {o: sorted(n) for o, n in owners.items()} for p, owners in made.items()} == WANTED


@pytest.mark.parametrize(
    ("company", "on", "code", "words", "category", "playbook", "owner"),
    BY_HAND,
    ids=[f"company {row[0]}" for row in BY_HAND],
)
def test_a_task_follows_from_code_and_words(
    december: Twice,
    company: int,
    on: str,
    code: str,
    words: str,
    category: str,
    playbook: str,
    owner: str,
) -> None:
    org = december.run.sandbox.salesforce
    (task,) = [t for t in december.run.tasks() if _company(december.run, t) == company]
    account = task.fields["WhatId"]
    (record,) = [
        row
        for row in org.all("Cancellation__c")
        if row["Account__c"] == account and str(row["Cancelled_On__c"]) == on
    ]
    assert (record["Reason_Code__c"], record.get("Feedback__c") or "") == (code, words)
    assert record["Winback_Reason__c"] == category
    assert (_playbook(task), _owner(december.run, task)) == (playbook, owner)


def test_who_came_back_gets_a_new_recovery_only_by_leaving_again(december: Twice) -> None:
    """96 companies left in December. Five of them started a subscription again after nothing of
    theirs had run; four of the five left once more."""
    assert december.first["recoveries"] == {"opened": 96 + 4, "joined": 17, "closed": 5}
    assert december.first["tasks"]["wanted"] == len(december.run.tasks()) == 95
    accounts = december.run.sandbox.salesforce.all("Account")
    statuses = Counter(row.get("Winback_Status__c") for row in accounts)
    assert statuses == {None: 404, "open": 95, "recovered": 1}


def test_the_second_run_writes_nothing_and_reads_less(december: Twice) -> None:
    assert december.second["losses"] == {"customer": 0, "deal": 0, "prospect": 0}
    assert all(p["delivered"] == 0 for p in december.second["pushes"].values())
    assert december.second["calls"]["write"] == 0
    assert december.second["signals"] < december.first["signals"] / 10
    assert december.second["calls"]["read"] < december.first["calls"]["read"]


def test_a_task_made_on_christmas_eve_is_due_after_christmas(folder: Path, tmp_path: Path) -> None:
    christmas_eve = datetime(2024, 12, 24, 17, tzinfo=UTC)
    shorter = _cancelled_in(folder, tmp_path / "data", date(2024, 12, 20), christmas_eve.date())
    with data_run("ravenstack", shorter, tmp_path, christmas_eve) as run:
        run.once()
        due = {(_playbook(t), t.fields["ActivityDate"]) for t in run.tasks()}
    assert due == {
        (LISTEN_HIGH, "2024-12-26"),
        (LISTEN_HIGH, "2024-12-27"),  # of customers where the 26th is a holiday, as in Britain
        (ASK, "2024-12-27"),
        (LISTEN, "2024-12-30"),
    }


def _cancelled_in(folder: Path, target: Path, first: date, last: date) -> Path:
    """The folder with the cancellations of some days alone, and no subscriptions."""
    shutil.copytree(folder, target)
    days = [date.fromordinal(day) for day in range(first.toordinal(), last.toordinal() + 1)]
    file = target / "Cancellation__c.csv"
    header, *rows = file.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [row for row in rows if any(f",{day}," in row for day in days)]
    file.write_text("".join([header, *kept]), encoding="utf-8")
    file = target / "Subscription__c.csv"
    file.write_text(file.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    return target


def _playbook(task: LedgerEntry) -> str:
    """The playbook, as the task's own body names it."""
    found = re.search(r'playbook "([^"]+)"', task.fields["Description"])
    assert found, task.fields["Description"]
    return found[1]


def _owner(run: DataRun, task: LedgerEntry) -> str:
    return str((run.sandbox.salesforce.get("User", task.fields["OwnerId"]) or {})["Name"])


def _company(run: DataRun, task: LedgerEntry) -> int:
    account = run.sandbox.salesforce.get("Account", task.fields["WhatId"]) or {}
    found = NUMBER.fullmatch(account["Name"])
    assert found, account
    return int(found[1])
