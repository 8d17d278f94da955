"""The permission set that lets the running user see and edit our fields."""

from __future__ import annotations

from connectors.salesforce.connector import SalesforceConnector
from connectors.sandbox.salesforce.fields import Option
from tests.connectors.salesforce.conftest import REASONS, Town, settings

REASON = "Account.Winback_Reason__c"


def make_read_only(town: Town) -> None:
    """Somebody took the right to edit one field out of our permission set."""
    (grant,) = (row for row in town.org.all("FieldPermissions") if row["Field"] == REASON)
    town.org.update("FieldPermissions", grant["Id"], {"PermissionsEdit": False})


def provision(town: Town, *, plan_only: bool = False) -> list[str]:
    return town.connector.provision(REASONS, plan_only=plan_only)


def test_a_field_that_our_permission_set_only_shows_is_made_editable(equipped: Town) -> None:
    make_read_only(equipped)
    assert f"would make {REASON} editable" in provision(equipped, plan_only=True)
    assert provision(equipped) == [f"made {REASON} editable to the permission set Winback"]
    assert provision(equipped) == []


def test_a_plan_leaves_the_permission_set_as_it_is(equipped: Town) -> None:
    make_read_only(equipped)
    first = provision(equipped, plan_only=True)
    assert provision(equipped, plan_only=True) == first


def test_what_an_admin_changed_in_our_fields_stays(equipped: Town) -> None:
    """Theirs is added, one of ours renamed, one taken out, which is put back; the field's label is
    another one."""
    for type in ("Account", "Opportunity"):
        reason = equipped.org.object(type).field("Winback_Reason__c")
        assert reason is not None
        reason.options = [Option("theirs", "An option of theirs"), Option("price", "The price")]
        reason.label = "Why they left"
    equipped.connector = SalesforceConnector(settings(equipped.sandbox.salesforce_url))
    assert provision(equipped) == [
        f"added to {type}.Winback_Reason__c: unknown" for type in ("Account", "Opportunity")
    ]
    reason = equipped.org.object("Account").field("Winback_Reason__c")
    assert reason is not None
    assert [(one.value, one.label) for one in reason.options] == [
        ("theirs", "An option of theirs"),
        ("price", "The price"),
        ("unknown", "Unknown"),
    ]
    assert reason.label == "Why they left"
