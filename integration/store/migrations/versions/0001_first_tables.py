"""First tables"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from integration.store.types import Instant, Json

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "crms",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("health", sa.Text(), server_default="unknown", nullable=False),
        sa.Column("sentence", sa.Text(), server_default="", nullable=False),
        sa.Column("paused", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("blocked_until", Instant(), nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("first_contact_on", sa.Date(), nullable=True),
        sa.Column("history_read_at", Instant(), nullable=True),
        sa.Column("polled_at", Instant(), nullable=True),
        sa.Column("storm_since", Instant(), nullable=True),
        sa.Column("staged_losses", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "cursors",
        sa.Column("crm", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("position", Json, nullable=False),
        sa.Column("moved_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("crm", "stream"),
    )
    op.create_table(
        "customers",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("crm", sa.Text(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=True),
        sa.Column("look_again_on", sa.Date(), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("not_made", Json, nullable=True),
        sa.Column("unassigned", Json, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("customers_changed", "customers", ["crm", "changed_at"], unique=False)
    op.create_index("customers_look_again", "customers", ["crm", "look_again_on"], unique=False)

    op.create_table(
        "field_values",
        sa.Column("crm", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("written", sa.Text(), nullable=True),
        sa.Column("theirs", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("locked", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("crm", "type", "record_id", "field"),
    )
    op.create_table(
        "revisions",
        sa.Column("number", ID, autoincrement=True, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("published_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("digest"),
    )
    op.create_table(
        "signals",
        sa.Column("crm", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("snapshot", Json, nullable=True),
        sa.Column("gone", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("generation", sa.Integer(), server_default="1", nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("crm", "type", "record_id"),
    )
    op.create_index("signals_oldest", "signals", ["crm", "received_at", "type"], unique=False)
    op.create_table(
        "aliases",
        sa.Column("crm", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
        ),
        sa.PrimaryKeyConstraint("crm", "type", "record_id"),
    )
    op.create_index("aliases_customer", "aliases", ["customer_id"], unique=False)

    op.create_table(
        "losses",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("crm", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("watch", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("because", Json, nullable=False),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.Column("lost_on", sa.Date(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("provenance", sa.Text(), nullable=True),
        sa.Column("reason", Json, nullable=False),
        sa.Column("value", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("merged_into", sa.Text(), nullable=True),
        sa.Column("repeat_of", sa.Text(), nullable=True),
        sa.Column("recovery_id", sa.Text(), nullable=True),
        sa.Column("undone_on", sa.Date(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("found_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("crm", "type", "record_id", "ordinal", name="one_loss_per_flip"),
    )
    op.create_index("losses_customer", "losses", ["customer_id"], unique=False)

    op.create_table(
        "pushes",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("crm", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("task_key", sa.Text(), nullable=True),
        sa.Column("payload", Json, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("held_by", sa.Text(), nullable=True),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("fence", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("sentence", sa.Text(), nullable=True),
        sa.Column("score", sa.Numeric(precision=20, scale=4), server_default="0", nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "one_create_per_task",
        "pushes",
        ["task_key"],
        unique=True,
        sqlite_where=sa.text("kind = 'task_create'"),
        postgresql_where=sa.text("kind = 'task_create'"),
    )
    op.create_index("pushes_due", "pushes", ["crm", "state", "kind", "due_at"], unique=False)
    op.create_index("pushes_stream", "pushes", ["stream", "state"], unique=False)
    op.create_index("pushes_task", "pushes", ["task_key"], unique=False)
    op.create_index("pushes_customer", "pushes", ["customer_id"], unique=False)

    op.create_table(
        "records",
        sa.Column("crm", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("customer_id", ID, nullable=True),
        sa.Column("snapshot", Json, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("modified_at", Instant(), nullable=True),
        sa.Column("read_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
        ),
        sa.PrimaryKeyConstraint("crm", "type", "record_id"),
    )
    op.create_index("records_customer", "records", ["customer_id"], unique=False)
    op.create_index("records_kind", "records", ["crm", "kind"], unique=False)

    op.create_table(
        "recoveries",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("crm", sa.Text(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("playbook", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("end", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "one_open_recovery_per_customer",
        "recoveries",
        ["customer_id"],
        unique=True,
        sqlite_where=sa.text("ended_on IS NULL"),
        postgresql_where=sa.text("ended_on IS NULL"),
    )
    op.create_index("recoveries_customer", "recoveries", ["customer_id"], unique=False)

    op.create_table(
        "tasks",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("recovery_id", sa.Text(), nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("crm", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("crm_id", sa.Text(), nullable=True),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Text(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("released_on", sa.Date(), nullable=True),
        sa.Column("due_unit", sa.Text(), nullable=False),
        sa.Column("due_count", sa.Integer(), nullable=False),
        sa.Column("draft", Json, nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.Column("would_change", Json, nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("score", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("close_because", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
        ),
        sa.ForeignKeyConstraint(
            ["recovery_id"],
            ["recoveries.id"],
        ),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("tasks_crm_id", "tasks", ["crm", "crm_id"], unique=False)
    op.create_index("tasks_customer", "tasks", ["customer_id"], unique=False)
    op.create_index("tasks_owner", "tasks", ["crm", "owner_id", "released_on"], unique=False)
    op.create_index("tasks_recovery", "tasks", ["recovery_id"], unique=False)
