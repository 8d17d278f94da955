"""What every part of the wire asks of a request: JSON, lists of names, scopes, whole ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs

from connectors.sandbox.hubspot.refusals import Detail, PageNotFound, Refusal, invalid, objects
from connectors.sandbox.hubspot.state import PortalState
from connectors.sandbox.hubspot.types import ObjectType
from connectors.sandbox.wire import Request

MAX_ID = (1 << 63) - 1


def json_body(request: Request) -> Any:
    """Raises Refusal (400)."""
    try:
        return request.json()
    except ValueError as error:
        raise invalid("Invalid input JSON on line 1, column 1") from error


def json_object(request: Request) -> dict[str, Any]:
    """Raises Refusal (400)."""
    body = json_body(request)
    if not isinstance(body, dict):
        raise invalid("Invalid input JSON: an object was expected")
    return body


def inputs(request: Request, limit: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A batch's body and its rows. Raises Refusal (400) when there are too many."""
    body = json_object(request)
    rows = objects(body.get("inputs"), "inputs")
    if not rows:
        raise invalid("inputs is empty")
    if len(rows) > limit:
        raise invalid(f"The batch has {len(rows)} inputs, at most {limit} are allowed")
    return body, rows


def id_in(value: Any) -> str:
    """The id of `{"id": ...}`. Raises Refusal (400) for any other shape."""
    if not isinstance(value, dict) or not isinstance(value.get("id"), str | int):
        raise invalid("Invalid input JSON: an object with an id was expected")
    return str(value["id"])


def names(request: Request, name: str) -> list[str]:
    """An argument that may come several times, or once with commas."""
    values = parse_qs(request.query).get(name, [])
    return [part for value in values for part in value.split(",") if part]


def page_size(request: Request, default: int, most: int) -> int:
    text = request.args().get("limit", str(default))
    if not text.isdigit() or not 0 < int(text) <= most:
        raise invalid(f"limit has to be between 1 and {most}")
    return int(text)


def flag(request: Request, name: str) -> bool:
    """Only `true`, in any case, counts."""
    return request.args().get(name, "").lower() == "true"


def numeric_id(id: str, path: str) -> int:
    """Raises Refusal: a JSON 404 for what is no id at all."""
    if not id.isdigit() or int(id) > MAX_ID:
        message = "Object not found.  objectId are usually numeric."
        raise Refusal(404, message, "OBJECT_NOT_FOUND", context={"path": [path]})
    return int(id)


def need_scope(portal: PortalState, type: ObjectType, verb: str, area: str = "objects") -> None:
    """Checked after the object type and before the record. Raises Refusal (403)."""
    scope = f"crm.{area}.{type.scope}.{verb}"
    if scope not in portal.refused_scopes:
        return
    message = "This app hasn't been granted all required scopes to make this call."
    detail = Detail("MISSING_SCOPES", message, {"requiredGranularScopes": [scope]})
    raise Refusal(403, message, "MISSING_SCOPES", [detail])


def no_such_page(request: Request, parts: Sequence[str] = ()) -> Refusal:
    return PageNotFound(request.path or "/".join(parts))
