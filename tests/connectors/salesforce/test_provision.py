"""The permission set that lets the running user see and edit our fields."""

from __future__ import annotations

from tests.connectors.salesforce.conftest import REASONS, Town

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
