"""Bodies for tasks that say what they ask and leave the text to us: the questions of the exit
interview, how to say sorry, and the letter that thanks (rows R7 and P12). An admin's own body
takes their place."""

from __future__ import annotations

from collections.abc import Mapping

from rules.how_to_answer import PERMITTING
from rules.playbook import Ask
from rules.ruleset import RuleSet

QUESTIONS = (
    "What happened, from your side?",
    "What was the moment when you decided?",
    "What did we do well?",
    "What would you have had us do?",
    "If that were different, would you come back?",
    "May we keep in touch? How, and how often?",
    "Until when does your new contract run, and in which month is your budget made?",
)

_INTERVIEW = """
{% if loss.words %}What is written down so far: {{ loss.words }}

{% endif %}Listen, explain nothing, offer nothing. Ask:
"""

_AFTERWARDS = """

At the end say their complaint back in your own words until they agree. """

_ON_ACCOUNT = """Write the answers into the win-back fields of the account, and tick "complaint \
confirmed" once they have agreed."""

_WITHOUT_ACCOUNT = """They have no account, so there are no fields for the answers: write them \
into this task, choose the win-back reason on the record, and set the win-back provenance there \
to "confirmed" once they have agreed."""

_APOLOGY = """
They left because: {{ reason.label }}. Say sorry for it once, plainly, without a reason why it \
was hard for us. Say what we have changed, or that we have not changed it yet. Offer nothing in \
this call."""

_LETTER = """
By e-mail only if they said yes to e-mail; by post or by phone otherwise. A letter that you may \
change:

Dear {{ contact.first_name or contact.name or account.name }},

thank you for your time with us{% if reason.id != "unknown" %}, and for telling us openly why \
you left: it helps us to do better{% endif %}. You owe us nothing, and nobody will chase you.
{% if way_back.call or way_back.terms or way_back.quote or way_back.start %}

Should you ever want to come back, it is easy:
{% if way_back.call %}- Call {{ way_back.call }}.
{% endif %}{% if way_back.terms %}- {{ way_back.terms }}
{% endif %}{% if way_back.quote %}- {{ way_back.quote }}
{% endif %}{% if way_back.start %}- {{ way_back.start }}
{% endif %}{% endif %}

With kind regards
{{ assignee.name }}, {{ company.name }}"""

_PERMISSION = f"""
Ask whether we may keep in touch, how, and how often. {PERMITTING}"""

_OFFER = """
They confirmed why they left: {{ reason.label }}.
{% if offer.name %}The offer: {{ offer.name }}\
{% if offer.cap %}, at most {{ offer.cap }}{% endif %}\
{% if offer.expires_on %}, good until {{ offer.expires_on }}{% endif %}.
{% if offer.text %}{{ offer.text }}
{% endif %}{% endif %}{% if bought.name %}
Last time, on {{ bought.on }}, they bought "{{ bought.name }}"\
{% if bought.items %}: {{ bought.items }}{% endif %}.
{% if bought.not_known %}What was in it is not known: {{ bought.not_known }}.
{% endif %}{% endif %}{% if bought.part %}If the offer is too much, a smaller yes: \
{{ bought.part }} for {{ bought.part_value }}.
{% elif smaller.name %}If the offer is too much, a smaller yes: what they bought on \
{{ smaller.bought_on }}, "{{ smaller.name }}", for {{ smaller.value }}.{% endif %}"""

_BODIES: Mapping[Ask, str] = {
    Ask.APOLOGY: _APOLOGY,
    Ask.THANK_YOU: _LETTER,
    Ask.ASK_PERMISSION: _PERMISSION,
    Ask.OFFER: _OFFER,
}


def standard_body(ask: Ask, rules: RuleSet, *, on_account: bool = True) -> str:
    """The template for a task without a body; empty where the subject says it all. The fields
    of the interview stand on the account, which a customer who is only a contact has not."""
    if ask is Ask.INTERVIEW:
        asked = rules.interview.questions or QUESTIONS
        listed = "\n".join(f"{n}. {_literal(text)}" for n, text in enumerate(asked, 1))
        return _INTERVIEW + listed + _AFTERWARDS + write_down(on_account=on_account)
    return _BODIES.get(ask, "")


def write_down(*, on_account: bool) -> str:
    """Where what the customer said goes."""
    return _ON_ACCOUNT if on_account else _WITHOUT_ACCOUNT


def _literal(text: str) -> str:
    """An admin's question is a text and no template."""
    return text.replace("{", "(").replace("}", ")")
