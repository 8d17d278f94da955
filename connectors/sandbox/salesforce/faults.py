"""The two ways in which Salesforce says no: to a whole call, and to one row of it.

The key differs: `errorCode` at the top of an answer, `statusCode` within a row's result.
"""

from __future__ import annotations

from typing import Any


class CallFault(Exception):
    """The whole call is refused with an HTTP status and Salesforce's list of one error."""

    def __init__(self, status: int, code: str, message: str, fields: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.fields = fields

    def body(self) -> list[dict[str, Any]]:
        error: dict[str, Any] = {"message": self.message, "errorCode": self.code}
        if self.fields:
            error["fields"] = list(self.fields)
        return [error]


class RowFault(Exception):
    """One record is refused; the others of the call go on."""

    def __init__(self, code: str, message: str, fields: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.fields = fields

    def row_error(self) -> dict[str, Any]:
        """The error as it stands in a collection's result."""
        return {"statusCode": self.code, "message": self.message, "fields": list(self.fields)}

    def as_call(self) -> CallFault:
        """The same refusal where the call was about this one record."""
        gone = self.code in ("ENTITY_IS_DELETED", "NOT_FOUND")
        return CallFault(404 if gone else 400, self.code, self.message, self.fields)


class NotImitated(Exception):
    """The sandbox does not do this; the sentence says what."""


def no_column(name: str, entity: str) -> str:
    return (
        f"No such column '{name}' on entity '{entity}'. If you are attempting to use a custom "
        "field, be sure to append the '__c' after the custom field name. Please reference your "
        "WSDL or the describe call for the appropriate names."
    )


def no_type(name: str) -> str:
    return (
        f"sObject type '{name}' is not supported. If you are attempting to use a custom object, "
        "be sure to append the '__c' after the entity name. Please reference your WSDL or the "
        "describe call for the appropriate names."
    )
