"""What a note's clauses weigh for each category.

A complaint counts unless it is denied; a mere topic counts where it is blamed, called the cause,
or all that is said. Emphasis and a customer's own words weigh more, an afterthought less.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from rules.words import polarity
from rules.words.clauses import Clause, Opening, tokens_of
from rules.words.english import FILLERS, stem
from rules.words.phrases import Hit, PhraseIndex

_EMPHASIS = frozenset(
    stem(word)
    for word in (
        "main mainly primary primarily biggest major chiefly mostly principal real ultimately"
        " dealbreaker breaker decisive largely predominantly key foremost straw crux core root"
        " above overriding finally"
    ).split()
)
_ASIDE = frozenset(
    stem(word)
    for word in (
        "also plus additionally secondly second secondary minor slightly partly besides"
        " moreover furthermore lesser extent either addition top too bonus"
    ).split()
)
_EMPTY_WORDS = FILLERS | frozenset(
    stem(word)
    for word in (
        "and or plus reason reasons issue issues problem problems cause loss lost cancellation"
        " churn main mainly mostly primary primarily primary due because of only purely simply"
        " cancelled canceled cancel left leave say said cite note notes feedback comment churned"
        " concern concerns related customer factor factors etc etcetera too high low bad poor"
        " it was is reasons mainly basically overall all general why category code stated"
        " client they we us account deal ultimately big biggest major definitely certainly"
        " probably likely think believe guess feel again once more key number one two thing things"
        " matter question point points decision based on driven related wise versus against"
        " increase second secondly first firstly also partly just reason"
    ).split()
)
_CAUSE_BEFORE = tuple(
    tuple(token.stem for token in tokens_of(words))
    for words in (
        "left over|leave over|cancel over|cancelled over|quit over|lost on|lost over|lost it on"
        "|lost us on|"
        "cited|citing|blamed|blames|based on|reason|reasons|driven by|over|all about|"
        "it was about|came to|is about|was about|on the grounds of|on grounds of|for|by|on"
        " account|given|"
        "what drove|not renew over|not renewing over|unhappy with|complaint about|complaints about|"
        "complained about|issues with|problems with|concerns about|concerns over|trouble with|"
        "frustrated with|disappointed with|disappointed by|disappointed in|dissatisfied with|let"
        " down by|"
        "fed up with|sick of|tired of|annoyed by|annoyed with|had enough of|tipped|lost out on|"
        "because|was the|is the|were the|to do with|comes to|boils to"
    ).split("|")
)
_LET_DOWN = tuple(
    tuple(token.stem for token in tokens_of(words))
    for words in (
        "let down|let us down|let me down|let them down|fed up|sick of|tired of|had enough|not up"
        " to|"
        "not up to scratch|not up to par|not impressed|not what it used to be|not what it was|"
        "below par|under par|left a lot to be desired|leaves a lot to be desired|leave much to be"
        " desired|"
        "could be better|could have been better|fell short|falls short|fall short|go downhill|"
        "went south|got worse|not there|not at the level|killed it|killed the deal|killed us|"
        "drove us away|drove them away|pushed us away|pushed them away|put us off|put them off"
        "|put me off|"
        "last straw|final straw|deal breaker|was the reason|a joke|not acceptable|beyond a joke|"
        "too much|too low|too little|too few|too long|too poor|too weak|gone down|not enough|not"
        " sufficient|not adequate"
    ).split("|")
)
_COMPLAINT, _ONE_WORD, _CAUSE, _BLAMED, _BARE = 2.4, 2.1, 2.0, 1.9, 1.6
"""What is said outright weighs most; what only names its matter weighs least."""
_SOON = 2
_SHORT = 4
_HEDGED = 0.4
_CONCEDED = 0.4
_ALMOST_NOTHING_ELSE = 1
"""Further words that a clause may have and still say nothing but its topics."""


@dataclass(frozen=True, slots=True)
class Evidence:
    category: str
    weight: float
    words: str  # as they were written
    phrase: str = ""  # the weightiest that was found


@dataclass(frozen=True, slots=True)
class _Mention:
    category: str
    weight: float
    words: str
    order: tuple[int, int]  # clause and word
    phrase: str


def weigh(clauses: list[Clause], index: PhraseIndex) -> list[Evidence]:
    """The categories that the clauses speak for, the weightiest first."""
    mentions: list[_Mention] = []
    hits_of = [index.hits(clause) for clause in clauses]
    for order, (clause, hits) in enumerate(zip(clauses, hits_of, strict=True)):
        factor = _factor(clauses, order)
        if factor == 0:
            continue
        for hit in _apart(hits):
            weight = factor * _weight(clauses, order, hit, hits)
            if weight > 0:
                surface = " ".join(token.text for token in clause.tokens[hit.start : hit.end])
                place = (order, hit.start)
                mentions.append(
                    _Mention(hit.phrase.category, weight, surface, place, hit.phrase.text)
                )
    return _summed(mentions)


def taken_back(clauses: list[Clause], index: PhraseIndex) -> frozenset[str]:
    """The categories that the note names and takes back outright: `expensive, but worth it`."""
    return frozenset(
        hit.phrase.category
        for order, clause in enumerate(clauses)
        if _factor(clauses, order) == 0 or polarity.denied(clause)
        for hit in index.hits(clause)
    )


def doubted(clauses: list[Clause], index: PhraseIndex) -> frozenset[str]:
    """The categories that a clause may well deny or doubt: `could not fault`, `maybe price`."""
    return frozenset(
        hit.phrase.category
        for order, clause in enumerate(clauses)
        for hit in index.hits(clause)
        if _factor(clauses, order) <= _HEDGED or polarity.negated_before(clause, hit.start)
    )


def _apart(hits: list[Hit]) -> list[Hit]:
    """Without those that say again what a more exact one said of the same words."""
    kept: list[Hit] = []
    for hit in hits:
        if all(hit.end <= other.start or other.end <= hit.start for other in kept):
            kept.append(hit)
    return kept


def _summed(mentions: list[_Mention]) -> list[Evidence]:
    by_category: dict[str, list[_Mention]] = defaultdict(list)
    for mention in mentions:
        by_category[mention.category].append(mention)
    ranked: list[tuple[float, tuple[int, int], Evidence]] = []
    for category, each in by_category.items():
        best = min(each, key=lambda mention: (-mention.weight, mention.order))
        total = best.weight + 0.25 * (sum(m.weight for m in each) - best.weight)
        first = min(mention.order for mention in each)
        said = Evidence(category, total, best.words, best.phrase)
        ranked.append((-round(total, 3), first, said))
    ranked.sort(key=lambda rank: (rank[0], rank[1]))
    return [evidence for _, _, evidence in ranked]


def _weight(clauses: list[Clause], order: int, hit: Hit, hits: list[Hit]) -> float:
    """What one hit weighs in its clause: 0 where it is denied."""
    clause = clauses[order]
    if polarity.negated_before(clause, hit.start):
        return 0.0
    if polarity.denied(clause) and not _is_itself_denial(hit):
        return 0.0
    if hit.phrase.topic:
        return _topic_weight(clauses, order, hit, hits)
    return _COMPLAINT if hit.phrase.literal > 3 else _ONE_WORD


def _topic_weight(clauses: list[Clause], order: int, hit: Hit, hits: list[Hit]) -> float:
    clause = clauses[order]
    if _of_another_topic(clause, hit, hits):
        return 0.0
    complaints = (other for other in hits if not other.phrase.topic)
    taken = frozenset(place for other in complaints for place in range(other.start, other.end))
    if polarity.blamed(clause, taken) or _has(clause, _LET_DOWN):
        return _BLAMED
    if polarity.praised(clause):
        return 0.0
    if polarity.named_as_cause(clause) or _cause_before(clause, hit.start):
        return _CAUSE
    bare = not taken and _says_nothing_else(clause, hits)
    if clause.opening is Opening.CAUSE and (bare or hit.start <= _SOON):
        return _CAUSE
    return _BARE if bare and not _praised_around(clauses, order) else 0.0


def _of_another_topic(clause: Clause, hit: Hit, hits: list[Hit]) -> bool:
    """`the quality of the deliveries` is about quality."""
    before = hit.start - 1
    while before > 0 and clause.tokens[before].stem in FILLERS:
        if clause.tokens[before].stem == "of":
            return any(other.phrase.topic and other.end <= before for other in hits)
        before -= 1
    return False


def _praised_around(clauses: list[Clause], order: int) -> bool:
    """`happy with price, quality and support`: the praise holds for the whole list; and
    `price: fine` praises after the colon."""
    clause = clauses[order]
    if order > 0 and clause.opening is Opening.PLAIN:
        before = clauses[order - 1]
        said_well = polarity.praised(before) or polarity.denied(before)
        if before.sentence == clause.sentence and said_well and not polarity.blamed(before):
            return True
    if order + 1 == len(clauses) or clauses[order + 1].sentence != clause.sentence:
        return False
    after = clauses[order + 1]
    return polarity.denied(after) or (polarity.praised(after) and len(after.tokens) <= _SHORT)


def _says_nothing_else(clause: Clause, hits: list[Hit]) -> bool:
    covered = {place for hit in hits for place in range(hit.start, hit.end)}
    left = [
        token
        for place, token in enumerate(clause.tokens)
        if place not in covered and token.stem not in _EMPTY_WORDS
    ]
    return len(left) == 0 or (len(left) <= _ALMOST_NOTHING_ELSE and len(covered) > len(left) + 1)


def _cause_before(clause: Clause, start: int) -> bool:
    before = [token.stem for token in clause.tokens[:start]]
    while before and before[-1] in FILLERS and before[-1] not in {"over", "on", "for", "by"}:
        before.pop()
    for words in _CAUSE_BEFORE:
        core = tuple(word for word in words if word not in FILLERS) or words
        if len(core) > 1 or core[0] not in {"for", "by", "on", "over"}:
            if tuple(before[-len(core) :]) == core:
                return True
        elif before[-1:] == ["over"]:
            return True
    return False


def _has(clause: Clause, sequences: tuple[tuple[str, ...], ...]) -> bool:
    words = [token.stem for token in clause.tokens]
    return any(polarity.follows(words, sequence) for sequence in sequences)


def _is_itself_denial(hit: Hit) -> bool:
    return any(word in polarity.NEGATORS for word in hit.phrase.words)


def _factor(clauses: list[Clause], order: int) -> float:
    """How much the clause counts as a whole."""
    clause = clauses[order]
    if polarity.about_somebody_else(clause):
        return 0.0
    factor = 1.0
    if polarity.doubtful(clause):
        factor *= _HEDGED
    if polarity.mended(clause):
        factor *= 0.3
    if clause.opening is Opening.CONCESSION:
        factor *= _CONCEDED
    if clause.stems & _EMPHASIS:
        factor *= 1.5
    elif clause.stems & _ASIDE:
        factor *= 0.75
    if clause.quoted and len(clause.tokens) > 2:
        factor *= 1.3
    return factor * _taken_back(clauses, order)


def _taken_back(clauses: list[Clause], order: int) -> float:
    """`expensive, but worth it`: the next clause of the sentence may take it back; and
    `not because of price` denies what opens as a cause."""
    clause = clauses[order]
    following = clauses[order + 1] if order + 1 < len(clauses) else None
    if following is not None and following.opening is Opening.CONTRAST and _only_praise(following):
        return 0.0
    if clause.opening is Opening.CAUSE and order > 0:
        last = clauses[order - 1].tokens[-2:]
        words = [token.stem for token in last]
        if any(word in polarity.NEGATORS for word in words) and not set(words) & {"onli", "just"}:
            return 0.0
    return 1.0


def _only_praise(clause: Clause) -> bool:
    return len(clause.tokens) <= 7 and (
        polarity.denied(clause) or (polarity.praised(clause) and not polarity.blamed(clause))
    )
