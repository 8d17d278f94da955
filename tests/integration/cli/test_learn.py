"""`winback learn`: from choices in the CRM to a diff of the rule file."""

from __future__ import annotations

import pytest

from connectors.sandbox.salesforce.fields import Option
from tests import worlds
from tests.integration.cli.conftest import Desk

NOTES = ("Gantry desk on Monday", "the gantry desk, she said", "Gantry desk, every Friday")
READ_BY_THE_MODEL = (
    "Their support took days to reply",
    "Support took days to reply to us",
    "It is the support, took days to reply each time",
)


@pytest.mark.parametrize("phrases", ['phrases = ["poor support"]\n', ""])
def test_choices_by_hand_become_a_line_and_change_nothing(desk: Desk, phrases: str) -> None:
    """Also where the category has the shipped phrases, as in a draft of `init`."""
    text = desk.config.read_text().replace('phrases = ["poor support"]\n', phrases)
    desk.config.write_text(text, encoding="utf-8")
    worlds.provision(desk.url, desk.config)
    org = desk.sandbox.salesforce
    lost = [worlds.salesforce_losses(org, 1, words=words)[0] for words in NOTES]
    desk.once()
    for one in lost:
        org.update("Opportunity", one.deal, {"Winback_Reason__c": "service"})
    desk.once()
    before = desk.config.read_text()
    result = desk("learn")
    changed = [line for line in result.stdout.splitlines()[2:] if line[0] in "+-"]
    assert changed == ['+more_phrases = ["gantry desk"]']
    assert "3 notes with a choice by hand, 3 of them read otherwise" in result.stderr
    assert 'service: "gantry desk": 3 notes for it, none against' in result.stderr
    assert desk.config.read_text() == before
    assert desk.json("learn", "--at-least", "4") == []


def test_the_crms_own_picklist_is_a_choice_too(desk: Desk) -> None:
    org = desk.sandbox.salesforce
    org.define_field("Opportunity", "Why__c", "picklist", options=[Option("Support")])
    worlds.provision(desk.url, desk.config)
    for words in NOTES:
        deal = worlds.salesforce_losses(org, 1, words=words)[0].deal
        org.update("Opportunity", deal, {"Why__c": "Support"})
    text = desk.config.read_text().replace('words = "Desc', 'reason = "Why__c"\nwords = "Desc')
    desk.config.write_text(text, encoding="utf-8")
    desk.once()
    [one] = desk.json("learn")
    assert (one["category"], one["phrase"], one["speak_for"]) == ("service", "gantry desk", 3)


def test_what_the_language_model_reads_needs_no_phrase(desk: Desk) -> None:
    org = desk.sandbox.salesforce
    org.define_field("Opportunity", "Why__c", "picklist", options=[Option("Support")])
    worlds.provision(desk.url, desk.config)
    for words in READ_BY_THE_MODEL:
        deal = worlds.salesforce_losses(org, 1, words=words)[0].deal
        org.update("Opportunity", deal, {"Why__c": "Support"})
    text = desk.config.read_text().replace('words = "Desc', 'reason = "Why__c"\nwords = "Desc')
    desk.config.write_text(text, encoding="utf-8")
    desk.once()
    assert desk.json("learn") != []
    desk.config.write_text(text.replace("model = false", "model = true"), encoding="utf-8")
    result = desk("learn")
    assert "3 notes with a choice by hand, none of them read otherwise" in result.stderr
    assert result.stdout == ""
