"""The tables, as they are after the newest migration. Private to `integration.store`.

Uniqueness is the schema's job: one row per record and stream, one loss per flip, one open
recovery per customer, one task per key.
"""

from __future__ import annotations

import sqlalchemy as sa

from integration.store.types import Instant, Json

metadata = sa.MetaData()

TASK_STATES = ("wanted", "waiting", "written", "closed", "deleted", "withdrawn")
"""`waiting` is for a rep's budget of the day; `deleted` was deleted by a person, for good."""

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

crms = sa.Table(
    "crms",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("health", sa.Text, nullable=False, server_default="unknown"),  # or green, yellow, red
    sa.Column("sentence", sa.Text, nullable=False, server_default=""),
    sa.Column("paused", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("blocked_until", Instant),  # throttled or unavailable: no call before
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),  # in a row
    sa.Column("first_contact_on", sa.Date),
    sa.Column("history_read_at", Instant),
    sa.Column("polled_at", Instant),
    sa.Column("storm_since", Instant),  # the brake holds
    sa.Column("staged_losses", sa.Integer, nullable=False, server_default="0"),
    sa.Column("tasks_looked_on", sa.Date),  # our open ones, by id
    sa.Column("look_first_until", Instant),  # after a restore: our tasks of until then may stand
    sa.Column("faults", sa.Integer, nullable=False, server_default="0"),  # of ours, in a row
    # switched on by a command, whatever the rule file says
    sa.Column("dry_run", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("pilot", Json),  # {owners, teams}
)

cursors = sa.Table(
    "cursors",
    metadata,
    sa.Column("crm", sa.Text, primary_key=True),
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("position", Json, nullable=False),
    sa.Column("moved_at", Instant, nullable=False),
    sa.Column("history_read", sa.Integer),  # records, while the history is read
    sa.Column("history_total", sa.Integer),  # that the CRM said there are
)

signals = sa.Table(
    "signals",
    metadata,
    sa.Column("crm", sa.Text, primary_key=True),
    sa.Column("type", sa.Text, primary_key=True),
    sa.Column("record_id", sa.Text, primary_key=True),
    sa.Column("snapshot", Json),  # where the listing gave the whole record
    sa.Column("gone", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("generation", sa.Integer, nullable=False, server_default="1"),
    sa.Column("received_at", Instant, nullable=False),
    sa.Column("delivery", sa.Text),  # the last that named the record, as the log calls it
    sa.Index("signals_oldest", "crm", "received_at", "type"),
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("crm", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),  # webhook, outbound message, Flow callout
    sa.Column("accepted_at", Instant),  # the last that was taken, to within seconds
    sa.Column("refused_at", Instant),
    sa.Column("refused_because", sa.Text),
)

customers = sa.Table(
    "customers",
    metadata,
    sa.Column("id", ID, primary_key=True, autoincrement=True),
    sa.Column("crm", sa.Text, nullable=False),
    sa.Column("changed_at", Instant),  # not null: has to be decided again
    sa.Column("look_again_on", sa.Date),
    sa.Column("decided_at", Instant),
    sa.Column("not_made", Json),
    sa.Column("unassigned", Json),  # tasks that nobody can get, with what to do
    sa.Index("customers_changed", "crm", "changed_at"),
    sa.Index("customers_look_again", "crm", "look_again_on"),
    sa.Index(
        "customers_unassigned",
        "crm",
        sqlite_where=sa.text("unassigned IS NOT NULL"),
        postgresql_where=sa.text("unassigned IS NOT NULL"),
    ),
)

aliases = sa.Table(
    "aliases",
    metadata,
    sa.Column("crm", sa.Text, primary_key=True),
    sa.Column("type", sa.Text, primary_key=True),
    sa.Column("record_id", sa.Text, primary_key=True),
    sa.Column("customer_id", ID, sa.ForeignKey("customers.id"), nullable=False),
    sa.Index("aliases_customer", "customer_id", "crm", "type"),
)

records = sa.Table(
    "records",
    metadata,
    sa.Column("crm", sa.Text, primary_key=True),
    sa.Column("type", sa.Text, primary_key=True),
    sa.Column("record_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("customer_id", ID, sa.ForeignKey("customers.id")),
    sa.Column("snapshot", Json, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("modified_at", Instant),
    sa.Column("read_at", Instant, nullable=False),
    sa.Column("shared_id", sa.Text),  # of an account: its id in another CRM
    sa.Column("domain", sa.Text),  # of an account: its own web domain
    sa.Column("hidden_looks", sa.Integer, nullable=False, server_default="0"),  # in a row
    sa.Column("look_again_at", Instant),  # whether it is hidden yet
    sa.Index("records_shared_id", "crm", "shared_id"),
    sa.Index("records_domain", "crm", "domain"),
    sa.Index("records_customer", "customer_id"),
    sa.Index("records_kind", "crm", "kind"),
)

losses = sa.Table(
    "losses",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("customer_id", ID, sa.ForeignKey("customers.id"), nullable=False),
    sa.Column("crm", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("record_id", sa.Text, nullable=False),
    sa.Column("ordinal", sa.Integer, nullable=False),
    sa.Column("watch", sa.Text, nullable=False),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("because", Json, nullable=False),
    sa.Column("known_on", sa.Date, nullable=False),
    sa.Column("lost_on", sa.Date, nullable=False),
    sa.Column("category", sa.Text, nullable=False),
    sa.Column("provenance", sa.Text),
    sa.Column("reason", Json, nullable=False),
    sa.Column("value", sa.Numeric(20, 4)),
    sa.Column("merged_into", sa.Text),
    sa.Column("repeat_of", sa.Text),
    sa.Column("recovery_id", sa.Text),
    sa.Column("undone_on", sa.Date),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("found_at", Instant, nullable=False),
    sa.UniqueConstraint("crm", "type", "record_id", "ordinal", name="one_loss_per_flip"),
    sa.Index("losses_customer", "customer_id"),
)

loss_reasons = sa.Table(
    "loss_reasons",
    metadata,
    sa.Column("id", ID, primary_key=True, autoincrement=True),
    sa.Column("loss_id", sa.Text, sa.ForeignKey("losses.id"), nullable=False),
    sa.Column("noted_on", sa.Date, nullable=False),
    sa.Column("category", sa.Text, nullable=False),
    sa.Column("provenance", sa.Text),
    sa.Column("fault", sa.Text),
    sa.Column("changeable", sa.Text),
    sa.Column("competitor", sa.Text),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("because", sa.Text, nullable=False),
    sa.Index("loss_reasons_loss", "loss_id"),
)
"""The history of a loss's reason: a row whenever it changes, the first included (row R8)."""

recoveries = sa.Table(
    "recoveries",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("customer_id", ID, sa.ForeignKey("customers.id"), nullable=False),
    sa.Column("crm", sa.Text, nullable=False),
    sa.Column("opened_on", sa.Date, nullable=False),
    sa.Column("playbook", sa.Text),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("ended_on", sa.Date),
    sa.Column("end", sa.Text),
    sa.Column("interview_before", Json),  # what stood in the exit interview when it was opened
    sa.Column("benchmarks", Json),  # [{what, day, met_on}]
    sa.Column("slipped", sa.Boolean, nullable=False, server_default=sa.false()),  # a benchmark
    sa.Column("playbooks_left", Json),  # before `playbook`, oldest first; see `codec.left_to_json`
    sa.Index(
        "one_open_recovery_per_customer",
        "customer_id",
        unique=True,
        sqlite_where=sa.text("ended_on IS NULL"),
        postgresql_where=sa.text("ended_on IS NULL"),
    ),
    sa.Index("recoveries_customer", "customer_id"),
)

tasks = sa.Table(
    "tasks",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("recovery_id", sa.Text, sa.ForeignKey("recoveries.id"), nullable=False),
    sa.Column("customer_id", ID, sa.ForeignKey("customers.id"), nullable=False),
    sa.Column("crm", sa.Text, nullable=False),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # see TASK_STATES
    sa.Column("crm_id", sa.Text),
    sa.Column("owner_id", sa.Text, nullable=False),
    sa.Column("contact_id", sa.Text),
    sa.Column("due_on", sa.Date, nullable=False),
    sa.Column("made_on", sa.Date, nullable=False),
    sa.Column("released_on", sa.Date),  # the day whose budget it took
    sa.Column("due_unit", sa.Text, nullable=False),
    sa.Column("due_count", sa.Integer, nullable=False),
    sa.Column("draft", Json, nullable=False),
    sa.Column("facts", Json, nullable=False),
    sa.Column("would_change", Json, nullable=False),
    sa.Column("because", sa.Text, nullable=False),
    sa.Column("score", sa.Numeric(20, 4), nullable=False),
    sa.Column("score_parts", Json),
    sa.Column("close_because", sa.Text),
    sa.Column("outcome", sa.Text),
    sa.Column("done_on", sa.Date),
    sa.Column("status", sa.Text),  # the CRM's own word for it when it was first read
    sa.Column("touched", sa.Text),  # what a person did to it while it was open
    sa.Column("handed_on", sa.Date),  # the day on which we gave it to its present owner
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Index("tasks_recovery", "recovery_id"),
    sa.Index("tasks_customer", "customer_id"),
    sa.Index("tasks_crm_id", "crm", "crm_id"),
    sa.Index("tasks_owner", "crm", "owner_id", "state"),
    sa.Index("tasks_released", "crm", "released_on", "owner_id"),
)

field_values = sa.Table(
    "field_values",
    metadata,
    sa.Column("crm", sa.Text, primary_key=True),
    sa.Column("type", sa.Text, primary_key=True),
    sa.Column("record_id", sa.Text, primary_key=True),
    sa.Column("field", sa.Text, primary_key=True),
    sa.Column("written", sa.Text),  # the last value that the CRM took from us
    sa.Column("theirs", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("locked", sa.Boolean, nullable=False, server_default=sa.false()),  # by the CRM
    sa.Index(
        "field_values_not_ours",
        "record_id",
        sqlite_where=sa.text("theirs = 1 OR locked = 1"),
        postgresql_where=sa.text("theirs OR locked"),
    ),
)

pushes = sa.Table(
    "pushes",
    metadata,
    sa.Column("id", ID, primary_key=True, autoincrement=True),
    sa.Column("crm", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("stream", sa.Text, nullable=False),  # rows of one stream go out in order
    sa.Column("type", sa.Text, nullable=False),  # record type that is written
    sa.Column("customer_id", ID, sa.ForeignKey("customers.id"), nullable=False),
    sa.Column("task_key", sa.Text),
    sa.Column("payload", Json, nullable=False),
    # staged, held, pending, in_flight, unknown, delivered, withdrawn, parked
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("held_by", sa.Text),  # storm, dry run, budget
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("lease_until", Instant),
    sa.Column("fence", sa.Text),
    sa.Column("reason", sa.Text),  # refused, config, exhausted, internal
    sa.Column("sentence", sa.Text),
    sa.Column("score", sa.Numeric(20, 4), nullable=False, server_default="0"),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("settled_at", Instant),  # of one that is not settled: when it was last tried
    # a new task that may stand in the CRM already: see `store.restored`
    sa.Column("look_first", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Index("pushes_due", "crm", "state", "kind", "due_at", "held_by"),
    # all three: with two, SQLite would go through all of a CRM's rows for each that is due
    sa.Index("pushes_stream", "stream", "crm", "state"),
    sa.Index(
        "pushes_staged",
        "customer_id",
        sqlite_where=sa.text("state = 'staged'"),
        postgresql_where=sa.text("state = 'staged'"),
    ),
    sa.Index("pushes_task", "task_key"),
    sa.Index("pushes_customer", "customer_id"),
    sa.Index(
        "one_create_per_task",
        "task_key",
        unique=True,
        sqlite_where=sa.text("kind = 'task_create'"),
        postgresql_where=sa.text("kind = 'task_create'"),
    ),
)

suppressions = sa.Table(
    "suppressions",
    metadata,
    sa.Column("crm", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, primary_key=True),  # of the person's id, salted
    sa.Column("salt", sa.Text, nullable=False),  # the same for all rows of a CRM
    sa.Column("contact_id", sa.Text),  # not null: has to be erased yet
    sa.Column("asked_at", Instant, nullable=False),
    sa.Column("erased_at", Instant),
)

revisions = sa.Table(
    "revisions",
    metadata,
    sa.Column("number", ID, primary_key=True, autoincrement=True),
    sa.Column("digest", sa.Text, nullable=False, unique=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("published_at", Instant, nullable=False),
)

publications = sa.Table(
    "publications",
    metadata,
    sa.Column("id", ID, primary_key=True, autoincrement=True),
    sa.Column("revision", ID, sa.ForeignKey("revisions.number"), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("how", sa.Text, nullable=False),  # ran, published, rolled back
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("plans", sa.Text, nullable=False),  # of recoveries under way: keep, replan
)

quotas = sa.Table(
    "quotas",
    metadata,
    sa.Column("crm", sa.Text, primary_key=True),
    sa.Column("zone", sa.Text),  # whose midnight begins the CRM's day; null: the last 24 hours
    sa.Column("share", sa.Integer),  # our part of the calls of the day
    sa.Column("used", sa.Integer),  # by the whole company, as the CRM told
    sa.Column("of", sa.Integer),
    sa.Column("ours", sa.Integer),  # by this app, where the CRM counts that
    sa.Column("told_at", Instant),
    sa.Column("search_owner", sa.Text),  # the process whose turn at searching it is
    sa.Column("search_until", Instant),
)

calls_made = sa.Table(
    "calls_made",
    metadata,
    sa.Column("crm", sa.Text, primary_key=True),
    sa.Column("hour", Instant, primary_key=True),
    sa.Column("calls", sa.Integer, nullable=False),  # by all processes, reserved ones included
)

turns = sa.Table(
    "turns",
    metadata,
    sa.Column("crm", sa.Text, primary_key=True),
    sa.Column("number", sa.BigInteger, nullable=False),  # of the worker whose turn it is
)

log_ins = sa.Table(
    "log_ins",
    metadata,
    sa.Column("crm", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),  # of log-ins that were begun
    sa.Column("mark", sa.Text),  # of the credentials, and nothing of what they are
    sa.Column("token", sa.Text),  # sealed; null while there is none that could be of use
    sa.Column("until", Instant),  # others wait for the log-in that is under way
    sa.Column("failed", sa.Text),  # the last one: refused, unavailable
    sa.Column("sentence", sa.Text),
)

restores = sa.Table(
    "restores",
    metadata,
    sa.Column("id", ID, primary_key=True, autoincrement=True),
    sa.Column("taken_at", Instant, nullable=False),  # the backup that was put back
    sa.Column("restored_at", Instant, nullable=False),
)

ticks = sa.Table(
    "ticks",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),  # the clock
    sa.Column("at", Instant, nullable=False),
)

copied = [table for table in metadata.sorted_tables if table is not log_ins]
"""What a backup has and a move takes along, in the order in which it can be copied. What opens a
CRM stays where it is, sealed or not."""
