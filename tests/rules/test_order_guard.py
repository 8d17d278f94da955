"""What check refuses and warns of in plays: the order of row P3, names that lead nowhere, tone."""

from __future__ import annotations

import tomllib
from pathlib import Path
from textwrap import dedent

import pytest

from integration.config import read_config
from rules.fault import RuleFaults
from rules.load import load_ruleset
from rules.order_guard import order_doubts
from rules.people import Assign, AssignTo
from rules.playbook import AfterKind, Ask, Benchmark
from rules.ruleset import RuleSet
from rules.wording import defensive_in, defensive_texts

KINDS = {"sales": "salesforce"}
ROOT = Path(__file__).parents[2]
SHIPPED = [ROOT / "config.example.toml", *sorted((ROOT / "docs/cookbook").glob("*.toml"))]


def loaded(text: str) -> RuleSet:
    return load_ruleset(tomllib.loads(dedent(text)), KINDS)


def refused(text: str) -> list[str]:
    with pytest.raises(RuleFaults) as caught:
        loaded(text)
    return [f"{'.'.join(map(str, f.path))}: {f.message}" for f in caught.value.faults]


def playbook(*tasks: str, when: str = "") -> str:
    told = f"when = {when}\n" if when else ""
    return f'[[playbook]]\nname = "p"\n{told}' + "".join(
        f'[[playbook.task]]\nsubject = "s"\n{task}\n' for task in tasks
    )


LISTEN = 'key = "listen"'


@pytest.mark.parametrize(
    "offer",
    [
        'key = "offer"',
        'key = "smaller"\nask = "offer"',
        'key = "smaller"\nask = "offer"\nafter = "listen"',
        'key = "mend"\nask = "remedy"\nafter = ["listen", "reason_known"]',
    ],
)
def test_an_offer_before_the_reason_is_confirmed_is_refused(offer: str) -> None:
    [fault] = refused(playbook(LISTEN, offer))
    assert "before the reason is confirmed" in fault


def said(subject: str, **more: str) -> str:
    return playbook(
        'key = "second"\n' + "".join(f'{k} = "{v}"\n' for k, v in more.items())
    ).replace('subject = "s"', f'subject = "{subject}"')


@pytest.mark.parametrize(
    "subject",
    [
        "Offer {{ contact.name }} three months at half the price",
        "Please offer them a smaller plan",
        "Call {{ contact.name }} and offer them 20% off",
        "Give {{ account.name }} a discount",
        "Send {{ contact.first_name }} our new proposal",
        "Present a better price",
        "Make them an offer",
        "{{ offer.name }} for {{ account.name }}",
        "Talk to them{% if smaller.name %} about {{ smaller.name }}{% endif %}",
    ],
)
def test_an_offer_that_only_the_subject_names_is_guarded_too(subject: str) -> None:
    [fault] = refused(said(subject))
    assert "before the reason is confirmed" in fault
    [task] = loaded(said(subject, after="reason_confirmed")).playbooks[0].tasks
    assert task.ask is Ask.OFFER


@pytest.mark.parametrize(
    "subject",
    [
        "Ask {{ contact.name }} what the other offer was",
        "Ask what they thought of our offer",
        "Thank {{ contact.name }}, and offer nothing",
        "Call {{ contact.name }}, without a discount",
        "Find out why the discount did not help",
        "Offer of {{ account.name }}: file it",
        "Give {{ contact.name }} a call",
    ],
)
def test_a_subject_that_only_speaks_of_offers_offers_nothing(subject: str) -> None:
    assert loaded(said(subject)).playbooks[0].tasks[0].ask is Ask.FOLLOW_UP


def test_whoever_means_no_offer_says_what_the_task_asks() -> None:
    with pytest.raises(RuleFaults) as caught:
        loaded(said("Offer to listen"))
    assert 'if it offers nothing, write ask = "follow up"' in caught.value.faults[0].suggestion
    assert loaded(said("Offer to listen", ask="follow up")).playbooks
    assert refused(said("{{ offer.name }}", ask="follow up"))
    assert loaded(said("Work out {{ offer.name }}", ask="internal")).playbooks


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Tell them that they get 20% off if they come back.", "20% off"),
        ("Tell them a voucher of EUR 500 is waiting.", "voucher of EUR 500"),
        ("Listen first.\nThen give them 1.5 months free.", "give them 1.5 months free"),
        ("Listen, then give\nthem 20 %.", "give them 20 %"),
        ("Promise them a credit note and waive the fee.", "Promise them a credit note"),
        ("Say sorry and waive the cancellation fee.", "waive the cancellation fee"),
        ("Propose {{ contact.name }} a smaller plan.", "Propose {{ contact.name }} a smaller plan"),
        ("{% if contact.name %}Offer 10% off{% endif %}", "Offer 10%"),
        ("They get the first quarter for free if they sign.", "for free"),
        ("Say that we can knock 15 percent off their next invoice.", "knock 15 percent off"),
        ("Mention our half-price deal.", "Mention our half-price"),
        ("We will refund them the last invoice.", "refund them the last invoice"),
        ("Sweeten it with free onboarding.", "Sweeten it"),
        ("Do not forget to give them 10% off.", "give them 10%"),
        ("Match the competitor's price.", "Match the competitor's price"),
        ("Set it up, and tell them that it is at no extra cost.", "at no extra cost"),
    ],
)
def test_a_body_that_tells_to_offer_is_refused(text: str, words: str) -> None:
    before = f'key = "again"\nbody = """{text}"""'
    with pytest.raises(RuleFaults) as caught:
        loaded(playbook(LISTEN, before))
    [fault] = caught.value.faults
    assert fault.path == ("playbook", 0, "task", 1, "body")
    assert f'"again" says "{words}" before the reason is confirmed' in fault.message
    assert 'ask = "offer"' in fault.suggestion
    assert 'write ask = "follow up"' in fault.suggestion
    assert fault.column == text.replace("\n", " ").index(words)
    assert loaded(playbook(LISTEN, before + '\nafter = "reason_confirmed"')).playbooks
    assert loaded(playbook(before, when="\"provenance == 'confirmed'\"")).playbooks
    with pytest.raises(RuleFaults, match="before the reason is confirmed"):
        loaded(playbook(before, when='"provenance == null"'))
    assert loaded(playbook(before + '\nask = "internal"')).playbooks


