"""The tables of rule-engine's grammar, under the names by which PLY asks for them.

They hold for the grammar that they were made from (`rules.parser_tables`). For any other one PLY
works them out, as it does where it finds none.
"""

from __future__ import annotations

import hashlib

from rules.parser_tables import ACTIONS, GOTOS, GRAMMAR, PRODUCTIONS


class Signature:
    """Equal to PLY's description of the same grammar, nine thousand letters of rule-engine's."""

    def __init__(self, digest: str) -> None:
        self.digest = digest

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and digest_of(other) == self.digest

    def __hash__(self) -> int:
        return hash(self.digest)


def digest_of(description: str) -> str:
    words = " ".join(description.split())  # newer Pythons take the indentation out of docstrings
    return hashlib.sha256(words.encode()).hexdigest()


def _by_state(table: str) -> dict[int, dict[str, int | None]]:
    """From lines of a name, a colon, and pairs of a state and what is to be done there; nothing
    is an error (`a == b == c`)."""
    found: dict[int, dict[str, int | None]] = {}
    for line in _lines(table):
        name, _, pairs = line.partition(":")
        for pair in pairs.split():
            state, _, step = pair.partition("=")
            found.setdefault(int(state), {})[name] = int(step) if step else None
    return found


def _productions(listed: str) -> list[tuple[str, str, int, str | None, None, None]]:
    """(text, name, length, function, and no place): from lines of a function and its text."""
    found = []
    for line in _lines(listed):
        function, text = line.split(maxsplit=1)
        name, _, made_of = text.partition(" -> ")
        length = 0 if made_of == "<empty>" else len(made_of.split())
        found.append((text, name, length, None if function == "-" else function, None, None))
    return found


def _lines(table: str) -> list[str]:
    """What is indented goes on with the line before."""
    return table.strip().replace("\n ", " ").splitlines()


_tabversion = "3.10"
_lr_method = "LALR"
_lr_signature = Signature(GRAMMAR)
_lr_action = _by_state(ACTIONS)
_lr_goto = _by_state(GOTOS)
_lr_productions = _productions(PRODUCTIONS)
