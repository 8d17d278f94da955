"""The last delivery of each push channel"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from integration.store.types import Instant

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "deliveries",
        sa.Column("crm", sa.Text(), primary_key=True, nullable=False),
        sa.Column("channel", sa.Text(), primary_key=True, nullable=False),
        sa.Column("accepted_at", Instant()),
        sa.Column("refused_at", Instant()),
        sa.Column("refused_because", sa.Text()),
    )
