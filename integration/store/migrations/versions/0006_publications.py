"""What was put in force when, by whom and why"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from integration.store.types import Instant

revision = "0006"
down_revision = "0005"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "publications",
        sa.Column("id", ID, primary_key=True, autoincrement=True, nullable=False),
        sa.Column("revision", ID, sa.ForeignKey("revisions.number"), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("plans", sa.Text(), nullable=False),
    )
    op.execute(
        "INSERT INTO publications (revision, at, how, by, why, plans)"
        " SELECT number, published_at, 'ran', '', '', 'keep' FROM revisions"
        " ORDER BY published_at, number"
    )
