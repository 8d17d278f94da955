"""The objects in which an org keeps its settings: stages, statuses, permission sets, itself."""

from __future__ import annotations

from connectors.sandbox.salesforce.building import derived, flag, lookup, made_object, plain, text
from connectors.sandbox.salesforce.fields import FieldDef
from connectors.sandbox.salesforce.schema import ObjectDef


def setup_objects() -> list[ObjectDef]:
    stage = [
        text("MasterLabel"),
        text("ApiName"),
        flag("IsActive", default=True),
        flag("IsClosed"),
        flag("IsWon"),
        plain("DefaultProbability", "percent"),
        plain("SortOrder", "int"),
        text("ForecastCategoryName"),
    ]
    status = [
        text("MasterLabel"),
        text("ApiName"),
        flag("IsClosed"),
        flag("IsDefault"),
        plain("SortOrder", "int"),
    ]
    contract_status = [text("MasterLabel"), text("ApiName"), text("StatusCode")]
    permission_set = [
        FieldDef("Name", length=80, required=True, unique=True),
        text("Label", 80, required=True),
        text("Description"),
        derived(flag("IsOwnedByProfile")),
    ]
    assignment = [
        lookup("AssigneeId", "User", required=True),
        lookup("PermissionSetId", "PermissionSet", required=True),
    ]
    grant = [
        lookup("ParentId", "PermissionSet", required=True),
        text("SobjectType", required=True),
        text("Field", required=True),
        flag("PermissionsRead"),
        flag("PermissionsEdit"),
    ]
    organization = [
        text("Name", 80),
        text("OrganizationType"),
        flag("IsSandbox", default=True),
        text("DefaultLocaleSidKey"),
        text("TimeZoneSidKey"),
        text("LanguageLocaleKey"),
    ]
    return [
        made_object("OpportunityStage", "01J", stage),
        made_object("TaskStatus", "01S", status),
        made_object("ContractStatus", "01O", contract_status),
        made_object("PermissionSet", "0PS", permission_set),
        made_object("PermissionSetAssignment", "0Pa", assignment),
        made_object("FieldPermissions", "01k", grant),
        made_object("Organization", "00D", organization),
        made_object("QueueSobject", "03g", [lookup("QueueId", "Group"), text("SobjectType")]),
        made_object("Group", "00G", [text("Name", 40), text("DeveloperName", 80), text("Type")]),
        made_object("UserRole", "00E", [text("Name", 80), text("DeveloperName", 80)]),
        made_object("Profile", "00e", [text("Name")]),
    ]
