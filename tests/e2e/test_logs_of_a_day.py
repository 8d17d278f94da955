"""A day's logs at their most talkative: no secret, no person and no customer's word in them, and
enough to follow what a CRM pushed to the task that came of it."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox.server import Sandbox, start
from connectors.sandbox.world import Fault
from integration.config import read_config
from integration.fault_reports import start_reports
from integration.logs import OURS, start_logs
from integration.masking import Mask, mask_for
from tests.e2e.bad_hour import WORDS, a_bad_hour, hubspot_error, knock
from tests.e2e.grown_up import crew_of, eventually, row_states
from tests.e2e.killing import Scene
from tests.e2e.pushed_day import ENVIRON, KEYS, Winback, winback
from tests.e2e.working_day import STEPS
from tests.integration.sentry import listening

LIBRARIES = ("urllib3", "requests", "werkzeug", "waitress", "simple_salesforce", "alembic")
TOLD_BY_PEOPLE = frozenset(
    """Name FirstName LastName Email Phone Username Description Subject MailingStreet name dealname
    firstname lastname email phone closed_lost_reason hs_task_subject hs_task_body""".split()
)
Lines = list[dict[str, Any]]


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """All that any logger of this process says, and how it was before."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    names = (*OURS, *LIBRARIES)
    levels = {name: logging.getLogger(name).level for name in names}
    stream = io.StringIO()
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    for name, was in levels.items():
        logging.getLogger(name).setLevel(was)
    logging.captureWarnings(capture=False)


def talkative(stream: io.StringIO, mask: Mask) -> io.StringIO:
    """All that is said, as JSON into the stream; answers where it stands as it does for people."""
    for_people = io.StringIO()
    start_logs("text", mask, for_people, level="debug")
    [text] = logging.getLogger().handlers
    start_logs("json", mask, stream, level="debug")
    logging.getLogger().addHandler(text)
    for name in LIBRARIES:  # somebody may set them so
        logging.getLogger(name).setLevel(logging.DEBUG)
    return for_people


def told_by_people(sandbox: Sandbox) -> set[str]:
    """Every name, address, number and note in both CRMs."""
    org, portal = sandbox.salesforce, sandbox.hubspot
    rows: list[dict[str, Any]] = []
    for type in ("Account", "Contact", "Opportunity", "Task", "User"):
        rows += org.all(type, deleted=True)
    for type in ("companies", "contacts", "deals", "tasks"):
        rows += portal.all(type)
    found = {str(row[name]) for row in rows for name in TOLD_BY_PEOPLE if row.get(name)}
    for owner in portal.owners.values():
        found |= {owner.email, f"{owner.first_name} {owner.last_name}"}
    return {text for text in found if len(text) > 3}


def quoted(log: str, texts: Iterable[str]) -> list[str]:
    """Those that stand in the log, as they are or as JSON spells them."""
    return [text for text in texts if text in log or json.dumps(text)[1:-1] in log]


def with_ways_to_be_reached(day: Winback) -> None:
    """Each contact has an address, a number and a street."""
    for crm, desk in day.desks.items():
        for name, customer in desk.customers.items():
            mail, phone = f"{name.lower()}@{name.lower()}.example", "+49 89 5550123"
            if crm == "sales":
                reached = {"Email": mail, "Phone": phone}
                day.sandbox.salesforce.update("Contact", customer.contact, reached)
            else:
                reached = {"email": mail, "phone": phone}
                day.sandbox.hubspot.update("contacts", customer.contact, reached)


def test_a_day_leaves_no_word_of_anybody_in_the_log(
    logged: io.StringIO, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with winback(sqlite_url, tmp_path) as day, listening() as sentry:
        rules = read_config(next(tmp_path.glob("*.toml")), ENVIRON)
        for_people = talkative(logged, mask := mask_for(rules, ENVIRON, ""))
        assert start_reports({"SENTRY_DSN": sentry.dsn}, mask)
        with_ways_to_be_reached(day)
        day.work(polled=True)
        for first in range(0, len(STEPS), 5):
            for step in STEPS[first : first + 5]:
                for desk in day.desks.values():
                    step(desk)
            day.deliver(disorder=False)
            day.work(polled=True)
        a_bad_hour(day, monkeypatch)
        texts = {*told_by_people(day.sandbox), WORDS}
        assert sentry.events()
        reported = "".join(sentry.received)
    log = logged.getvalue()
    assert len(texts) > 100
    assert len(log.splitlines()) > 200
    for trouble in (
        "MALFORMED_QUERY",
        "a delivery of hub is refused",
        "a delivery of sales is refused",
        "field parked: refused",
        "task_create parked: refused",
        "invalid_grant",
    ):
        assert trouble in log
    for said in (log, for_people.getvalue(), reported):
        assert "deciding customer" in said
        assert quoted(said, texts) == []
        assert quoted(said, (value for value in ENVIRON.values() if value != "sandbox")) == []
    assert follow(log, day.desks["hub"].customers["Adler"].deal) == {"listen", "apologise", "thank"}


def follow(log: str, deal: str) -> set[str]:
    """The tasks that stand in the CRM because a delivery named this deal, from line to line."""
    lines: Lines = [json.loads(line) for line in log.splitlines()]
    told = [line for line in lines if line["message"].startswith("a delivery names ")]
    deliveries = {line["delivery"] for line in told}
    read = [line for line in lines if line["message"] == "a record was read"]
    ours = [line for line in read if line["record"] == f"deals:{deal}"]
    customers = {line.get("customer") for line in ours if line["delivery"] in deliveries}
    found = [line for line in lines if line["message"] == "a loss was found"]
    recoveries = {line["recovery"] for line in found if line["customer"] in customers}
    written = [line for line in lines if line["message"] == "task_create: delivered"]
    sent = [line for line in written if line["recovery"] in recoveries]
    assert all(line["push"] and line["crm_id"] and line["crm"] == "hub" for line in sent)
    return {line["task"].split(":")[1] for line in sent}


def test_nor_do_the_logs_of_several_processes(postgres_url: str, tmp_path: Path) -> None:
    with start() as sandbox:
        scene = Scene(sandbox, postgres_url, tmp_path, keys=KEYS)
        scene.lose(sales=3, hub=3)
        rules = sandbox.salesforce.refusals.rules
        rules.append(lambda type, _row: WORDS if type == "Opportunity" else None)
        sandbox.world.faults.append(
            Fault("status", "hubspot", "write", status=400, body=hubspot_error(WORDS), times=500)
        )
        environ = {**ENVIRON, "WINBACK_LOG_LEVEL": "debug"}
        sandbox.hubspot.token = ENVIRON["WB_TOKEN"]
        sandbox.salesforce.sessions.client_secret = ENVIRON["WB_SECRET"]
        with crew_of(postgres_url, tmp_path, scene.configs["sales"], environ) as crew:
            knock(crew.web().ready()["url"])
            crew.worker()
            crew.clock()
            eventually(lambda: set(row_states(crew)) == {"delivered", "parked"})
            said = "".join(member.said() for member in crew.members)
        texts = {*told_by_people(sandbox), WORDS}
    for line in (
        "[sales] field parked: refused",
        "[hub] task_create parked: refused",
        "[sales] task_create: delivered",
        "a delivery of hub is refused: the body is not JSON",
    ):
        assert line in said
    assert quoted(said, texts) == []
    assert quoted(said, (value for value in ENVIRON.values() if value != "sandbox")) == []
