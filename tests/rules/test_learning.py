"""Phrases from reps' choices: frequent, telling, and new."""

from __future__ import annotations

from rules.learning import Choice, proposals

KNOWN = {"price": ("too expensive",), "service": (), "unknown": ()}
SLOW = [
    "Ticket queue took weeks, boss fed up.",
    "The ticket queue took for ever",
    "ticket queues, they told me",
    "Left. Ticket queue again!",
]


def unread(notes: list[str], category: str = "service") -> list[Choice]:
    return [Choice(note, category, "unknown") for note in notes]


def test_what_notes_of_a_category_have_in_common_is_proposed() -> None:
    [one] = proposals(unread(SLOW), KNOWN)
    assert (one.category, one.phrase) == ("service", "ticket queue")
    assert (one.speak_for, one.against, one.unread) == (4, 0, 4)


def test_what_is_said_of_other_categories_too_is_not() -> None:
    other = [Choice("Ticket queue fine, money was it", "price", "price")]
    assert proposals([*unread(SLOW), *other], KNOWN) == []


def test_few_notes_or_the_same_note_often_prove_nothing() -> None:
    assert proposals(unread(SLOW[:2]), KNOWN) == []
    assert proposals(unread([SLOW[0]] * 9), KNOWN) == []


def test_what_is_understood_or_known_already_is_left_out() -> None:
    read = [Choice(note, "service", "service") for note in SLOW]
    assert proposals(read, KNOWN) == []
    assert proposals(unread(SLOW), {**KNOWN, "service": ("ticket queue",)}, at_least=4) == []


def test_no_phrase_is_proposed_for_not_knowing() -> None:
    assert proposals(unread(SLOW, "unknown"), KNOWN) == []


def test_numbers_and_codes_are_no_phrases() -> None:
    notes = [f"Ref-4711/B {word}" for word in ("open", "shut", "lost", "gone")]
    assert proposals(unread(notes), KNOWN) == []
