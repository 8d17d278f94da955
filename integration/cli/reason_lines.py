"""Adding to the `[[reason]]` tables of a rule file that somebody has laid out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import tomlkit
from tomlkit.items import Table, Whitespace

from rules.ruleset import Reason


def append(table: Table, key: str, text: str) -> None:
    """To a list under `key`. A new key comes right below the table's own lines, and not behind
    what stands between them and the next table, where tomlkit would write it."""
    if key in table:
        table[key].append(text)
        return
    lines = table.value.body
    last = max(place for place, (key, _) in enumerate(lines) if key is not None)
    gap = (n for n in range(last, len(lines)) if isinstance(lines[n][1], Whitespace))
    between = next(gap, len(lines))
    behind, lines[between:] = lines[between:], []
    table[key] = [text]
    lines.extend(behind)


def with_values(text: str, found: Mapping[str, Iterable[str]], reasons: Sequence[Reason]) -> str:
    """The rule file, which names its categories, with picklist values added to them; a category
    that it does not name is left out. Where it names no values, `reasons` say which count: the
    shipped ones, whose place a list of its own would take."""
    in_force = {reason.id: reason.values for reason in reasons}
    document = tomlkit.parse(text)
    for table in document.get("reason", ()):
        id = str(table["id"])
        new = list(found.get(id, ()))
        counted = in_force.get(id, ()) if new and "values" not in table else ()
        for value in (*counted, *new):
            append(table, "values", value)
    return tomlkit.dumps(document)
