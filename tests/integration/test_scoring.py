"""Scores of notes, in this process and in one apart: the same, whatever becomes of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import pytest

from integration import scoring
from integration.encoding import OnDisk
from integration.fitted import Scored
from integration.scoring import NOTES_AT_ONCE, Scorer, begin_here, written
from integration.scoring_apart import ScoringProcess
from rules.words.clauses import clauses_of
from rules.words.features import Features


def features(note: str) -> Features:
    return Features.of(note, clauses_of(note))


NOTES = [
    features(f"Lovely people, but the {number}th delivery came late and nobody called us")
    for number in range(2 * NOTES_AT_ONCE + 3)
]
UNFORESEEN = features("seen by nobody before\nand not in English either: zu teuer \ud83d")


@pytest.fixture
def process() -> Iterator[ScoringProcess]:
    made = ScoringProcess()
    made.start()
    yield made
    made.end()


def test_the_process_apart_gives_the_scores_that_this_one_would(process: ScoringProcess) -> None:
    apart, here = Scorer(process.begin), Scorer(begin_here)
    for scorer in (apart, here):
        scorer.foresee(NOTES)
    for note in (*NOTES, UNFORESEEN, features("")):
        assert apart.score(note) == here.score(note)


def test_notes_scored_together_are_scored_as_one_by_one() -> None:
    together, alone = Scorer(begin_here), Scorer(begin_here)
    together.foresee(NOTES)
    for note in NOTES[:3]:
        assert together.score(note).scores == pytest.approx(alone.score(note).scores, abs=2e-4)
        assert together.score(note).telling == alone.score(note).telling


def test_a_note_is_scored_once() -> None:
    batches: list[int] = []

    def begin(notes: Sequence[bytes]) -> Future[list[Scored]]:
        batches.append(len(notes))
        return begin_here(notes)

    scorer = Scorer(begin)
    scorer.foresee([NOTES[0], NOTES[1], NOTES[0]])
    scorer.score(NOTES[1])
    scorer.score(UNFORESEEN)
    assert batches == [2, 1]
    assert len(scorer) == 3


def test_the_clause_that_speaks_most_for_a_category_is_told() -> None:
    found = Scorer(begin_here).score(features("nobody ever answered the phone; far too expensive"))
    assert (found.telling["service"], found.telling["price"]) == (0, 1)


def test_a_process_that_ends_is_started_again(
    process: ScoringProcess, caplog: pytest.LogCaptureFixture
) -> None:
    scorer = Scorer(process.begin)
    scorer.score(NOTES[0])
    first = process.process
    assert first is not None
    first.kill()
    first.wait()
    assert scorer.score(NOTES[1]) == Scorer(begin_here).score(NOTES[1])
    assert process.process is not None
    assert process.process is not first
    assert caplog.text.count("the process that scores notes ended") == 1


@pytest.mark.parametrize("command", [(sys.executable, "-c", "pass"), ("/nowhere/at/all",)])
def test_without_a_process_this_one_does_the_work(command: tuple[str, ...]) -> None:
    process = ScoringProcess(command)
    scorer = Scorer(process.begin)
    assert scorer.score(NOTES[0]) == Scorer(begin_here).score(NOTES[0])
    assert process.process is None
    process.end()


def test_a_process_that_talks_beside_is_not_listened_to() -> None:
    """Whatever a library prints would be taken for the answer, and each answer for the next one."""
    process = ScoringProcess((sys.executable, "-c", "print('loading the model'); input()"))
    assert Scorer(process.begin).score(NOTES[0]) == Scorer(begin_here).score(NOTES[0])
    assert process.process is None
    process.end()


def test_a_note_that_others_push_out_is_scored_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scoring, "REMEMBERED", 1)
    nothing = Future[list[Scored]]()
    nothing.set_result([Scored({}, {})] * NOTES_AT_ONCE)
    scorer = Scorer(lambda _notes: nothing)
    with ThreadPoolExecutor(4) as threads:
        found = [threads.submit(scorer.score, NOTES[n % 4]) for n in range(4_000)]
        assert all(one.result() == Scored({}, {}) for one in found)


def test_it_ends_by_itself_when_nobody_can_ask_any_more(process: ScoringProcess) -> None:
    process.begin([written(NOTES[0])]).result()
    assert process.process is not None
    assert process.process.stdin is not None
    process.process.stdin.close()
    assert process.process.wait(10) == 0


def test_a_table_on_disk_gives_the_rows_that_it_had_in_memory() -> None:
    table = np.random.default_rng(1).integers(0, 256, (50, 512), dtype=np.uint8)
    rows = np.array([3, 0, 49, 3])
    assert (OnDisk(table)[rows] == table[rows]).all()
