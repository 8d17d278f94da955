"""Grows a company: reps, customers and their stories, from a seed and a date alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from random import Random

from integration.demo.business import Business, Customer, Line, Person, Rep
from integration.demo.names import TITLES, Country, country_of, domain_of, firm_names, plain
from integration.demo.stories import FRESH, USUAL, Life, Story

_LOCAL = {"GBP": 0.85, "CHF": 0.95, "SEK": 11.2, "JPY": 165.0}
"""Currencies in which a few customers are billed, and roughly what a euro costs there."""

_REPS = (
    ("Maren", "Holtkamp", "Head of Sales", "Europe/Berlin", None, "Management"),
    ("Ian", "Fairweather", "Sales Manager North", "Europe/London", 1, "North"),
    ("Paola", "Rinaldi", "Sales Manager South", "Europe/Rome", 1, "South"),
    ("Anneke", "Dijkstra", "Account Executive", "Europe/Amsterdam", 2, "North"),
    ("Callum", "Rutherford", "Account Executive", "Europe/London", 2, "North"),
    ("Svenja", "Petersen", "Account Executive", "Europe/Berlin", 2, "North"),
    ("Aksel", "Nyström", "Account Executive", "Europe/Stockholm", 2, "North"),
    ("Deirdre", "O'Shea", "Key Account Manager", "Europe/Dublin", 2, "North"),
    ("Marcus", "Boateng", "Account Executive", "America/New_York", 2, "North"),
    ("Lukas", "Brandstätter", "Account Executive", "Europe/Vienna", 3, "South"),
    ("Inès", "Marchand", "Account Executive", "Europe/Paris", 3, "South"),
    ("Jordi", "Casals", "Account Executive", "Europe/Madrid", 3, "South"),
    ("Verena", "Stucki", "Key Account Manager", "Europe/Zurich", 3, "South"),
    ("Tomasz", "Zieliński", "Account Executive", "Europe/Warsaw", 3, "South"),
    ("Gemma", "Hartley", "Account Executive", "America/Chicago", 3, "South"),
)
"""First and last name, title, time zone, manager's number, team; the first three do not sell."""
_MANAGERS = 3
_LEFT = frozenset({9, 14})  # numbers of reps who have left and still own accounts


def grow(line: Line, seed: int, today: date, accounts: int) -> Business:
    """The company as of the morning of `today`. Equal arguments give equal companies."""
    rng = Random(f"{line.name} {seed} {today.isoformat()}")
    reps = tuple(
        Rep(number, first, last, title, zone, manager, number not in _LEFT, team)
        for number, (first, last, title, zone, manager, team) in enumerate(_REPS, 1)
    )
    firms = firm_names(rng, accounts)
    stories = _stories(rng, accounts)
    people = _Numbers()
    customers = tuple(
        _customer(rng, line, reps, today, number, firm, story, people)
        for number, (firm, story) in enumerate(zip(firms, stories, strict=True), 1)
    )
    return Business(line, reps, customers)


class _Numbers:
    """Counts people through the whole company."""

    def __init__(self) -> None:
        self.last = 0

    def next(self) -> int:
        self.last += 1
        return self.last


def _stories(rng: Random, accounts: int) -> list[Story]:
    stories = [story for story, count in FRESH for _ in range(count)][:accounts]
    usual, weights = zip(*USUAL, strict=True)
    stories += rng.choices(usual, weights, k=accounts - len(stories))
    rng.shuffle(stories)
    return stories


def _customer(
    rng: Random,
    line: Line,
    reps: tuple[Rep, ...],
    today: date,
    number: int,
    firm: tuple[str, str, str],
    story: Story,
    people: _Numbers,
) -> Customer:
    name, code, industry = firm
    country = country_of(code)
    city, region = rng.choice(country.places)
    sellers = reps[_MANAGERS:]
    rep = rng.choices(sellers, [10 if one.active else 5 for one in sellers])[0]
    local = country.currency in _LOCAL and country.currency != line.currency
    currency = country.currency if local and rng.random() < 0.4 else line.currency
    size = min(max(rng.lognormvariate(-0.1, 0.8), 0.25), 7.0)
    life = Life(rng, today, line.products, size * _LOCAL.get(currency, 1.0), rep.name)
    story(life)
    life.deals.sort(key=lambda deal: (deal.opened_on, deal.closed_on))
    domain = domain_of(name, number)
    return Customer(
        number,
        name,
        domain,
        industry,
        country.name,
        city,
        region,
        currency,
        employees=round(size * rng.uniform(30, 240)),
        rep=rep.number,
        created_on=life.deals[0].opened_on - timedelta(days=rng.randint(2, 120)),
        people=_people(rng, country, domain, today, people),
        deals=life.deals,
        agreements=life.agreements,
    )


def _people(
    rng: Random, country: Country, domain: str, today: date, numbers: _Numbers
) -> list[Person]:
    """One to four contacts; one account in thirty has none, and some lack a phone or address."""
    count = rng.choices((0, 1, 2, 3, 4), (3, 40, 32, 17, 8))[0]
    firsts = rng.sample(country.first, min(count, len(country.first)))
    return [_person(rng, country, domain, first, today, numbers.next()) for first in firsts]


def _person(
    rng: Random, country: Country, domain: str, first: str, today: date, number: int
) -> Person:
    last = rng.choice(country.last)
    mailbox = f"{plain(first)}.{plain(last)}.{number}@{domain}"
    person = Person(
        number,
        first,
        last,
        rng.choice(TITLES),
        email=mailbox if rng.random() < 0.94 else "",
        phone=f"{country.dial}{rng.randint(100, 999)}" if rng.random() < 0.85 else "",
        opted_out=rng.random() < 0.08,
        do_not_call=rng.random() < 0.04,
    )
    asked = rng.random()
    if asked < 0.18 and not person.opted_out:
        until = today + timedelta(days=rng.randint(60, 700))
        return replace(person, permission="yes", permission_until=until)
    return replace(person, permission="no") if asked > 0.95 else person
