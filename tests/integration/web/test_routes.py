"""Every page that there is, and what whoever finds it gets without a secret."""

from __future__ import annotations

import pytest

from tests.integration.web.doors import Stage

OPEN = {"/healthz", "/readyz", "/metrics"}
"""Numbers and states, for hosts and monitors."""
GUARDED = {"/hooks/<name>", "/hooks/<name>/<path_secret>"}


def test_there_are_no_other_pages(acme: Stage) -> None:
    rules = list(acme.app.url_map.iter_rules())
    assert {rule.rule for rule in rules} == OPEN | GUARDED
    for rule in rules:
        changes = (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
        assert bool(changes) is (rule.rule in GUARDED), rule


@pytest.mark.parametrize("path", sorted(OPEN))
def test_open_pages_name_no_secret_and_no_address(acme: Stage, path: str) -> None:
    shown = acme.client.get(path).text
    for word in ("env:", "hubapi", "salesforce.com", "hub-app-secret", "sqlite", "postgres"):
        assert word not in shown


@pytest.mark.parametrize(
    "path", ["/hooks/hub", "/hooks/sales/wrong", "/hooks/../etc/passwd", "/hooks//hub"]
)
def test_guarded_pages_open_to_nobody(acme: Stage, path: str) -> None:
    assert acme.client.post(path, data=b"[]").status_code in (401, 404)
    assert acme.client.get(path).status_code in (404, 405)
    assert acme.waiting("hub") == acme.waiting("sales") == set()
