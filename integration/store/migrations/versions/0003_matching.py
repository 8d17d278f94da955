"""By what an account is known in another CRM"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("records", sa.Column("shared_id", sa.Text(), nullable=True))
    op.add_column("records", sa.Column("domain", sa.Text(), nullable=True))
    op.create_index("records_shared_id", "records", ["crm", "shared_id"], unique=False)
    op.create_index("records_domain", "records", ["crm", "domain"], unique=False)
