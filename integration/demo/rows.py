"""Rows as a sandbox loads them, and the folder of CSV files that holds them."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

Cell = str | int | bool | Decimal | date | datetime | None
Row = dict[str, Cell]
Rows = dict[str, list[Row]]
"""Object name (`Account`, `companies`) -> its rows under the CRM's own property names."""


def at_work(on: date, number: int) -> datetime:
    """An instant of that day between eight and four, spread by the record's number."""
    return datetime.combine(on, time(8), UTC) + timedelta(minutes=number * 7 % 480)


Schema = Mapping[str, Mapping[str, Mapping[str, object]]]
"""What a column holds where its looks do not tell: object -> column -> `{"type": ...}`."""


def write_folder(
    rows: Mapping[str, Sequence[Row]], path: Path, schema: Schema | None = None
) -> None:
    """One CSV file per object, UTF-8, for `winback sandbox --data`; None is an empty cell.

    Both CRMs may share a folder: Salesforce's objects begin with a capital, HubSpot's do not.
    """
    path.mkdir(parents=True, exist_ok=True)
    if schema:
        (path / "_schema.json").write_text(json.dumps(schema, indent=1), encoding="utf-8")
    for name, records in rows.items():
        columns = dict.fromkeys(column for record in records for column in record)
        with (path / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows(
                [_text(record.get(column)) for column in columns] for record in records
            )


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return cell.isoformat() if isinstance(cell, date) else str(cell)
