"""Log lines: their shape, and what must never stand in them."""

from __future__ import annotations

import io
import json
import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import Unavailable
from connectors.salesforce.refusals import Refusal
from integration.config import read_config
from integration.logs import Format, about, ids, start_logs
from integration.masking import Mask, mask_for
from tests.integration.lost_customer import HUBSPOT, SALESFORCE, SECRETS, rule_file

log = logging.getLogger("integration.jobs.cycle")


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Logs belong to the process: what a test starts is taken back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    names = ("rules", "connectors", "integration", "py.warnings")
    levels = {name: logging.getLogger(name).level for name in names}
    hooks = sys.excepthook, threading.excepthook
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    sys.excepthook, threading.excepthook = hooks
    logging.captureWarnings(capture=False)


def started(format: Format = "json", mask: Mask | None = None) -> io.StringIO:
    stream = io.StringIO()
    start_logs(format, mask or Mask(), stream)
    return stream


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_one_json_object() -> None:
    stream = started()
    with about("sales"):
        log.warning("%s rows\nare \x9b31mheld", 3)
    assert "\x9b" not in stream.getvalue()  # a terminal would obey it
    (line,) = lines(stream)
    assert line.pop("at").endswith("Z")
    assert line == {
        "level": "warning",
        "logger": "integration.jobs.cycle",
        "message": "3 rows\nare \x9b31mheld",
        "crm": "sales",
    }


def test_text_for_people_is_one_line_too() -> None:
    stream = started("text")
    with about("sales"):
        log.info("a name with\na line end: %s", "Jürgen")
    assert stream.getvalue().endswith("info    [sales] a name with\\na line end: Jürgen\n")
    assert stream.getvalue().count("\n") == 1


@pytest.mark.parametrize("format", ["json", "text"])
def test_an_exception_is_told_without_what_it_quotes(format: Format) -> None:
    stream = started(format)
    try:
        int("a customer's words")
    except ValueError:
        log.exception("deciding customer %s failed", 7)
    told = stream.getvalue()
    assert "ValueError" in told
    assert "test_logs.py" in told
    assert "words" not in told


def test_a_crm_s_own_sentence_is_told() -> None:
    stream = started()
    log.error("a round failed", exc_info=Unavailable("Salesforce did not answer within 30 s"))
    assert lines(stream)[0]["error"]["sentence"] == "Salesforce did not answer within 30 s"


def test_what_a_line_concerns_stands_beside_it() -> None:
    stream = started()
    with about("sales"):
        log.info("a task is wanted", extra=ids(task="7:listen:1", customer=12, crm_id=None))
    (line,) = lines(stream)
    assert {name: line[name] for name in ("crm", "customer", "task")} == {
        "crm": "sales",
        "customer": "12",
        "task": "7:listen:1",
    }
    assert "crm_id" not in line


def test_for_people_it_stands_behind_the_words() -> None:
    stream = started("text")
    log.info("field: delivered", extra=ids(push=3, crm="sales"))
    assert stream.getvalue().endswith("[sales] field: delivered  push 3\n")


def test_a_line_concerns_keys_that_are_known_and_nothing_else() -> None:
    with pytest.raises(TypeError, match="name"):
        ids(name="Jürgen")


def test_an_exception_in_a_message_is_told_without_what_it_quotes() -> None:
    stream = started()
    log.warning("%s (%s)", Refusal(400, "MALFORMED_QUERY", "near 'Bauer'"), "unavailable")
    log.warning("the pipe broke: %s", OSError("while writing 'Bauer'"))
    told = [line["message"] for line in lines(stream)]
    assert told[0] == "Salesforce declined the call: MALFORMED_QUERY (unavailable)"
    assert told[1] == "the pipe broke: OSError"


def test_the_level_is_for_our_own_lines() -> None:
    stream = io.StringIO()
    start_logs("json", Mask(), stream, level="debug")
    log.debug("nothing to do")
    library = logging.getLogger("sqlalchemy.engine")
    library.setLevel(logging.DEBUG)
    library.info("INSERT INTO records ... 'a customer's words'")
    library.setLevel(logging.NOTSET)
    assert [line["message"] for line in lines(stream)] == ["nothing to do"]


