"""Salesforce's words: our own fields' names there, and what each kind of record needs to show."""

from __future__ import annotations

from rules.model import Field, Kind

FIELD_NAMES = {
    Field.REASON: "Winback_Reason__c",
    Field.PROVENANCE: "Winback_Provenance__c",
    Field.FAULT: "Winback_Fault__c",
    Field.CHANGEABLE: "Winback_Changeable__c",
    Field.COMPETITOR: "Winback_Competitor__c",
    Field.STATUS: "Winback_Status__c",
    Field.OUTCOME: "Winback_Outcome__c",
    Field.KEY: "Winback_Key__c",
    Field.PERMISSION: "Winback_Permission__c",
    Field.PERMISSION_UNTIL: "Winback_Permission_Until__c",
    Field.WHAT_HAPPENED: "Winback_What_Happened__c",
    Field.TRIGGER: "Winback_Trigger__c",
    Field.DID_WELL: "Winback_Did_Well__c",
    Field.WOULD_HAVE_US_DO: "Winback_Would_Have_Us_Do__c",
    Field.WOULD_RETURN: "Winback_Would_Return__c",
    Field.COMPLAINT_RESTATED: "Winback_Complaint_Restated__c",
    Field.COMPLAINT_CONFIRMED: "Winback_Complaint_Confirmed__c",
    Field.KEEP_IN_TOUCH: "Winback_Keep_In_Touch__c",
    Field.CONTRACT_END: "Winback_Contract_End__c",
    Field.BUDGET_MONTH: "Winback_Budget_Month__c",
}
FIELDS_BY_NAME = {name: field for field, name in FIELD_NAMES.items()}
KEY_FIELD = FIELD_NAMES[Field.KEY]

STANDARD_TYPES = {
    "User": Kind.OWNER,
    "Account": Kind.ACCOUNT,
    "Contact": Kind.CONTACT,
    "Contract": Kind.CONTRACT,
    "Opportunity": Kind.OPPORTUNITY,
    "Task": Kind.TASK,
}

POLL_ORDER = (
    Kind.OWNER,
    Kind.ACCOUNT,
    Kind.CONTACT,
    Kind.CONTRACT,
    Kind.OPPORTUNITY,
    Kind.RECORD,
    Kind.TASK,
)

STAMPS = ("SystemModstamp", "LastModifiedDate")
"""SystemModstamp also moves on automated changes; LastModifiedDate only on a user's."""

_EVERY = ("Id", "OwnerId", "CreatedDate", "IsDeleted", *STAMPS)

KIND_FIELDS = {
    Kind.OWNER: (
        "Id",
        "Name",
        "Email",
        "IsActive",
        "ManagerId",
        "TimeZoneSidKey",
        "Department",
        *STAMPS,
    ),
    Kind.ACCOUNT: (
        *_EVERY,
        "Name",
        "Website",
        "Type",
        "LastActivityDate",
        "BillingCountry",
        "BillingCountryCode",
        "BillingState",
        "MasterRecordId",
    ),
    Kind.CONTACT: (
        *_EVERY,
        "Name",
        "AccountId",
        "Email",
        "Phone",
        "MobilePhone",
        "HasOptedOutOfEmail",
        "DoNotCall",
        "MasterRecordId",
    ),
    Kind.OPPORTUNITY: (
        *_EVERY,
        "Name",
        "AccountId",
        "ContactId",
        "Amount",
        "CurrencyIsoCode",
        "CloseDate",
        "IsClosed",
        "IsWon",
        "StageName",
        "LastActivityDate",
        "LastStageChangeDate",
    ),
    Kind.CONTRACT: (
        *_EVERY,
        "AccountId",
        "StartDate",
        "EndDate",
        "Status",
        "StatusCode",
        "CurrencyIsoCode",
    ),
    Kind.TASK: (
        *_EVERY,
        "AccountId",
        "WhatId",
        "WhoId",
        "Subject",
        "ActivityDate",
        "Status",
        "IsClosed",
        "CompletedDateTime",
    ),
    Kind.RECORD: (*_EVERY, "Name", "CurrencyIsoCode"),
}

OUR_FIELDS_ON_TASK = (Field.OUTCOME, Field.KEY)
OUR_FIELDS_ON_CONTACT = (Field.PERMISSION, Field.PERMISSION_UNTIL)

MARKER = r"\[winback:([^\]\s]+)\]"
"""The last line of a task's body."""
