"""Where the next scan starts, in every regime of clocks. Instants are milliseconds."""

from __future__ import annotations

import json

import pytest

from connectors.hubspot.watermark import CROWD, DAY, OVERLAP, Watermark

NOW = 1_800_000_000_000
YEARS_AGO = NOW - 9 * 365 * DAY


def scanned(mark: Watermark, stamps: list[int], now: int = NOW) -> Watermark:
    rows = [(str(n), stamp) for n, stamp in enumerate(stamps, start=1)]
    return mark.begin(now, len(stamps)).saw(rows, len(stamps)).finish()


@pytest.mark.parametrize(
    ("regime", "stamps", "since"),
    [
        ("quiet portal: the newest row again", [NOW - DAY], NOW - DAY),
        ("busy portal: a minute before the scan", [NOW - DAY, NOW - 5], NOW - OVERLAP),
        ("an old data set: its newest row", [YEARS_AGO - 1, YEARS_AGO], YEARS_AGO),
        ("stamps ahead of the portal's clock", [NOW + DAY], NOW - OVERLAP),
        ("all stamped at load time, long ago", [YEARS_AGO] * (CROWD + 1), YEARS_AGO + 1),
        ("as many as one search gives", [YEARS_AGO] * CROWD, YEARS_AGO),
        ("nothing there yet: the whole again", [], None),
    ],
)
def test_next_start(regime: str, stamps: list[int], since: int | None) -> None:
    assert scanned(Watermark.from_cursor(None), stamps).since == since, regime


def test_rows_of_the_newest_stamp_are_known_once_a_minute_has_passed() -> None:
    early = scanned(Watermark.from_cursor(None), [NOW - 2])
    assert early.known == ()  # something may still be associated with it
    mark = scanned(early, [NOW - DAY, NOW - 2, NOW - 2], NOW + OVERLAP)
    assert (mark.since, mark.known) == (NOW - 2, ("2", "3"))
    kept = Watermark.from_cursor(json.loads(json.dumps(mark.to_cursor())))
    assert kept == mark
    asked = [("2", NOW - 2), ("3", NOW), ("4", NOW - 2)]
    assert [kept.is_known(id, stamp) for id, stamp in asked] == [True, False, False]
    assert scanned(kept, [NOW - 2], NOW + DAY).known == ("1",)


def test_a_crowd_left_behind_stays_behind() -> None:
    mark = scanned(Watermark.from_cursor(None), [YEARS_AGO] * (CROWD + 1))
    again = scanned(mark, [], NOW + OVERLAP)
    assert again.since == YEARS_AGO + 1
    assert scanned(again, [YEARS_AGO + 7], NOW + DAY).since == YEARS_AGO + 7


def test_a_cursor_inside_a_scan_goes_on_as_it_began() -> None:
    mark = Watermark.from_cursor(None).begin(NOW, 500).saw([("17", NOW - 3)], 17)
    kept = Watermark.from_cursor(json.loads(json.dumps(mark.to_cursor())))
    assert kept == mark
    resumed = kept.begin(NOW + DAY, 3)
    assert (resumed.began, resumed.after, resumed.total, resumed.history) == (NOW, 17, 500, True)
    assert resumed.saw([("99", NOW + DAY)], 99).finish().since == NOW - OVERLAP


def test_a_bulk_change_is_counted_until_the_index_has_settled_then_left_and_owed() -> None:
    bulk = [NOW - 9] * 900
    mark = scanned(Watermark(since=NOW - DAY), bulk)
    assert (mark.crowd, mark.since) == (900, NOW - OVERLAP)
    assert mark.crowd_unchanged(NOW + 1) == mark
    left = mark.crowd_unchanged(NOW + OVERLAP)
    assert (left.crowd, left.since, left.owed) == (0, NOW - 8, NOW - OVERLAP)
    looked = left.looked_at(NOW + DAY)
    assert (looked.since, looked.owed, looked.looked) == (NOW - OVERLAP, None, NOW + DAY)


def test_archived_rows_are_looked_at_once_a_day() -> None:
    mark = scanned(Watermark.from_cursor(None), [])
    assert mark.looked == NOW
    assert not mark.look_is_due(NOW + DAY - 1)
    assert mark.look_is_due(NOW + DAY)
