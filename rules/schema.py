"""The sections of a rule file and their keys; what is not here is refused with a suggestion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from marshmallow import fields

from rules import schema_fields as sort
from rules import schema_names as names
from rules import schema_places as places
from rules import schema_plays as plays
from rules import schema_times as times
from rules.model import Changeable, Fault, Priority, Verdict
from rules.people import Pick
from rules.playbook import Ask, Never, Unanswered
from rules.schema_section import Section, many, optional, required


class CompanySection(Section):
    name = optional(sort.text)
    timezone = optional(places.timezone)
    country = optional(places.country)
    holidays = optional(times.days_off)
    currency = optional(places.currency)
    rates = optional(places.rates)
    first_day = optional(times.day)
    competitors = optional(sort.texts)


class WatchSection(Section):
    name = required(sort.filled_text)
    crm = required(sort.filled_text)
    record = required(names.record_type)
    lost_when = optional(sort.condition)
    verdict = optional(sort.one_of(Verdict))
    means = optional(sort.one_word("renewal"))
    account = optional(names.field_name)
    known_on = optional(names.field_name)
    lost_on = optional(names.field_name)
    reason = optional(names.field_name)
    words = optional(names.field_name)
    value = optional(names.field_name)
    contact = optional(names.field_name)


class ContractSection(Section):
    crm = required(sort.filled_text)
    record = required(names.record_type)
    running_when = optional(sort.condition)
    account = optional(names.field_name)
    starts_on = optional(names.field_name)
    ends_on = optional(names.field_name)
    value = optional(names.field_name)


class LostCustomerSection(Section):
    when = optional(sort.condition)


class ReasonSection(Section):
    id = required(names.identifier)
    label = optional(sort.filled_text)
    fault = optional(sort.one_of(Fault))
    changeable = optional(lambda v: sort.one_of(Changeable)(sort.changeable_word(v)))
    values = optional(sort.texts)
    phrases = optional(sort.texts)
    more_phrases = optional(sort.texts)


class TierSection(Section):
    name = required(sort.filled_text)
    when = optional(sort.condition)


class PersonSection(Section):
    email = required(names.email)
    manager = optional(names.email)
    region = optional(sort.filled_text)
    away_until = optional(times.day)
    country = optional(places.country)
    stand_in = optional(names.email)
    team = optional(sort.filled_text)


class RoleSection(Section):
    name = required(sort.filled_text)
    members = required(names.emails)
    pick = optional(sort.one_of(Pick))


class OfferSection(Section):
    name = required(sort.filled_text)
    text = optional(sort.text)
    categories = optional(sort.texts)
    tiers = optional(sort.texts)
    cap = optional(plays.cap)
    cap_share = optional(sort.share)
    expires_after = optional(times.span)
    approval = optional(plays.assign)


class InterviewSection(Section):
    assign = optional(plays.assign)
    by_tier = optional(plays.assign_by_tier)
    never = optional(sort.some_of(Never))
    questions = optional(sort.texts)
    nudge_after = optional(times.span)
    ask_on_disagreement = optional(sort.flag)


class WayBackSection(Section):
    call = optional(sort.text)
    terms = optional(sort.text)
    quote = optional(sort.text)
    start = optional(sort.text)


class ScoreSection(Section):
    won_value = optional(plays.weight)
    contract_value = optional(plays.weight)
    tenure_year = optional(plays.weight)
    changeable_share = optional(plays.weight_share)


class TaskSection(Section):
    key = required(names.task_key)
    subject = required(sort.filled_text)
    body = optional(sort.text)
    due = optional(times.span)
    assign = optional(plays.assign)
    priority = optional(sort.one_of(Priority))
    after = optional(plays.after)
    ask = optional(sort.one_of(Ask))
    attempts = optional(sort.count)
    again_after = optional(times.span)
    unanswered = optional(sort.one_of(Unanswered))


class PlaybookSection(Section):
    name = required(sort.filled_text)
    verdicts = optional(sort.some_of(Verdict), data_key="for")
    when = optional(sort.condition)
    goal = optional(sort.text)
    benchmarks = optional(plays.benchmarks)
    ends_after = optional(times.span)
    until = optional(plays.until)
    tasks = many(TaskSection, "playbook.task", data_key="task")


class CadenceSection(Section):
    name = required(sort.filled_text)
    when = optional(sort.condition)
    every = required(times.span)
    start = optional(sort.one_word("loss", "last touch"))
    until = optional(times.span_or_never)
    subject = optional(sort.filled_text)
    body = optional(sort.text)
    assign = optional(plays.assign)
    priority = optional(sort.one_of(Priority))


class SuppressionSection(Section):
    when = required(sort.condition)
    because = optional(sort.text)


class LimitsSection(Section):
    tasks_per_rep_per_day = optional(sort.count)
    storm_max_losses = optional(sort.count)
    storm_max_share = optional(sort.share_or_none)
    merge_within = optional(times.length)
    max_attempts = optional(sort.count)
    contact_window = optional(times.length)
    live_deal_within = optional(times.length)
    permission_lasts = optional(times.span_or_never)
    escalate_after = optional(times.span)
    waits_at_most = optional(times.length)
    partly_below = optional(sort.share_or_none)


class PilotSection(Section):
    only_owners = optional(names.emails)
    only_teams = optional(sort.texts)


class WordsSection(Section):
    model = optional(sort.flag)


class TestSection(Section):
    name = optional(sort.text)
    given = required(sort.table)
    then = optional(sort.tables)
    expect = required(sort.table)


def _once(section: type[Section]) -> fields.Nested:
    return fields.Nested(section)


class RuleFile(Section):
    """The whole file. The tables under `crm` are the connection's, not rules: they pass."""

    misplaced: ClassVar[Mapping[str, str]] = {
        "task": "write [[playbook.task]], below its [[playbook]]",
        "rule": "write [[playbook]]",
    }

    crm = fields.Raw()
    company = _once(CompanySection)
    watches = many(WatchSection, "watch", data_key="watch")
    contracts = many(ContractSection, "contract", data_key="contract")
    lost_customer = _once(LostCustomerSection)
    reasons = many(ReasonSection, "reason", data_key="reason")
    tiers = many(TierSection, "tier", data_key="tier")
    people = many(PersonSection, "person", data_key="person")
    roles = many(RoleSection, "role", data_key="role")
    offers = many(OfferSection, "offer", data_key="offer")
    interview = _once(InterviewSection)
    way_back = _once(WayBackSection)
    score = _once(ScoreSection)
    playbooks = many(PlaybookSection, "playbook", data_key="playbook")
    cadences = many(CadenceSection, "cadence", data_key="cadence")
    suppressions = many(SuppressionSection, "suppression", data_key="suppression")
    limits = _once(LimitsSection)
    pilot = _once(PilotSection)
    words = _once(WordsSection)
    tests = many(TestSection, "test", data_key="test")


SECTIONS: Mapping[str, type[Section]] = {
    "company": CompanySection,
    "watch": WatchSection,
    "contract": ContractSection,
    "lost_customer": LostCustomerSection,
    "reason": ReasonSection,
    "tier": TierSection,
    "person": PersonSection,
    "role": RoleSection,
    "offer": OfferSection,
    "interview": InterviewSection,
    "way_back": WayBackSection,
    "score": ScoreSection,
    "playbook": PlaybookSection,
    "playbook.task": TaskSection,
    "cadence": CadenceSection,
    "suppression": SuppressionSection,
    "limits": LimitsSection,
    "pilot": PilotSection,
    "words": WordsSection,
    "test": TestSection,
}
"""Every section and its keys, for the example's test and the reference."""
