"""Faults reported to Sentry: what arrives there, and what never does."""

from __future__ import annotations

import gzip
import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import sentry_sdk

from connectors.errors import Unavailable
from connectors.salesforce.refusals import Refusal
from integration.fault_reports import NoSuchProject, start_reports
from integration.logs import about, ids
from integration.masking import Mask

log = logging.getLogger("integration.jobs.cycle")

Envelope = list[dict[str, Any]]


class Sentry(ThreadingHTTPServer):
    """Takes in what is sent to it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Takes)
        self.received: list[str] = []

    @property
    def dsn(self) -> str:
        return f"http://key@127.0.0.1:{self.server_port}/1"

    def events(self) -> list[dict[str, Any]]:
        sentry_sdk.flush(5)
        lines = [line for text in self.received for line in text.splitlines()]
        return [found for line in lines if "logger" in (found := json.loads(line))]


class _Takes(BaseHTTPRequestHandler):
    server: Sentry

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.server.received.append(body.decode())
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Not a word."""


@pytest.fixture
def sentry() -> Iterator[Sentry]:
    """Somebody who listens, and reports that begin."""
    server = Sentry()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    before = logging.getLogger().handlers[:]
    assert start_reports({"SENTRY_DSN": server.dsn}, Mask(["canary-secret"]))
    yield server
    logging.getLogger().handlers[:] = before
    sentry_sdk.init()
    server.shutdown()
    server.server_close()
    thread.join()


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
