"""What a store that was restored from a backup does not know"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from integration.store.types import Instant

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "restores",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            primary_key=True,
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("taken_at", Instant(), nullable=False),
        sa.Column("restored_at", Instant(), nullable=False),
    )
    op.add_column("crms", sa.Column("look_first_until", Instant()))
    op.add_column(
        "pushes",
        sa.Column("look_first", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
