"""Push channels as an admin hears of them."""

from __future__ import annotations

import pytest

from integration.crm_settings import CrmSettings, SecretMissing
from integration.push_door import knock, push_door

PATH_SECRET = "6f1ed002ab5595859014ebf0951522d9"
ENVIRON = {"WB_HOOK": "s3cret", "WB_PATH": PATH_SECRET}
US = "https://winback.acme.example"


def hub(**more: object) -> CrmSettings:
    given = {"webhook_secrets": ("env:WB_HOOK",), "public_url": US, **more}
    return CrmSettings("hub", "hubspot", "https://api.hubapi.com", **given)  # type: ignore[arg-type]


def sales(**more: object) -> CrmSettings:
    given = {"path_secret": "env:WB_PATH", "public_url": US, **more}
    return CrmSettings("sales", "salesforce", "https://a.my.salesforce.com", **given)  # type: ignore[arg-type]


def test_without_a_channel_polling_is_told() -> None:
    [one] = push_door(hub(webhook_secrets=()), ENVIRON)
    assert one.ok
    assert "asking every 60 s" in one.sentence


def test_a_secret_that_is_not_set_is_named() -> None:
    [one] = push_door(hub(), {})
    assert not one.ok
    assert "WB_HOOK is not set" in one.sentence


@pytest.mark.parametrize(
    ("status", "fine", "words"),
    [
        (401, True, "answers"),
        (404, False, "is winback with this rule file behind public_url?"),
        (302, False, "answers 302, not 401"),
        (None, False, "does not answer from here"),
    ],
)
def test_an_unsigned_delivery_shows_whether_the_door_is_ours(
    status: int | None, fine: bool, words: str
) -> None:
    asked: list[tuple[str, str]] = []

    def ask(method: str, address: str) -> int | None:
        asked.append((method, address))
        return status

    secrets, door = push_door(hub(public_url=f"{US}/hooks/hub"), ENVIRON, ask)
    assert secrets.ok
    assert (door.ok, words in door.sentence) == (fine, True)
    assert asked == [("POST", f"{US}/hooks/hub")]


def test_the_secret_path_is_shown_to_nobody() -> None:
    asked: list[str] = []

    def ask(_method: str, address: str) -> int | None:
        asked.append(address)
        return 200

    findings = list(push_door(sales(), ENVIRON, ask))
    assert all(one.ok for one in findings)
    assert PATH_SECRET not in repr((findings, asked))


def test_a_secret_of_ours_that_could_be_guessed_is_told_with_how_to_make_one() -> None:
    short = {**ENVIRON, "WB_PATH": "summer2026"}
    told = [one.sentence for one in push_door(sales(public_url=None), short) if not one.ok]
    assert told == [
        "path_secret is short enough to be guessed: make one with `openssl rand -hex 16`"
    ]


def test_without_a_public_url_nobody_knocks() -> None:
    def ask(_method: str, _address: str) -> int | None:
        raise SecretMissing("nobody was to knock")

    assert "set public_url" in list(push_door(hub(public_url=None), ENVIRON, ask))[-1].sentence


def test_nothing_behind_an_address() -> None:
    assert knock("GET", "http://127.0.0.1:9/healthz") is None
