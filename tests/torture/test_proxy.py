"""The fault proxy does what it says, so that a drill that holds says something."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from tests.torture.place import Proxied
from tests.torture.proxy import FaultProxy


@pytest.fixture
def sandbox() -> Iterator[Proxied]:
    with Proxied() as both:
        yield both  # type: ignore[misc]


@pytest.fixture
def proxy(sandbox: Proxied) -> FaultProxy:
    return sandbox.proxy("hubspot")


def make(sandbox: Proxied, timeout: float = 5.0) -> int:
    """A company, made over the API."""
    bearer = {"Authorization": f"Bearer {sandbox.hubspot.token}"}
    url = f"{sandbox.hubspot_url}/crm/v3/objects/companies"
    body = {"properties": {"name": "Acme"}}
    return requests.post(url, json=body, headers=bearer, timeout=timeout).status_code


def made(sandbox: Proxied) -> int:
    return len(sandbox.hubspot.all("companies"))


def test_it_passes_on_and_counts(sandbox: Proxied, proxy: FaultProxy) -> None:
    assert make(sandbox) == 201
    assert (made(sandbox), proxy.answers) == (1, {201: 1})


def test_a_lost_answer_is_of_a_call_that_was_done(sandbox: Proxied, proxy: FaultProxy) -> None:
    proxy.lose_answers(1.0, seed=1)
    with pytest.raises(requests.ConnectionError):
        make(sandbox)
    assert (made(sandbox), proxy.answers_lost) == (1, 1)


def test_half_an_answer(sandbox: Proxied, proxy: FaultProxy) -> None:
    proxy.cut_after(8)
    with pytest.raises(requests.ConnectionError):
        make(sandbox)
    assert (made(sandbox), make(sandbox)) == (1, 201)


def test_whoever_is_away_is_back_when_it_is_mended(sandbox: Proxied, proxy: FaultProxy) -> None:
    proxy.go_away()
    with pytest.raises(requests.ConnectionError):
        make(sandbox)
    proxy.mend()
    assert (make(sandbox), made(sandbox)) == (201, 1)


def test_what_is_silent_stays_open_and_says_nothing(sandbox: Proxied, proxy: FaultProxy) -> None:
    proxy.fall_silent()
    with pytest.raises(requests.ReadTimeout):
        make(sandbox, timeout=0.2)
    proxy.mend()
    assert make(sandbox) == 201
