"""A task asks for a win-back outcome only where the portal has that property on tasks."""

from __future__ import annotations

import pytest

from connectors.sandbox.hubspot.crm import HubSpotPortal
from rules.how_to_answer import APPROVING, PERMITTING, STOPPING

from .company import create, customer
from .conftest import Connect


def body_in_portal(portal: HubSpotPortal, connect: Connect, sentence: str) -> str:
    connector = connect()
    connector.provision([("price", "Price")], plan_only=False)
    body = f"Call them.\n\n{sentence}\n\n[winback:r1:listen:1]"
    (made,) = connector.push([create(customer(portal), body=body)])
    return str(portal.get("tasks", made.crm_id or "")["hs_task_body"])


@pytest.mark.parametrize("sentence", [STOPPING, APPROVING, PERMITTING])
def test_where_there_is_an_outcome_it_is_asked_for(
    sentence: str, portal: HubSpotPortal, connect: Connect
) -> None:
    assert sentence in body_in_portal(portal, connect, sentence)


@pytest.mark.parametrize(
    ("sentence", "instead"),
    [
        (STOPPING, "To stop it yourself: delete the task. It will not come back."),
        (APPROVING, "Done means yes. For no, delete the task; the recovery goes on."),
        (PERMITTING, 'Then set the win-back permission of the contact to "yes" or "no",'),
    ],
)
def test_where_there_is_none_the_task_says_how_to_answer_without(
    sentence: str, instead: str, portal: HubSpotPortal, connect: Connect
) -> None:
    portal.custom_task_properties = False
    body = body_in_portal(portal, connect, sentence)
    assert instead in body
    assert "outcome" not in body
