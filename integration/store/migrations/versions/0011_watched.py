"""What people who watch ask for: the clock's last tick, faults of ours, switches, deliveries"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from integration.store.types import Instant, Json

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "ticks",
        sa.Column("source", sa.Text(), primary_key=True, nullable=False),
        sa.Column("at", Instant(), nullable=False),
    )
    op.add_column("crms", sa.Column("faults", sa.Integer(), server_default="0", nullable=False))
    op.add_column(
        "crms", sa.Column("dry_run", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("crms", sa.Column("pilot", Json))
    op.add_column("signals", sa.Column("delivery", sa.Text()))
