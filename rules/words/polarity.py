"""What is said about a matter in a clause: blame, praise, denial or doubt."""

from __future__ import annotations

from rules.words.clauses import Clause, tokens_of
from rules.words.english import FILLERS, stem


def _stems(words: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words.split())


def _sequences(text: str) -> tuple[tuple[str, ...], ...]:
    phrases = (tokens_of(each) for each in text.split("|"))
    return tuple(tuple(token.stem for token in tokens) for tokens in phrases)


NEGATORS = _stems("not never no without neither nor nothing none nobody hardly barely zero cannot")

_BLAME_WORDS = (
    "bad terrible awful poor poorly horrible horrid lousy dreadful atrocious appalling abysmal"
    " disappointing disappointed disappoint unacceptable pathetic mess messy nightmare disaster"
    " disastrous joke useless weak subpar lacking lack inadequate insufficient unsatisfactory"
    " frustrating frustrated frustration frustrate unhappy dissatisfied dissatisfaction upset"
    " annoyed angry"
    " complained complaint complain issue problem problematic trouble troubled concern concerned"
    " worry"
    " declined deteriorated dropped slipped suffered failing failed fail failure hated hate"
    " dislike disliked struggle struggled struggling ridiculous outrageous crazy insane"
    " shocking shambles chaotic chaos sloppy unreliable inconsistent painful pain grief"
    " substandard mediocre rubbish crap garbage sucks sucked suck clunky unbearable intolerable"
    " dire woeful hopeless inferior underwhelming underwhelmed rough shoddy bumpy broken mishandled"
    " botched blocker dealbreaker gripe grievance objection criticised lets missing disaster fiasco"
    " laughable unhelpful incompetent nonexistent off disgraceful dismal slow"
)
BLAME = _stems(_BLAME_WORDS)
_PRAISE_WORDS = (
    "good great fine ok excellent fair reasonable love liked like happy pleased satisfied helpful"
    " fantastic amazing solid super nice wonderful perfect competitive affordable friendly"
    " brilliant superb outstanding impressed enjoyed enjoy praise praised appreciated appreciate"
    " thank thanks grateful smooth top responsive reliable acceptable adequate worth praising"
    " exceptional terrific strong best stellar delighted content sufficient works lovely decent"
    " attractive positive flawless spot right"
)
PRAISE = _stems(_PRAISE_WORDS)
CAUSE = _stems("reason cause factor because cite blame driver trigger why motive culprit deciding")
_DENIED = _sequences(
    "not have issue|not have problem|not have complaint|not have trouble|not have concern"
    "|not the issue|not the problem|not the reason|not a factor|never the issue|never the problem"
    "|not an issue|not a problem|no issue|no problem|no complaint|no complaints|not why|no concern"
    "|nothing to do with|nothing wrong with|no fault|not to blame|never a problem|never an issue"
    "|not about|not related|not the main|not really about|never about|no objection|not a concern"
    "|not the cause|not a deal breaker|not a dealbreaker|not the driver|irrelevant|secondary"
    "|not a big|not the deciding|was not it|no grievance|never a concern|not at fault"
    "|can live with|not bothered|not mind|been resolved|no gripe|played no part"
    "|played no role|had no bearing|no trouble|cannot fault|can not fault|can not complain"
    "|not the blocker|never the blocker|not a blocker|not the sticking point|aside"
)
_DOUBT = _sequences(
    "not sure|unsure|unclear|not clear|do not know|no idea|whether|not certain|could not say"
    "|can not tell|maybe|perhaps|possibly|might|may have|could be|wonder|who knows|suspect"
    "|did not say|would not say|guessing|assume|assuming|not confirmed|speculation|rumor"
    "|not specify|not specified|not state|not disclose|wondered|if it was|ask if|asked if"
)
_ELSEWHERE = _sequences(
    "previous vendor|previous provider|previous supplier|former vendor|former provider"
    "|former supplier|old vendor|old provider|old supplier|last vendor|last provider"
    "|came to us because|came to us from|joined us because|other vendors were|prior vendor"
)
_KEEPS_BLAME = _stems(
    "like live accept tolerate stand bear take justify put cope deal handle afford ignore"
    " continue renew"
    " extend keep stay remain work go wait sustain commit proceed come return reorder buy order"
    " sign"
    " only just surprising surprised stop help support overlook forgive resolve fix solve sort"
    " address improve change be_fixed enough recommend want use believe excuse hide trust"
)
_MENDED = _stems("improve fix resolve solve sort address repair rectify")
_NEVER_QUITE = _stems(
    "not never no none nothing nobody take week weeks month months day days hour hours late slow"
    " ever until wait fail"
    " half still again too long forever unable"
)
LEXICON = frozenset(f"{_BLAME_WORDS} {_PRAISE_WORDS} because competitor reason".split())
"""Words that a typing error is likely to hide, beside those of the phrases."""
_AT_ONCE = _stems("same quickly promptly immediately swiftly")
_REACH = 6
"""Words that a denial reaches ahead."""


