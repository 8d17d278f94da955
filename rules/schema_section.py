"""What every section of a rule file has in common: keys that are known, required or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validates_schema

from rules.fault import Problem
from rules.schema_fields import Parsed
from rules.suggest import did_you_mean

IS_MISSING = "is missing"
UNKNOWN_KEY = "unknown key"
_MISSING = {"required": IS_MISSING, "null": "is empty"}


class Section(Schema):
    """A table of the file. Keys are loaded under the names of the dataclass they will be."""

    class Meta:
        unknown = EXCLUDE  # refused below, with a suggestion

    error_messages = {"type": "must be a table"}  # noqa: RUF012 - as marshmallow declares it
    misplaced: ClassVar[Mapping[str, str]] = {}
    """Keys that stand elsewhere, with what would be right."""

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _known_keys(self, loaded: Any, original: Any, **_: Any) -> None:  # noqa: ARG002
        if not isinstance(original, Mapping):
            return
        known = self.keys()
        unknown = {
            key: [Problem(UNKNOWN_KEY, self.misplaced.get(key, did_you_mean(key, known)))]
            for key in map(str, original)
            if key not in known
        }
        if unknown:
            raise ValidationError(unknown)

    @classmethod
    def keys(cls) -> tuple[str, ...]:
        """The keys as an admin writes them."""
        return tuple(
            field.data_key or name
            for name, field in cls._declared_fields.items()
            if not name.startswith("_")
        )


def required(parse: Any, **options: Any) -> Parsed[Any]:
    return Parsed(parse, required=True, error_messages=_MISSING, **options)


def optional(parse: Any, **options: Any) -> Parsed[Any]:
    return Parsed(parse, error_messages=_MISSING, **options)


def many(section: type[Section], name: str, **options: Any) -> fields.List[Any]:
    """`[[name]]`, any number of times."""
    return fields.List(
        fields.Nested(section),
        error_messages={"invalid": f"stands in double brackets: [[{name}]]"},
        **options,
    )
