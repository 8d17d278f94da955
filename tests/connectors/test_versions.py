"""Each API version stands in one place, and its end is known where anybody has announced it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from connectors import hubspot, salesforce
from connectors.hubspot import versions as of_hubspot
from connectors.hubspot.connector import HubSpotSettings
from connectors.hubspot.paths import routes
from connectors.salesforce import versions as of_salesforce
from connectors.salesforce.settings import SalesforceSettings

A_VERSION = re.compile(r"v\d\d\.0|20\d\d-(?:03|09)\b|/v[1-9]\b")


@pytest.mark.parametrize("package", [salesforce.__path__, hubspot.__path__])
def test_no_other_module_names_a_version(package: list[str]) -> None:
    [folder] = package
    for module in Path(folder).glob("*.py"):
        code = re.sub(r'"""(?:.|\n)*?"""', "", module.read_text(encoding="utf-8"))
        assert module.name == "versions.py" or not A_VERSION.search(code), module


def test_what_is_asked_for_without_a_word_in_the_rule_file() -> None:
    assert SalesforceSettings("n", "https://x", "id").api_version == of_salesforce.CURRENT
    assert HubSpotSettings("n", "token").api_version == of_hubspot.CURRENT


def test_every_version_in_a_path_of_hubspot_has_an_announced_end() -> None:
    for version in of_hubspot.ENDS_ON:
        told = of_hubspot.version(version)
        assert told.name == version
        assert told.ends_on == of_hubspot.ENDS_ON[version]
        assert version in routes(version).objects
    assert {of_hubspot.CURRENT, of_hubspot.ACCOUNT} <= of_hubspot.ENDS_ON.keys()
    assert of_hubspot.NEWEST in of_hubspot.version(of_hubspot.CURRENT).sentence


def test_a_dated_version_that_we_do_not_know_ends_by_the_rule() -> None:
    told = of_hubspot.version("2030-03").ends_on
    assert told is not None
    assert told.isoformat() == "2031-09-01"


@pytest.mark.parametrize("written", ["v67.0", "67.0", "67"])
def test_salesforce_versions_have_one_form(written: str) -> None:
    assert of_salesforce.number_of(written) == "67.0"
    assert of_salesforce.version("67.0").name == "v67.0"


@pytest.mark.parametrize("written", ["latest", "v7", "67.1", "v67.0/../x"])
def test_what_is_no_version(written: str) -> None:
    assert of_salesforce.number_of(written) is None
    assert not of_hubspot.is_version(written)
    with pytest.raises(ValueError, match="no API version"):
        routes(written)


def test_the_example_names_what_is_asked_for() -> None:
    example = (Path(__file__).parents[2] / "config.example.toml").read_text(encoding="utf-8")
    for version in (of_salesforce.CURRENT, of_hubspot.CURRENT):
        assert f'api_version = "{version}"' in example
