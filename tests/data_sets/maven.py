"""Maven CRM as a HubSpot portal: companies, deals of every stage, sales agents as owners."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, time
from pathlib import Path

from integration.demo.rows import Row, Rows, write_folder
from tests.data_sets.people import contact_of
from tests.data_sets.source import read

LAST_DAY = date(2017, 12, 31)
_COMPANIES, _CONTACTS, _DEALS, _OWNERS = 2_100_000, 3_200_000, 4_300_000, 70_000
_STAGES = {
    "Won": "closedwon",
    "Lost": "closedlost",
    "Engaging": "presentationscheduled",
    "Prospecting": "appointmentscheduled",
}
_SPELLED = {"GTXPro": "GTX Pro"}


def maven_folder(target: Path, open_deals: bool = True) -> Path:
    """Write the folder for `winback sandbox --data`, with or without its open deals."""
    accounts = read("maven_crm/accounts.csv")
    deals = read("maven_crm/sales_pipeline.csv")
    owners, owner_ids = _owners()
    companies = {row["account"]: str(_COMPANIES + n) for n, row in enumerate(accounts, 1)}
    prices = {row["product"]: row["sales_price"] for row in read("maven_crm/products.csv")}
    agents = _busiest_agents(deals)
    rows: Rows = {"owners": owners, "companies": [], "contacts": [], "deals": []}
    for number, row in enumerate(accounts, 1):
        owner = owner_ids[agents[row["account"]]]
        rows["companies"].append(_company(number, row, owner))
        rows["contacts"].append(_contact(number, row, owner))
    for number, row in enumerate(deals, 1):
        if open_deals or row["close_date"]:
            company = companies.get(row["account"])
            owner = owner_ids[row["sales_agent"]]
            rows["deals"].append(_deal(number, row, company, owner, prices))
    write_folder(rows, target)
    return target


def _noon(text: str) -> datetime:
    """That day in New York and in Greenwich alike: the data have days, HubSpot has instants."""
    return datetime.combine(date.fromisoformat(text), time(17), UTC)


def _owners() -> tuple[list[Row], dict[str, str]]:
    """Agents and their managers as owners, and each one's id by name."""
    teams = read("maven_crm/sales_teams.csv")
    names = [row["sales_agent"] for row in teams] + sorted({row["manager"] for row in teams})
    offices = {
        row[who]: row["regional_office"] for row in teams for who in ("manager", "sales_agent")
    }
    rows: list[Row] = []
    for number, name in enumerate(names, 1):
        first, last = name.split(" ", 1)
        rows.append(
            {
                "id": str(_OWNERS + number),
                "email": f"{first}.{last}@maven.example".lower().replace(" ", ""),
                "firstName": first,
                "lastName": last,
                "userId": number,
                "teams": offices[name],
                "archived": False,
            }
        )
    return rows, {name: str(_OWNERS + number) for number, name in enumerate(names, 1)}


def _busiest_agents(deals: list[dict[str, str]]) -> dict[str, str]:
    """Who has most of an account's deals; that one owns the account."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in deals:
        counts[row["account"]][row["sales_agent"]] += 1
    return {
        account: min(agents, key=lambda agent: (-agents[agent], agent))
        for account, agents in counts.items()
    }


def _company(number: int, row: dict[str, str], owner: str) -> Row:
    return {
        "hs_object_id": str(_COMPANIES + number),
        "name": row["account"],
        "industry": row["sector"],
        "numberofemployees": row["employees"],
        "annualrevenue": row["revenue"],
        "country": row["office_location"],
        "year_established": row["year_established"],
        "subsidiary_of": row["subsidiary_of"],
        "hubspot_owner_id": owner,
        "createdate": _noon("2016-10-20"),
        "hs_lastmodifieddate": _noon("2016-10-20"),
    }


def _contact(number: int, row: dict[str, str], owner: str) -> Row:
    person = contact_of(row["account"])
    return {
        "hs_object_id": str(_CONTACTS + number),
        "company_id": str(_COMPANIES + number),
        "firstname": person.first,
        "lastname": person.last,
        "email": person.email,
        "phone": person.phone,
        "hubspot_owner_id": owner,
        "createdate": _noon("2016-10-20"),
        "lastmodifieddate": _noon("2016-10-20"),
    }


def _deal(
    number: int, row: dict[str, str], company: str | None, owner: str, prices: dict[str, str]
) -> Row:
    """Lost deals keep their value of 0; the list price stands beside it."""
    product = _SPELLED.get(row["product"], row["product"])
    closed_at = _noon(row["close_date"]) if row["close_date"] else None
    created_at = _noon(row["engage_date"] or LAST_DAY.isoformat())
    return {
        "hs_object_id": str(_DEALS + number),
        "company_id": company,
        "contact_id": str(int(company) - _COMPANIES + _CONTACTS) if company else None,
        "dealname": f"{product} for {row['account'] or 'nobody yet'} ({row['opportunity_id']})",
        "pipeline": "default",
        "dealstage": _STAGES[row["deal_stage"]],
        "amount": row["close_value"],
        "list_price": prices[product],
        "product": product,
        "hubspot_owner_id": owner,
        "closedate": closed_at,
        "createdate": created_at,
        "hs_lastmodifieddate": closed_at or created_at,
    }
