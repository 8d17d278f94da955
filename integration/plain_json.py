"""JSON that people may look at on a terminal: text stands there as it is, a control character as
its number."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

_CONTROLS = re.compile(r"[\x7f-\x9f]")
"""JSON itself escapes those below; these are a terminal's too (U+009B begins a sequence)."""


def plain_json(value: object, default: Callable[[object], str] | None = None) -> str:
    """On one line. `default` spells what JSON has no form for."""
    text = json.dumps(value, ensure_ascii=False, default=default)
    return _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
