"""What somebody writes in an afternoon: for each lost deal three tasks and two records, one by one.

As the READMEs of simple-salesforce and hubspot-api-client teach it. Neither script remembers what
it did, finds out why anybody left, or survives a broken connection.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from hubspot import Client
from requests.adapters import HTTPAdapter
from simple_salesforce.api import Salesforce

SUBJECTS = ("Call them: listen", "Say sorry to them", "Thank them")


class _Loopback(HTTPAdapter):
    """simple-salesforce speaks https alone, and the sandbox plain http."""

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        request.url = str(request.url).replace("https://", "http://", 1)
        return super().send(request, **options)


def salesforce(url: str) -> int:
    """Works through all lost opportunities; answers how many."""
    session = requests.Session()
    session.mount("https://", _Loopback())
    form = {"grant_type": "client_credentials", "client_id": "sandbox", "client_secret": "sandbox"}
    token = requests.post(f"{url}/services/oauth2/token", data=form, timeout=10).json()
    host = url.removeprefix("http://")
    sf: Any = Salesforce(instance=host, session_id=token["access_token"], session=session)
    lost = sf.query(
        "SELECT Id, AccountId, OwnerId FROM Opportunity WHERE IsClosed = true AND IsWon = false"
    )["records"]
    due_on = str(datetime.now(UTC).date() + timedelta(days=1))
    for deal in lost:
        for subject in SUBJECTS:
            task = {"Subject": subject, "WhatId": deal["AccountId"], "ActivityDate": due_on}
            sf.Task.create({**task, "OwnerId": deal["OwnerId"]})
        sf.Opportunity.update(deal["Id"], {"Winback_Reason__c": "price"})
        sf.Account.update(deal["AccountId"], {"Winback_Reason__c": "price"})
    return len(lost)


def hubspot(url: str) -> int:
    """Works through all lost deals; answers how many."""
    crm = Client.create(access_token="sandbox", host=url).crm
    found = crm.deals.search_api.do_search(
        {
            "filterGroups": [{"filters": [
                {"propertyName": "hs_is_closed_lost", "operator": "EQ", "value": "true"}
            ]}],
            "properties": ["hubspot_owner_id"],
            "limit": 200,
        }
    ).results  # fmt: skip
    due_at = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    for deal in found:
        linked = crm.associations.v4.basic_api.get_page("deals", deal.id, "companies")
        company = str(linked.results[0].to_object_id)
        kind = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 192}
        for subject in SUBJECTS:
            task = {"hs_task_subject": subject, "hs_timestamp": due_at}
            links = [{"to": {"id": company}, "types": [kind]}]
            crm.objects.tasks.basic_api.create({"properties": task, "associations": links})
        crm.deals.basic_api.update(deal.id, {"properties": {"winback_reason": "price"}})
        crm.companies.basic_api.update(company, {"properties": {"winback_reason": "price"}})
    return len(found)
