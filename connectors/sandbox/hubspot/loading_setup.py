"""The set-up part of a portal's folder: owners, pipelines and the names of custom objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from connectors.sandbox import csvdata
from connectors.sandbox.hubspot.owners import PortalOwner
from connectors.sandbox.hubspot.pipelines import Stage
from connectors.sandbox.hubspot.portal import Portal


def load_owners(portal: Portal, path: Path | None) -> None:
    """`id, email, firstName, lastName, userId, type, archived, teams`; raises ValueError."""
    for where, row in _rows(path):
        owner_id = row.get("id") or row.get("hs_object_id") or row.get("owner_id") or ""
        if not owner_id.isdigit():
            raise ValueError(f"{where}: an owner needs an id, and ids are numbers")
        portal.add_owner(
            PortalOwner(
                owner_id,
                row.get("email", ""),
                row.get("firstname") or row.get("first_name") or "",
                row.get("lastname") or row.get("last_name") or "",
                # A user's id is never the owner's, so that mixing them up shows.
                int(row.get("userid") or int(owner_id) + 500_000),
                (row.get("type") or "PERSON").upper(),
                row.get("archived", "").lower() == "true",
                tuple(team for team in row.get("teams", "").split(";") if team),
            )
        )


def load_pipelines(
    portal: Portal, path: Path | None, schema: Mapping[str, Mapping[str, Any]]
) -> None:
    """From `pipelines.csv`, or `pipelines` of `_schema.json`: {id: {label, stages: [{id, label,
    probability, isClosed}]}}. Raises ValueError."""
    for pipeline_id, told in schema.items():
        stages = [
            _stage(csvdata.SCHEMA_FILE, {name.lower(): str(v) for name, v in stage.items()})
            for stage in told.get("stages", ())
        ]
        portal.pipelines.define(pipeline_id, str(told.get("label", pipeline_id)), stages)
    labels: dict[str, str] = {}
    found: dict[str, list[Stage]] = {}
    for where, row in _rows(path):
        pipeline_id = row.get("pipeline_id") or row.get("pipeline") or "default"
        labels.setdefault(pipeline_id, row.get("pipeline_label") or pipeline_id)
        named = {"id": row.get("stage_id", ""), "label": row.get("stage_label", "")}
        found.setdefault(pipeline_id, []).append(_stage(where, {**row, **named}))
    for pipeline_id, stages in found.items():
        portal.pipelines.define(pipeline_id, labels[pipeline_id], stages)


def _stage(where: str, row: Mapping[str, str]) -> Stage:
    stage_id = row.get("id", "")
    probability = row.get("probability") or "0.5"
    if not stage_id:
        raise ValueError(f"{where}: a stage needs an id")
    try:
        ends = float(probability) in (0, 1)
    except ValueError as error:
        raise ValueError(f"{where}: {probability} is no probability") from error
    closed = row.get("is_closed") or row.get("isclosed") or str(ends)
    return Stage(stage_id, row.get("label") or stage_id, probability, closed.lower() == "true")


def singulars(name: str, schema: Mapping[str, Mapping[str, Any]]) -> str | None:
    """`_schema.json` may say {"objects": {"indices": {"singular": "index"}}}."""
    singular = schema.get("objects", {}).get(name, {}).get("singular")
    return None if singular is None else str(singular)


def _rows(path: Path | None) -> Iterator[tuple[str, dict[str, str]]]:
    """Where a line is, and its values by lower-case header."""
    if path is None:
        return
    lines = csvdata.rows(path)
    header = [name.lower() for name in next(lines, [])]
    for number, row in enumerate(lines, 2):
        yield f"{path.name}:{number}", dict(zip(header, (v.strip() for v in row), strict=True))
