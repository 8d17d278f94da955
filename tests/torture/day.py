"""A working day under faults, as a state machine: people and customers act, calls fail, our
process runs, dies and runs again. At its end everybody comes to rest, and is looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from integration.crashpoints import POINTS
from integration.once import EXIT_FINE
from integration.store import outbox
from integration.store.engine import begin, connect
from integration.store.tables import field_values, pushes
from rules.model import Field
from tests.torture.checking import check_everything
from tests.torture.desks import Desk
from tests.torture.nemesis import late_writes_land, troubles
from tests.torture.process import Process
from tests.torture.scene import Scene
from tests.torture.wills import Customer, Wills

MOST_CALLS = 400
"""Of one run, whatever fails: it waits ever longer, and gives up after half a minute."""

MOST_CALLS_AT_REST = 60
A_DAY = 25 * 3_600.0
picks = st.integers(0, 99)
reasons = st.sampled_from(("service", None))
works = st.sampled_from(("close", "reassign", "retitle", "delete", "body"))

_DEALS = {
    # deed of a customer -> how their deal stands before and after
    "reopen": ("lost", "open"),
    "lose again": ("open", "lost"),
    "come back": ("lost", "lost"),
    "delete": ("lost", "deleted"),
    "restore": ("deleted", "lost"),
}
afterwards = st.sampled_from((None, None, 0.0, 1.0, 600.0, A_DAY))
"""In how many seconds we run once more, if at all, after somebody did something."""

CUSTOMERS_DEEDS = ("leave", "leave", *_DEALS, "merge")


class WorkingDay(RuleBasedStateMachine):
    """`open_scene` is set by whoever runs it."""

    open_scene: ClassVar[Callable[[], Scene]]

    def __init__(self) -> None:
        super().__init__()
        self.scene = type(self).open_scene()
        self.desk: Desk = self.scene.desk
        self.process = Process(self.desk, self.scene.config)
        self.wills = Wills()
        self.people: list[Customer] = []
        self._lose_one()

    # ---- customers

    @rule(deed=st.sampled_from(CUSTOMERS_DEEDS), pick=picks, other=picks, then=afterwards)
    def a_customer(self, deed: str, pick: int, other: int, then: float | None) -> None:
        self._customer_does(deed, pick, other)
        self._then(then)

    def _customer_does(self, deed: str, pick: int, other: int) -> None:
        """Where nobody can do it, somebody else leaves us."""
        if deed == "merge":
            self._merge(pick, other)
            return
        before, after = _DEALS.get(deed, ("", ""))
        able = [one for one in self.people if self._is_able(one, before)]
        if not able:
            self._lose_one()
            return
        one = able[pick % len(able)]
        match deed:
            case "reopen":
                self.desk.reopen(one.lost)
            case "lose again":
                self.desk.lose_again(one.lost)
            case "delete":
                self.desk.delete_deal(one.lost)
            case "restore":
                self.desk.restore_deal(one.lost)
            case "come back":
                self.desk.win_again(one.lost)
                one.back = True
        one.deal = after

    def _is_able(self, one: Customer, deal: str) -> bool:
        return one.deal == deal and one.is_simple and not one.back

    def _lose_one(self) -> None:
        self.people.append(Customer(self.desk.lose()))

    def _merge(self, pick: int, other: int) -> None:
        alive = [one for one in self.people if not one.merged_away]
        winner = alive.pop(pick % len(alive))
        if not alive:
            self._lose_one()
            return
        loser = alive[other % len(alive)]
        self.desk.merge(winner.lost, loser.lost)
        account = (self.desk.account_type, winner.lost.account)
        if self.wills.reasons.get(account, "") is None:
            # what a person cleared, HubSpot fills with the value of the one that is merged in
            del self.wills.reasons[account]
            self.wills.unseen.add(account)
        winner.merged_with.append(loser)
        loser.merged_away = True

    # ---- persons

    @rule(pick=picks, on_deal=st.booleans(), reason=reasons, then=afterwards)
    def a_person_sets_the_reason(
        self, pick: int, on_deal: bool, reason: str | None, then: float | None
    ) -> None:
        self._set_reason(pick, on_deal, reason)
        self._then(then)

    def _set_reason(self, pick: int, on_deal: bool, reason: str | None) -> None:
        one = self.people[pick % len(self.people)]
        deal, account = (self.desk.deal_type, one.lost.deal), one.lost.account
        field = deal if on_deal else (self.desk.account_type, account)
        if not self.desk.stands(*field) or self.desk.reason_on(*field) == reason:
            return
        self.desk.choose_on(*field, reason)
        if reason is None and not self._was_known(*field):
            self.wills.reasons.pop(field, None)
            self.wills.unseen.add(field)
        else:
            self.wills.reasons[field] = reason

    def _was_known(self, type: str, id: str) -> bool:
        """Whether we knew of a value in our field. One that came and went between two polls, or
        that we wrote and never heard of, nobody can tell from a field that never had one."""
        named = sa.select(field_values).where(
            field_values.c.type == type,
            field_values.c.record_id == id,
            field_values.c.field == Field.REASON.value,
        )
        rows = self.desk.stored(named)
        return any(row.theirs or row.written for row in rows) and not self._is_under_way()

    def _is_under_way(self) -> bool:
        states = pushes.c.state.in_(("in_flight", "unknown"))
        return bool(self.desk.stored(sa.select(pushes.c.id).where(states)))

    @rule(pick=picks, what=works, then=afterwards)
    def a_person_works_on_a_task(self, pick: int, what: str, then: float | None) -> None:
        self._work(pick, what)
        self._then(then)

    def _work(self, pick: int, what: str) -> None:
        standing = sorted(self.desk.ours())
        if not standing:
            return
        task = standing[pick % len(standing)]
        match what:
            case "close":
                self.desk.task_change(task, "close")
                self.wills.edit(task, "closed", True)
            case "reassign":
                self.desk.task_change(task, "reassign", self.scene.colleague)
                self.wills.edit(task, "owner", self.scene.colleague)
            case "retitle":
                self.desk.task_change(task, "retitle", "Mine")
                self.wills.edit(task, "subject", "Mine")
            case "delete":
                self.desk.task_change(task, "delete")
                self.wills.deleted.add(task)
            case "body":
                self.desk.add_to_body(task)
                self.wills.edit(task, "body", True)

    @rule(pick=picks)
    def a_person_makes_a_task(self, pick: int) -> None:
        alive = [one for one in self.people if not one.merged_away]
        self.wills.own_tasks.add(self.desk.own_task(alive[pick % len(alive)].lost))

    # ---- time, faults, and our process

    @rule(data=st.data(), leaves=st.booleans(), then=afterwards)
    def something_breaks(self, data: st.DataObject, leaves: bool, then: float | None) -> None:
        """Where somebody `leaves` in that moment, there is something to write."""
        if leaves:
            self._lose_one()
        crm = self.desk.sandbox_name
        self.desk.sandbox.world.faults.append(data.draw(troubles(crm)).fault(crm))
        self._then(then)

    @precondition(lambda self: self.desk.sandbox_name == "salesforce")  # HubSpot's never do
    @rule()
    def the_token_expires(self) -> None:
        self.desk.sandbox.salesforce.sessions.expire_all()

    @rule()
    def everything_is_mended(self) -> None:
        self.desk.sandbox.world.faults.clear()

    @rule(later=st.sampled_from((0.0, 1.0, 30.0, 600.0, 7_200.0, A_DAY)))
    def we_run(self, later: float) -> None:
        self.process.wait(later)
        self._run(MOST_CALLS)

    @rule(point=st.sampled_from(POINTS), count=st.integers(1, 4), leaves=st.booleans())
    def we_are_killed(self, point: str, count: int, leaves: bool) -> None:
        if leaves:
            self._lose_one()
        self.process.killed(point, count)

    def _then(self, later: float | None) -> None:
        if later is not None:
            self.we_run(later)

    def _run(self, most: int) -> int:
        before = self._calls()
        run = self.process.once()
        made = self._calls() - before
        assert made <= most, f"{made} calls in one run"
        return run.exit_code

    def _calls(self) -> int:
        return sum(self.desk.sandbox.world.calls.values())

    # ---- the end of the day

    def teardown(self) -> None:
        try:
            self._come_to_rest()
            check_everything(self.desk, self.wills, self.people)
        finally:
            self.scene.close()

    def _come_to_rest(self) -> None:
        """With everything mended: a day on, so that deletions are noticed; what was given up on
        is sent again once; and then nothing is left to do."""
        late_writes_land()
        self.desk.sandbox.world.faults.clear()
        for _ in range(2):
            self.process.wait(A_DAY)
            self._run(MOST_CALLS)
            self._requeue()
        self.process.wait(600)
        assert self._run(MOST_CALLS) == EXIT_FINE, self.desk.parked()
        self.process.wait(600)
        before = self.desk.writes()
        assert self._run(MOST_CALLS_AT_REST) == EXIT_FINE, self.desk.parked()
        assert self.desk.writes() == before, "written again without cause"

    def _requeue(self) -> None:
        engine = connect(self.desk.url)
        with begin(engine) as connection:
            outbox.requeue(connection, self.process.now())
        engine.dispose()
