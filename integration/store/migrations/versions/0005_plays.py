"""The history of reasons; interviews, benchmarks and scores of recoveries"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from integration.store.types import Json

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "loss_reasons",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("loss_id", sa.Text(), nullable=False),
        sa.Column("noted_on", sa.Date(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("provenance", sa.Text(), nullable=True),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("changeable", sa.Text(), nullable=True),
        sa.Column("competitor", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["loss_id"], ["losses.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("loss_reasons_loss", "loss_reasons", ["loss_id"], unique=False)
    op.add_column("recoveries", sa.Column("interview_before", Json, nullable=True))
    op.add_column("recoveries", sa.Column("benchmarks", Json, nullable=True))
    op.add_column(
        "recoveries",
        sa.Column("slipped", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column("tasks", sa.Column("score_parts", Json, nullable=True))
