"""How the portal says no: HubSpot's error envelope, its HTML 404 and its 429 by policy.

The envelope is `{status, message, correlationId, category, errors[], context}`; in real life all
of its fields are optional, here all of them are sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from connectors.sandbox.wire import Response

HTML_404 = (
    '<html>\n<head>\n<meta http-equiv="Content-Type" content="text/html;charset=utf-8"/>\n'
    "<title>Error 404 Not Found</title>\n</head>\n"
    "<body><h2>HTTP ERROR 404</h2>\n<p>Problem accessing {path}. Reason:\n"
    "<pre>    Not Found</pre></p></body>\n</html>\n"
)


@dataclass(frozen=True, slots=True)
class Detail:
    """One entry of `errors[]`: which property, what is wrong with it."""

    code: str
    message: str
    context: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def json(self) -> dict[str, Any]:
        context = {name: list(values) for name, values in self.context.items()}
        return {"message": self.message, "code": self.code, "context": context}


class Refusal(Exception):
    """An answer other than 2xx, raised from wherever the reason is found."""

    def __init__(
        self,
        status: int,
        message: str,
        category: str | None = "VALIDATION_ERROR",
        details: Sequence[Detail] = (),
        context: Mapping[str, Sequence[str]] | None = None,
        sub_category: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.category = category
        self.details = tuple(details)
        self.context = dict(context or {})
        self.sub_category = sub_category

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "status": "error",
            "message": self.message,
            "correlationId": str(uuid4()),
        }
        if self.category is not None:
            body["category"] = self.category
        if self.sub_category is not None:
            body["subCategory"] = self.sub_category
        if self.context:
            body["context"] = {name: list(values) for name, values in self.context.items()}
        if self.details:
            body["errors"] = [detail.json() for detail in self.details]
        return body

    def row(self, context: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        """The same as one entry of a 207's `errors[]`; `context` says which input it was."""
        joined = {**self.context, **context}
        return {
            "status": "error",
            "category": self.category or "VALIDATION_ERROR",
            **({"subCategory": self.sub_category} if self.sub_category else {}),
            "message": self.message,
            "context": {name: list(values) for name, values in joined.items()},
            "errors": [detail.json() for detail in self.details],
            "links": {},
        }

    def response(self) -> Response:
        return Response(self.status, self.body())


class PageNotFound(Refusal):
    """A missing or archived record asked for by id: HubSpot answers with an HTML page."""

    def __init__(self, path: str) -> None:
        super().__init__(404, "Not Found", "OBJECT_NOT_FOUND")
        self.path = path

    def response(self) -> Response:
        page = HTML_404.replace("{path}", self.path)
        return Response(404, page, {"Content-Type": "text/html;charset=iso-8859-1"})


class RateLimited(Refusal):
    """429; the body is that of hubspot-api-python issue 117, without `category`."""

    def __init__(self, policy: str) -> None:
        super().__init__(429, f"You have reached your {policy.lower()} limit.", None)
        self.policy = policy

    def body(self) -> dict[str, Any]:
        body = super().body()
        body |= {"errorType": "RATE_LIMIT", "policyName": self.policy}
        body["groupName"] = "publicapi:sandbox"
        if self.policy == "DAILY":
            body["requestId"] = str(uuid4())
        return body


def not_imitated(what: str) -> Refusal:
    return Refusal(501, f"The sandbox does not imitate {what}.", "NOT_IMITATED")


def invalid(message: str, *details: Detail) -> Refusal:
    return Refusal(400, message, "VALIDATION_ERROR", details)


def unknown_type(name: str) -> Refusal:
    """Unknown object types carry no category (measured by a third party)."""
    return Refusal(400, f"Unable to infer object type from: {name}", None)


def not_found(ids: Sequence[str], singular: str) -> Refusal:
    message = (
        f"Could not get some {singular.upper()} objects, they may be deleted or not exist. "
        "Check that ids are valid."
    )
    return Refusal(404, message, "OBJECT_NOT_FOUND", context={"id": ids})


def no_such_record(id: str, singular: str) -> Refusal:
    """A row of a batch that would change what is not there."""
    message = f"No {singular.upper()} with id {id}: it may be deleted or not exist"
    return Refusal(404, message, "OBJECT_NOT_FOUND", context={"id": [id]})


def locked() -> Refusal:
    """What is locked for a moment; that a row of a batch is told so as well is not confirmed."""
    return Refusal(423, "Your request could not be processed: the resource is locked", "LOCKED")


def conflict(message: str) -> Refusal:
    """Something of this name exists. For properties the status is documented for v2 only, and
    the body is that of a record's conflict."""
    return Refusal(409, message, "CONFLICT")


def objects(value: Any, what: str) -> list[dict[str, Any]]:
    """A JSON list of objects, nothing for null. Raises Refusal (400) for any other shape."""
    rows = [] if value is None else value
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise invalid(f"Invalid input JSON: {what} has to be a list of objects")
    return rows


def texts(value: Any, what: str) -> list[str]:
    """A JSON list of texts, nothing for null. Raises Refusal (400) for any other shape."""
    if value is not None and not isinstance(value, list):
        raise invalid(f"Invalid input JSON: {what} has to be a list")
    return [str(one) for one in value or ()]


def whole_number(value: Any, what: str) -> int:
    """Raises Refusal (400)."""
    try:
        return int(value)
    except (TypeError, ValueError) as error:
        raise invalid(f"{what} is not a number: {value}") from error
