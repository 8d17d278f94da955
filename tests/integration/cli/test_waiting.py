"""`winback waiting`: the tasks that only a rep's budget holds, in the order of their turn."""

from __future__ import annotations

from datetime import date, timedelta

from integration.runtime import wall_clock
from rules.calendar import today_in
from tests import worlds
from tests.integration.cli.conftest import Desk

COMPANY = worlds.COMPANY + "tasks_per_rep_per_day = 2\n"


def test_a_reps_tasks_stand_in_the_order_of_their_turn_with_the_day_to_expect(
    each_desk: Desk,
) -> None:
    desk = each_desk
    desk.rules(crms=("sales",), company=COMPANY)
    worlds.salesforce_losses(desk.sandbox.salesforce, 2)
    desk.once()
    today = today_in("Europe/Berlin", wall_clock())
    rows = desk.json("waiting")["sales"]
    assert [row["place"] for row in rows] == [1, 2, 3, 4]
    days = [today + timedelta(days=ahead) for ahead in (1, 1, 2, 2)]
    assert [row["expected_on"] for row in rows] == [str(on) for on in days]
    scores = [row["effective_score"] for row in rows]
    assert scores == sorted(scores, reverse=True)
    assert {row["since"] for row in rows} == {str(today)}
    assert {row["rep"] for row in rows} == {"Lee"}


def test_the_screen_says_why_they_wait(desk: Desk) -> None:
    desk.rules(crms=("sales",), company=COMPANY)
    worlds.salesforce_losses(desk.sandbox.salesforce, 1)
    desk.once()
    words = " ".join(desk("waiting").stdout.split())
    assert "sales: Lee" in words
    assert "…" not in words
    assert "1 task waits: a rep gets 2 new tasks a day ([limits] tasks_per_rep_per_day)" in words


def test_the_screen_of_eighty_columns_keeps_ids_and_days_whole(desk: Desk) -> None:
    desk.rules(crms=("sales",), company=COMPANY)
    worlds.salesforce_losses(desk.sandbox.salesforce, 1)
    desk.once()
    [row] = desk.json("waiting")["sales"]
    shown = desk("waiting", COLUMNS="80").stdout
    expected = date.fromisoformat(row["expected_on"])
    assert row["account"].rpartition(" ")[2] in shown  # its id
    assert f"{expected.day} {expected:%b} " in shown


def test_who_waited_goes_before_what_came_later(desk: Desk) -> None:
    desk.rules(crms=("sales",), company=COMPANY)
    worlds.salesforce_losses(desk.sandbox.salesforce, 1)
    desk.once()
    [first] = desk.json("waiting")["sales"]
    worlds.salesforce_losses(desk.sandbox.salesforce, 1)
    desk.once()
    assert first["key"] in {row["key"] for row in desk.json("waiting")["sales"]}


def test_where_nothing_waits_it_says_so(desk: Desk) -> None:
    desk.once()
    assert desk("waiting").stdout == "no task waits for a rep's budget\n"
    assert desk.json("waiting") == {"sales": []}
