"""The bars that somebody watches while a history is read."""

from __future__ import annotations

import io

from rich.console import Console

from integration.cli.progress import Bar, shown_progress
from integration.runtime import Silent


def test_a_bar_for_each_crm_and_kind_of_record_tells_how_far_it_is() -> None:
    screen = io.StringIO()
    with Bar(Console(file=screen, force_terminal=True, width=80)) as bar:
        bar.step("sales", "Contact", 2_000, 6_000)
        bar.step("hub", "deals", 200, 200)
        bar.step("sales", "Contact", 4_000, 6_000)
    shown = screen.getvalue()
    last = shown[shown.rindex("sales: Contact") :]
    assert "4000/6000" in last
    assert "hub: deals" in last
    assert "200/200" in last


def test_how_many_there_are_may_be_unknown() -> None:
    screen = io.StringIO()
    with Bar(Console(file=screen, force_terminal=True, width=80)) as bar:
        bar.step("sales", "Task", 40, None)
    assert "40/40" in screen.getvalue()


def test_where_nobody_watches_nothing_is_drawn() -> None:
    with shown_progress() as progress:
        assert isinstance(progress, Silent)
