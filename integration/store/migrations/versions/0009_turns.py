"""Whose turn it is at a CRM, among the workers on one store"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "turns",
        sa.Column("crm", sa.Text(), primary_key=True, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
    )
