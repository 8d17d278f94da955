"""Reads the recordings of real Salesforce traffic that the wheel `cumulusci` (BSD-3) carries.

`make` puts that wheel beside the environment (`requirements-recordings.txt`); nothing of it is
imported and nothing is kept here. Ids, addresses and versions were made neutral by its authors.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml

ROOT = Path(sys.prefix) / "recordings" / "cumulusci"
DESCRIBES = ROOT / "tests" / "shared_cassettes"
VERSION = "v67.0"  # put where the recordings have `vxx.0`


@dataclass(frozen=True)
class Exchange:
    """One request and its answer. `path` is below `/services/data/`, with the query."""

    method: str
    path: str
    sent: str | None
    status: int
    text: str

    @property
    def answer(self) -> Any:
        return json.loads(self.text)

    @property
    def resource(self) -> str:
        """The path without the version and the query: `composite/sobjects/Contact/Email`."""
        return urlsplit(self.path).path.split("/", 1)[1].rstrip("/")

    @property
    def soql(self) -> str:
        return "".join(parse_qs(urlsplit(self.path).query).get("q", ()))


def story(folder: str, name: str) -> list[Exchange]:
    """The REST calls of one cassette in their order, a repeated one once. The describes that
    cassettes share are read by `described`."""
    written = _yaml(ROOT / folder / "tests" / "cassettes" / f"{name}.yaml")["interactions"]
    plain = {id(one): one for one in written if "request" in one}
    return [_exchange(one) for one in plain.values()]


@cache
def described(type: str) -> dict[str, Any]:
    """What a real org said of an object; of all together for `Global`."""
    answer: dict[str, Any] = _exchange(
        _yaml(DESCRIBES / f"GET_sobjects_{type}_describe.yaml")
    ).answer
    return answer


def ids_in(answer: Any) -> Iterator[str]:
    """Every id in an answer, but those that the recordings' authors made up."""
    if isinstance(answer, dict):
        for name, value in answer.items():
            if name in ("id", "Id") and isinstance(value, str) and not value.startswith("0010x"):
                yield value
            yield from ids_in(value)
    elif isinstance(answer, list):
        for one in answer:
            yield from ids_in(one)


def _exchange(written: dict[str, Any]) -> Exchange:
    request, response = written["request"], written["response"]
    sent = request.get("body")
    return Exchange(
        request["method"],
        _versioned(request["uri"]).split("/services/data/", 1)[1],
        _versioned(sent) if sent else None,
        response["status"]["code"],
        _versioned(response["body"]["string"]),
    )


def _versioned(text: str) -> str:
    return text.replace("vxx.0", VERSION)


def _yaml(path: Path) -> dict[str, Any]:
    assert ROOT.is_dir(), f"{ROOT} is missing: `make .venv/.dev` puts the recordings there"
    found: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return found
