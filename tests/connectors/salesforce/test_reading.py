"""Reading by id, and answers that are not what was asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.errors import Unavailable
from connectors.salesforce.connector import SalesforceConnector
from connectors.stream import Stream
from rules.model import Kind
from tests.connectors.salesforce.conftest import REASONS, Town, settings

ACCOUNTS = Stream("Account", Kind.ACCOUNT)


def test_two_thousand_records_are_one_call(town: Town) -> None:
    ids = [town.org.create("Account", {"Name": f"{i}"}) for i in range(2_000)]
    town.connector.streams([])
    before = replace(town.connector.calls)
    found = town.connector.read(ACCOUNTS, [*ids, *ids[:5]])
    assert [s.ref.id for s in found] == ids
    assert town.connector.calls == replace(before, read=before.read + 1)


def test_records_that_sharing_hides_are_left_out_and_not_called_deleted(town: Town) -> None:
    hidden = town.org.create("Account", {"Name": "x"})
    town.org.unshared.add(hidden)
    assert town.connector.read(ACCOUNTS, [hidden]) == []


def test_a_type_that_the_org_does_not_have_has_no_records(town: Town) -> None:
    assert town.connector.read(Stream("Nothing__c", Kind.RECORD), ["1"]) == []


def test_a_field_hidden_meanwhile_is_left_out(town: Town) -> None:
    town.connector.streams([])
    town.org.hide_field("Account", "Website")
    [found] = town.connector.read(ACCOUNTS, [town.account])
    assert "Website" not in found.fields


@pytest.mark.parametrize("body", ["<html>", [], [{}, {}], {}, 5, '[{"Id":'])
def test_answers_that_are_not_records(town: Town, body: object) -> None:
    town.connector.streams([])
    town.fault("status", kind="read", status=200, body=body, times=2)
    with pytest.raises(Unavailable):
        town.connector.read(ACCOUNTS, [town.account])


def test_an_answer_beyond_the_limit_is_asked_for_in_halves(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [town.org.create("Account", {"Name": "x" * 200}) for _ in range(40)]
    town.connector.streams([])
    monkeypatch.setattr(town.connector._client.transport, "_max_bytes", 12_000)
    assert len(town.connector.read(ACCOUNTS, ids)) == 40


def test_a_plan_writes_nothing_and_names_every_field(town: Town) -> None:
    plan = town.connector.provision(REASONS, plan_only=True)
    assert len(plan) == 4 + 6 + 6 + 10 + 1  # the last is the permission set
    assert "the permission set Winback" in plan[-1]
    assert any("Activity.Winback_Key__c" in sentence for sentence in plan)
    assert town.sandbox.world.ledger[-1].by == "person"


def test_provision_goes_on_where_one_object_is_missing(town: Town) -> None:
    types = ("Nothing__c", "Opportunity")
    connector = SalesforceConnector(settings(town.sandbox.salesforce_url, watched_types=types))
    sentences = connector.provision(REASONS, plan_only=False)
    failed = [sentence for sentence in sentences if "could not be set up" in sentence]
    assert len(failed) == 6
    assert "created Opportunity.Winback_Status__c" in sentences
    assert connector.provision(REASONS, plan_only=False) == failed


def test_hidden_consent_is_told_by_check(town: Town) -> None:
    town.org.hide_field("Contact", "HasOptedOutOfEmail")
    town.org.hide_field("Contact", "DoNotCall")
    findings = town.connector.check([])
    [consent] = [finding for finding in findings if finding.what == "Contact: consent"]
    assert not consent.ok
    assert "HasOptedOutOfEmail" in consent.sentence


def test_check_asks_for_provision_while_our_fields_are_missing(town: Town) -> None:
    bad = [finding for finding in town.connector.check([]) if not finding.ok]
    assert {"Task.Winback_Key__c", "Account: our fields"} <= {finding.what for finding in bad}
    town.connector.provision(REASONS, plan_only=False)
    assert all(finding.ok for finding in town.connector.check([]))