def test_an_apology_with_an_offer_in_it_is_refused_and_a_follow_up_is_taken_at_its_word() -> None:
    offers = 'body = "Say sorry, and give them a voucher."'
    with pytest.raises(RuleFaults) as caught:
        loaded(playbook(f'key = "sorry"\n{offers}', f'key = "a"\nask = "interview"\n{offers}'))
    assert [fault.suggestion.rsplit("; ")[-1] for fault in caught.value.faults] == [
        'if it offers nothing, write ask = "follow up"',
        "if it offers nothing, say it in other words",
    ]
    [doubt] = order_doubts(loaded(playbook(f'key = "a"\nask = "follow up"\n{offers}')))
    assert "before the reason is confirmed" in doubt.message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("As a sorry, the next month is free.", "month is free"),
        ("Half price for the first year.", "Half price"),
        ("€100 off their first order if they return.", "€100 off"),
        ("A voucher over 50 EUR comes with this letter.", "voucher over 50 EUR"),
    ],
)
def test_plain_words_that_offer_are_warned_of(text: str, words: str) -> None:
    rules = loaded(playbook(LISTEN + f'\nask = "apology"\nbody = """{text}"""'))
    [doubt] = order_doubts(rules)
    assert doubt.path == ("playbook", 0, "task", 0, "body")
    assert f'"listen" says "{words}" before the reason is confirmed' in doubt.message
    assert doubt.column == text.index(words)
    waits = playbook(LISTEN, f'key = "a"\nafter = "reason_confirmed"\nbody = """{text}"""')
    assert list(order_doubts(loaded(waits))) == []


@pytest.mark.parametrize(
    "text",
    [
        "Listen, and do not offer anything yet.",
        "Offer nothing in this call.",
        "Never mention a discount.",
        "Don\u2019t offer a discount before they have confirmed.",
        "Find out whether 20% off would have kept them.",
        "They left for a competitor who gives them 20% off.",
        "Thank them; an offer comes later.",
        "Our last offer was 10 % off: ask what they thought of it.",
        "Offer to call again at a better time. Offer an apology.",
        "If they ask for a discount, say that you will come back to it.",
        "Only once the reason is confirmed may you offer a discount.",
        "Ask how often we may write: every 3 months, or less.",
        "Feel free to call within 3 months. Give them time.",
        "Do not promise a refund or a credit note.",
        "Ask whether\\n20% off would have kept them.",
        "They asked for a refund.",
        "Check that the refund of their last invoice arrived.",
        "Never waive a fee in this call.",
        "Take two days off your calendar. Take a week off.",
        "Give them credit for their honesty.",
        "Mention that the refund is on its way.",
        "Say back that they left for 20% off.",
        "Show them how to reduce their costs.",
        "Ask how the free trial went. Put it off until they are free.",
        "They have 20 % of their people in Bonn.",
    ],
)
def test_ordinary_sentences_are_not(text: str) -> None:
    assert list(order_doubts(loaded(playbook(LISTEN + f'\nbody = "{text}"')))) == []


def test_a_cadence_that_offers_has_to_ask_for_a_confirmed_reason() -> None:
    cadence = '[[cadence]]\nname = "c"\nevery = "3 months"\nbody = "Mention our vouchers."\n'
    [doubt] = order_doubts(loaded(cadence))
    assert doubt.path == ("cadence", 0, "body")
    assert list(order_doubts(loaded(cadence + "when = \"provenance == 'confirmed'\""))) == []


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_no_shipped_file_is_warned_of_its_order(path: Path) -> None:
    assert list(order_doubts(read_config(path, {}).ruleset)) == []


