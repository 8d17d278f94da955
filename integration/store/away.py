"""Why a database cannot be had: a PostgreSQL is away, which passes, or it answered and refuses us;
a SQLite file cannot be opened, or is something else."""

from __future__ import annotations

import re

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

_REFUSES = re.compile(
    r"authentication failed|no password supplied|role .* does not exist|database .* does not exist"
    r"|no pg_hba\.conf entry|not permitted to log in"
)
"""Of a failed connection the driver has the server's words and no code. A server that is told to
speak another language than English is waited for, and its words stand in the log."""

_CANNOT_OPEN = "unable to open database file"
_OF_FILES = {
    _CANNOT_OPEN: "cannot be opened: this user has to be able to read and write the file",
    "file is not a database": "is no store: the file there is something else",
}
"""What SQLite says of a file, and what we do."""


class DatabaseRefuses(Exception):
    """The database is there and does not let us in; waiting mends nothing."""


def is_unreached(error: BaseException) -> bool:
    """Whether it was the connection that failed, and no statement on one."""
    return (
        isinstance(error, (OperationalError, InterfaceError))
        and error.statement is None
        and not str(error.orig).startswith(_CANNOT_OPEN)  # SQLite's
    )


def no_file_of_ours(error: DBAPIError) -> str:
    """What is wrong with a SQLite file, to be put behind its name; empty where it is not that."""
    words = str(error.orig)
    return next((told for begins, told in _OF_FILES.items() if words.startswith(begins)), "")


def why_away(error: DBAPIError) -> str:
    """In a few words, none of them secret. Raises `DatabaseRefuses` with a sentence where the
    database did answer."""
    words = reason(error)
    if _REFUSES.search(words):
        raise DatabaseRefuses(words) from error
    return words


def reason(error: DBAPIError) -> str:
    """The part of the driver's message that says what happened, on one line."""
    first = str(error.orig).strip().partition("\n")[0]
    return re.sub(r"^.*\bfailed: ", "", first).replace("FATAL:", "").strip()
