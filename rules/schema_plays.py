"""The sorts of value that plays are written in: who gets a task, what it waits for, benchmarks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from rules.people import Assign, AssignTo
from rules.playbook import After, AfterKind, Benchmark
from rules.schema_fields import each, filled_text, one_or_more, refused, share, text
from rules.schema_names import IDENTIFIER, email, field_name, task_key
from rules.schema_times import span
from rules.suggest import did_you_mean, nearest

_ASSIGN_WORDS = {
    "owner": AssignTo.ACCOUNT_OWNER,
    "account owner": AssignTo.ACCOUNT_OWNER,
    "record owner": AssignTo.RECORD_OWNER,
    "opportunity owner": AssignTo.RECORD_OWNER,
    "deal owner": AssignTo.RECORD_OWNER,
    "manager": AssignTo.MANAGER,
    "another rep": AssignTo.ANOTHER_REP,
}
_ASSIGN_HEADS = {"role": AssignTo.ROLE, "queue": AssignTo.QUEUE}
_SHOWN = ("owner", "record owner", "manager", "another rep")
_AFTER_WORDS = {
    kind.value: kind for kind in AfterKind if kind not in (AfterKind.NO_ANSWER, AfterKind.TASK)
}
UNTIL = (AfterKind.REASON_KNOWN, AfterKind.REASON_CONFIRMED)
"""What a playbook may be followed until; what else happens on the way changes no plan."""

_NO_ANSWER = re.compile(r"no answer for (.+)")
_BENCHMARK = re.compile(r"(.+?) (?:by day|within) (\d+)(?: days?)?")


def assign(value: object) -> Assign:
    """`owner`, `record owner`, `manager`, `another rep`, `field:CSM__c`, `CSM__c`, `role:Care`,
    `queue:Care` or an e-mail address; a list of them is asked in its order."""
    if not isinstance(value, list):
        return _one(value)
    if not value:
        raise refused("names nobody", 'write ["owner", "manager"]')
    chain: Assign | None = None
    for one in reversed(each(value, _one)):
        chain = Assign(one.to, one.name, chain)
    return chain or Assign()


def _one(value: object) -> Assign:
    word = text(value).strip()
    folded = _folded(word)
    if folded in _ASSIGN_WORDS:
        return Assign(_ASSIGN_WORDS[folded])
    head, _, rest = word.partition(":")
    if head.lower() in _ASSIGN_HEADS and rest.strip():
        return Assign(_ASSIGN_HEADS[head.lower()], rest.strip())
    if word.startswith("field:"):
        return Assign(AssignTo.FIELD, field_name(word.removeprefix("field:").strip()))
    if word.endswith("__c"):
        return Assign(AssignTo.FIELD, field_name(word))
    if "@" in word:
        return Assign(AssignTo.PERSON, email(word))
    near = did_you_mean(folded, _SHOWN)
    raise refused(
        f'nobody is meant by "{value}"',
        near
        if near.startswith("did")
        else f"write {', '.join(_SHOWN)}, field:NAME, role:NAME, queue:NAME or an e-mail address",
    )


def assign_by_tier(value: object) -> dict[str, Assign]:
    if not isinstance(value, Mapping):
        raise refused("must be a table", 'write { key = "manager" }')
    return {str(tier): assign(whom) for tier, whom in value.items()}


def after(value: object) -> tuple[After, ...]:
    """One condition or a list of them, all of which must hold."""
    return one_or_more(value, one_after)


def one_after(value: object) -> After:
    """`reason_known`, `reason confirmed`, `no answer for 10 days`, or the key of a task."""
    word = filled_text(value).strip()
    folded = _folded(word)
    if folded in _AFTER_WORDS:
        return After(_AFTER_WORDS[folded])
    if match := _NO_ANSWER.fullmatch(folded):
        return After(AfterKind.NO_ANSWER, span=span(match[1]))
    if IDENTIFIER.fullmatch(word) is None:
        near = nearest(folded, _AFTER_WORDS)
        raise refused(
            f'"{value}" is nothing to wait for',
            f'did you mean "{near}"?'
            if near
            else 'write "reason_confirmed", "spoken", "no answer for 10 days" or the key of a task',
        )
    return After(AfterKind.TASK, task_key(word))


def until(value: object) -> AfterKind:
    """`reason_known` or `reason confirmed`."""
    folded = _folded(filled_text(value))
    if folded not in UNTIL:
        words = [kind.replace(" ", "_") for kind in UNTIL]
        near = did_you_mean(folded, UNTIL)
        raise refused(
            f'a playbook cannot be followed until "{value}"',
            near if near.startswith("did") else f'write "{words[0]}" or "{words[1]}"',
        )
    return AfterKind(folded)


def benchmarks(value: object) -> tuple[Benchmark, ...]:
    return one_or_more(value, _benchmark)


def _benchmark(value: object) -> Benchmark:
    folded = _folded(text(value))
    match = _BENCHMARK.fullmatch(folded)
    if match is None:
        raise refused(f'"{value}" is no benchmark', 'write "spoken by day 10"')
    if match[1] not in _AFTER_WORDS:
        near = did_you_mean(match[1], _AFTER_WORDS)
        raise refused(f'"{match[1]}" cannot be measured', near)
    if not int(match[2]):
        raise refused("day 0 has passed before it begins", 'write "spoken by day 10"')
    return Benchmark(_AFTER_WORDS[match[1]], int(match[2]))


def cap(value: object) -> Decimal:
    """An amount in the company's currency."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise refused("must be an amount", "write 500, without quotes")
    if value <= 0:
        raise refused(f"{value} caps nothing", "an amount above 0")
    return Decimal(str(value))


def weight(value: object) -> Decimal:
    """A factor of the score, 0 or more."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or value < 0:
        raise refused("must be a number from 0 up", "without quotes")
    return Decimal(str(value))


def weight_share(value: object) -> Decimal:
    return Decimal(0) if value == 0 and not isinstance(value, bool) else Decimal(str(share(value)))


def _folded(value: Any) -> str:
    return " ".join(str(value).lower().replace("_", " ").replace("-", " ").split())
