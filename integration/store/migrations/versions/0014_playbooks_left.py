"""The playbooks that a recovery left, and what a person did to an open task"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from integration.store.types import Json

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("recoveries", sa.Column("playbooks_left", Json))
    op.add_column("tasks", sa.Column("status", sa.Text()))
    op.add_column("tasks", sa.Column("touched", sa.Text()))
