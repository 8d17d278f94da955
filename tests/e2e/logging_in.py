"""Processes that call one Salesforce org when they are told to, and share its token."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing import get_context
from multiprocessing.connection import Connection

from connectors.salesforce.connector import SalesforceConnector
from connectors.salesforce.settings import SalesforceSettings
from integration.shared_log_ins import SharedLogIns
from integration.store.engine import connect
from tests.e2e.killing import PRELOADED

WAIT_IN_SECONDS = 1.0
"""For another process's log-in."""

_servers = get_context("forkserver")
_servers.set_forkserver_preload(PRELOADED)


class Caller:
    """One process; each `call` has to be followed by its `answer`."""

    def __init__(self, database_url: str, org_url: str) -> None:
        self._told, theirs = _servers.Pipe()
        self._process = _servers.Process(
            target=_call_when_told, args=(theirs, database_url, org_url), daemon=True
        )
        self._process.start()

    def call(self) -> None:
        self._told.send("call")

    def answer(self, within: float = 30.0) -> str:
        """How it went; empty where it went well."""
        assert self._told.poll(within), "it never answered"
        return str(self._told.recv())

    def signal(self, sign: signal.Signals) -> None:
        os.kill(self._process.pid or 0, sign)

    def end(self) -> None:
        self._process.kill()
        self._process.join()


@contextmanager
def callers(database_url: str, org_url: str, count: int) -> Iterator[list[Caller]]:
    """So many, each with the token of the first one's log-in."""
    made = [Caller(database_url, org_url) for _ in range(count)]
    try:
        for one in made:
            one.call()
            assert one.answer() == ""
        yield made
    finally:
        for one in made:
            one.end()


def _call_when_told(told: Connection, database_url: str, org_url: str) -> None:
    engine = connect(database_url)
    wait = timedelta(seconds=WAIT_IN_SECONDS)
    connector = SalesforceConnector(
        SalesforceSettings("sales", org_url, "sandbox", "sandbox"),
        log_ins=SharedLogIns(engine, "sales", wait=wait),
    )
    while True:
        told.recv()
        try:
            connector._client.call("GET", "limits/", kind="other")
        except Exception as error:  # noqa: BLE001 - whatever it is, the test has to hear of it
            told.send(repr(error))
        else:
            told.send("")
