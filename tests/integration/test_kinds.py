"""The kinds of CRM: each is known to the rule file and to whoever makes connectors."""

from __future__ import annotations

from integration.assembly import BUILDERS
from integration.crm_settings import KINDS


def test_every_kind_that_a_rule_file_may_name_has_a_connector() -> None:
    assert KINDS.keys() == BUILDERS.keys()
