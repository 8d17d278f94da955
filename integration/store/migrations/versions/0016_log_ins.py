"""The token of each CRM that all processes share, and whose log-in they wait for"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from integration.store.types import Instant

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "log_ins",
        sa.Column("crm", sa.Text(), primary_key=True, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("mark", sa.Text()),
        sa.Column("token", sa.Text()),
        sa.Column("until", Instant()),
        sa.Column("failed", sa.Text()),
        sa.Column("sentence", sa.Text()),
    )
