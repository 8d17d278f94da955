"""Calls to a CRM against those who would listen in, lead them elsewhere, or drown them."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connectors.base import Calls
from connectors.errors import CredentialsRefused, Unavailable
from connectors.hosts import refuse_private_address
from connectors.hubspot.api import Api
from connectors.hubspot.paths import routes
from connectors.salesforce.client import Client
from connectors.salesforce.settings import SalesforceSettings
from connectors.transport import AnswerTooLarge
from tests.connectors.test_transport import Script, Server, answer, say, serve, transport

__all__ = ["serve"]  # a fixture

SECRET = "canary-of-a-secret"
Serve = Callable[[Script], Server]


def org_of(serve: Serve) -> tuple[Server, Client]:
    """An org that gives everybody a token and otherwise has no records, and a client of it."""

    def script(to: socket.socket, _number: int) -> None:
        token = f'{{"access_token": "00Dx!{SECRET}", "instance_url": "{org.url}"}}'
        if org.heads[-1].startswith(b"POST "):
            to.sendall(answer(token.encode()))
        elif org.heads[-1].startswith(b"GET "):
            to.sendall(answer(b'{"records": []}'))

    org = serve(script)
    settings = SalesforceSettings("sales", org.url, "id", client_secret=SECRET)
    return org, Client(settings, Calls())


def addresses(server: Server) -> list[bytes]:
    """The first lines of the requests so far."""
    return [head.partition(b"\r\n")[0] for head in server.heads if b" HTTP/1.1\r\n" in head]


def self_signed(folder: Path) -> Path:
    """A certificate for 127.0.0.1 that nobody vouches for, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


@pytest.fixture
def impostor(tmp_path: Path) -> Iterator[tuple[str, list[bytes]]]:
    """Speaks TLS with such a certificate; its address, and what it was told beyond the TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))
    told: list[bytes] = []

    def listen(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            try:
                with context.wrap_socket(connection, server_side=True) as spoken:
                    told.append(spoken.recv(65_536))
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=listen, args=(listener,), daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}", told
        thread.join(5)


def test_a_certificate_that_nobody_vouches_for_gets_no_word(
    impostor: tuple[str, list[bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, told = impostor
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "certificate.pem"))
    with pytest.raises(Unavailable, match="certificate is not trusted; nothing was sent"):
        transport(url).request("POST", "/x", kind="write", headers={"Authorization": SECRET})
    assert b"".join(told) == b""


def test_the_environment_leads_no_call_elsewhere(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm, proxy = serve(say(answer(b"{}"))), serve(say(answer(b"{}")))
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
        monkeypatch.setenv(name.upper(), proxy.url)
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    transport(crm.url).request("GET", "/x", headers={"Authorization": "Bearer t"})
    assert proxy.requests == 0
    assert b"Authorization: Bearer t\r\n" in crm.heads[0]


@pytest.mark.parametrize("times", [1, 2], ids=["once", "twice"])
def test_an_answer_that_unpacks_without_end_is_refused_while_it_is_unpacked(
    serve: Serve, times: int
) -> None:
    bomb = bytes(100_000_000)
    for _ in range(times):
        bomb = gzip.compress(bomb, 1)
    encoding = ", ".join(["gzip"] * times)
    crm = transport(serve(say(answer(bomb, f"Content-Encoding: {encoding}"))).url)
    del bomb
    tracemalloc.start()
    try:
        with pytest.raises(AnswerTooLarge):
            crm.request("GET", "/x", kind="read")
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 50_000_000


def test_no_address_holds_a_secret(serve: Serve) -> None:
    org, client = org_of(serve)
    client.query("SELECT Id FROM Account")
    portal = serve(say(answer(b'{"results": []}')))
    api = Api(transport(portal.url), routes("2026-03"), SECRET, lambda: datetime.now(UTC))
    api.search("deals", [], ["amount"])
    assert len(addresses(org)) == 2
    assert f"Authorization: Bearer {SECRET}\r\n".encode() in portal.heads[0]
    for address in (*addresses(org), *addresses(portal)):
        assert SECRET.encode() not in address


@pytest.mark.parametrize(
    "page",
    [
        "https://evil.example/services/data/v67.0/query/01g-2000",
        "//evil.example/services/data/v67.0/query/01g-2000",
        ".evil.example/services/data/v67.0/query/01g-2000",
        "@evil.example/services/data/v67.0/query/01g-2000",
    ],
)
def test_a_next_page_elsewhere_is_asked_of_the_org_itself(serve: Serve, page: str) -> None:
    org, client = org_of(serve)
    client.query_more(page)
    assert addresses(org)[1] == b"GET /services/data/v67.0/query/01g-2000 HTTP/1.1"


def test_a_next_page_that_is_no_page_is_not_asked_for(serve: Serve) -> None:
    org, client = org_of(serve)
    with pytest.raises(Unavailable, match="makes no sense"):
        client.query_more("/services/data/v67.0/query/../../../setup")
    assert org.requests == 0


def test_what_goes_into_a_path_stays_in_its_place() -> None:
    for part in ("a/b", "a?b", "a#b", "a%2fb", "a b"):
        path = routes("2026-03").object_(part, "search")
        assert urlsplit(path) == ("", "", path, "", "")
        assert path.count("/") == routes("2026-03").object_("deals", "search").count("/")


@pytest.mark.parametrize(
    "host",
    [
        "[::ffff:10.0.0.1]",
        "[64:ff9b::a00:1]",
        "[2002:a00:1::1]",
        "0.0.0.1",
        "224.0.0.1",
        "[ff02::1]",
    ],
)
def test_private_addresses_in_other_clothes_are_refused(host: str) -> None:
    with pytest.raises(CredentialsRefused, match="private"):
        refuse_private_address(f"https://{host}")


@pytest.mark.parametrize("host", ["8.8.8.8", "[64:ff9b::808:808]", "[2606:4700::1111]"])
def test_public_addresses_are_not(host: str) -> None:
    refuse_private_address(f"https://{host}")
