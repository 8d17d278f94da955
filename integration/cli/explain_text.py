"""An explanation as text that an admin can read aloud."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import click

from integration.cli.screen import plain
from integration.explanation import NO_LOSS
from integration.spoken import day

VERDICTS = {
    "customer": "the customer is lost",
    "deal": "a deal was lost, the customer stays",
    "prospect": "a prospect was lost, who never bought before",
    NO_LOSS: "nothing was ever lost here",
}
NOT_FACTS = frozenset({"loss", "account", "crm", "record", "today"})
"""The records' raw fields, too many to read aloud, and what stands in the text already."""
WIDEST = 100
_PLAYBOOK = "playbook "  # how its rule begins

Answer = Mapping[str, Any]


def print_explanation(answer: Answer) -> None:
    for line in lines(plain(answer)):
        click.echo(line)


def lines(answer: Answer) -> Iterator[str]:
    owner = f", owner {answer['owner']}" if answer["owner"] else ""
    yield _head(f"{answer['name'] or 'No account'} ({answer['account']} in {answer['crm']}){owner}")
    yield ""
    yield f"Verdict: {VERDICTS[answer['verdict']]}."
    yield from _bullets(answer["because"])
    yield from _today(answer)
    for title, part in (
        ("Losses", _losses(answer)),
        ("Recoveries", _recoveries(answer["recoveries"])),
        ("Tasks that were made", _tasks(answer["tasks"])),
        ("Tasks that were not made", _not_made(answer)),
        (_rules_head(answer), _rules(answer)),
        ("Our fields", _fields(answer["fields"])),
        ("Parked", (line for row in answer["parked"] for line in _parked(row))),
    ):
        told = list(part)
        if told:
            yield ""
            yield _head(title)
            yield from told
    if answer["told_of"] is not None:
        yield ""
        yield from _wrapped(
            f"This is what was known on {day(answer['told_of'])}. What was not made, our fields and"
            " parked changes are known of today alone: leave out --as-of to see them.",
            indent="",
        )


def _today(answer: Answer) -> Iterator[str]:
    now = answer["today"]
    if now is None:
        yield ""
        yield "How they stand today is not told: there is no rule file. Name it with --config."
        return
    if answer["verdict"] != NO_LOSS:
        yield ""
        yield f"By their record of buying on {day(now['on'])}:"
        yield from _bullets(now["because"])
    if now["lost_on"] is not None:
        yield from _wrapped(
            f"If nothing happens they count as lost on {day(now['lost_on'])}.", indent=""
        )


def _losses(answer: Answer) -> Iterator[str]:
    for loss in answer["losses"]:
        name = f' "{loss["record_name"]}"' if loss["record_name"] else ""
        again = f", loss number {loss['ordinal']} of this record" if loss["ordinal"] > 1 else ""
        yield from _wrapped(
            f"{loss['record_type']} {loss['record']}{name}: lost on {day(loss['lost_on'])}, known"
            f" on {day(loss['known_on'])}{again}; {VERDICTS[loss['verdict']]}"
        )
        if len(answer["losses"]) > 1:
            yield from _wrapped("; ".join(loss["because"]), "    ")
        yield from _wrapped(_reason(loss), "    ")
        if len(loss["history"]) > 1:
            yield from _history(loss["history"])
        if loss["merged_into"]:
            yield from _wrapped("told of the same departure as the loss before it", "    ")
        if loss["repeat_of"]:
            yield from _wrapped("they had left before, and this is leaving again", "    ")
        if loss["undone_on"]:
            yield from _wrapped(f"not lost any more since {day(loss['undone_on'])}", "    ")
        yield from _wrapped(
            f'found by "{loss["watch"]}", decided by revision {loss["revision"]} of the rules',
            "    ",
        )


def _history(rows: Sequence[Answer]) -> Iterator[str]:
    for row in rows:
        rung = f", {row['provenance']}" if row["provenance"] else ""
        yield from _wrapped(
            f"{day(row['noted_on'])}: {row['category']}{rung}, by {row['by']}", "      "
        )


def _reason(loss: Answer) -> str:
    parts = [f"reason {loss['category']}"]
    parts += [f"{loss['provenance']}"] if loss["provenance"] else []
    parts += [f"fault {loss['fault']}"] if loss["fault"] else []
    parts += [f"competitor {loss['competitor']}"] if loss["competitor"] else []
    because = f": {loss['reason_because']}" if loss["reason_because"] else ""
    return ", ".join(parts) + because


def _recoveries(recoveries: Sequence[Answer]) -> Iterator[str]:
    for one in recoveries:
        plan = f'playbook "{one["playbook"]}"' if one["playbook"] else "no playbook"
        end = f"ended on {day(one['ended_on'])}: {one['end']}" if one["ended_on"] else "open"
        yield from _wrapped(f"{one['id']}: opened on {day(one['opened_on'])}, {plan}, {end}")
        for benchmark in one["benchmarks"]:
            yield from _wrapped(_benchmark(benchmark), "    ")
        for change in one["changes"]:
            yield from _wrapped(_change(change), "    ")
            for benchmark in change["benchmarks"]:
                yield from _wrapped(_benchmark(benchmark), "      ")


