"""The standard objects that the sandbox has from the start, with the fields that matter here.

Types and lengths are those of public describe recordings of these objects.
"""

from __future__ import annotations

from dataclasses import replace

from connectors.sandbox.salesforce.building import (
    area,
    choice,
    derived,
    filled,
    flag,
    lookup,
    made_object,
    made_once,
    plain,
    text,
)
from connectors.sandbox.salesforce.fields import FieldDef
from connectors.sandbox.salesforce.schema import ObjectDef
from connectors.sandbox.salesforce.standard_setup import setup_objects


def _owner(*others: str) -> FieldDef:
    return filled(lookup("OwnerId", "User", *others))


def _account() -> ObjectDef:
    fields = [
        text("Name", required=True),
        choice("Type", "Prospect", "Customer - Direct", "Customer - Channel", "Other", length=40),
        lookup("ParentId", "Account", children="ChildAccounts"),
        area("BillingStreet", 255),
        text("BillingCity", 40),
        text("BillingState", 80),
        text("BillingPostalCode", 20),
        text("BillingCountry", 80),
        text("ShippingCountry", 80),
        FieldDef("Phone", "phone", length=40),
        FieldDef("Website", "url"),
        text("AccountNumber", 40),
        choice(
            "Industry",
            *("Agriculture", "Banking", "Manufacturing", "Retail", "Technology"),
            length=40,
        ),
        FieldDef("AnnualRevenue", "currency", length=0, scale=0),
        plain("NumberOfEmployees", "int"),
        area("Description"),
        choice("Rating", "Hot", "Warm", "Cold", length=40),
        choice("AccountSource", "Web", "Phone Inquiry", "Partner", "Other", length=40),
        _owner(),
        derived(plain("LastActivityDate", "date")),
        derived(lookup("MasterRecordId", "Account")),
    ]
    return made_object("Account", "001", fields, activities=True, mergeable=True)


def _contact() -> ObjectDef:
    fields = [
        lookup("AccountId", "Account", children="Contacts", cascade=True),
        text("FirstName", 40),
        text("LastName", 80, required=True),
        choice("Salutation", "Mr.", "Ms.", "Dr.", "Prof.", "Mx.", length=40),
        derived(filled(text("Name", 121))),
        text("Title", 128),
        text("Department", 80),
        FieldDef("Email", "email", length=80, id_lookup=True),
        FieldDef("Phone", "phone", length=40),
        FieldDef("MobilePhone", "phone", length=40),
        text("MailingCity", 40),
        text("MailingCountry", 80),
        area("Description"),
        flag("HasOptedOutOfEmail"),
        flag("HasOptedOutOfFax"),
        flag("DoNotCall"),
        derived(flag("IsEmailBounced")),
        text("EmailBouncedReason"),
        lookup("ReportsToId", "Contact"),
        _owner(),
        derived(plain("LastActivityDate", "date")),
        derived(lookup("MasterRecordId", "Contact")),
    ]
    return made_object("Contact", "003", fields, activities=True, mergeable=True)


STAGES: tuple[tuple[str, bool, bool, float], ...] = (
    ("Prospecting", False, False, 10),
    ("Qualification", False, False, 10),
    ("Needs Analysis", False, False, 20),
    ("Value Proposition", False, False, 50),
    ("Proposal/Price Quote", False, False, 75),
    ("Negotiation/Review", False, False, 90),
    ("Closed Won", True, True, 100),
    ("Closed Lost", True, False, 0),
)
"""Label, closed, won, probability of each standard stage."""


def _forecast() -> FieldDef:
    values = ("Omitted", "Pipeline", "BestCase", "Forecast", "Closed")
    return choice("ForecastCategory", *values, restricted=True, length=40)


def _opportunity() -> ObjectDef:
    stage = choice("StageName", *(name for name, *_ in STAGES))
    stage.required = True
    fields = [
        lookup("AccountId", "Account", children="Opportunities", cascade=True),
        FieldDef("Name", length=120, required=True, id_lookup=True),
        area("Description"),
        stage,
        plain("Amount", "currency"),
        FieldDef("Probability", "percent", length=0, precision=3, scale=0),
        plain("CloseDate", "date", required=True),
        choice("Type", "Existing Business", "New Business", "Renewal"),
        text("NextStep"),
        choice("LeadSource", "Web", "Phone Inquiry", "Partner", "Other"),
        derived(flag("IsClosed")),
        derived(flag("IsWon")),
        derived(filled(_forecast())),
        derived(plain("LastStageChangeDate", "datetime")),
        lookup("ContractId", "Contract"),
        # recorded: given when the deal is made and never after, and SOQL has no way up to it
        replace(
            made_once(lookup("ContactId", "Contact", children="Opportunities")), relationship=None
        ),
        _owner(),
        derived(plain("LastActivityDate", "date")),
    ]
    return made_object("Opportunity", "006", fields, activities=True, plural="Opportunities")


