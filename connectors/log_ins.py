"""A token that all processes on a CRM share, and who of them logs in for a new one.

A connector that has to log in asks a `LogIns` for its token. It knows neither where one is kept nor
who else wants it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a token was given for. One of other credentials is never taken: neither where a name
    differs (the CRM's in the rule file, app, user, host, org), nor where the secret does."""

    names: tuple[str, ...]
    secret: str = field(repr=False)


class LogIns(Protocol):
    """Stands before the log-ins of a connector. Any thread may ask."""

    def token(
        self, credentials: Credentials, log_in: Callable[[], str], *, refused: str | None = None
    ) -> str:
        """The token that is kept, as some `log_in` returned it; where there is none, or it is the
        one that the CRM refused, that of one `log_in` by whoever came first.

        May wait for the log-in of another process. Raises what `log_in` raises, also there.
        """
        ...


class OwnLogIns:
    """Nobody else to share with."""

    def token(
        self, credentials: Credentials, log_in: Callable[[], str], *, refused: str | None = None
    ) -> str:
        """Logs in."""
        del credentials, refused
        return log_in()
