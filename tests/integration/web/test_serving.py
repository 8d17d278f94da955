"""Where the embedded server listens."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from flask import Flask

from integration.web.serving import EVERYWHERE, Place, Server, place


@pytest.mark.parametrize(
    ("host", "port", "environ", "where"),
    [
        (None, None, {}, Place("127.0.0.1", 8350)),
        (None, 9000, {}, Place("127.0.0.1", 9000)),
        (None, 0, {}, Place("127.0.0.1", 0)),
        # a platform's router comes from outside, to the port that it named
        (None, None, {"PORT": "5000"}, Place(EVERYWHERE, 5000)),
        (None, 5000, {"PORT": "5000"}, Place(EVERYWHERE, 5000)),
        # another port was asked for on purpose: nobody's router knows it
        (None, 9000, {"PORT": "5000"}, Place("127.0.0.1", 9000)),
        ("127.0.0.1", 5000, {"PORT": "5000"}, Place("127.0.0.1", 5000)),
        (EVERYWHERE, None, {}, Place(EVERYWHERE, 8350)),
        (None, None, {"PORT": ""}, Place("127.0.0.1", 8350)),
    ],
)
def test_place(
    host: str | None, port: int | None, environ: Mapping[str, str], where: Place
) -> None:
    assert place(host, port, environ) == where


@pytest.mark.parametrize("given", ["http", "-1", "65536", "50 00"])
def test_a_platform_that_names_no_port_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match="PORT"):
        place(None, None, {"PORT": given})


def test_a_place_that_is_taken_is_an_error() -> None:
    first = Server(Flask("winback"), Place("127.0.0.1", 0))
    with pytest.raises(OSError, match="in use"):
        Server(Flask("winback"), Place("127.0.0.1", int(first.url.rsplit(":", 1)[1])))
    first.close()


def test_everywhere_is_shown_as_an_address_that_opens() -> None:
    server = Server(Flask("winback"), Place(EVERYWHERE, 0))
    assert server.url.startswith("http://127.0.0.1:")
    server.close()
