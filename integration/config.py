"""The configuration file: read once, every fault named with its file, line and caret."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath
from typing import Any

from integration.crm_settings import (
    NAME,
    SECRETS,
    CrmSection,
    CrmSettings,
    SecretMissing,
    crm_faults,
    settings,
)
from integration.shipped import shipped_reasons
from integration.toml_faults import not_toml
from rules.fault import Fault, Path, RuleFaults
from rules.idle import idle
from rules.load import load_ruleset, section_faults
from rules.order_guard import order_doubts
from rules.positions import Positions
from rules.ruleset import RuleSet
from rules.sound_rest import sound_rest
from rules.template_length import length_doubts
from rules.thousands import dotted_thousands
from rules.unreachable import unreachable
from rules.wording import defensive_texts

__all__ = [
    "Config",
    "ConfigFaults",
    "CrmSettings",
    "LocatedFault",
    "SecretMissing",
    "doubts",
    "parse_config",
    "read_config",
]

LARGEST_FILE = 2_000_000  # characters; a rule file of a thousand playbooks is far below


@dataclass(frozen=True, slots=True)
class Config:
    """`unset` names the environment variables that the file asks for and nobody has set."""

    path: FilePath
    text: str
    ruleset: RuleSet
    crms: Mapping[str, CrmSettings] = field(default_factory=dict)
    unset: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LocatedFault:
    """A fault and its place; `line` and `column` count from 1, `source` is that line."""

    file: str
    line: int
    column: int
    fault: Fault
    source: str = ""

    def __str__(self) -> str:
        """`FILE:LINE: section.key: what is wrong; what would be right`, the line, a caret."""
        sentence = f"{self.file}:{self.line}: {self.fault}"
        if not self.source.strip():
            return sentence
        margin = "".join("\t" if sign == "\t" else " " for sign in self.source[: self.column - 1])
        return f"{sentence}\n    {self.source}\n    {margin}^"

    def as_json(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "path": self.fault.key,
            "message": self.fault.message,
            "suggestion": self.fault.suggestion,
        }


class ConfigFaults(Exception):
    """The file is refused; all faults, in the order of the file, and what is doubted beside."""

    def __init__(self, faults: Sequence[LocatedFault], doubts: Sequence[LocatedFault] = ()) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = tuple(sorted(faults, key=_by_place))
        self.doubts = tuple(doubts)


def read_config(path: str | FilePath, environ: Mapping[str, str]) -> Config:
    """Raises `ConfigFaults`. A variable that is not set is no fault here: see `Config.unset`."""
    return parse_config(_text(FilePath(path)), str(path), environ)


def parse_config(text: str, name: str, environ: Mapping[str, str]) -> Config:
    """The text of a rule file that is called `name` in faults. Raises `ConfigFaults`."""
    config_file = _parsed(text, name)
    crms, faults = _crms(config_file)
    kinds = {name: str(table.get("kind", "")) for name, table in _tables(config_file).items()}
    ruleset: RuleSet | None = None
    try:
        ruleset = load_ruleset(config_file, kinds, shipped_reasons())
    except RuleFaults as refused:
        faults.extend(refused.faults)
    if faults or ruleset is None:
        beside = [*dotted_thousands(config_file, text)]
        beside += _doubts_beside(config_file, faults, kinds)
        raise ConfigFaults(
            _located(faults, text, name), sorted(_located(beside, text, name), key=_by_place)
        )
    names = [variable for crm in crms.values() for _, variable in crm.variables()]
    unset = tuple(dict.fromkeys(name for name in names if not environ.get(name)))
    return Config(FilePath(name), text, ruleset, crms, unset)


def doubts(config: Config) -> list[LocatedFault]:
    """What the file says and hardly anybody means: told, and no reason to refuse it."""
    kinds = {name: crm.kind for name, crm in config.crms.items()}
    written = dotted_thousands(tomllib.loads(config.text), config.text)
    told = [*written, *_doubted(config.ruleset, kinds)]
    return sorted(_located(told, config.text, str(config.path)), key=_by_place)


def _doubted(
    rules: RuleSet, kinds: Mapping[str, str], broken: frozenset[str] = frozenset()
) -> list[Fault]:
    """`broken` are sections of which something had to be left out."""
    texts = [*order_doubts(rules), *defensive_texts(rules), *length_doubts(rules)]
    empty = () if broken & {"playbook", "role"} else idle(rules)
    return [*unreachable(rules, kinds, broken), *empty, *texts]


def _doubts_beside(
    config_file: Mapping[str, Any], faults: Sequence[Fault], kinds: Mapping[str, str]
) -> list[Fault]:
    """What is doubted of the part of a file that has no faults."""
    rest = sound_rest(config_file, faults, kinds, shipped_reasons())
    if rest is None:
        return []
    found = _doubted(rest.rules, kinds, rest.sections)
    return [replace(doubt, path=rest.original(doubt)) for doubt in found]


def _by_place(fault: LocatedFault) -> tuple[int, int]:
    return fault.line, fault.column


def _text(path: FilePath) -> str:
    try:
        text = path.read_text(encoding="utf-8-sig")  # Windows editors begin with a mark
    except OSError as error:
        raise _unreadable(path, f"cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise _unreadable(path, f"is not UTF-8 from byte {error.start} on") from None
    if len(text) > LARGEST_FILE:
        raise _unreadable(path, f"is too large, {len(text):,} characters")
    return text


def _unreadable(path: FilePath, why: str) -> ConfigFaults:
    return ConfigFaults([LocatedFault(str(path), 1, 1, Fault((), why))])


def _parsed(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        told = not_toml(error, text)
        located = LocatedFault(name, told.line, told.column, told.fault, told.source)
        raise ConfigFaults([located]) from None


def _tables(config_file: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    crms = config_file.get("crm", {})
    if not isinstance(crms, Mapping):
        return {}
    return {name: table for name, table in crms.items() if isinstance(table, Mapping)}


def _crms(config_file: Mapping[str, Any]) -> tuple[dict[str, CrmSettings], list[Fault]]:
    faults = list(_shape_faults(config_file))
    found: dict[str, CrmSettings] = {}
    homes: list[Path] = []
    for name, table in _tables(config_file).items():
        path: Path = ("crm", name)
        known = {key: value for key, value in table.items() if key != "password"}
        loaded, inner = section_faults(CrmSection(), known)
        inner.extend(crm_faults(table))
        if not NAME.fullmatch(name):
            faults.append(Fault(path, f'"{name}" is no name', "letters, digits, _ and -"))
        faults.extend(replace(fault, path=(*path, *fault.path)) for fault in inner)
        if not inner:
            found[name] = settings(name, loaded)
        if table.get("home") is True:
            homes.append((*path, "home"))
    faults.extend(
        Fault(path, f"{homes[0][1]} is home already", "one CRM at most is home")
        for path in homes[1:]
    )
    return found, faults


def _shape_faults(config_file: Mapping[str, Any]) -> list[Fault]:
    crms = config_file.get("crm", {})
    if not isinstance(crms, Mapping):
        return [Fault(("crm",), "must be a table with a name", "write [crm.sales]")]
    return [
        Fault(("crm", name), "must stand in a table with a name", "write [crm.sales]")
        for name, table in crms.items()
        if not isinstance(table, Mapping)
    ]


def _names_secret(path: Path) -> bool:
    """Somebody may have written the secret itself there: the line is not repeated."""
    return path[:1] == ("crm",) and any(part in (*SECRETS, "password") for part in path)


def _located(faults: Sequence[Fault], text: str, name: str) -> list[LocatedFault]:
    positions = Positions(text)
    located = []
    for fault in dict.fromkeys(faults):
        spot = positions.spot(fault.path, fault.column, of_key=fault.of_key)
        source = "" if _names_secret(fault.path) else positions.line(spot.line)
        located.append(LocatedFault(name, spot.line, spot.column, fault, source))
    return located
