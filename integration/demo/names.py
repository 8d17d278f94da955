"""Words of our own from which the demo's firms and people get their names.

Any likeness to a real firm is chance. Domains end in `.example`, which nobody can own, and
phone numbers lie in ranges that are kept for fiction where a country has one.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Country:
    """Where an account lives: its name, ISO code, places, legal forms and people's names."""

    code: str
    name: str
    weight: int
    currency: str
    dial: str
    places: tuple[tuple[str, str], ...]  # (city, region)
    forms: tuple[str, ...]
    first: tuple[str, ...]
    last: tuple[str, ...]


COUNTRIES = (
    Country(
        "DE", "Germany", 30, "EUR", "+49 30 23125",
        (("Munich", "Bavaria"), ("Hamburg", "Hamburg"), ("Köln", "North Rhine-Westphalia"),
         ("Leipzig", "Saxony"), ("Ulm", "Baden-Württemberg")),
        ("GmbH", "GmbH & Co. KG", "AG", "e.K."),
        ("Jürgen", "Sabine", "Katrin", "Björn", "Anke", "Matthias", "Ulrike", "Tobias", "Heike"),
        ("Köhler", "Schröder", "Groß", "Wehner", "Lindqvist-Meyer", "Bäcker", "Ostermann", "Rühl"),
    ),
    Country(
        "US", "United States", 24, "USD", "+1 312 555",
        (("Columbus", "Ohio"), ("Portland", "Oregon"), ("Austin", "Texas"),
         ("Madison", "Wisconsin"), ("Raleigh", "North Carolina")),
        ("Inc.", "LLC", "Co.", "Corp."),
        ("Dana", "Marcus", "Priya", "Tyrell", "Megan", "Luis", "Karen", "Wes", "Shanice"),
        ("Whitfield", "O'Brien", "Okafor", "Delgado", "Nakamura", "Pruitt", "Castellano", "Boone"),
    ),
    Country(
        "GB", "United Kingdom", 14, "GBP", "+44 20 7946 0",
        (("Leeds", "England"), ("Bristol", "England"), ("Dundee", "Scotland")),
        ("Ltd", "plc", "LLP"),
        ("Imogen", "Alistair", "Rhiannon", "Nasreen", "Gareth", "Fiona", "Jamal"),
        ("Ashworth", "D'Arcy", "MacLeish", "Begum", "Pemberton", "Llewellyn", "Thackeray"),
    ),
    Country(
        "FR", "France", 8, "EUR", "+33 1 99 00 ",
        (("Lyon", "Auvergne-Rhône-Alpes"), ("Nantes", "Pays de la Loire")),
        ("SAS", "SARL", "SA"),
        ("Élodie", "Benoît", "Chloé", "Rémi", "Océane", "Gaël"),
        ("Lefèvre", "d'Aubigny", "Moreau", "Chevalier", "Prud'homme", "Garçon"),
    ),
    Country(
        "NL", "Netherlands", 6, "EUR", "+31 20 555 ",
        (("Utrecht", "Utrecht"), ("Eindhoven", "North Brabant")),
        ("B.V.", "N.V."),
        ("Sanne", "Joost", "Marijke", "Thijs", "Fenna"),
        ("van der Berg", "de Wit", "'t Hart", "Hoekstra", "Kuipers"),
    ),
    Country(
        "CH", "Switzerland", 5, "CHF", "+41 44 555 ",
        (("Zürich", "Zürich"), ("Basel", "Basel-Stadt")),
        ("AG", "GmbH"),
        ("Reto", "Ursina", "Beat", "Flurina"),
        ("Bühler", "Zürcher", "Caflisch", "Aebischer"),
    ),
    Country(
        "SE", "Sweden", 4, "SEK", "+46 8 465 004 ",
        (("Göteborg", "Västra Götaland"), ("Uppsala", "Uppsala")),
        ("AB",),
        ("Åsa", "Göran", "Linnéa", "Örjan"),
        ("Sjöberg", "Åkesson", "Lindström", "Björklund"),
    ),
    Country(
        "ES", "Spain", 4, "EUR", "+34 91 555 ",
        (("Valencia", "Valencia"), ("Bilbao", "Basque Country")),
        ("S.L.", "S.A."),
        ("Íñigo", "Begoña", "Nuria", "Álvaro"),
        ("Muñoz", "Etxeberria", "Peñalver", "Ibáñez"),
    ),
    Country(
        "AT", "Austria", 3, "EUR", "+43 1 555 ",
        (("Graz", "Styria"), ("Linz", "Upper Austria")),
        ("GmbH", "OG"),
        ("Franz", "Resi", "Hannes", "Elfriede"),
        ("Höllerer", "Gruber", "Wöß", "Steindl"),
    ),
    Country(
        "JP", "Japan", 2, "JPY", "+81 3 5550 ",
        (("Osaka", "Osaka"), ("Nagoya", "Aichi")),
        ("K.K.",),
        ("Haruka", "Kenji", "Yūko"),
        ("Tanabe", "Ōnishi", "Morikawa"),
    ),
)  # fmt: skip

