"""What a task asks for where the file does not say: its key does, `first_offer`."""

from __future__ import annotations

from rules.playbook import Ask
from rules.tables import Table

_SAID_BY_KEY = {
    Ask.ASK_PERMISSION: {"permission", "consent"},
    Ask.OFFER: {"offer", "discount"},
    Ask.EMAIL: {"email", "mail", "newsletter"},
    Ask.APOLOGY: {"apologise", "apologize", "apology", "sorry"},
    Ask.INTERVIEW: {"interview"},
    Ask.REMEDY: {"remedy"},
}
_BY_WORD = {ask.value: ask for ask in Ask}


def asked_by(task: Table) -> Ask:
    """By `ask`, as the file or its schema has it, else by the key."""
    said = task.get("ask")
    if said is not None:
        word = " ".join(str(said).lower().replace("_", " ").replace("-", " ").split())
        return _BY_WORD.get(word, Ask.FOLLOW_UP)
    words = str(task.get("key", "")).replace("-", "_").split("_")
    for ask, known in _SAID_BY_KEY.items():
        if known.intersection(words):
            return ask
    return Ask.FOLLOW_UP