def _change(one: Answer) -> str:
    when = f"{'later, ' if one['later'] else ''}on {day(one['on'])}"
    before, after, because = one["before"], one["after"], one["because"]
    if after is None:
        return f'{when}, "{before}" was left and no playbook took over ({because})'
    instead = f'from "{before}"' if before else "where there was no plan"
    return f'{when}, "{after}" took over {instead} ({because})'


def _benchmark(one: Answer) -> str:
    met = f"met on {day(one['met_on'])}" if one["met_on"] else "not met"
    slipped = f", slipped: it was due by {day(one['by'])}" if one["slipped"] else ""
    due = "" if one["met_on"] or one["slipped"] else f" yet, due by {day(one['by'])}"
    return f"{one['what']}: {met}{due}{slipped}"


def _tasks(tasks: Sequence[Answer]) -> Iterator[str]:
    """Tasks that were decided together read the same facts: told once."""
    told: Answer | None = None
    for task in tasks:
        yield from _wrapped(
            f'"{task["subject"]}" for {task["owner"]}, due on {day(task["due_on"])}'
        )
        yield from _wrapped(f"{task['state']}: {task['state_because']}", "    ")
        yield from _wrapped(f"why: {task['because']}", "    ")
        read = "as above" if task["facts"] == told else _facts(task["facts"])
        yield from _wrapped(f"facts read: {read}", "    ")
        told = task["facts"]
        if task["score_parts"]:
            yield from _wrapped(
                f"score {_said(task['score'])}: {'; '.join(task['score_parts'])}", "    "
            )
        if task["would_change"]:
            would = "; ".join(task["would_change"])
            yield from _wrapped(f"it closes by itself after: {would}", "    ")
        yield from _wrapped(
            f"rule {task['rule']}, key {task['key']}, decided by revision {task['revision']}"
            " of the rules",
            "    ",
        )


def _facts(facts: Answer) -> str:
    known = (
        f"{name.replace('_', ' ')} {_said(value)}"
        for name, value in facts.items()
        if value not in (None, "") and name not in NOT_FACTS
    )
    return ", ".join(known)


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal | float):
        return f"{value:,.2f}".removesuffix(".00")
    return day(value) if isinstance(value, date) else str(value)


def _not_made(answer: Answer) -> Iterator[str]:
    for row in answer["not_made"]:
        yield from _wrapped(f"{row['rule']}: {row['because']}")
    if not answer["decided"]:
        yield from _wrapped("nothing was decided yet: the next run does")
    elif not answer["losses"]:
        yield from _wrapped("nothing was lost, so nothing is to be won back")


def _rules_head(answer: Answer) -> str:
    trace = answer["trace"]
    if trace is None:
        return ""
    revision = f", by revision {trace['revision']}" if trace["revision"] else ""
    return f"Each rule on {day(trace['on'])}{revision}"


def _rules(answer: Answer) -> Iterator[str]:
    """True ones, false ones and why; what would have turned a false one, where one thing alone
    would."""
    trace = answer["trace"]
    for rule in trace["rules"] if trace else ():
        yield from _wrapped(f"{rule['rule']}: {rule['judged']}; {rule['because']}")
        if rule["would_change"] and rule["judged"] in {"false", "missing"}:
            would = " or ".join(rule["would_change"])
            yield from _wrapped(f"it would hold with {would}", "    ")
    yield from _kept_plans(answer)


def _kept_plans(answer: Answer) -> Iterator[str]:
    """A recovery goes on with the playbook that it began with, whatever would be taken today."""
    rules = answer["trace"]["rules"] if answer["trace"] else ()
    held = [r["rule"] for r in rules if r["judged"] == "true" and r["rule"].startswith(_PLAYBOOK)]
    for one in answer["recoveries"]:
        plan = one["playbook"]
        if held and not one["ended_on"] and plan != held[0].removeprefix(_PLAYBOOK):
            yield from _wrapped(
                f'{one["id"]} keeps "{plan or "none"}", the playbook'
                f" {'that took over' if one['changes'] else 'with which it began'};"
                " a publish with --replan gives it today's"
            )


def _fields(fields: Sequence[Answer]) -> Iterator[str]:
    for row in fields:
        where = f"{row['record_type']} {row['record']}, {row['field']}"
        if row["locked"]:
            yield from _wrapped(f"{where}: locked by the CRM's own rules; the account carries it")
        elif row["theirs"]:
            ours = f"; we had written {row['written']}" if row["written"] else ""
            yield from _wrapped(
                f"{where}: {row['now'] or 'empty'}, by a person, and theirs for ever{ours}"
            )
        else:
            yield from _wrapped(f"{where}: {row['written'] or 'empty'}, written by us")


def _parked(row: Answer) -> Iterator[str]:
    yield from _wrapped(f"{row['id'] or '-'}  {row['key']}: {row['sentence']}")


def _bullets(words: Sequence[str]) -> Iterator[str]:
    for word in words:
        yield from _wrapped(f"- {word}")


def _wrapped(text: str, indent: str = "  ") -> Iterator[str]:
    width = min(shutil.get_terminal_size((WIDEST, 24)).columns, WIDEST)
    yield from textwrap.wrap(
        text, width, initial_indent=indent, subsequent_indent=indent + "  ", break_long_words=False
    )


def _head(text: str) -> str:
    return click.style(text, bold=True)
