"""The day on which our open tasks were last asked for by id"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("crms", sa.Column("tasks_looked_on", sa.Date()))
