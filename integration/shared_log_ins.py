"""One log-in for all processes on a PostgreSQL, and one token, which lies there sealed.

Whoever meets a token that has ended looks there first for a newer one. Where there is none, one
process logs in and the others wait for its token, or its refusal.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from connectors.errors import CredentialsRefused, Unavailable
from connectors.log_ins import Credentials
from integration.store import log_ins
from integration.store.engine import begin, reading

if TYPE_CHECKING:
    from integration.sealing import Seal

WAIT = timedelta(seconds=8)
"""For another process's log-in, which takes less than a second. It may be killed or stopped: then
somebody else logs in, which does no harm if the first one's comes to an end after all."""

LOOK_EVERY = 0.1  # seconds, while another process logs in

_REFUSED, _UNAVAILABLE = "refused", "unavailable"

log = logging.getLogger(__name__)


class SharedLogIns:
    """One CRM's; satisfies `connectors.log_ins.LogIns`. Any thread may ask."""

    def __init__(
        self,
        engine: Engine,
        crm: str,
        *,
        wait: timedelta = WAIT,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._engine = engine
        self._crm = crm
        self._wait = wait
        self._sleep = sleep

    def token(
        self, credentials: Credentials, log_in: Callable[[], str], *, refused: str | None = None
    ) -> str:
        """See `LogIns`. Raises SQLAlchemyError as well."""
        from integration.sealing import Seal  # noqa: PLC0415 - 7 MB that who shares nothing spares

        seal = Seal(credentials)
        waited_for = None
        while True:
            with reading(self._engine) as connection:
                seen = log_ins.standing(connection, self._crm, seal.mark, self._wait)
            kept = seal.opened(seen.token) if seen.token else None
            if kept is not None and kept != refused:
                return kept
            if seen.under_way:
                waited_for = seen.number
                self._sleep(LOOK_EVERY)
                continue
            if seen.failed and seen.number == waited_for:
                raise _failure(seen)
            with begin(self._engine) as connection:
                number = log_ins.begin(connection, self._crm, seal.mark, seen, self._wait)
            if number is not None:
                return self._logged_in(seal, number, log_in)

    def _logged_in(self, seal: Seal, number: int, log_in: Callable[[], str]) -> str:
        try:
            token = log_in()
        except (CredentialsRefused, Unavailable) as failed:
            kind = _REFUSED if isinstance(failed, CredentialsRefused) else _UNAVAILABLE
            self._end(log_ins.fail, number=number, failed=kind, sentence=failed.in_our_words)
            raise
        except BaseException:
            self._end(log_ins.give_up, number=number)
            raise
        self._end(log_ins.keep, mark=seal.mark, token=seal.closed(token))
        log.info("%s: logged in, for all processes", self._crm)
        return token

    def _end(self, how: Callable[..., None], **told: object) -> None:
        """Where the database is away just now, the others wait to the end of their time."""
        with suppress(SQLAlchemyError), begin(self._engine) as connection:
            how(connection, self._crm, **told)


def _failure(seen: log_ins.LogIn) -> CredentialsRefused | Unavailable:
    error = CredentialsRefused if seen.failed == _REFUSED else Unavailable
    return error(seen.sentence)