ODD_NAMES = (
    ("شركة النخيل للتجارة", "AE"),
    ("מעבדות הגליל בע״מ", "IL"),
    ("株式会社ミドリ精機", "JP"),
    ("Sunny Side ☀️ Coffee Roasters LLC", "US"),
    ('Gebrüder Groß "Nord" GmbH & Co. KG', "DE"),
    ("O'Malley's Tool & Die, Inc.", "US"),
    ("Łódzkie Zakłady Pomiarowe 🔧", "PL"),
    ("L'Atelier d'Étalonnage \\ Sud", "FR"),
)
"""Firms with names that break what is careless: quotes, a backslash, emoji, right-to-left."""

FOUNDERS = (
    "Alder", "Beckwith", "Birchall", "Calloway", "Corvin", "Dorrance", "Eastlake", "Ferndale",
    "Garrick", "Hallam", "Harrow", "Ingersund", "Juniper", "Kestrel", "Kirkwall", "Larkspur",
    "Lindenau", "Marlowe", "Merrow", "Nordhaven", "Oakhurst", "Osprey", "Pennant", "Quillon",
    "Redfern", "Rosendal", "Saltmarsh", "Silverton", "Stonebridge", "Tamarack", "Thornbury",
    "Umbria", "Valmont", "Wainwright", "Westerholt", "Winslow", "Yarrow", "Zephyr",
)  # fmt: skip
TRADES = (
    ("Precision", "Machinery"), ("Packaging", "Packaging"), ("Foods", "Food & Beverage"),
    ("Logistics", "Transportation"), ("Medical", "Healthcare"), ("Labs", "Biotechnology"),
    ("Coatings", "Chemicals"), ("Electronics", "Electronics"), ("Castings", "Manufacturing"),
    ("Robotics", "Machinery"), ("Textiles", "Apparel"), ("Energy", "Energy"),
    ("Optics", "Electronics"), ("Dairy", "Food & Beverage"), ("Marine", "Transportation"),
    ("Ceramics", "Manufacturing"), ("Hydraulics", "Machinery"), ("Pharma", "Biotechnology"),
    ("Printing", "Media"), ("Instruments", "Electronics"),
)  # fmt: skip
TITLES = (
    "Head of Operations", "Purchasing Manager", "Plant Manager", "Quality Lead", "CFO",
    "Managing Director", "IT Manager", "Head of Procurement", "Production Planner",
)  # fmt: skip


def pick_country(rng: Random) -> Country:
    return rng.choices(COUNTRIES, [country.weight for country in COUNTRIES])[0]


def country_of(code: str) -> Country:
    """The country, or for one without words of its own a neighbour's words under its own code."""
    for country in COUNTRIES:
        if country.code == code:
            return country
    name, currency, city, region = {
        "AE": ("United Arab Emirates", "AED", "Dubai", "Dubai"),
        "IL": ("Israel", "ILS", "Haifa", "Haifa"),
        "PL": ("Poland", "PLN", "Łódź", "Łódź"),
    }[code]
    west = country_of("GB")
    return Country(
        code, name, 0, currency, west.dial, ((city, region),), ("",), west.first, west.last
    )


def firm_names(rng: Random, count: int) -> list[tuple[str, str, str]]:
    """`count` different firms, the odd ones among them: (name, ISO country, industry)."""
    firms = [(name, code, rng.choice(TRADES)[1]) for name, code in ODD_NAMES]
    seen: set[str] = set()
    while len(firms) < count:
        founder, (trade, industry) = rng.choice(FOUNDERS), rng.choice(TRADES)
        stem = f"{founder} & Sons {trade}" if rng.random() < 0.15 else f"{founder} {trade}"
        if stem not in seen:
            seen.add(stem)
            country = pick_country(rng)
            firms.append((f"{stem} {rng.choice(country.forms)}", country.code, industry))
    rng.shuffle(firms)
    return firms[:count]


def plain(text: str) -> str:
    """Lower-case ASCII letters and digits for addresses; empty where a script has none."""
    text = text.lower()
    for letter, ascii_letters in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"), ("ł", "l")):
        text = text.replace(letter, ascii_letters)
    decomposed = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", decomposed).strip("-")


def domain_of(name: str, number: int) -> str:
    stem = plain(name.rsplit(" ", 1)[0])
    return f"{stem if len(stem) > 3 else f'account-{number}'}.example"
