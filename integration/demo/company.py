"""The demo's two companies, one per CRM: generated, the same for the same seed and date.

Halden sells measuring devices with service contracts and works in Salesforce; Brightfold sells
software by subscription and works in HubSpot. Both have about three years behind them and a
month of fresh losses of every kind.
"""

from __future__ import annotations

from datetime import date

from integration.demo.business import Line
from integration.demo.growth import grow
from integration.demo.hubspot_rows import HUBSPOT_SCHEMA, hubspot_permission_rows, hubspot_rows
from integration.demo.rows import Row, Rows, Schema, write_folder
from integration.demo.salesforce_rows import (
    SALESFORCE_SCHEMA,
    salesforce_permission_rows,
    salesforce_rows,
)

__all__ = [
    "BRIGHTFOLD",
    "HALDEN",
    "SCHEMA",
    "hubspot_company",
    "hubspot_permissions",
    "salesforce_company",
    "salesforce_permissions",
    "write_folder",
]

ACCOUNTS = 400
SCHEMA: Schema = {**SALESFORCE_SCHEMA, **HUBSPOT_SCHEMA}
"""For `write_folder`: picklists and long texts of both companies."""

HALDEN = Line(
    "Halden Metrology",
    "halden.example",
    "EUR",
    (
        ("TrueGauge 200", 6400),
        ("TrueGauge 900", 17800),
        ("Calibration Plan", 3900),
        ("LineWatch", 9800),
        ("Spare Parts Plan", 2400),
    ),
)
BRIGHTFOLD = Line(
    "Brightfold",
    "brightfold.example",
    "USD",
    (
        ("Brightfold Team", 2900),
        ("Brightfold Plant", 11200),
        ("Shift Planner", 5400),
        ("Insights", 7600),
    ),
)


def salesforce_company(seed: int, today: date, accounts: int = ACCOUNTS) -> Rows:
    """Halden's org on the morning of `today`: User, Account, Contact, Opportunity, Contract."""
    return salesforce_rows(grow(HALDEN, seed, today, accounts), today)


def salesforce_permissions(seed: int, today: date, accounts: int = ACCOUNTS) -> list[Row]:
    """Permissions of the same company's contacts: set them once our fields are provisioned."""
    return salesforce_permission_rows(grow(HALDEN, seed, today, accounts))


def hubspot_company(seed: int, today: date, accounts: int = ACCOUNTS) -> Rows:
    """Brightfold's portal on the morning of `today`: owners, companies, contacts, deals,
    subscriptions."""
    return hubspot_rows(grow(BRIGHTFOLD, seed, today, accounts), today)


def hubspot_permissions(seed: int, today: date, accounts: int = ACCOUNTS) -> list[Row]:
    """Permissions of the same company's contacts: set them once our properties exist."""
    return hubspot_permission_rows(grow(BRIGHTFOLD, seed, today, accounts))
