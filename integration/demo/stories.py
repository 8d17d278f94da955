"""The lives that the demo's customers lead: how each came, stayed, left or never bought.

A story fills a `Life` with deals and agreements. Nothing closes later than the day before
`today`, and a story that is not about a fresh loss loses nothing in the last month, so that
the fresh ones can be counted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from integration.demo.business import Agreement, Deal, Kind, Outcome
from integration.demo.loss_notes import NOT_SAID, Why, why

FRESH_WITHIN = 30  # days
TERM = timedelta(days=364)  # an agreement's last day, counted from its first
_SEASON = (7, 8, 11, 8, 8, 11, 6, 3, 10, 9, 8, 12)
"""How much is closed in each month: quarters end busily, August sleeps."""


@dataclass(slots=True)
class Life:
    """One customer's history in the making."""

    rng: Random
    today: date
    products: tuple[tuple[str, int], ...]
    size: float  # what this customer pays, in list prices
    rep: str
    deals: list[Deal] = field(default_factory=list)
    agreements: list[Agreement] = field(default_factory=list)

    def ago(self, least: int, most: int) -> date:
        """A working day between `least` and `most` days ago, never today or later."""
        return working_day(self.today - timedelta(days=self.rng.randint(max(least, 1), most)))

    def reason(self, product: str) -> Why:
        bought = any(deal.outcome is Outcome.WON for deal in self.deals)
        return why(self.rng, product, self.rep, bought)

    def amount(self, list_price: int) -> Decimal:
        return Decimal(max(round(list_price * self.size * self.rng.uniform(0.85, 1.15), -1), 100))

    def close(self, kind: Kind, outcome: Outcome, on: date, product: tuple[str, int]) -> None:
        lost = outcome is Outcome.LOST
        self.deals.append(
            Deal(
                kind,
                product[0],
                self.amount(product[1]),
                opened_on=on - timedelta(days=self.rng.randint(14, 110)),
                closed_on=on,
                outcome=outcome,
                touched_on=on,
                why=self.reason(product[0]) if lost else NOT_SAID,
            )
        )

    def open(self, kind: Kind, touched_on: date, product: tuple[str, int]) -> None:
        self.deals.append(
            Deal(
                kind,
                product[0],
                self.amount(product[1]),
                opened_on=touched_on - timedelta(days=self.rng.randint(1, 60)),
                closed_on=self.today + timedelta(days=self.rng.randint(10, 120)),
                outcome=Outcome.OPEN,
                touched_on=touched_on,
            )
        )

    def pick(self) -> tuple[str, int]:
        return self.rng.choice(self.products)


def working_day(on: date) -> date:
    """The day itself or the Friday before."""
    return on - timedelta(days=max(on.weekday() - 4, 0))


def agreed(life: Life, first_on: date, runs_on: date) -> None:
    """Terms of a year, renewed in time, from `first_on` to the one that runs on `runs_on`."""
    product = life.pick()
    life.close(Kind.NEW, Outcome.WON, working_day(first_on - timedelta(days=3)), product)
    starts_on, value = first_on, life.deals[-1].amount
    while True:
        life.agreements.append(Agreement(product[0], value, starts_on, starts_on + TERM))
        if starts_on + TERM >= runs_on:
            return
        renewed_on = starts_on + TERM - timedelta(days=life.rng.randint(8, 45))
        life.close(Kind.RENEWAL, Outcome.WON, working_day(renewed_on), product)
        value = max(life.deals[-1].amount, value)
        starts_on += TERM + timedelta(days=1)


def expansions(life: Life, since: date, until: date) -> None:
    """More of it, now and then; about half are lost."""
    on = since + timedelta(days=life.rng.randint(50, 190))
    while on < until:
        season = life.rng.random() * max(_SEASON) < _SEASON[on.month - 1]
        fresh = on > life.today - timedelta(days=FRESH_WITHIN + 3)
        if season:
            won = fresh or life.rng.random() < 0.48
            outcome = Outcome.WON if won else Outcome.LOST
            life.close(Kind.EXPANSION, outcome, working_day(on), life.pick())
        on += timedelta(days=life.rng.randint(50, 190))


def stays(life: Life) -> None:
    """Renewed in time ever since; where the term is near its end, the renewal is being talked
    about."""
    first_on = min(life.ago(150, 1090), life.ago(150, 1090))
    yesterday = life.today - timedelta(days=1)
    agreed(life, first_on, yesterday)
    expansions(life, first_on, yesterday)
    if life.agreements[-1].ends_on < life.today + timedelta(days=75):
        life.open(Kind.RENEWAL, life.ago(1, 20), life.pick())


def steady(life: Life) -> None:
    stays(life)
    if life.rng.random() < 0.3:
        life.open(Kind.EXPANSION, life.ago(1, 40), life.pick())
    elif life.rng.random() < 0.1:
        life.open(Kind.EXPANSION, life.ago(95, 140), life.pick())


def cancelled(life: Life, noticed_on: date, notice_in_days: int) -> None:
    """Notice given on `noticed_on`; the agreement ends at the end of the notice period."""
    first_on = noticed_on - timedelta(days=life.rng.randint(120, 900))
    agreed(life, first_on, noticed_on)
    expansions(life, first_on, noticed_on - timedelta(days=30))
    last = life.agreements.pop()
    if last.starts_on > noticed_on - timedelta(days=20):  # nobody leaves in the first weeks
        last = replace(last, starts_on=noticed_on - timedelta(days=20))
    ends_on = min(last.ends_on, noticed_on + timedelta(days=notice_in_days))
    life.agreements.append(
        replace(last, ends_on=ends_on, cancelled_on=noticed_on, why=life.reason(last.product))
    )


