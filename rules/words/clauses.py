"""A note as clauses: each a run of words, with how it opens and where it stands.

Contrast and cause words part clauses and are kept as the next clause's opening, because they
decide what counts: "price was fine, *but* support was slow".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from rules.words.english import stem, written_out

NOTE_LIMIT = 4_000
"""Characters of a note that are read; a reason stands in the first ones or nowhere."""


class Opening(StrEnum):
    PLAIN = "plain"
    CONTRAST = "contrast"  # but, however
    CAUSE = "cause"  # because, due to
    CONCESSION = "concession"  # although, despite, at the start of a sentence


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    stem: str
    meant: str = ""  # the word without its typing error, where it had one

    @property
    def word(self) -> str:
        return self.meant or self.text


@dataclass(slots=True)
class Clause:
    """`tokens` in order; `stems` is their set. `sentence` counts from 0."""

    tokens: list[Token]
    opening: Opening = Opening.PLAIN
    sentence: int = 0
    quoted: bool = False
    question: bool = False
    stems: frozenset[str] = field(default=frozenset())

    @property
    def text(self) -> str:
        return " ".join(token.text for token in self.tokens)


_OPENINGS: dict[tuple[str, ...], Opening] = {
    tuple(words.split()): opening
    for opening, alternatives in {
        Opening.CONTRAST: (
            "but|however|except for|except that|except|other than|apart from|aside from"
            "|unfortunately|whereas|nevertheless|only that|just that|sadly"
        ),
        Opening.CAUSE: (
            "because of|because|due to|owing to|on account of|as a result of|thanks to|caused by"
            "|driven by|came down to|comes down to|come down to|boils down to|boiled down to"
        ),
        Opening.CONCESSION: (
            "although|though|even though|despite|in spite of|regardless of|while|notwithstanding"
        ),
    }.items()
    for words in alternatives.split("|")
}
_LONGEST_OPENING = max(len(words) for words in _OPENINGS)
_NEW_SUBJECT = frozenset(
    "we they i he she it you then the there their our your nobody everything nothing".split()
)
_PIECES = re.compile(r"[a-z]+|\d+(?:[.,]\d+)*|[.!?;,:()\[\]{}\n\"/|>*•]+| [-–—]+ |[–—]|--+|…")
_SENTENCE_END = re.compile(r"[.!?;\n…|*•>]")


def clauses_of(note: str) -> list[Clause]:
    """The note's clauses in order; empty for a note without words."""
    text = written_out(_plain(note))
    return list(_split(_PIECES.findall(text)))


@lru_cache(maxsize=20_000)
def tokens_of(phrase: str) -> tuple[Token, ...]:
    """A phrase's words, read in the same way as a note's; `*` stays itself."""
    words = re.findall(r"[a-z]+|\d+|\*", written_out(_plain(phrase)))
    return tuple(map(_token, words))


@lru_cache(maxsize=20_000)
def _token(word: str) -> Token:
    """The same one for the same word: the phrases alone have eleven thousand."""
    return Token(word, word if word == "*" else stem(word))


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text[:NOTE_LIMIT]).lower()
    text = re.sub(r"<[^<>]{1,200}>|https?://\S+|\S+@\S+\.\w+", " ", text)
    text = re.sub(r"[‘’´`]", "'", text)
    text = re.sub(r"[“”«»„]", '"', text)
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKD", text)
    return "".join(char for char in text if not unicodedata.combining(char))


def _split(pieces: list[str]) -> Iterator[Clause]:
    current = Clause([])
    first = True  # no clause of this sentence has ended yet
    place = 0
    while place < len(pieces):
        following, step = _following(pieces, place, current, first)
        if following is None:
            current.tokens.append(_token(pieces[place]))
        else:
            same_sentence = following.sentence == current.sentence
            if current.tokens:
                yield _closed(current)
            elif same_sentence and following.opening is Opening.PLAIN:
                following.opening = current.opening  # "but, ..."
            first = (first and not current.tokens) if same_sentence else True
            current = following
        place += step
    if current.tokens:
        yield _closed(current)


def _following(
    pieces: list[str], place: int, current: Clause, first: bool
) -> tuple[Clause | None, int]:
    """The clause that opens here, None where the current one goes on; and the pieces used."""
    piece = pieces[place].strip(" ") or "\n"
    if not piece[0].isalnum():
        current.question |= "?" in piece
        ended = bool(_SENTENCE_END.search(piece))
        quoted = current.quoted ^ ('"' in piece)
        return Clause([], sentence=current.sentence + ended, quoted=quoted), 1
    found = _opening(pieces, place)
    if found is not None:
        opening, step = found
        if opening is Opening.CONCESSION and (current.tokens or not first):
            opening = Opening.CONTRAST  # "loved it, though too dear": what follows counts
        return Clause([], opening, current.sentence, current.quoted), step
    if piece == "and" and _next_word(pieces, place) in _NEW_SUBJECT and current.tokens:
        return Clause([], sentence=current.sentence, quoted=current.quoted), 1
    return None, 1


def _closed(clause: Clause) -> Clause:
    clause.stems = frozenset(token.stem for token in clause.tokens)
    return clause


def _opening(pieces: list[str], place: int) -> tuple[Opening, int] | None:
    for length in range(_LONGEST_OPENING, 0, -1):
        opening = _OPENINGS.get(tuple(pieces[place : place + length]))
        if opening is not None:
            return opening, length
    return None


def _next_word(pieces: list[str], place: int) -> str:
    return pieces[place + 1] if place + 1 < len(pieces) else ""