def blamed(clause: Clause, apart_from: frozenset[int] = frozenset()) -> bool:
    """Whether the clause speaks ill of its matter: `terrible`, or `not happy`; words at the
    places `apart_from` belong to something else."""
    for place, token in enumerate(clause.tokens):
        if place in apart_from:
            continue
        if token.stem in BLAME and not _denied_ahead(clause, place):
            return True
        if token.stem in PRAISE and _negated(clause, place):
            return True
    return False


def praised(clause: Clause) -> bool:
    return any(
        token.stem in PRAISE and not _negated(clause, place)
        for place, token in enumerate(clause.tokens)
    )


def named_as_cause(clause: Clause) -> bool:
    return bool(clause.stems & CAUSE)


def denied(clause: Clause) -> bool:
    """`was not the issue`: what the clause speaks of is no reason."""
    return _has(clause, _DENIED)


def doubtful(clause: Clause) -> bool:
    return clause.question or _has(clause, _DOUBT)


def about_somebody_else(clause: Clause) -> bool:
    return _has(clause, _ELSEWHERE)


def mended(clause: Clause) -> bool:
    """`the bugs were fixed`; `took weeks to fix` is not."""
    if not clause.stems & _MENDED:
        return False
    return bool(clause.stems & _AT_ONCE) or not clause.stems & _NEVER_QUITE


def negated_before(clause: Clause, start: int) -> bool:
    """Whether a complaint that starts at this word is denied: `not too expensive`.

    `could not accept the delays` denies the accepting; the delays stay.
    """
    for place in range(max(0, start - _REACH), start):
        if clause.tokens[place].stem not in NEGATORS:
            continue
        between = clause.tokens[place + 1 : start]
        if between and between[0].stem == stem("longer"):
            continue
        if any(token.stem in _KEEPS_BLAME for token in between):
            continue
        return True
    return False


def _denied_ahead(clause: Clause, place: int) -> bool:
    near = clause.tokens[max(0, place - 3) : place]
    for back, token in enumerate(near):
        if token.stem in NEGATORS:
            return not any(t.stem in _KEEPS_BLAME for t in near[back + 1 :])
    return False


def _negated(clause: Clause, place: int) -> bool:
    near = clause.tokens[max(0, place - 4) : place]
    if any(token.stem in ("less", "from", "far") for token in near[-2:]):
        return any(token.stem in ("less", "far") for token in near)
    words = [token.stem for token in near]
    if "only" in words:
        return False
    return any(word in NEGATORS or word in {"less", "could", "stop"} for word in words)


def _has(clause: Clause, sequences: tuple[tuple[str, ...], ...]) -> bool:
    words = [token.stem for token in clause.tokens]
    return any(
        follows(words, sequence) for sequence in sequences if clause.stems.issuperset(sequence)
    )


def follows(words: list[str], sequence: tuple[str, ...]) -> bool:
    """Whether the words stand in the text in this order, with fillers between at most."""
    for start, word in enumerate(words):
        if word != sequence[0]:
            continue
        place = start + 1
        for wanted in sequence[1:]:
            while place < len(words) and words[place] != wanted and words[place] in FILLERS:
                place += 1
            if place == len(words) or words[place] != wanted:
                break
            place += 1
        else:
            return True
    return False
