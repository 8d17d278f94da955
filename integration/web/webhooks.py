"""Where CRMs push to: `POST /hooks/NAME` and `POST /hooks/NAME/PATH_SECRET`.

2xx means that the delivery is committed. Everything else is sent again by the CRM for a day
(HubSpot: any 4xx or 5xx), and the next poll finds the records anyway. So what cannot be read is
told as 400, where the CRM's own log shows it to the admin, and what is not for us as 2xx. A
refused body is never logged.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from connectors.deliveries import (
    Delivery,
    DeliveryRefused,
    Posted,
    TooMuch,
    Unsigned,
    Untrusted,
    is_one_of,
)
from connectors.salesforce import soap
from connectors.salesforce.webhooks import is_callout
from integration import trail
from integration.crm_settings import HUBSPOT, SALESFORCE
from integration.web.channels import Channel
from integration.web.noting import Noting
from integration.web.storing import Received, Storing

LARGEST_DELIVERY = 1024 * 1024  # bytes

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Intake:
    """The channels that are open, and where their deliveries go."""

    channels: Mapping[str, Channel]
    storing: Storing
    wall: Callable[[], datetime]
    noting: Noting = field(default_factory=Noting)

    def take(self, channel: Channel, posted: Posted) -> None:
        """Returns once everything is stored. Raises `DeliveryRefused`, SQLAlchemyError or
        TimeoutError."""
        now = self.wall()
        delivery = channel.watched(channel.receive(posted, now))
        arrival = self.noting.due(channel.crm, channel.way_of(posted), now)
        if delivery != Delivery() or arrival:
            name = secrets.token_hex(6)
            self.storing.store(Received(channel.crm, channel.task_type, delivery, arrival, name))
            trail.delivered(channel.crm, name, (*delivery.refs, *delivery.erased))

    def refuse(self, channel: Channel, posted: Posted, refused: DeliveryRefused) -> None:
        """Note that something was refused, unless anybody may have sent it. Whoever sent it is
        answered the same, whether that could be noted or not."""
        if isinstance(refused, Unsigned):
            return
        way, now = channel.way_of(posted), self.wall()
        arrival = self.noting.due(channel.crm, way, now, refused=str(refused))
        if arrival is None:
            return
        try:
            self.storing.store(Received(channel.crm, channel.task_type, Delivery(), arrival))
        except (SQLAlchemyError, TimeoutError) as error:
            log.warning("a refusal of %s is not noted (%s)", channel.crm, type(error).__name__)


def hooks(intake: Intake) -> Blueprint:
    """The two routes. A door that is not there, or not open to this secret, is 404 alike."""
    pages = Blueprint("hooks", __name__)

    @pages.post("/hooks/<name>")
    def hubspot(name: str) -> ResponseReturnValue:
        channel = intake.channels.get(name)
        if channel is None or channel.kind != HUBSPOT:
            abort(404)
        posted = _posted(channel)
        if posted is None:
            return jsonify(error="request entity too large"), 413
        status = _status(intake, channel, posted)
        return _empty() if status == 204 else _told(status)

    @pages.post("/hooks/<name>/<path_secret>")
    def salesforce(name: str, path_secret: str) -> ResponseReturnValue:
        channel = _opened(intake.channels.get(name), path_secret)
        if channel is None:
            abort(404)
        posted = _posted(channel)
        if posted is None:
            return _soap(413, soap.fault("the message is too large", ours=False))
        status = _status(intake, channel, posted)
        if is_callout(posted):
            return _empty() if status == 204 else _told(status)
        return _soap_answer(status)

    return pages


def _opened(channel: Channel | None, path_secret: str) -> Channel | None:
    if channel is None or channel.kind != SALESFORCE:
        is_one_of(path_secret, ["no such door takes about as long"])
        return None
    return channel if channel.opens_with(path_secret) else None


def _posted(channel: Channel) -> Posted | None:
    """None when the body is too large."""
    body = _body(request.environ)
    if body is None:
        return None
    query = request.query_string.decode("latin-1")
    return Posted(
        method=request.method,
        url=channel.called(request.path, query, request.url),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
    )


def _body(environ: Mapping[str, Any]) -> bytes | None:
    """The body as it came, None when it is too large.

    The length is counted here: with `Transfer-Encoding: chunked` there is none to be believed,
    and Flask's own limit cuts such a body short without a word where the server leaves it to Flask
    (tried with gunicorn).
    """
    declared = request.content_length
    if declared is None and not environ.get("wsgi.input_terminated"):
        return b""
    if declared is not None and declared > LARGEST_DELIVERY:
        return None
    wanted = LARGEST_DELIVERY + 1 if declared is None else declared
    parts: list[bytes] = []
    try:
        while wanted > 0 and (part := environ["wsgi.input"].read(wanted)):
            parts.append(part)
            wanted -= len(part)
    except TimeoutError:
        abort(408)
    body = b"".join(parts)
    return None if len(body) > LARGEST_DELIVERY else body


def _status(intake: Intake, channel: Channel, posted: Posted) -> int:
    try:
        intake.take(channel, posted)
    except DeliveryRefused as refused:
        log.warning("a delivery of %s is refused: %s", channel.crm, refused)
        intake.refuse(channel, posted, refused)
        if isinstance(refused, Untrusted):
            return 401
        return 413 if isinstance(refused, TooMuch) else 400
    except (SQLAlchemyError, TimeoutError) as error:
        log.warning("a delivery of %s is not stored (%s)", channel.crm, type(error).__name__)
        return 503
    return 204


def _empty() -> Response:
    return Response(status=204)


_ERRORS = {
    400: "bad request",
    401: "unauthorized",
    413: "request entity too large",
    503: "service unavailable",
}


def _told(status: int) -> ResponseReturnValue:
    return jsonify(error=_ERRORS[status]), status


def _soap_answer(status: int) -> Response:
    """SOAP 1.1 over HTTP: a fault is 500; the two that say more than that say it."""
    if status == 204:
        return _soap(200, soap.ACK)
    fault = soap.fault(_ERRORS[status], ours=status == 503)
    return _soap(status if status in (413, 503) else 500, fault)


def _soap(status: int, envelope: str) -> Response:
    return Response(envelope, status=status, content_type=soap.MEDIA_TYPE)
