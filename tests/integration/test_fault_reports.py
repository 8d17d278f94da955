"""Faults reported to Sentry: what arrives there, and what never does."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from connectors.errors import Unavailable
from connectors.salesforce.refusals import Refusal
from integration.fault_reports import NoSuchProject, start_reports
from integration.logs import about, ids
from integration.masking import Mask
from tests.integration.sentry import Sentry, listening

log = logging.getLogger("integration.jobs.cycle")


@pytest.fixture
def sentry() -> Iterator[Sentry]:
    """Somebody who listens, and reports that begin."""
    before = logging.getLogger().handlers[:]
    with listening() as server:
        assert start_reports({"SENTRY_DSN": server.dsn}, Mask(["canary-secret"]))
        yield server
        logging.getLogger().handlers[:] = before


def fails(words: str) -> None:
    """Deep enough to have variables in several frames."""
    customer = {"Name": words}
    raise ValueError(f"no {customer['Name']} there")


def test_a_fault_arrives_without_what_it_was_about(sentry: Sentry) -> None:
    try:
        fails("Jürgen Bauer")
    except ValueError:
        with about("sales"):
            log.exception("deciding customer %s failed", 7, extra=ids(customer=7))
    (event,) = sentry.events()
    assert event["logentry"]["message"] == "deciding customer 7 failed"
    assert event["tags"] == {"crm": "sales", "customer": "7"}
    (fault,) = event["exception"]["values"]
    assert (fault["type"], fault["stacktrace"]["frames"][-1]["function"]) == ("ValueError", "fails")
    (sent,) = sentry.received
    assert "Bauer" not in sent
    assert "vars" not in sent
    assert "server_name" not in sent


def test_secrets_and_addresses_are_masked(sentry: Sentry) -> None:
    log.error("the token canary-secret of ann@acme.example was refused")
    (event,) = sentry.events()
    assert event["logentry"]["message"] == "the token *** of *** was refused"


def test_a_crm_s_own_words_stay_here(sentry: Sentry) -> None:
    refusal = Refusal(400, "MALFORMED_QUERY", "no Jürgen Bauer in FROM")
    log.error("a round failed", exc_info=refusal)
    log.error("%s", Unavailable("Salesforce did not answer within 30 s"))
    events = sentry.events()
    assert "MALFORMED_QUERY" in json.dumps(events)
    assert events[1]["logentry"]["message"] == "Salesforce did not answer within 30 s"
    assert "Bauer" not in "".join(sentry.received)


def test_warnings_and_libraries_daily_work_are_no_faults(sentry: Sentry) -> None:
    log.warning("a CRM is away")
    logging.getLogger("urllib3").info("GET /")
    assert sentry.events() == []


def test_without_an_address_nothing_is_loaded() -> None:
    before = logging.getLogger().handlers[:]
    assert not start_reports({}, Mask())
    assert logging.getLogger().handlers == before


def test_what_is_no_address_is_refused_in_words() -> None:
    with pytest.raises(NoSuchProject, match="https://KEY@HOST/NUMBER"):
        start_reports({"SENTRY_DSN": "sentry.example"}, Mask())
