"""Names in a rule file: fields, record types, ids, keys of tasks, e-mail addresses."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from rules.schema_fields import one_or_more, refused, text, texts

EMAIL = re.compile(r"[^@\s<>,;\"']+@[^@\s<>,;\"']+\.[^@\s<>,;\"'.]{2,}")
FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)*")
RECORD_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")


def matching(pattern: re.Pattern[str], what: str, example: str) -> Callable[[Any], str]:
    def parse(value: object) -> str:
        if not pattern.fullmatch(text(value)):
            raise refused(f'"{value}" is no {what}', f'write "{example}"')
        return str(value)

    return parse


def email(value: object) -> str:
    if not EMAIL.fullmatch(text(value)):
        raise refused(f'"{value}" is no e-mail address', 'write "ann@acme.example"')
    return str(value)


def emails(value: object) -> tuple[str, ...]:
    texts(value)
    return one_or_more(value, email)


field_name = matching(FIELD_NAME, "API name of a field", "Loss_Reason__c")
record_type = matching(RECORD_TYPE, "API name of a type of record", "Cancellation__c")
identifier = matching(IDENTIFIER, "id (small letters, digits and _)", "product_fit")
LONGEST_TASK_KEY = 40
"""The key of a task in the CRM is `recovery:task:occurrence` and has 64 characters at most."""


def task_key(value: object) -> str:
    if len(identifier(value)) > LONGEST_TASK_KEY:
        raise refused(
            f'"{value}" is longer than {LONGEST_TASK_KEY} characters', "choose a shorter one"
        )
    return str(value)
