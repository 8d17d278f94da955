"""Who won: a named competitor, "a competitor", or nobody that the note speaks of.

Names are read from the note as it was written, because capitals tell a name from a word.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from rapidfuzz import fuzz

from rules.words.places import PLACES

SOMEBODY = "a competitor"

_VERBS = (
    r"switch(?:ed|ing|es)?(?: over| back| everything| us out)? (?:to|for)"
    r"|mov(?:ed|ing|es|e)(?: over| across| back| everything| all \w+| their \w+| our \w+)? to"
    r"|migrat(?:ed|ing|es|e)(?: over| everything| all \w+| their \w+)? to"
    r"|transition(?:ed|ing)? to|convert(?:ed|ing)? to|defected to|jumped ship to|changed to"
    r"|changing to"
    r"|(?:went|going|gone|go|goes|run off)(?: ahead)?(?: over)?(?: back)? (?:with|over to)"
    r"|(?:chose|chosen|choosing|picked|selected|preferred|opted for|opting for|decided on"
    r"|decided for|plumped for|settled on|standardi[sz]ed on|consolidated (?:on|onto|with|into)"
    r"|consolidating (?:on|onto|with|into))"
    r"|sign(?:ed|ing)(?: up)? with|contracted with|partnered with|teamed up with"
    r"|(?:left|leaving|dropped|dumped|ditched|abandoned) (?:us |you )?for"
    r"|lost (?:out |it |the deal |this (?:one |deal )?|this account |them )?(?:to|against)"
    r"|replac(?:ed|ing) (?:us|you|it|this|our \w+|your \w+)? ?(?:with|by)|replaced by"
    r"|replacement (?:is|was|will be)|(?:now|already|currently|they|customer|client) (?:using|use"
    r"|uses|on|with)"
    r"|awarded (?:it )?to|(?:taken|bought|acquired|snapped) (?:by|from)"
    r"|(?:buy|buying|bought|order|ordering|purchase|purchasing|sourcing)(?: it| them)?(?: now)?"
    r" from"
    r"|competitor (?:is|was)|competitor[:,(-]+|competition (?:is|was)|beaten by|undercut by"
    r"|outbid by|poached by|won by|under contract with|rolled out|evaluat(?:ed|ing) and chose"
    r"|(?:deal|offer|quote|price|rate|terms|proposal|discount|bid) from"
)
_FRAME = re.compile(rf"\b(?:{_VERBS})[\s:]+(?:to )?(.{{1,60}})", re.IGNORECASE)
_SUBJECT = re.compile(
    r"\b([A-Z][\w&.'-]*(?: [A-Z][\w&.'-]*)?) "
    r"(?:offered|came in|undercut|quoted|matched|beat us|beat you|beat our|gave (?:us|them|him"
    r"|her|me)"
    r"|gave (?:a )?(?:better|longer|cheaper)|will do (?:it|the same) for|won (?:the|this|it)|was"
    r" (?:\d+ ?%|half|much|a lot|far|way|\w+ percent) (?:cheaper|less"
    r"|lower)"
    r"|is (?:\d+ ?%|half|much|a lot|far|way) (?:cheaper|less|lower)|was cheaper|is cheaper"
    r"|threw in|bundles?d?|does (?:it|the same|everything) for)"
)
_GENERIC = re.compile(
    r"^(?:(?:a|an|the|another|other|our|their|your|his|her|its|some|one of|different|new|local|"
    r"cheaper|bigger|smaller|larger|rival|competing|alternative|main|nearest|direct|big|low.cost|"
    r"more|less|modern|established|us|you|national|online|overseas|budget|regional|specialist|"
    r"lower.cost|expensive|affordable|your|of|much|slightly|far|well.known) )*"
    r"(?:competitors?|competition|competing|rivals?|vendors?|providers?|suppliers?|carriers?"
    r"|agency|agencies|"
    r"alternatives?|someone else|somebody else|elsewhere|other (?:software|tool|platform|system)|"
    r"(?:different|other|another|new|rival|cheaper|competing|alternative) "
    r"(?:\w+ )?(?:software|tool|platform|system|solution|gym|firm|company|app|product|service"
    r"|studio|"
    r"network|brand|one|manufacturer|distributor|wholesaler|partner|contractor|operator)|"
    r"somewhere (?:else|cheaper))\b",
    re.IGNORECASE,
)
_SOMEBODY = re.compile(
    r"\b(?:(?:lost|switch\w*|moved?|moving|went|going|gone|defected|left|leaving|chose|signed|over|"
    r"migrat\w+|business) "
    r"(?:\w+ ){0,3}(?:a |the |another |our |your )?(?:\w+ )?(?:competitors?|competition|rivals?)"
    r"|(?:switch\w*|chang\w+|different|another|new|found a \w+|other|cheaper|rival) "
    r"(?:vendors?|providers?|suppliers?|carriers?|agency|gym|network operator)"
    r"|(?:went|going|gone|go|buying|bought|moved|took (?:their|its|the) business|shop\w*|sourcing) "
    r"elsewhere|went with (?:someone|somebody) else|competitor won|competitors? (?:offer\w*|was"
    r"|were|"
    r"made (?:us|them|me)|is|are|undercut\w*|gave|came|had|has|have|quoted|beat|threw|bundl\w+"
    r"|price)"
    r"|(?:by|from|than|at|bought|chose|preferred|using|use) (?:a |the |another |your |our"
    r" )?(?:competitors?|rivals?|competition))\b",
    re.IGNORECASE,
)
_ALONE = re.compile(
    r"^\W*(?:a |the |lost to )?(?:competitors?|competition|competitive loss|rival)\W*$",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"^(?:the |a company called |a firm called |a tool called |a product called |someone called )?"
    r"(?P<name>(?:[A-Z0-9][\w&.'-]*[\w&])(?: (?:&|of|and) (?=[A-Z])| ?(?=[A-Z0-9][\w&]))?"
    r"(?:[A-Z0-9][\w&.'-]*[\w&])?(?: (?=[A-Z])[A-Z][\w&.'-]*[\w&])?)"
)
_DENIED = re.compile(
    r"\b(?:not|n't|never|no|without|instead of|rather than|nobody|decided against|considered|"
    r"consider\w*|whether|came to us from|if)\s+(?:\w+\s+){0,3}$",
    re.IGNORECASE,
)
_NO_NAMES = frozenset(
    (
        "i we they he she it you the a an our their your my his her this that these those us them"
        " q1 q2 q3 q4 january february march april may june july august september october november"
        " december monday tuesday wednesday thursday friday excel spreadsheets spreadsheet sheets"
        " google-sheets paper pen in-house inhouse internal ceo cfo cto coo it hr vp uk us usa eu"
        " plan b because due after when since as not no yes customer client price support free"
        " monthly annual linux windows mac ios android cloud saas open remote home part full"
    ).split()
)
_LOWER = re.compile(
    r"^(?P<name>[a-z][a-z0-9&.-]{2,20})(?=\W*$|[.,;!]"
    r"| (?:because|instead|last|this|in|for|as|due|after|since|on|and|-))"
)
_LOWER_VERB = re.compile(
    r"(?:switch\w*(?: over)? to|lost (?:it )?to|(?:went|going|gone) with|chose|signed (?:up )?with|"
    r"left (?:us )?for|defected to|replaced (?:us )?(?:with|by)|migrat\w+ to)[\s:]+$",
    re.IGNORECASE,
)


def competitor_in(note: str, known: tuple[str, ...], is_word: Callable[[str], bool]) -> str | None:
    """The competitor's name, SOMEBODY where the note leaves the name out, or None.

    `known` are the admin's names, found wherever they stand; `is_word` tells an ordinary
    word, which is no name even after "switched to".
    """
    named = _known_name(note, known)
    if named is not None:
        return named
    somebody = False
    for match in _FRAME.finditer(note):
        if _DENIED.search(note[max(0, match.start() - 40) : match.start()]):
            continue
        rest = match[1].lstrip("\"'“ ")
        if _GENERIC.match(rest):
            called = re.search(r"\b(?:called|named|\() ?([A-Z]\w+)", rest)
            if called:
                return called[1]
            somebody = True
            continue
        name = _name(rest) or _lower_name(note, match, is_word)
        if name is not None:
            return name
    for match in _SUBJECT.finditer(note):
        name = _name(match[1])
        if name is not None and not is_word(name.lower()):
            return name
    if somebody or _ALONE.match(note):
        return SOMEBODY
    found = _SOMEBODY.search(note)
    if found and not _DENIED.search(note[max(0, found.start() - 40) : found.start()]):
        return SOMEBODY
    return None


def _known_name(note: str, known: tuple[str, ...]) -> str | None:
    for name in known:
        for match in _known_pattern(name).finditer(note):
            if not _DENIED.search(note[max(0, match.start() - 40) : match.start()]):
                return name
    words = re.findall(r"[^\W_]{5,}", note)
    for name in known:
        if len(name) >= 6 and any(fuzz.ratio(word.lower(), name.lower()) >= 85 for word in words):
            return name
    return None


@lru_cache(maxsize=1024)
def _known_pattern(name: str) -> re.Pattern[str]:
    spaced = r"\s+".join(re.escape(part) for part in name.split())
    return re.compile(rf"(?<!\w){spaced}(?!\w)", re.IGNORECASE)


def _name(text: str) -> str | None:
    match = _NAME.match(text)
    if match is None:
        return None
    name = match["name"].removesuffix("'s").strip(" .,-'")
    folded = name.lower()
    words = folded.split()
    if not words or words[0] in _NO_NAMES or folded in PLACES or words[0] in PLACES:
        return None
    return None if name.replace(",", "").isdigit() else name


def _lower_name(note: str, match: re.Match[str], is_word: Callable[[str], bool]) -> str | None:
    """A name that was typed in small letters, after the clearest words only."""
    if not _LOWER_VERB.search(note[: match.start(1)]):
        return None
    found = _LOWER.match(match[1])
    if found is None:
        return None
    name = found["name"].strip(".-")
    return None if name in _NO_NAMES or name in PLACES or is_word(name) else name
