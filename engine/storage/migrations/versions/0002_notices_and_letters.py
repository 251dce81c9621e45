"""Notices, what is sent of them, and letters."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


KINDS = (
    "task-assigned",
    "task-claimable",
    "task-reminder",
    "task-overdue",
    "task-escalated",
    "task-urged",
    "case-returned",
    "case-ended",
    "case-copied",
    "letter-issued",
    "message",
    "publication-proposed",
    "incident",
)
_KNOWN = f"kind in ({', '.join(repr(kind) for kind in KINDS)})"


def upgrade() -> None:
    op.create_table(
        "allowed_host",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("host = lower(host)", name=op.f("ck_allowed_host_host_lower")),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_allowed_host")),
    )
    op.create_table(
        "announcement",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=True),
        sa.Column("task_key", sa.BigInteger(), nullable=True),
        sa.Column("people", postgresql.ARRAY(sa.BigInteger()), server_default="{}", nullable=False),
        sa.Column("skip", sa.BigInteger(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("error_message", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(_KNOWN, name=op.f("ck_announcement_kind_known")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_announcement")),
    )
    op.create_index("ix_announcement_due_at", "announcement", ["due_at", "key"], unique=False)
    op.create_table(
        "endpoint",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.LargeBinary(), nullable=False),
        sa.Column("shown_url", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("kinds", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("with_recipients", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(secret is null) = (channel = 'service')",
            name=op.f("ck_endpoint_secret_signs_webhooks"),
        ),
        sa.CheckConstraint(
            "channel in ('webhook', 'service')", name=op.f("ck_endpoint_channel_of_endpoint")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_endpoint")),
        sa.UniqueConstraint("name", name=op.f("uq_endpoint_name")),
    )
    op.create_table(
        "letter",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=False),
        sa.Column("element_key", sa.BigInteger(), nullable=False),
        sa.Column("element_id", sa.Text(), nullable=False),
        sa.Column("version_key", sa.BigInteger(), nullable=False),
        sa.Column("template_id", sa.Text(), nullable=False),
        sa.Column("template_name", sa.Text(), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("addressee_mask", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document_key", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.Text(), server_default="", nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_error", sa.Text(), server_default="", nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_because", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "(document_key is null) = (sha256 = '')", name=op.f("ck_letter_document_with_digest")
        ),
        sa.CheckConstraint(
            "(revoked_at is not null) = (state = 'REVOKED')",
            name=op.f("ck_letter_revoked_with_moment"),
        ),
        sa.CheckConstraint(
            "state <> 'READY' or document_key is not null",
            name=op.f("ck_letter_ready_with_document"),
        ),
        sa.CheckConstraint(
            "state in ('ISSUED', 'FAILED', 'READY', 'REVOKED')", name=op.f("ck_letter_state_known")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_letter")),
        sa.UniqueConstraint("code", name=op.f("uq_letter_code")),
        sa.UniqueConstraint(
            "instance_key",
            "element_key",
            "template_id",
            name=op.f("uq_letter_instance_key_element_key_template_id"),
        ),
        sa.UniqueConstraint("series", "year", "number", name=op.f("uq_letter_series_year_number")),
        sa.UniqueConstraint("symbol", name=op.f("uq_letter_symbol")),
    )
    op.create_index(
        "ix_letter_to_make",
        "letter",
        ["next_attempt_at"],
        unique=False,
        postgresql_where=sa.text("state = 'ISSUED'"),
    )
    op.create_table(
        "letter_wording",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("template_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("texts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("drafted_by", sa.BigInteger(), nullable=False),
        sa.Column("drafted_by_name", sa.Text(), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.BigInteger(), nullable=True),
        sa.Column("published_by_name", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "(decided_at is null) = (state = 'PROPOSED')",
            name=op.f("ck_letter_wording_decided_with_moment"),
        ),
        sa.CheckConstraint(
            "state in ('PROPOSED', 'PUBLISHED', 'DISCARDED')",
            name=op.f("ck_letter_wording_state_known"),
        ),
        sa.CheckConstraint(
            "template_id ~ '^[a-z0-9]+(-[a-z0-9]+)*$'",
            name=op.f("ck_letter_wording_template_id_shape"),
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_letter_wording")),
        sa.UniqueConstraint(
            "template_id", "version", name=op.f("uq_letter_wording_template_id_version")
        ),
    )
    op.create_index(
        "ix_letter_wording_in_force",
        "letter_wording",
        [
            "template_id",
            sa.literal_column("effective_from desc"),
            sa.literal_column("version desc"),
        ],
        unique=False,
        postgresql_where=sa.text("state = 'PUBLISHED'"),
    )
    op.create_table(
        "mail_server",
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("security", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), server_default="", nullable=False),
        sa.Column("password", sa.LargeBinary(), nullable=True),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("sender_name", sa.Text(), server_default="", nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "security in ('none', 'starttls', 'tls')", name=op.f("ck_mail_server_security_known")
        ),
        sa.CheckConstraint("number = 1", name=op.f("ck_mail_server_only_one")),
        sa.CheckConstraint("port between 1 and 65535", name=op.f("ck_mail_server_port_in_range")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_mail_server")),
    )
    op.create_table(
        "notice_template",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), server_default="", nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("body", sa.Text(), server_default="", nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(_KNOWN, name=op.f("ck_notice_template_kind_known")),
        sa.CheckConstraint(
            "language in ('zh', 'en')", name=op.f("ck_notice_template_language_known")
        ),
        sa.PrimaryKeyConstraint("kind", "language", name=op.f("pk_notice_template")),
    )
    op.create_table(
        "task_reminder",
        sa.Column("instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("task_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(_KNOWN, name=op.f("ck_task_reminder_kind_known")),
        sa.PrimaryKeyConstraint(
            "instance_key", "task_key", "kind", "due_at", name=op.f("pk_task_reminder")
        ),
    )
    op.create_table(
        "dispatch",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("cause", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("person_key", sa.BigInteger(), nullable=True),
        sa.Column("endpoint_key", sa.BigInteger(), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=True),
        sa.Column("task_key", sa.BigInteger(), nullable=True),
        sa.Column("language", sa.Text(), server_default="zh", nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("bundled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_error", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(ended_at is null) = (state in ('PENDING', 'FAILED'))",
            name=op.f("ck_dispatch_ended_with_moment"),
        ),
        sa.CheckConstraint(
            "(endpoint_key is null) = (channel = 'email')",
            name=op.f("ck_dispatch_endpoint_unless_email"),
        ),
        sa.CheckConstraint(
            "channel in ('in-app', 'email', 'webhook', 'service')",
            name=op.f("ck_dispatch_channel_known"),
        ),
        sa.CheckConstraint(_KNOWN, name=op.f("ck_dispatch_kind_known")),
        sa.CheckConstraint(
            "state in ('PENDING', 'FAILED', 'SENT', 'DEAD', 'OBSOLETE')",
            name=op.f("ck_dispatch_state_known"),
        ),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_dispatch_attempts_not_negative")),
        sa.ForeignKeyConstraint(
            ["person_key"], ["person.key"], name=op.f("fk_dispatch_person_key")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_dispatch")),
        sa.UniqueConstraint(
            "cause",
            "channel",
            "person_key",
            "endpoint_key",
            name=op.f("uq_dispatch_cause_channel_person_key_endpoint_key"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(
        "ix_dispatch_bundle",
        "dispatch",
        ["person_key", "next_attempt_at"],
        unique=False,
        postgresql_where=sa.text("state in ('PENDING', 'FAILED') and bundled"),
    )
    op.create_index(
        "ix_dispatch_due",
        "dispatch",
        ["next_attempt_at", "key"],
        unique=False,
        postgresql_where=sa.text("state in ('PENDING', 'FAILED')"),
    )
    op.create_index("ix_dispatch_state", "dispatch", ["state", "key"], unique=False)
    op.create_table(
        "notice_preference",
        sa.Column("person_key", sa.BigInteger(), nullable=False),
        sa.Column("channels", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_to", sa.Time(), nullable=True),
        sa.Column("quiet_rest_days", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("urgent_breaks", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("digest", sa.Text(), server_default="none", nullable=False),
        sa.Column("digest_at", sa.Time(), server_default="08:30", nullable=False),
        sa.Column("language", sa.Text(), server_default="zh", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "digest in ('none', 'hourly', 'daily')", name=op.f("ck_notice_preference_digest_known")
        ),
        sa.CheckConstraint(
            "language in ('zh', 'en')", name=op.f("ck_notice_preference_language_known")
        ),
        sa.CheckConstraint(
            "(quiet_from is null) = (quiet_to is null)",
            name=op.f("ck_notice_preference_quiet_hours_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["person_key"], ["person.key"], name=op.f("fk_notice_preference_person_key")
        ),
        sa.PrimaryKeyConstraint("person_key", name=op.f("pk_notice_preference")),
    )
    op.add_column("notice", sa.Column("task_key", sa.BigInteger(), nullable=True))
    op.add_column("notice", sa.Column("kind", sa.Text(), server_default="message", nullable=False))
    op.create_check_constraint(op.f("ck_notice_kind_known"), "notice", _KNOWN)
    op.create_index(
        "ix_user_task_due_at",
        "user_task",
        ["due_at", "key"],
        unique=False,
        postgresql_where=sa.text("state = 'CREATED' and due_at is not null"),
    )
    op.create_index(
        "ix_user_task_remind",
        "user_task",
        [sa.literal_column("(properties ->> 'banshi:remindBefore')"), "due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'CREATED' and properties ? 'banshi:remindBefore'"),
    )
