"""Records that a CRM hides are remembered, to be asked for more seldom"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from integration.store.types import Instant

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column(
        "records", sa.Column("hidden_looks", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column("records", sa.Column("look_again_at", Instant()))
