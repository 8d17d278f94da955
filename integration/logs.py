"""Log lines on standard error: one JSON object a line, or text for people; secrets masked.

An exception is told by its type and the places it went through, never by its message: messages
of libraries quote values, and those may be a customer's words. The sentences of our own errors
are free of them by contract and are told, a CRM's own words left out.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal, TextIO

from connectors.errors import CrmError
from integration.masking import Mask
from integration.plain_json import plain_json

Format = Literal["json", "text"]
Level = Literal["debug", "info", "warning"]
OURS = ("rules", "connectors", "integration")
FRAMES = 12
LONGEST_MESSAGE = 4_000  # characters

IDS = ("crm", "delivery", "record", "customer", "recovery", "task", "push", "crm_id")
"""What a line may concern, in the order in which it is told. All are keys, never words."""

_about: ContextVar[Mapping[str, str]] = ContextVar("about", default={})  # noqa: B039 - never changed


@contextmanager
def about(crm: str) -> Iterator[None]:
    """Lines logged in here concern this CRM."""
    token = _about.set({**_about.get(), "crm": crm})
    try:
        yield
    finally:
        _about.reset(token)


def ids(**concerned: object) -> dict[str, dict[str, str]]:
    """For `extra` of a log call: what the line concerns, by names out of `IDS`; None is left
    out."""
    if not concerned.keys() <= set(IDS):
        raise TypeError(f"no ids of a log line: {sorted(concerned.keys() - set(IDS))}")
    return {"ids": {name: str(value) for name, value in concerned.items() if value is not None}}


def start_logs(
    format: Format, mask: Mask, stream: TextIO | None = None, level: Level = "info"
) -> None:
    """Send all log lines of this process to standard error in one shape. `level` is for what we
    say ourselves: libraries are heard when they warn."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(Lines(mask) if format == "json" else Text(mask))
    handler.addFilter(is_told)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)  # what libraries tell of their daily work is noise
    for name in OURS:
        logging.getLogger(name).setLevel(level.upper())
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread


def is_told(record: logging.LogRecord) -> bool:
    """Whatever level somebody set: below a warning libraries quote what they were given (requests,
    statements, their parameters). Python's own warnings are for whoever works on winback."""
    if record.name.partition(".")[0] in OURS:
        return True
    return record.levelno >= logging.WARNING and record.name != "py.warnings"


def concerned_by(record: logging.LogRecord) -> dict[str, str]:
    """What a line concerns, by the names of `IDS`."""
    told = {**_about.get(), **getattr(record, "ids", {})}
    return {name: told[name] for name in IDS if name in told}


def message_of(record: logging.LogRecord) -> str:
    """The message, in which an exception stands for itself: ours by its sentence without what the
    CRM said, a library's by its type."""
    if isinstance(record.args, tuple) and any(isinstance(a, BaseException) for a in record.args):
        args = tuple(_named(a) if isinstance(a, BaseException) else a for a in record.args)
        return str(record.msg) % args
    return record.getMessage()


def _named(error: BaseException) -> str:
    if isinstance(error, CrmError):
        return error.in_our_words
    ours = type(error).__module__.partition(".")[0] in OURS
    return str(error) if ours else type(error).__qualname__


class Lines(logging.Formatter):
    """One JSON object a line: at, level, logger, message, what it concerns (`IDS`), and error
    where there is one."""

    def __init__(self, mask: Mask) -> None:
        super().__init__()
        self._mask = mask

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": _instant(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self._mask(message_of(record))[:LONGEST_MESSAGE],
        }
        line |= {name: self._mask(value) for name, value in concerned_by(record).items()}
        error = error_of(record)
        if error:
            line["error"] = {name: self._mask_all(value) for name, value in error.items()}
        return plain_json(line)

    def _mask_all(self, value: Any) -> Any:
        return [self._mask(v) for v in value] if isinstance(value, list) else self._mask(value)


class Text(logging.Formatter):
    """The same for people: a line, and the places of an error below it."""

    def __init__(self, mask: Mask) -> None:
        super().__init__()
        self._mask = mask

    def format(self, record: logging.LogRecord) -> str:
        concerned = concerned_by(record)
        crm = f"[{concerned.pop('crm')}] " if "crm" in concerned else ""
        words = _on_one_line(self._mask(message_of(record))[:LONGEST_MESSAGE])
        about = "".join(f"  {name} {value}" for name, value in concerned.items())
        lines = [f"{_instant(record)[11:19]} {record.levelname.lower():7} {crm}{words}{about}"]
        error = error_of(record)
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


def error_of(record: logging.LogRecord) -> dict[str, Any]:
    """An exception without its message; empty if there is none."""
    error = record.exc_info[1] if record.exc_info else None
    if error is None:
        return {}
    told: dict[str, Any] = {"type": type(error).__qualname__}
    if isinstance(error, CrmError):
        told["sentence"] = error.in_our_words
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