def test_libraries_speak_only_of_trouble() -> None:
    stream = started()
    logging.getLogger("apscheduler.scheduler").info("Added job")
    logging.getLogger("py.warnings").warning("could not read 'a customer's words'")
    logging.getLogger("waitress").error("a socket broke")
    assert [line["message"] for line in lines(stream)] == ["a socket broke"]


def test_uncaught_faults_are_lines_too() -> None:
    stream = started()
    thread = threading.Thread(target=lambda: int("words"))
    thread.start()
    thread.join()
    (line,) = lines(stream)
    assert (line["level"], line["error"]["type"]) == ("critical", "ValueError")


def test_secrets_of_the_configuration_are_masked(tmp_path: Path) -> None:
    file = rule_file(
        tmp_path, SALESFORCE % "https://acme.my.salesforce.com", HUBSPOT % "https://api.hubapi.com"
    )
    mask = mask_for(
        read_config(file, SECRETS), SECRETS, "postgres://winback:canary-password@db.example/w"
    )
    stream = started(mask=mask)
    for value in (*SECRETS.values(), "canary-password"):
        log.info("this came back: %s.", {"value": value})
    assert "canary" not in stream.getvalue()
    assert stream.getvalue().count("***") == 4


def test_a_private_key_is_masked_however_it_is_given(tmp_path: Path) -> None:
    pem = "-----BEGIN PRIVATE KEY-----\nMIICANARY0\nMIICANARY1\n-----END PRIVATE KEY-----\n"
    (tmp_path / "key.pem").write_text(pem, encoding="ascii")
    by_key = SALESFORCE.replace("client_secret", 'username = "w@x.example"\nprivate_key')
    file = rule_file(tmp_path, by_key % "https://acme.my.salesforce.com")
    for given in (pem, pem.replace("\n", "\\n"), str(tmp_path / "key.pem")):
        environ = {**SECRETS, "SF_SECRET": given}
        mask = mask_for(read_config(file, environ), environ, "sqlite:///w.db")
        assert "CANARY" not in mask(f"signing with {pem!r} failed")
        assert "CANARY" not in mask("signing with MIICANARY1 failed")


@pytest.mark.parametrize(
    "text",
    [
        "access_token=canary",
        '{"client_secret": "canary words"}',
        "{'refresh_token': 'canary'}",
        "Authorization: Bearer canary-canary",
        "sent Bearer canarycanary to it",
        "password: canary7",
        "eyJcanary.eyJcanary.canary",
        "00Dxx0000001gPL!canary.canary",
        "pat-eu1-ca0a4700-ca0a-ca0a-ca0a-ca0a4700ca0a",
        "postgresql://winback:canary@db.example/winback",
        "GET /services/data/query?q=SELECT+canary failed",
        "canary@acme.example wrote",
        "it is about O'Neil <canary.x+y@mail.acme.example>",
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str) -> None:
    assert "canary" not in Mask()(text)
    assert "ca0a" not in Mask()(text)


@pytest.mark.parametrize("number", ["+49 89 123456-78", "+1 (555) 010-0199", "(089) 12 34 56"])
def test_a_phone_number_is_masked(number: str) -> None:
    assert Mask()(f"call {number}, please") == "call ***, please"


@pytest.mark.parametrize(
    "sentence",
    [
        "HubSpot does not accept the token: renew it in the settings",
        "Salesforce refused the log-in of [crm.sales]: look at its Run As user",
        "Account has no field Winback_Reason__c that this user may edit",
        "is it ready? ask /readyz",
        "12345678901 rows since 2026-11-22T05:30:00+00:00 (2 of 1,000,000)",
    ],
)
def test_sentences_are_left_alone(sentence: str) -> None:
    assert Mask(["abc"])(sentence) == sentence