def cancelled_lately(life: Life) -> None:
    """Some of them are still in their notice period: the best time to save them."""
    cancelled(life, life.ago(1, FRESH_WITHIN - 3), life.rng.choice((0, 0, 30, 60, 90)))


def cancelled_before(life: Life) -> None:
    cancelled(life, life.ago(200, 900), life.rng.choice((0, 30, 60)))


def renewal_lost(life: Life, lost_on: date) -> None:
    ends_on = lost_on + timedelta(days=life.rng.randint(-3, 25))
    first_on = ends_on - TERM - (TERM + timedelta(days=1)) * life.rng.randint(0, 1)
    agreed(life, first_on, ends_on)
    expansions(life, first_on, ends_on - timedelta(days=60))
    last = life.agreements[-1].product
    product = next(one for one in life.products if one[0] == last)
    life.close(Kind.RENEWAL, Outcome.LOST, lost_on, product)


def renewal_lost_lately(life: Life) -> None:
    renewal_lost(life, life.ago(1, FRESH_WITHIN - 3))


def renewal_lost_before(life: Life) -> None:
    renewal_lost(life, life.ago(160, 700))


def deal_lost_lately(life: Life) -> None:
    """A customer who stays, and did not want more of it."""
    stays(life)
    life.close(Kind.EXPANSION, Outcome.LOST, life.ago(1, FRESH_WITHIN - 3), life.pick())


def prospect(life: Life) -> None:
    """Never bought: lost once or twice, or still being courted."""
    for _ in range(life.rng.choice((1, 1, 2))):
        life.close(Kind.NEW, Outcome.LOST, life.ago(FRESH_WITHIN + 5, 1000), life.pick())
    if life.rng.random() < 0.3:
        life.open(Kind.NEW, life.ago(1, 60), life.pick())


def prospect_lost_lately(life: Life) -> None:
    life.close(Kind.NEW, Outcome.LOST, life.ago(1, FRESH_WITHIN - 3), life.pick())


def ordered(life: Life, first_on: date, last_on: date, gap_in_days: int) -> None:
    """No agreement: orders again and again, the last on `last_on`."""
    life.close(Kind.NEW, Outcome.WON, working_day(first_on), life.pick())
    on = first_on
    while True:
        on += timedelta(days=round(gap_in_days * life.rng.uniform(0.7, 1.3)))
        if on >= last_on - timedelta(days=gap_in_days // 2):
            break
        outcome = Outcome.WON if life.rng.random() < 0.8 else Outcome.LOST
        life.close(Kind.ORDER, outcome, working_day(on), life.pick())
    life.close(Kind.ORDER, Outcome.WON, working_day(last_on), life.pick())


def orders_now_and_then(life: Life) -> None:
    last_on = life.ago(FRESH_WITHIN + 5, 60)
    ordered(life, last_on - timedelta(days=life.rng.randint(300, 900)), last_on, 55)


def drifted_away(life: Life) -> None:
    """Stopped ordering without a word: lost by time alone."""
    last_on = life.ago(190, 600)
    ordered(life, last_on - timedelta(days=life.rng.randint(200, 400)), last_on, 60)
    if life.rng.random() < 0.3:
        life.open(Kind.ORDER, last_on + timedelta(days=20), life.pick())


def about_to_drift(life: Life) -> None:
    """The last order is nearly 120 days old: becomes lost while the demo's weeks go by."""
    last_on = working_day(life.today - timedelta(days=life.rng.randint(104, 118)))
    ordered(life, last_on - timedelta(days=life.rng.randint(250, 500)), last_on, 45)


def about_to_run_out(life: Life) -> None:
    """The agreement ends within weeks, and nobody has talked about a renewal."""
    ends_on = life.today + timedelta(days=life.rng.randint(3, 25))
    first_on = ends_on - TERM - (TERM + timedelta(days=1)) * life.rng.randint(0, 1)
    agreed(life, first_on, ends_on)


def returned(life: Life) -> None:
    noticed_on = life.ago(260, 600)
    cancelled(life, noticed_on, 30)
    left_on = life.agreements[-1].ends_on
    back_on = left_on + timedelta(days=life.rng.randint(50, 150))
    agreed(life, min(back_on, life.today - timedelta(days=40)), life.today)


Story = Callable[[Life], None]

FRESH: tuple[tuple[Story, int], ...] = (
    (cancelled_lately, 8),
    (renewal_lost_lately, 5),
    (deal_lost_lately, 7),
    (prospect_lost_lately, 5),
    (about_to_drift, 4),
    (about_to_run_out, 5),
)
"""Told exactly so many times, whatever the company's size."""

USUAL: tuple[tuple[Story, int], ...] = (
    (steady, 48),
    (prospect, 22),
    (orders_now_and_then, 8),
    (cancelled_before, 8),
    (renewal_lost_before, 4),
    (drifted_away, 6),
    (returned, 4),
)
"""The rest of the customers, by weight."""
