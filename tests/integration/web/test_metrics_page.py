"""What is written for those who watch: every series, alert, panel and part of the runbook is about
something that there is, and nothing is left out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from integration.store.parking import Parked
from integration.web.metrics import PREFIX, SERIES

DOCS = Path(__file__).parents[3] / "docs"
LABELS = {PREFIX + series.name: set(series.labels) for series in SERIES} | {"up": {"job"}}


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def rows() -> dict[str, list[str]]:
    """The cells of the table of series, by name."""
    lines = [line for line in page("metrics.md").splitlines() if line.startswith(f"| `{PREFIX}")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {found[0].strip("`"): found for found in cells}


def alerts() -> list[dict[str, Any]]:
    found = yaml.safe_load(page("alerts.yml"))
    return [rule for group in found["groups"] for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    board = json.loads(page("grafana-board.json"))
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in alerts())
    for panel in panels():
        yield from (target["expr"] for target in panel["targets"])


def parts(heading: str) -> dict[str, str]:
    """The runbook's parts of one chapter, by their headings."""
    chapter = page("runbook.md").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return dict(re.findall(r"### (\S+)\n\n(.+?)(?=\n\n###|\Z)", chapter.strip(), re.DOTALL))


def test_the_table_lists_every_series_with_its_labels() -> None:
    listed = {name: set(re.findall(r"`(\w+)`", cells[1])) for name, cells in rows().items()}
    assert listed == {name: labels for name, labels in LABELS.items() if name != "up"}


def test_a_series_is_explained_once_and_the_same() -> None:
    for series in SERIES:
        told = rows()[PREFIX + series.name][2].replace("`", "").casefold()
        first_words = re.split(r"[;(.:]", series.explained)[0].strip().casefold()
        assert told.startswith(first_words), series.name


def test_the_table_names_the_alerts_and_only_those() -> None:
    named = {alert for cells in rows().values() for alert in re.findall(r"`(\w+)`", cells[3])}
    assert named == {rule["alert"] for rule in alerts()} - {"WinbackDown"}


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_an_expression_names_only_what_there_is(expression: str) -> None:
    names = re.findall(rf"\b(?:{PREFIX}\w+|up)\b", expression)
    assert names
    assert set(names) <= LABELS.keys()
    of_all = set.union(*(LABELS[name] for name in names))
    for labels in re.findall(r"(?:by|on) \(([^)]*)\)", expression):
        assert {label.strip() for label in labels.split(",")} <= of_all
    for name, matched in re.findall(r"(\w+)\{([^}]*)\}", expression):
        assert set(re.findall(r"(\w+)=", matched)) <= LABELS[name]
    assert expression.count("(") == expression.count(")")


def test_every_series_is_on_the_board() -> None:
    shown = " ".join(target["expr"] for panel in panels() for target in panel["targets"])
    assert {name for name in LABELS if not re.search(rf"\b{name}\b", shown)} == {"up"}


def test_the_board_asks_where_its_data_is() -> None:
    board = json.loads(page("grafana-board.json"))
    asked = {variable["name"]: variable["type"] for variable in board["templating"]["list"]}
    assert asked == {"source": "datasource", "crm": "query"}
    for panel in panels():
        sources = [panel["datasource"], *(one["datasource"] for one in panel["targets"])]
        assert {source["uid"] for source in sources} == {"${source}"}
    ids = [panel["id"] for panel in board["panels"]]
    assert len(set(ids)) == len(ids)


def test_no_panel_lies_on_another() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in json.loads(page("grafana-board.json"))["panels"]:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells


def test_the_runbook_has_each_alert_and_each_alert_names_its_part() -> None:
    found = parts("Alerts")
    assert list(found) == list(dict.fromkeys(found))
    assert found.keys() == {rule["alert"] for rule in alerts()}
    for rule in alerts():
        assert rule["annotations"]["runbook"] == f"docs/runbook.md#{rule['alert'].lower()}"


def test_the_runbook_has_each_reason_for_parking() -> None:
    assert parts("Parked reasons").keys() == {reason.value for reason in Parked}


@pytest.mark.parametrize("heading", ["Alerts", "Parked reasons"])
def test_each_part_says_what_to_do_and_how_to_see_that_it_is_mended(heading: str) -> None:
    for name, text in parts(heading).items():
        assert "**Do:**" in text, name
        assert "**Mended when**" in text, name
