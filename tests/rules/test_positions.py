"""Lines and columns of a TOML file's keys and values."""

from __future__ import annotations

import tomllib

import pytest

from rules.fault import Path
from rules.positions import Positions, Spot

TEXT = '''\
# a remark = with a sign
top = 1
[a.b]
"quoted key" = "x"   # [not.a.table]
dotted.key = { one = 1, two.three = [ "p", "q",
  "r" ] }
[[list]]
when = "tier == 'key'"
[[list.inner]]
text = """
first
second"""
[[list.inner]]
day = 2026-01-01 10:00:00
[[list]]
[list.table]
x = "a\\"b]"
y = [[1, 2], [3]]
'''


def test_the_sample_is_toml() -> None:
    assert tomllib.loads(TEXT)["list"][0]["inner"][1]


@pytest.mark.parametrize(
    ("path", "spot"),
    [
        (("top",), Spot(2, 7)),
        (("a", "b"), Spot(3, 1)),
        (("a", "b", "quoted key"), Spot(4, 16)),
        (("a", "b", "dotted", "key", "one"), Spot(5, 22)),
        (("a", "b", "dotted", "key", "two", "three", 2), Spot(6, 3)),
        (("list", 0), Spot(7, 1)),
        (("list", 0, "when"), Spot(8, 8)),
        (("list", 0, "inner", 1, "day"), Spot(14, 7)),
        (("list", 1, "table", "x"), Spot(17, 5)),
        (("list", 1, "table", "y", 1, 0), Spot(18, 15)),
        (("list", 1, "table", "y", 9), Spot(18, 5)),
        (("list", 1, "missing", "deep"), Spot(15, 1)),
        (("nowhere",), Spot(1, 1)),
    ],
)
def test_spot(path: Path, spot: Spot) -> None:
    assert Positions(TEXT).spot(path) == spot


@pytest.mark.parametrize(
    ("path", "spot"),
    [
        (("top",), Spot(2, 1)),
        (("a", "b", "quoted key"), Spot(4, 1)),
        (("a", "b", "dotted", "key", "one"), Spot(5, 16)),
        (("list", 1, "table", "x"), Spot(17, 1)),
    ],
)
def test_the_spot_of_a_key(path: Path, spot: Spot) -> None:
    assert Positions(TEXT).spot(path, of_key=True) == spot


def test_a_column_inside_a_value() -> None:
    positions = Positions(TEXT)
    assert positions.spot(("list", 0, "when"), 8) == Spot(8, 17)
    assert positions.spot(("list", 0, "inner", 0, "text"), 6) == Spot(12, 1)
    assert positions.spot(("list", 1, "table", "x"), 2) == Spot(17, 5)  # escapes: its begin


def test_windows_line_ends() -> None:
    assert Positions("a = 1\r\n[b]\r\nc = 2\r\n").spot(("b", "c")) == Spot(3, 5)


def test_a_line_by_its_number() -> None:
    positions = Positions(TEXT)
    assert positions.line(2) == "top = 1"
    assert positions.line(0) == positions.line(999) == ""