def _contract() -> ObjectDef:
    fields = [
        lookup("AccountId", "Account", children="Contracts", required=True, cascade=True),
        derived(text("ContractNumber", 30)),
        choice("Status", "In Approval Process", "Activated", "Draft", default="Draft"),
        derived(choice("StatusCode", "Draft", "InApproval", "Activated", "Terminated", "Expired")),
        plain("StartDate", "date"),
        plain("EndDate", "date"),
        plain("ContractTerm", "int"),
        plain("CompanySignedDate", "date"),
        area("Description"),
        derived(plain("ActivatedDate", "datetime")),
        _owner(),
        derived(plain("LastActivityDate", "date")),
    ]
    return made_object("Contract", "800", fields, activities=True)


def _activity_fields(*owners: str) -> list[FieldDef]:
    return [
        lookup("WhoId", "Contact", "Lead", children="Tasks"),
        lookup("WhatId", children="Tasks", cascade=True),
        FieldDef("Subject", "combobox", length=255),
        plain("ActivityDate", "date"),
        area("Description"),
        derived(lookup("AccountId", "Account")),
        _owner(*owners),
        plain("ReminderDateTime", "datetime"),
        flag("IsReminderSet"),
        derived(flag("IsArchived")),
    ]


TASK_STATUSES: tuple[tuple[str, bool, bool], ...] = (
    ("Not Started", False, True),
    ("In Progress", False, False),
    ("Completed", True, False),
    ("Waiting on someone else", False, False),
    ("Deferred", False, False),
)
"""Label, closed, default of each standard status of a task."""


def _task() -> ObjectDef:
    fields = [
        *_activity_fields("Group"),
        choice("Status", *(name for name, *_ in TASK_STATUSES), default="Not Started"),
        choice("Priority", "High", "Normal", "Low", default="Normal"),
        derived(flag("IsHighPriority")),
        derived(flag("IsClosed")),
        derived(plain("CompletedDateTime", "datetime")),
        choice("Type", "Call", "Email", "Meeting", "Other"),
        choice("TaskSubtype", "Task", "Email", "Call", default="Task"),
        text("CallDisposition"),
        plain("CallDurationInSeconds", "int"),
    ]
    return made_object("Task", "00T", fields)


def _event() -> ObjectDef:
    fields = [
        *_activity_fields("Calendar"),
        plain("StartDateTime", "datetime"),
        plain("EndDateTime", "datetime"),
        plain("DurationInMinutes", "int"),
        flag("IsAllDayEvent"),
        text("Location"),
    ]
    for definition in fields:
        if definition.name in ("WhatId", "WhoId"):
            definition.children = "Events"
    return made_object("Event", "00U", fields)


def _user() -> ObjectDef:
    fields = [
        text("Username", 80, required=True),
        text("FirstName", 40),
        text("LastName", 80, required=True),
        derived(text("Name", 121)),
        FieldDef("Email", "email", length=128),
        text("Title", 80),
        text("Department", 80),
        flag("IsActive", default=True),
        lookup("ManagerId", "User"),
        lookup("UserRoleId", "UserRole"),
        lookup("ProfileId", "Profile"),
        choice("TimeZoneSidKey", "America/New_York", "Europe/Berlin", default="Europe/Berlin"),
        choice("LocaleSidKey", "en_US", "de_DE", default="en_US"),
        choice("UserType", "Standard", default="Standard"),
    ]
    return made_object("User", "005", fields)


def _sales_details() -> list[ObjectDef]:
    def parent(name: str, of: str, children: str) -> FieldDef:
        return lookup(name, of, children=children, required=True, cascade=True)

    role = [
        made_once(parent("OpportunityId", "Opportunity", "OpportunityContactRoles")),
        parent("ContactId", "Contact", "OpportunityContactRoles"),
        choice(
            "Role",
            *("Business User", "Decision Maker", "Economic Buyer", "Evaluator"),
            length=40,
        ),
        flag("IsPrimary"),
    ]
    line = [
        lookup("OpportunityId", "Opportunity", children="OpportunityLineItems", cascade=True),
        text("Name", 376),
        lookup("Product2Id", "Product2"),
        plain("Quantity", "double"),
        plain("UnitPrice", "currency"),
        plain("TotalPrice", "currency"),
        text("ProductCode"),
        text("Description"),
    ]
    competitor = [
        lookup("OpportunityId", "Opportunity", children="OpportunityCompetitors", cascade=True),
        text("CompetitorName", 40),
        text("Strengths", 1000),
        text("Weaknesses", 1000),
    ]
    product = [text("Name", required=True), text("ProductCode"), flag("IsActive"), text("Family")]
    return [
        made_object("OpportunityContactRole", "00K", role, plural="Opportunity Contact Role"),
        made_object("OpportunityLineItem", "00k", line),
        made_object("OpportunityCompetitor", "00J", competitor),
        made_object("Product2", "01t", product, label="Product", activities=True),
    ]


def standard_objects() -> list[ObjectDef]:
    """Fresh definitions: an org may add fields to its own."""
    return [
        _account(),
        _contact(),
        _opportunity(),
        _contract(),
        _task(),
        _event(),
        _user(),
        *_sales_details(),
        *setup_objects(),
    ]
