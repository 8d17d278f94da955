"""A folder of CSV files becomes an org."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.sandbox.salesforce.crm import SalesforceOrg
from connectors.sandbox.world import World


@pytest.fixture
def org() -> SalesforceOrg:
    return SalesforceOrg(World())


def _write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, "utf-8")


def test_objects_fields_and_references_are_recognised(org: SalesforceOrg, tmp_path: Path) -> None:
    _write(
        tmp_path,
        User="Id,FirstName,LastName,IsActive\nU1,Ann,Lee,false\n",
        Account='\ufeffId,Name,OwnerId,CSM__c\nA1,"Müller, Söhne",U1,U1\n',
        Cancellation__c=(
            "Account__c,Cancelled_On__c,Told_At__c,Final__c,Seats__c,Why__c\n"
            "A1,2024-05-01,2024-05-01T10:00:00+02:00,TRUE,3.5,too dear\n"
        ),
        companies="name\nnot ours\n",
    )
    assert org.load(tmp_path) == {"User": 1, "Account": 1, "Cancellation__c": 1}
    fields = {one.name: one.type for one in org.object("Cancellation__c").fields.values()}
    assert [fields[name] for name in ("Account__c", "Cancelled_On__c", "Told_At__c")] == [
        "reference",
        "date",
        "datetime",
    ]
    row = org.all("Cancellation__c")[0]
    assert (row["Told_At__c"], row["Final__c"]) == ("2024-05-01T08:00:00.000+0000", True)
    assert (row["Seats__c"], row["Why__c"]) == (3.5, "too dear")
    assert org.object("Account").lookup("CSM__r") is not None
    assert org.world.ledger == []


def test_stages_that_only_the_file_knows(org: SalesforceOrg, tmp_path: Path) -> None:
    _write(
        tmp_path,
        Opportunity=(
            "Id,Name,StageName,CloseDate,IsClosed,IsWon,CreatedDate\n"
            "O1,a,Verloren,2024-01-01,true,false,2023-01-01\n"
            "O2,b,Closed Won,2024-01-01,,,2023-01-01\n"
        ),
    )
    org.load(tmp_path)
    lost, won = org.all("Opportunity")
    assert (lost["IsClosed"], lost["IsWon"]) == (True, False)
    assert (won["IsClosed"], won["IsWon"], won["CreatedDate"][:10]) == (True, True, "2023-01-01")
    id = org.create(
        "Opportunity", {"Name": "c", "StageName": "Verloren", "CloseDate": "2024-01-01"}
    )
    made = org.get("Opportunity", id)
    assert made is not None
    assert made["IsClosed"] is True


def test_a_schema_file_says_what_looks_cannot(org: SalesforceOrg, tmp_path: Path) -> None:
    told = (
        '{"Account": {"Reason__c": {"type": "picklist", "values": ["Price"], "restricted": true}}}'
    )
    (tmp_path / "_schema.json").write_text(told)
    _write(tmp_path, Account="Name,Reason__c\nAcme,Price\n")
    org.load(tmp_path)
    field = org.object("Account").field("Reason__c")
    assert field is not None
    assert (field.type, field.restricted, field.options[0].value) == ("picklist", True, "Price")


def test_a_bad_value_is_told_with_file_and_line(org: SalesforceOrg, tmp_path: Path) -> None:
    _write(tmp_path, Opportunity="Name,CloseDate\nfine,2024-01-01\nbad,soon\n")
    with pytest.raises(ValueError, match=r"Opportunity\.csv:3: .*soon"):
        org.load(tmp_path)
