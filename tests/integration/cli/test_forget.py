"""`winback forget`: a person leaves no trace but a hash, in the store and in our open tasks."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from integration.store.engine import connect
from integration.store.tables import metadata
from tests import worlds
from tests.integration.cli.conftest import Desk
from tests.worlds import Lost


def lose_one(desk: Desk) -> tuple[Lost, str]:
    """A customer who left, with tasks about one contact in the CRM; and that contact's name."""
    desk.rules(crms=("sales",))
    worlds.provision(desk.url, desk.config)
    [lost] = worlds.salesforce_losses(desk.sandbox.salesforce, 1)
    [contact] = desk.sandbox.salesforce.all("Contact")
    return lost, contact["LastName"]


def stored(url: str) -> str:
    """Everything that the store holds."""
    engine = connect(url)
    with engine.connect() as connection:
        rows = [connection.execute(sa.select(table)).all() for table in metadata.sorted_tables]
    engine.dispose()
    return repr(rows)


def tasks(desk: Desk) -> list[str]:
    rows = desk.sandbox.salesforce.all("Task")
    return [f"{row['Subject']}\n{row['Description']}" for row in rows]


def test_a_person_is_erased_from_the_store_and_from_our_open_tasks(each_desk: Desk) -> None:
    desk = each_desk
    lost, name = lose_one(desk)
    desk.once()
    assert name in stored(desk.url)
    assert all(name in text for text in tasks(desk))

    told = desk("forget", lost.contact, "--yes").stdout
    assert name in told
    assert "3 open tasks in the CRM rewritten" in told
    assert name not in stored(desk.url)
    assert lost.contact not in stored(desk.url)
    desk.once()
    assert not any(name in text for text in tasks(desk))
    assert all(row["IsClosed"] for row in desk.sandbox.salesforce.all("Task"))
    assert "[winback:" in tasks(desk)[0].splitlines()[-1]


def test_nothing_of_a_person_is_left_in_the_files_of_a_store_that_is_open(desk: Desk) -> None:
    lost, _ = lose_one(desk)
    name = "Quaggamüller"
    desk.sandbox.salesforce.update("Contact", lost.contact, {"LastName": name})
    file = Path(desk.url.removeprefix("sqlite:///"))

    def files() -> str:
        found = (one.read_bytes() for one in file.parent.glob(f"{file.name}*"))
        return b"".join(found).decode(errors="replace")

    engine = connect(desk.url)
    with engine.connect() as others:  # as long as somebody is there, the log beside the file is
        for words in ("too expensive", f"{name} left", "words " * 500, f"{name}: " + "no " * 900):
            desk.sandbox.salesforce.update("Opportunity", lost.deal, {"Description": words})
            desk.once()
        assert name in files()
        desk("forget", lost.contact, "--yes")
        assert name not in files()
        assert lost.contact not in files()
        assert others.exec_driver_sql("PRAGMA secure_delete").scalar() == 1
    engine.dispose()


def test_nobody_is_asked_to_call_them_when_the_crm_shows_them_again(each_desk: Desk) -> None:
    desk = each_desk
    lost, name = lose_one(desk)
    desk.once()
    desk("forget", lost.contact, "--yes")
    desk.sandbox.salesforce.update("Contact", lost.contact, {"Title": "Head of Purchasing"})
    desk.sandbox.salesforce.update("Opportunity", lost.deal, {"StageName": "Prospecting"})
    desk.once()
    desk.sandbox.salesforce.update("Opportunity", lost.deal, {"StageName": "Closed Lost"})
    desk.once()
    assert len(tasks(desk)) == 3
    assert name not in stored(desk.url)
    assert lost.contact not in stored(desk.url)


def test_somebody_unknown_is_let_alone_when_the_crm_shows_them(desk: Desk) -> None:
    desk.once()
    lost, name = lose_one(desk)
    told = desk("forget", lost.contact, "--yes", "--crm", "sales").stdout
    assert "The store has no contact" in told
    desk.once()
    assert tasks(desk) == []
    assert name not in stored(desk.url)


def test_a_task_that_waits_is_never_written(desk: Desk) -> None:
    lost, _ = lose_one(desk)
    worlds.salesforce_losses(desk.sandbox.salesforce, 2)
    calm = worlds.COMPANY.replace("storm_max_losses = 10_000", "storm_max_losses = 2\n")
    desk.rules(crms=("sales",), company=calm)
    desk.once()
    shown = desk("forget", lost.contact, "--yes").stdout
    assert "3 tasks not yet in the CRM" in shown
    desk("resume-held")
    desk.once()
    assert len(tasks(desk)) == 6
    assert not any("forgotten" in text for text in tasks(desk))


def test_what_others_wrote_of_them_loses_the_name(desk: Desk) -> None:
    lost, name = lose_one(desk)
    desk.sandbox.salesforce.update(
        "Opportunity", lost.deal, {"Description": f"too expensive, said {name.upper()}"}
    )
    other = {"LastName": "Adam", "AccountId": lost.account}
    desk.sandbox.salesforce.create("Contact", other)
    desk.once()
    desk("forget", lost.contact, "--yes")
    assert name.lower() not in stored(desk.url).lower()
    desk.once()
    assert not any(name.lower() in text.lower() for text in tasks(desk))
    assert not any(row["IsClosed"] for row in desk.sandbox.salesforce.all("Task"))
    desk.once()
    assert name.lower() not in stored(desk.url).lower()


def test_done_tasks_are_told_and_kept(desk: Desk) -> None:
    lost, name = lose_one(desk)
    desk.once()
    [first, *_] = desk.sandbox.salesforce.all("Task")
    desk.sandbox.salesforce.update("Task", first["Id"], {"Status": "Completed"})
    desk.once()
    counted = desk.json("forget", lost.contact, "--yes")
    assert (counted["open_tasks"], counted["done_tasks"], counted["done"]) == (2, 1, True)
    desk.once()
    assert sum(name in text for text in tasks(desk)) == 1
    assert name not in stored(desk.url)


def test_it_asks_first(desk: Desk) -> None:
    lost, name = lose_one(desk)
    desk.once()
    refused = desk("forget", lost.contact)
    assert refused.exit_code == 2
    assert "no terminal to ask on; add --yes" in refused.stderr
    assert name in stored(desk.url)
    assert desk("forget", lost.contact, "--json").exit_code == 2
    assert desk("forget", "no id!", "--yes").exit_code == 2
