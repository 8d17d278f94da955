"""A file that is no TOML is refused in the words of somebody who does not know TOML."""

from __future__ import annotations

import pytest

from integration.config import ConfigFaults, parse_config


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ('a = "x\nb = 1', 1, "a text does not end on its line; add the closing quote"),
        ('a = """x\n', 1, 'a text does not end; add the closing """'),
        ('a = "C:\\path"', 1, "a backslash means something else here"),
        ("a = [1,\n2\nb = 3", 3, "a list is not closed, or a comma is missing in it"),
        ("a = { x = 1,\n y = 2 }", 1, "a table in braces is not closed on its line"),
        ("a = 1\na = 2\n", 2, "the same thing is there twice; leave one out"),
        ("[a]\nx = 1\n[a]\n", 3, "the same table is there twice; several of a kind take double"),
        ("[[a]]\nx = 1\n[a]\n", 3, "the same table is there twice"),
        ("a 1", 1, "a key stands without a value; write key = value"),
        ("a = { b >= 1 }", 1, "> means nothing here; write won_value.gte = 50000"),
        ("a: 1", 1, ": means nothing here; write = in its place"),
        ("a == 1", 1, "one = is enough"),
        ("[[a.b]]\nx = 1\n[[a]]\n", 3, "this comes after a table that belongs inside it"),
        ("= 1", 1, "no key stands here"),
        ("a = 1 b = 2", 1, "something is left over after the value"),
        ("a = \u201cx\u201d", 1, "these quotes are none; write straight ones"),
        ("a = True", 1, "True is no value; write true, in small letters"),
        ("a = no", 1, "no is no value; write false, in small letters"),
        ("a = price", 1, "price is no value; write a text in quotes"),
        ("a = ", 1, "no value stands here"),
        ("a = [\n 24.12.2026,\n]", 2, "a day is written otherwise; write 2026-12-24"),
        ('a = "since 24.12.2026\n', 1, "a text does not end on its line; add the closing quote"),
        ("[a", 1, "expected ']' at the end of a table declaration"),
    ],
)
def test_what_is_no_toml(text: str, line: int, told: str) -> None:
    with pytest.raises(ConfigFaults) as refused:
        parse_config(text, "winback.toml", {})
    [fault] = refused.value.faults
    assert fault.line == line
    assert str(fault).startswith(f"winback.toml:{line}: is not TOML: {told}")
