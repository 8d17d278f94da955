"""JSON columns to text and back, the same for both databases."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec

_fast = msgspec.json.Encoder()
_any = json.JSONEncoder(ensure_ascii=False)

from_json = msgspec.json.Decoder().decode


def to_json(value: Any) -> str:
    """JSON that both databases keep: PostgreSQL takes no NUL and no half of a character, and one
    record with either in its name must not stop all others."""
    try:
        text = _fast.encode(value).decode()
        if "\\u0000" not in text:
            return text
    except (UnicodeEncodeError, OverflowError):  # half of a character, or a number without end
        pass
    return _any.encode(_without_nul(value)).encode("utf-8", "replace").decode("utf-8")


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, Mapping):
        return {_without_nul(key): _without_nul(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nul(inner) for inner in value]
    return value
