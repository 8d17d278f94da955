"""Names of a rule file that go into the addresses and queries of a CRM."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from marshmallow import ValidationError

from rules.schema_names import field_name, record_type


@pytest.mark.parametrize("parse", [record_type, field_name])
@pytest.mark.parametrize(
    "name", ["", "..", "../Setup", "a/b", "a?b", "a#b", "a%2Fb", "a b", "a\n", "a'--", "a,b", "ä"]
)
def test_a_name_that_could_mean_more_than_a_name_is_refused(
    parse: Callable[[Any], str], name: str
) -> None:
    with pytest.raises(ValidationError):
        parse(name)


def test_names_of_both_crms_pass() -> None:
    for name in ("Opportunity", "Subscription__c", "p123_subscriptions", "2-4410", "0-3"):
        assert record_type(name) == name
    for name in ("Loss_Reason__c", "Owner.Manager.Email", "hs_object_id"):
        assert field_name(name) == name
