"""What a failed connection says, in PostgreSQL's own words."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from integration.store.away import DatabaseRefuses, is_unreached, why_away

AT = 'connection failed: connection to server at "127.0.0.1", port 5432 failed: '


def failed(words: str) -> OperationalError:
    return OperationalError(None, None, psycopg.OperationalError(words))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (AT + "Connection refused\n\tIs the server running on that host?", "Connection refused"),
        (AT + "FATAL:  the database system is starting up", "the database system is starting up"),
        (AT + "FATAL:  sorry, too many clients already", "sorry, too many clients already"),
        ("failed to resolve host 'db.acme.example'", "failed to resolve host 'db.acme.example'"),
        ("connection timeout expired", "connection timeout expired"),
        (AT + "FATAL:  Passwort-Authentifizierung fehlgeschlagen", "Passwort-Authentifizierung"),
    ],
)
def test_what_passes_is_waited_for(words: str, told: str) -> None:
    assert is_unreached(failed(words))
    assert why_away(failed(words)).startswith(told)


@pytest.mark.parametrize(
    "words",
    [
        'FATAL:  password authentication failed for user "winback"',
        'FATAL:  role "winback" does not exist',
        'FATAL:  database "winback" does not exist',
        'FATAL:  no pg_hba.conf entry for host "10.0.0.1", user "winback", database "winback"',
        "fe_sendauth: no password supplied",
    ],
)
def test_an_answer_that_refuses_us_is_told(words: str) -> None:
    with pytest.raises(DatabaseRefuses) as refused:
        why_away(failed(AT + words))
    assert str(refused.value) == words.removeprefix("FATAL:").strip()


def test_a_statement_that_failed_is_no_absence() -> None:
    lost = OperationalError("SELECT 1", None, psycopg.OperationalError("server closed it"))
    assert not is_unreached(lost)
