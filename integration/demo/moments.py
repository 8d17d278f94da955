"""What happens in the demo's weeks beside the reps' daily work, and what winback makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from integration.demo.desk import Customer, Desk, Todo
from integration.demo.loss_notes import Why
from rules.model import Field, Outcome, Provenance

NOTICE = timedelta(days=30)
ANOTHER_YEAR = timedelta(days=364)

_WAITING = Why("Support", "Nine days without an answer, twice this autumn. Enough of waiting.")
_PRICE = Why("Too expensive", "Pays for three sites and uses one. Asked for less, we had nothing.")
_FELT_ALONE = Why("Other", "Nobody has called them since their rep left us in spring.")


@dataclass(slots=True)
class Play:
    """One CRM's people, and the accounts that the story has used already."""

    desk: Desk
    used: set[str] = field(default_factory=set)

    def open_todos(self, *record_types: str) -> list[Todo]:
        """Open tasks on accounts that the story has not touched, about losses told by a type."""
        return [
            todo
            for todo in self.desk.todos()
            if not todo.closed and todo.account_id not in self.used
            if not record_types or todo.record.type in record_types
        ]

    def settled_customer(self, on: date, *, owner_left: bool = False) -> Customer | None:
        """A customer whom we have nothing to do with."""
        ours = {todo.account_id for todo in self.desk.todos()} | self.used
        return next(
            (
                one
                for one in self.desk.settled_customers(on)
                if one.id not in ours and one.owner_left is owner_left
            ),
            None,
        )

    def moment(self, account_id: str, sentence: str, otherwise: str = "") -> Moment:
        self.used.add(account_id)
        return Moment(self, account_id, sentence, otherwise or "no task comes or goes")


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened with one account, in a sentence. `otherwise` is what to say when
    no task came or went because of it."""

    play: Play
    account_id: str
    sentence: str
    otherwise: str


Happens = Callable[[Play, date], Moment | None]
"""Lets something happen on a day; None where the company has nobody whom it could happen to."""


def reason_corrected(play: Play, _on: date) -> Moment | None:
    for todo in play.open_todos():
        was = play.desk.field(todo.record, Field.REASON)
        if todo.step != "listen" or was == "service":
            continue
        play.desk.set_fields(todo.record, {Field.REASON: "service"})
        return play.moment(
            todo.account_id,
            f"{todo.owner} knows better why {todo.account} left:"
            f" not {was.replace('_', ' ')}, service.",
            "a person's choice stays, for ever",
        )
    return None


def confirmed(play: Play, _on: date) -> Moment | None:
    """The rep listened, said it back, and the customer agreed; the fault is ours."""
    for todo in play.desk.todos():
        if todo.closed or todo.step != "listen" or "Offer nothing today" not in todo.body:
            continue
        play.desk.answer(todo, Outcome.SPOKE)
        play.desk.set_fields(todo.record, {Field.PROVENANCE: Provenance.CONFIRMED.value})
        who = f"{todo.contact} of {todo.account}" if todo.contact else todo.account
        return play.moment(todo.account_id, f"{who} to {todo.owner}: “Yes, exactly that.”")
    return None


def returned(play: Play, on: date) -> Moment | None:
    """A customer who is gone already, not one who still has a notice period to run."""
    for todo in play.open_todos("Opportunity", "deals"):
        if todo.step in ("listen", "thank"):  # prospects are only asked
            product = play.desk.wins(todo.account_id, on)
            told = f"{todo.account} is back: they bought {product}."
            return play.moment(todo.account_id, told)
    return None


def withdrawn(play: Play, on: date) -> Moment | None:
    for todo in play.open_todos("Contract", "subscriptions"):
        play.desk.withdraws(todo.record.id, on + ANOTHER_YEAR)
        return play.moment(todo.account_id, f"{todo.account} takes the cancellation back.")
    return None


def cancelled(play: Play, on: date) -> Moment | None:
    return _cancelled(play, on, _WAITING)


def cancelled_over_price(play: Play, on: date) -> Moment | None:
    return _cancelled(play, on, _PRICE)


def cancelled_with_owner_gone(play: Play, on: date) -> Moment | None:
    return _cancelled(play, on, _FELT_ALONE, owner_left=True)


def _cancelled(play: Play, on: date, why: Why, *, owner_left: bool = False) -> Moment | None:
    customer = play.settled_customer(on, owner_left=owner_left)
    if customer is None:
        return None
    play.desk.cancels(customer, on, on + NOTICE, why)
    told = f"{customer.name} cancels and leaves in {NOTICE.days} days."
    if owner_left:
        told += f" Their rep, {customer.owner}, has left us too."
    return play.moment(customer.id, told)


def deal_lost(play: Play, on: date) -> Moment | None:
    customer = play.settled_customer(on)
    if customer is None:
        return None
    play.desk.loses_deal(customer, on, "No budget for more of it this year.")
    return play.moment(
        customer.id,
        f"{customer.owner} loses a deal with {customer.name}.",
        "a lost deal and no lost customer: their contract runs on, so no task",
    )


def opted_out(play: Play, _on: date) -> Moment | None:
    for todo in play.open_todos():
        if todo.contact_id and play.desk.contacts(todo.account_id) == 1:
            play.desk.opt_out(todo.contact_id)
            told = f"{todo.contact} of {todo.account} opts out."
            return play.moment(todo.account_id, told)
    return None


def effect(moment: Moment, before: Iterable[Todo], after: Iterable[Todo]) -> tuple[str, ...]:
    """What winback made of it, read off the account's tasks."""
    before = list(before)
    known = {todo.key for todo in before}
    were_open = {t.key for t in before if t.account_id == moment.account_id and not t.closed}
    own = [todo for todo in after if todo.account_id == moment.account_id]
    closed = sum(todo.closed for todo in own if todo.key in were_open)
    said = [f"{closed} open task{'' if closed == 1 else 's'} closed"] if closed else []
    said += [
        f"new for {todo.owner}, due {day_of(todo.due_on)}: {todo.subject}"
        for todo in own
        if todo.key not in known
    ]
    return tuple(said) or (moment.otherwise,)


def day_of(on: date) -> str:
    return f"{on:%a} {on.day} {on:%b}"
