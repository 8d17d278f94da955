"""The day on which a task was given to somebody else"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("tasks", sa.Column("handed_on", sa.Date()))
