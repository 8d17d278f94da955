"""Indices with which a round takes no longer where a million losses are stored"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

INSTEAD = {
    ("aliases_customer", "aliases"): ["customer_id", "crm", "type"],
    ("tasks_owner", "tasks"): ["crm", "owner_id", "state"],
    ("pushes_due", "pushes"): ["crm", "state", "kind", "due_at", "held_by"],
    ("pushes_stream", "pushes"): ["stream", "crm", "state"],
}


def upgrade() -> None:
    for (name, table), columns in INSTEAD.items():
        op.drop_index(name, table_name=table)
        op.create_index(name, table, columns, unique=False)
    op.create_index("tasks_released", "tasks", ["crm", "released_on", "owner_id"], unique=False)
    op.create_index(
        "customers_unassigned",
        "customers",
        ["crm"],
        unique=False,
        sqlite_where=sa.text("unassigned IS NOT NULL"),
        postgresql_where=sa.text("unassigned IS NOT NULL"),
    )
    op.create_index(
        "pushes_staged",
        "pushes",
        ["customer_id"],
        unique=False,
        sqlite_where=sa.text("state = 'staged'"),
        postgresql_where=sa.text("state = 'staged'"),
    )
    op.create_index(
        "field_values_not_ours",
        "field_values",
        ["record_id"],
        unique=False,
        sqlite_where=sa.text("theirs = 1 OR locked = 1"),
        postgresql_where=sa.text("theirs OR locked"),
    )
