"""Faults to Sentry, where `SENTRY_DSN` names one: what an error's log line says, and no more.

Each report is made here out of our own log line, and nothing that the library would gather by
itself (arguments, variables, requests, the machine's name, its packages) goes along. The library
is imported only where it is wanted.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from integration.logs import OURS, concerned_by, error_of, is_told, message_of
from integration.masking import Mask
from integration.version import VERSION

DSN, ENVIRONMENT = "SENTRY_DSN", "SENTRY_ENVIRONMENT"
SENT_WITHIN = 2.0
"""Seconds at the end of a process. A Sentry that is away must not hold up a restart."""

PARTS = frozenset(
    """event_id timestamp platform sdk release environment level logger logentry tags fingerprint
    exception""".split()
)
"""Of an event; whatever else is in it does not leave the machine."""


class NoSuchProject(ValueError):
    """`SENTRY_DSN` is no address of a Sentry project."""


def start_reports(environ: Mapping[str, str], mask: Mask) -> bool:
    """Report from now on what is logged as an error; False where nobody wants that. Raises
    `NoSuchProject`."""
    dsn = environ.get(DSN, "").strip()
    if not dsn:
        return False
    sentry = import_module("sentry_sdk")  # ten megabytes that most do without
    try:
        sentry.init(
            dsn=dsn,
            environment=environ.get(ENVIRONMENT) or "production",
            release=f"winback@{VERSION}",
            before_send=_only_our_parts,
            default_integrations=False,
            auto_enabling_integrations=False,
            auto_session_tracking=False,
            include_local_variables=False,
            max_breadcrumbs=0,
            max_request_body_size="never",
            send_client_reports=False,
        )
    except import_module("sentry_sdk.utils").BadDsn:
        raise NoSuchProject(
            f"{DSN} is no address of a Sentry project: write https://KEY@HOST/NUMBER"
        ) from None
    logging.getLogger().addHandler(Reports(sentry, mask))
    return True


class Reports(logging.Handler):
    """Sends errors, as our log tells them."""

    def __init__(self, sentry: Any, mask: Mask) -> None:
        super().__init__(logging.ERROR)
        self._sentry = sentry
        self._mask = mask
        self.addFilter(is_told)
        self.addFilter(lambda record: not record.name.startswith("sentry_sdk"))

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._sentry.capture_event(event_of(record, self._mask))
        except Exception:  # noqa: BLE001 - a report that fails must not fail the work
            self.handleError(record)

    def flush(self) -> None:
        self._sentry.flush(timeout=SENT_WITHIN)


def event_of(record: logging.LogRecord, mask: Mask) -> dict[str, Any]:
    """A line as Sentry's event. Those of the same words and type of error are one issue there."""
    told = error_of(record)
    event: dict[str, Any] = {
        "level": "fatal" if record.levelno >= logging.CRITICAL else "error",
        "logger": record.name,
        "logentry": {"message": mask(message_of(record))},
        "tags": {name: mask(value) for name, value in concerned_by(record).items()},
        "fingerprint": [record.name, mask(str(record.msg)), str(told.get("type", ""))],
    }
    if told:
        event["exception"] = {"values": [_exception(told, mask)]}
    return event


def _exception(told: Mapping[str, Any], mask: Mask) -> dict[str, Any]:
    return {
        "type": told["type"],
        "value": mask(str(told.get("sentence") or told.get("cause") or "")),
        "stacktrace": {"frames": [_frame(mask(place)) for place in told["places"]]},
    }


def _frame(place: str) -> dict[str, Any]:
    """`file:line function`, as the log has it; a file of ours from our package on."""
    where, _, function = place.rpartition(" ")
    file, _, line = where.rpartition(":")
    parts = file.split("/")
    ours = next((at for at, part in enumerate(parts) if part in OURS), None)
    return {
        "filename": "/".join(parts[ours:] if ours is not None else parts[-2:]),
        "function": function,
        "lineno": int(line),
        "in_app": ours is not None,
    }


def _only_our_parts(event: dict[str, Any], _hint: object) -> dict[str, Any]:
    return {name: part for name, part in event.items() if name in PARTS}