@pytest.mark.parametrize(
    "tasks",
    [
        (LISTEN, 'key = "offer"\nafter = "reason_confirmed"'),
        (LISTEN, 'key = "offer"\nafter = ["listen", "reason confirmed"]'),
        ('key = "sorry"\nafter = "reason_confirmed"', 'key = "offer"\nafter = "sorry"'),
    ],
)
def test_an_offer_after_it_is_fine(tasks: tuple[str, ...]) -> None:
    assert loaded(playbook(*tasks)).playbooks[0].tasks[1].after


def test_where_the_fault_is_ours_an_apology_comes_first() -> None:
    ours = '{ fault = ["ours", "mine"] }'
    offer = 'key = "offer"\nafter = "reason_confirmed"'
    [fault] = refused(playbook(LISTEN, offer, when=ours))
    assert "before anybody has said sorry" in fault
    sorry = 'key = "sorry"\nafter = "reason_confirmed"'
    assert loaded(playbook(sorry, 'key = "offer"\nafter = "sorry"', when=ours)).playbooks
    assert loaded(playbook(LISTEN, offer, when="{ fault.ne = 'ours' }")).playbooks


def test_a_task_that_comes_later_or_not_at_all_cannot_be_waited_for() -> None:
    later = playbook('key = "a"\nafter = ["spoken", "b"]', 'key = "b"\nafter = "lissen"')
    assert refused(later) == [
        'playbook.0.task.0.after.1: "b" is no earlier task of this playbook',
        'playbook.0.task.1.after: "lissen" is no earlier task of this playbook',
    ]


def test_conditions_and_people_are_read_in_an_admins_words() -> None:
    rules = loaded(
        """
        [[role]]
        name = "Care"
        members = ["cleo@acme.example"]
        [[playbook]]
        name = "p"
        benchmarks = ["spoken by day 10", "reason confirmed within 20 days"]
        [[playbook.task]]
        key = "listen"
        subject = "Call"
        after = "no answer for 10 days"
        assign = ["role:Care", "another rep", "queue:Support"]
        """
    )
    [task] = rules.playbooks[0].tasks
    assert [one.to for one in task.assign.chain] == [
        AssignTo.ROLE,
        AssignTo.ANOTHER_REP,
        AssignTo.QUEUE,
    ]
    assert task.assign.otherwise is not None
    assert task.assign.otherwise.otherwise == Assign(AssignTo.QUEUE, "Support")
    assert str(task.after[0].span) == "10 days"
    assert rules.playbooks[0].benchmarks == (
        Benchmark(AfterKind.SPOKEN, 10),
        Benchmark(AfterKind.REASON_CONFIRMED, 20),
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (playbook(LISTEN + '\nassign = "role:Car"'), 'there is no [[role]] "Car"'),
        (playbook(LISTEN + "\nassign = []"), "names nobody"),
        ('[[offer]]\nname = "o"\ntiers = ["kee"]\n[[tier]]\nname = "key"', 'no tier "kee"'),
        ('[interview]\nby_tier = { kee = "manager" }\n[[tier]]\nname = "key"', "no such tier"),
        ('[[playbook]]\nname = "p"\nbenchmarks = "spoken soon"', "is no benchmark"),
        ("[score]\nwon_value = -1", "must be a number from 0 up"),
    ],
)
def test_what_leads_nowhere_is_refused(text: str, told: str) -> None:
    assert any(told in fault for fault in refused(text))


@pytest.mark.parametrize(
    "text",
    [
        "Unfortunately, you cancelled too late.",
        "As we already\ntold you, it is in the contract.",
        "That is not possible per our policy.",
        "We’re sorry if you were annoyed.",
        "You should have called us.",
    ],
)
def test_defensive_wording_is_warned_of(text: str) -> None:
    [found] = defensive_in(text)
    assert found.suggestion


@pytest.mark.parametrize(
    "text",
    [
        "We are sorry that the delivery was late.",
        "Unfortunately we were late.",
        "Ask what you should have in hand before the call.",
        "Tell them about our policy of free repairs.",
    ],
)
def test_plain_wording_is_not(text: str) -> None:
    assert list(defensive_in(text)) == []


def test_a_warning_names_its_place_and_refuses_nothing() -> None:
    rules = loaded(playbook(LISTEN + '\nbody = "Per our policy, nothing."'))
    [fault] = defensive_texts(rules)
    assert fault.path == ("playbook", 0, "task", 0, "body")


def test_every_text_that_an_admin_writes_is_looked_through() -> None:
    rules = loaded(
        """
        [[cadence]]
        name = "c"
        every = "1 month"
        subject = "Calm down"
        [[offer]]
        name = "o"
        text = "With all due respect: half price."
        [way_back]
        terms = "Per our policy."
        [interview]
        questions = ["What happened?", "Was it not our fault?", "Do you claim that we were late?"]
        """
    )
    assert [fault.path for fault in defensive_texts(rules)] == [
        ("cadence", 0, "subject"),
        ("offer", 0, "text"),
        ("way_back", "terms"),
        ("interview", "questions", 2),
    ]
