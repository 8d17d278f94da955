"""The reference of every key at the end of rules/README.md, made from the schemas that refuse wrong
keys and values, with an example of each section from config.example.toml.

`python -m integration.reference` writes it; a test holds that it is as it would be written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from marshmallow import ValidationError, fields

from integration.crm_settings import CrmSection
from rules.fault import Problem
from rules.schema import SECTIONS
from rules.schema_section import Section

ROOT = Path(__file__).parents[1]
README = ROOT / "rules" / "README.md"
EXAMPLE = ROOT / "config.example.toml"
BEGIN = "<!-- made from the schemas by `make reference`: what is below is written anew -->"
ALL_SECTIONS: Mapping[str, type[Section]] = {"crm.NAME": CrmSection, **SECTIONS}
ONCE = frozenset({"company", "lost_customer", "limits", "pilot", "crm.NAME"})

_NONSENSE = "\x7f?"
_PLAIN = {
    "must be text": "a text",
    "must be a list of texts": 'a list of texts: `["a", "b"]`',
    "must be a condition": "a condition",
    "must be a whole number": "a whole number",
    "must be true or false": "true or false",
    "must be a number from 0 up": "a number from 0 up",
}
_BY_MESSAGE = {
    "a secret does not belong": 'the name of a variable: `"env:NAME"`',
    "no API name of a field": "the CRM's own name of a field",
    "no API name of a type of record": "the CRM's own type of record",
    "no currency": 'three letters: `"EUR"`',
    "no length of time": 'a length of time: `"30 days"`',
    "nobody is meant by": "`owner`, `manager` and the others above",
}


def reference(example: str) -> str:
    """The whole part, as Markdown. `example` is the text of config.example.toml."""
    parts = [BEGIN, "", "## Every key, with an example", ""]
    for name, section in ALL_SECTIONS.items():
        parts += _section(name, section, example)
    return "\n".join(parts)


def with_reference(readme: str, example: str) -> str:
    """The page with its last part made anew."""
    return readme.partition(BEGIN)[0].rstrip() + "\n\n" + reference(example)


def _section(name: str, section: type[Section], example: str) -> Iterator[str]:
    block = _example(name, example)
    once = name in ONCE or (block.startswith(f"[{name}]") and not block.startswith("[["))
    yield f"### {f'[{name}]' if once else f'[[{name}]]'}"
    yield ""
    yield "| key | needed | takes |"
    yield "|---|---|---|"
    for attribute, field in section._declared_fields.items():  # noqa: SLF001 - marshmallow's own name for them
        if not attribute.startswith("_"):
            needed = "yes" if field.required else ""
            yield f"| `{field.data_key or attribute}` | {needed} | {_takes(field)} |"
    if block:
        yield from ("", "```toml", block, "```")
    yield ""


def _takes(field: fields.Field[object]) -> str:
    """What is right, in the words in which a wrong value is refused."""
    if isinstance(field, fields.List):
        return "tables of their own, see below"
    for probe in (_NONSENSE, object()):
        try:
            field.deserialize(probe)
        except ValidationError as refused:
            return _right(refused)
    return "anything"


def _right(refused: ValidationError) -> str:
    problem = refused.messages[0] if isinstance(refused.messages, list) else ""
    message = str(problem)
    if message in _PLAIN:
        return _PLAIN[message]
    suggestion = problem.suggestion if isinstance(problem, Problem) else ""
    if not suggestion:
        return "one of the words above"
    if suggestion.startswith("one of"):
        return suggestion.removeprefix("one of ").replace('"', "`")
    for part, words in _BY_MESSAGE.items():
        if part in message:
            return words
    if suggestion.startswith("write "):
        return f"such as `{suggestion.removeprefix('write ')}`".replace(" or ", "` or `", 1)
    return suggestion


def _example(name: str, example: str) -> str:
    """The first table of a section in the example, without the comments beside its keys."""
    head = name.replace(".NAME", r"\.\w+").replace("playbook.task", r"playbook\.task")
    found = re.search(
        rf"^(?:# )?\[\[?{head}\]\]?.*?(?=^\s*$|\Z)", example, re.MULTILINE | re.DOTALL
    )
    if found is None:
        return ""
    lines = found[0].splitlines()
    if lines[0].startswith("# "):  # the whole section is there to be taken in
        lines = [line.removeprefix("# ") for line in lines]
    kept = (re.sub(r"\s+#\s.*$", "", line) for line in lines if not line.startswith("#"))
    return "\n".join(line for line in kept if line.strip())


def main() -> None:
    """Write it."""
    example = EXAMPLE.read_text(encoding="utf-8")
    page = with_reference(README.read_text(encoding="utf-8"), example)
    README.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
