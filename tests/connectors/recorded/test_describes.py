"""The sandbox org describes its objects as real orgs do.

What the sandbox says is compared, not what it leaves out: a real describe has more fields, and
more words about each. Labels and picklist values are the org's own and differ. The recordings
are of v48 to v52; keys have been added since, and none that is read here was taken away.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from connectors.sandbox.server import start
from tests.connectors.recorded.cassettes import described
from tests.connectors.sandbox.salesforce_calls import Caller

TYPES = ("Account", "Contact", "Opportunity", "OpportunityContactRole", "Event")
OWN_WORDS = {"label", "labelPlural", "picklistValues", "urls", "referenceTo"}
NOT_IMITATED = {
    ("Probability", "defaultedOnCreate"),  # the stage gives it
    ("WhoId", "cascadeDelete"),  # of a task that hangs on an account too, nothing is recorded
}
NOT_IN_THAT_ORG = {
    "ContractId",  # Contracts on opportunities
    "HasOptedOutOfEmail",  # left out of a plain Contact's describe: hidden, or trimmed
    "HasOptedOutOfFax",
    "DoNotCall",
}


@pytest.fixture(scope="module")
def caller() -> Iterator[Caller]:
    with start() as sandbox:
        yield Caller(sandbox)


@pytest.fixture(scope="module", params=TYPES)
def pair(request: pytest.FixtureRequest, caller: Caller) -> tuple[dict[str, Any], dict[str, Any]]:
    """One object as recorded, and as the sandbox has it."""
    return described(request.param), caller("GET", f"sobjects/{request.param}/describe").json()


Pair = tuple[dict[str, Any], dict[str, Any]]


def test_the_object_itself(pair: Pair) -> None:
    recorded, ours = pair
    assert ours.keys() <= recorded.keys()
    for name, value in ours.items():
        assert type(value) is type(recorded[name]), name
        if not isinstance(value, list) and name not in OWN_WORDS:
            assert value == recorded[name], name
    assert ours["urls"].keys() <= recorded["urls"].keys()


def test_every_field(pair: Pair) -> None:
    recorded, ours = pair
    real = {one["name"]: one for one in recorded["fields"]}
    for field in ours["fields"]:
        if field["name"] in NOT_IN_THAT_ORG:
            continue
        told = real[field["name"]]
        differing = {
            word: (told[word], value)
            for word, value in field.items()
            if word not in OWN_WORDS
            and value != told[word]
            and (field["name"], word) not in NOT_IMITATED
        }
        assert differing == {}, field["name"]


def test_what_references_point_at(pair: Pair, caller: Caller) -> None:
    recorded, ours = pair
    known = {one["name"] for one in caller("GET", "sobjects").json()["sobjects"]}
    real = {one["name"]: set(one["referenceTo"]) for one in recorded["fields"]}
    for field in ours["fields"]:
        if field["name"] not in NOT_IN_THAT_ORG:
            said = set(field["referenceTo"])
            assert said <= real[field["name"]], field["name"]
            assert real[field["name"]] & known <= said, field["name"]


def test_picklist_values_have_the_same_shape(pair: Pair) -> None:
    recorded, ours = pair
    real = [value for one in recorded["fields"] for value in one["picklistValues"]]
    for field in ours["fields"]:
        for value in field["picklistValues"]:
            assert value.keys() == real[0].keys()
            assert isinstance(value["active"], bool)
            assert isinstance(value["value"], str)


def test_the_ways_to_children(pair: Pair) -> None:
    recorded, ours = pair
    real = {(one["childSObject"], one["field"]): one for one in recorded["childRelationships"]}
    for child in ours["childRelationships"]:
        told = real[child["childSObject"], child["field"]]
        differing = {word for word, value in child.items() if value != told[word]}
        assert {(child["field"], word) for word in differing} <= NOT_IMITATED


def test_without_record_types_there_is_the_master(pair: Pair) -> None:
    recorded, ours = pair
    real = [one for one in recorded["recordTypeInfos"] if one["master"]]
    assert len(ours["recordTypeInfos"]) == len(real)
    for master, told in zip(ours["recordTypeInfos"], real, strict=True):
        assert {**master, "urls": ""} == {**told, "urls": "", "defaultRecordTypeMapping": True}
        assert master["urls"].keys() == told["urls"].keys()


def test_the_list_of_all_objects(caller: Caller) -> None:
    recorded, ours = described("Global"), caller("GET", "sobjects").json()
    assert ours.keys() == recorded.keys()
    assert (ours["encoding"], ours["maxBatchSize"]) == (recorded["encoding"], 200)
    real = {one["name"]: one for one in recorded["sobjects"]}
    compared = [one for one in ours["sobjects"] if one["name"] in real]
    assert len(compared) > 5
    for one in compared:
        told = real[one["name"]]
        assert one.keys() <= told.keys()
        assert told["keyPrefix"] in (one["keyPrefix"], None), one["name"]  # None: by hand, of Event
        assert one["urls"].keys() <= told["urls"].keys()
