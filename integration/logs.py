"""Log lines on standard error: one JSON object a line, or text for people; secrets masked.

An exception is told by its type and the places it went through, never by its message: messages
of libraries quote values, and those may be a customer's words. The sentences of
`connectors.errors` are free of them by contract and are told.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal, TextIO

from connectors.errors import CrmError
from integration.masking import Mask

Format = Literal["json", "text"]
OURS = ("rules", "connectors", "integration")
FRAMES = 12
LONGEST_MESSAGE = 4_000  # characters

_crm: ContextVar[str | None] = ContextVar("crm", default=None)


@contextmanager
def about(crm: str) -> Iterator[None]:
    """Lines logged in here concern this CRM."""
    token = _crm.set(crm)
    try:
        yield
    finally:
        _crm.reset(token)


def start_logs(format: Format, mask: Mask, stream: TextIO | None = None) -> None:
    """Send all log lines of this process to standard error in one shape."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(Lines(mask) if format == "json" else Text(mask))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)  # what libraries tell of their daily work is noise
    for name in OURS:
        logging.getLogger(name).setLevel(logging.INFO)
    logging.captureWarnings(capture=True)
    # a library's warning is for whoever works on winback, and may quote what it was given
    logging.getLogger("py.warnings").setLevel(logging.ERROR)
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread


class Lines(logging.Formatter):
    """One JSON object a line: at, level, logger, message, crm and error where there are any."""

    def __init__(self, mask: Mask) -> None:
        super().__init__()
        self._mask = mask

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": _instant(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self._mask(record.getMessage())[:LONGEST_MESSAGE],
        }
        crm = getattr(record, "crm", None) or _crm.get()
        if crm:
            line["crm"] = self._mask(str(crm))
        error = _error(record)
        if error:
            line["error"] = {name: self._mask_all(value) for name, value in error.items()}
        return json.dumps(line, ensure_ascii=False)

    def _mask_all(self, value: Any) -> Any:
        return [self._mask(v) for v in value] if isinstance(value, list) else self._mask(value)


class Text(logging.Formatter):
    """The same for people: a line, and the places of an error below it."""

    def __init__(self, mask: Mask) -> None:
        super().__init__()
        self._mask = mask

    def format(self, record: logging.LogRecord) -> str:
        crm = getattr(record, "crm", None) or _crm.get()
        about_crm = f"[{crm}] " if crm else ""
        words = _on_one_line(self._mask(record.getMessage())[:LONGEST_MESSAGE])
        lines = [f"{_instant(record)[11:19]} {record.levelname.lower():7} {about_crm}{words}"]
        error = _error(record)
        if error:
            sentence = f": {error['sentence']}" if "sentence" in error else ""
            lines.append(f"    {error['type']}{sentence}")
            lines += [f"      {place}" for place in error["places"]]
        return self._mask("\n".join(lines))


def _on_one_line(text: str) -> str:
    """A text that somebody else wrote must not look like several lines of ours."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _instant(record: logging.LogRecord) -> str:
    at = datetime.fromtimestamp(record.created, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _error(record: logging.LogRecord) -> dict[str, Any]:
    """An exception without its message; empty if there is none."""
    error = record.exc_info[1] if record.exc_info else None
    if error is None:
        return {}
    told: dict[str, Any] = {"type": type(error).__qualname__}
    if isinstance(error, CrmError):
        told["sentence"] = str(error)
    cause = error.__cause__ or error.__context__
    if cause is not None:
        told["cause"] = type(cause).__qualname__
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    told["places"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return told


def _log_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    logging.getLogger("integration").critical(
        "winback ended by a fault", exc_info=(kind, error, trace)
    )


def _log_uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None:
        _log_uncaught(args.exc_type, args.exc_value, args.exc_traceback)
