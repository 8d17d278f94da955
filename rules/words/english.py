"""One form per word: contractions written out, British spelling as American, stems.

Stems are snowball's; verbs that it cannot know are listed in `_IRREGULAR`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rules.bare_packages import leave_bare

leave_bare("snowballstemmer")  # of 30 languages one is needed

from snowballstemmer.english_stemmer import EnglishStemmer  # noqa: E402

_IRREGULAR: dict[str, str] = {
    form: base
    for base, forms in {
        "be": "am is are was were been being s re m",
        "do": "does did done doing",
        "have": "has had having ve",
        "can": "could cannot",
        "will": "would ll wont",
        "go": "went gone going goes",
        "leave": "left leaving leaves",
        "get": "got gotten getting gets",
        "take": "took taken taking takes",
        "find": "found finding finds",
        "buy": "bought buying buys",
        "sell": "sold selling sells",
        "tell": "told telling tells",
        "say": "said saying says",
        "feel": "felt feeling feels",
        "keep": "kept keeping keeps",
        "lose": "lost losing loses",
        "choose": "chose chosen choosing chooses",
        "break": "broke broken breaking breaks",
        "build": "built building builds",
        "rise": "rose risen rising rises",
        "grow": "grew grown growing grows",
        "hear": "heard hearing hears",
        "pay": "paid paying pays",
        "make": "made making makes",
        "come": "came coming comes",
        "run": "ran running runs",
        "see": "saw seen seeing sees",
        "give": "gave given giving gives",
        "know": "knew known knowing knows",
        "think": "thought thinking thinks",
        "bring": "brought bringing brings",
        "spend": "spent spending spends",
        "send": "sent sending sends",
        "fall": "fell fallen falling falls",
        "understand": "understood understanding understands",
        "misunderstand": "misunderstood misunderstanding misunderstandings",
        "outgrow": "outgrew outgrown outgrowing outgrows",
        "forget": "forgot forgotten forgetting forgets",
        "speak": "spoke spoken speaking speaks",
        "deal": "dealt dealing deals",
        "die": "died dying dies",
        "teach": "taught teaching",
        "mislead": "misled misleading",
        "write": "wrote written writing writes",
        "wear": "wore worn wearing",
        "tear": "tore torn tearing",
        "shrink": "shrank shrunk shrinking shrinks",
        "lie": "lied lying lies",
        "lay": "laid laying lays",
        "overrun": "overran overrunning overruns",
        "mean": "meant means",
        "need": "needed needs needing",
        "hold": "held holding holds",
        "meet": "met meeting meets",
        "bad": "worse worst badly",
        "good": "well",
        "pricey": "pricy",
        "integrate": "integration integrations integrated integrates integrating",
        "response": "responses",
        "child": "children",
        "person": "people persons",
        "nobody": "noone",
        "ok": "okay okey",
        "because": "cos cuz bc becuase becasue",
        "with": "w",
        "feature": "features featureset",
        "log": "login logins logged logging logon logs",
        "email": "e-mail emails emailed emailing mails mail",
        "competitor": "competitors",
        "company": "companies",
        "insolvent": "insolvency",
        "bankrupt": "bankruptcy bankrupcy",
        "app": "apps application applications",
        # the rep says "them" where the customer says "us"
        "us": "me them",
        "themselves": "ourselves myself himself herself yourselves yourself itself",
        # words that a stemmer takes for others
        "timing": "timings",
        "manager": "managers",
        "management": "managements",
        "train": "training trained trainings trains",
        "trainer": "trainers",
        "rating": "ratings",
        "ration": "rations",
        "delivery": "deliveries deliver delivered delivering delivers delivry",
        "invoice": "invoiced invoicing invoices",
        "housing": "housings",
        "wording": "wordings",
        "due": "dues",
        "reasonable": "reasonably",  # not "reason": the one is praise, the other names a cause
        "price": "priced pricing prices pricings pricewise",
        "customer": "customers",
        "customiz": "customize customizes customized customizing customization customizable"
        " customise customised customisation customisable",
        "organiz": "organization organizations organisation organisations",
        "international": "internationally",
        "important": "importance",
        "new": "newly",
        "news": "newsletter",
        "universal": "universe university",
        "policy": "policies",
        "police": "policing",
        "generally": "general",
        "busy": "busier",
        "business": "businesses",
        "notice": "noticed notices",
        "notic": "noticeable",
        "later": "laters",
        "late": "lateness",
        "hardly": "hardlys",
        "internal": "internally",
        "terms": "term",
        "terminal": "terminally",
        "early": "earlier earliest",
        "communication": "communications",
        "accident": "accidents",
        "operation": "operations",
        "operator": "operators",
        "relation": "relations",
        "relationship": "relationships",
        "expectation": "expectations",
        "executive": "executives exec execs",
        "execution": "executions",
    }.items()
    for form in forms.split()
}

_ITSELF = frozenset(_IRREGULAR.values())

_CONTRACTIONS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), written)
    for pattern, written in (
        (r"\bwon'?t\b", "will not"),
        (r"\bcan'?t\b|\bcannot\b", "can not"),
        (r"\bshan'?t\b", "shall not"),
        (
            r"\b(is|are|was|were|do|does|did|has|have|had|could|would|should|need|must)n'?t\b",
            r"\1 not",
        ),
        (r"\bain'?t\b", "is not"),
        (r"\b(i|we|they|you)'(ve)\b", r"\1 have"),
        (r"\b(he|she|it|that|there|what|who)'s\b", r"\1 is"),
        (r"\blet's\b", "let us"),
        (r"\b(\w+)'(re)\b", r"\1 are"),
        (r"\b(\w+)'(ll|d)\b", r"\1 would"),
        (r"\bi'm\b", "i am"),
        (r"\b(\w+)'s\b", r"\1"),
        (r"(\w)'(\w)", r"\1\2"),
        (r"\bw/o\b", "without"),
        (r"\bw/", "with "),
        (r"\bb/c\b", "because"),
        (r"\bn/a\b", " "),
        (r"\bno[ -]one\b", "nobody"),
        (r"\bgonna\b", "going to"),
        (r"\bwanna\b", "want to"),
        (r"\bc/s\b|\bcust(?:omer)?\.? (?:svc|serv)\b|\bcust\. service\b", "customer service"),
        (r"\bacct?\.? ?(mgr|manager)\b|\baccount mgr\b|\bcsms?\b|\bkam\b", "account manager"),
        (r"\bmgmt\b", "management"),
        (r"\bthru\b", "through"),
        (r"\bset[- ]up\b", "setup"),
        (r"\bon[- ]boarding\b", "onboarding"),
        (r"\bco\.(?=\s)", "company"),
        (r"\be\.g\.|\bi\.e\.|\betc\.", " "),
        (r"\bvs\.?(?=\s|$)", "versus"),
        (r"&", " and "),
        (r"(?<=\w)\+(?=\W|$)", " plus "),
    )
)

_BRITISH: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), american)
    for pattern, american in (
        (r"(?<=[a-z]{3})is(e|es|ed|ing|ation|ations)$", r"iz\1"),
        (
            r"^(col|behavi|fav|flav|hon|lab|neighb|rum|hum|harb|od|vap|endeav)our(?=[a-z]*$)",
            r"\1or",
        ),
        (
            r"^(cancel|travel|label|model|signal|level|fuel|total|channel|counsel|dial)l(?=e|i|a)",
            r"\1",
        ),
        (r"(?<=[a-z])tre(s)?$", r"ter\1"),
        (r"^programme(s)?$", r"program\1"),
        (r"^licence(s)?$", r"license\1"),
        (r"^defence$", "defense"),
        (r"^cheque(s)?$", r"check\1"),
        (r"^catalogue(s)?$", r"catalog\1"),
        (r"^grey$", "gray"),
        (r"^fulfil(s|ment)?$", r"fulfill\1"),
        (r"^instal(s|ment)?$", r"install\1"),
        (r"^tyre(s)?$", r"tire\1"),
        (r"^whilst$", "while"),
        (r"^learnt$", "learned"),
    )
)
_AS_IT_IS = frozenset(
    (
        "otherwise wise rise raise precise exercise"
        " promise promised promises promising premise premises noise raised raises raising"
        " advise advised advising surprise surprised surprises surprising franchise expertise"
        " merchandise likewise enterprise"
    ).split()
)


_ANY_CONTRACTION = re.compile("|".join(f"(?:{pattern.pattern})" for pattern, _ in _CONTRACTIONS))


def written_out(text: str) -> str:
    """Lower-case text with contractions and usual abbreviations written out."""
    if _ANY_CONTRACTION.search(text) is None:
        return text
    for pattern, written in _CONTRACTIONS:
        text = pattern.sub(written, text)
    return text


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The form under which words are compared: tense, number and spelling do not matter."""
    if word in _IRREGULAR or word in _ITSELF:
        return _IRREGULAR.get(word, word)
    if word.isdigit():
        return "0"
    american = word
    if word not in _AS_IT_IS:
        for pattern, replacement in _BRITISH:
            american = pattern.sub(replacement, american)
    if american in _IRREGULAR:
        return _IRREGULAR[american]
    # a stemmer keeps the word in hand, so that threads must not share one
    return str(EnglishStemmer().stemWord(american))


FILLERS = frozenset(
    stem(word)
    for word in (
        "a an the my our your his her its their this that these those some any such other"
        " i we you he she it they us them me him there here who which"
        " very so really quite far way much just simply always often constantly still already"
        " even again rather pretty extremely completely totally absolutely increasingly super"
        " incredibly ridiculously basically actually also all both somewhat bit little"
        " now then currently recently lately finally eventually almost nearly only most more"
        " be have do will of to for in on at with from by about into as than"
        " ever customer client last latest recent old new overall general current whole entire"
        " own certain"
    ).split()
)
"""Words that may stand between the words of a phrase."""
