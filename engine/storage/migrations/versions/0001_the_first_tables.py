"""the first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(sa.schema.CreateSequence(sa.Sequence("banshi_key", data_type=sa.BigInteger)))
    op.create_table(
        "act",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_key", sa.BigInteger(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "number", name=op.f("pk_act")),
    )
    op.create_index("ix_act_at", "act", ["at"], unique=False)
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
        sa.CheckConstraint(
            "kind in ('task-assigned', 'task-claimable', 'task-reminder', 'task-overdue', 'task-escalated', 'task-urged', 'case-returned', 'case-ended', 'case-copied', 'letter-issued', 'message', 'publication-proposed', 'incident')",
            name=op.f("ck_announcement_kind_known"),
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_announcement")),
    )
    op.create_index("ix_announcement_due_at", "announcement", ["due_at", "key"], unique=False)
    op.create_table(
        "bundle",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("definition_key", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("pins", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_bundle")),
        sa.UniqueConstraint("digest", name=op.f("uq_bundle_digest")),
    )
    op.create_table(
        "calendar_notice",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("notice", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("year", "number", name=op.f("pk_calendar_notice")),
    )
    op.create_table(
        "candidate_user",
        sa.Column("instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("task_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "instance_key", "task_key", "username", name=op.f("pk_candidate_user")
        ),
    )
    op.create_index(
        "ix_candidate_user_walk",
        "candidate_user",
        ["username", "due_at", "task_key"],
        unique=False,
        postgresql_include=["process_id", "instance_key"],
    )
    op.create_table(
        "case_series",
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.CheckConstraint("last > 0", name=op.f("ck_case_series_last_positive")),
        sa.PrimaryKeyConstraint("series", "year", name=op.f("pk_case_series")),
    )
    op.create_table(
        "delivery",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("correlation_key", sa.Text(), server_default="", nullable=False),
        sa.Column("message_key", sa.BigInteger(), nullable=True),
        sa.Column("instance_key", sa.BigInteger(), nullable=True),
        sa.Column("subscription_key", sa.BigInteger(), nullable=True),
        sa.Column("definition_key", sa.BigInteger(), nullable=True),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.Column("variables", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("error_message", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("kind in ('message', 'signal')", name=op.f("ck_delivery_kind_known")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_delivery")),
    )
    op.create_index("ix_delivery_due_at", "delivery", ["due_at", "key"], unique=False)
    op.create_table(
        "deployment",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("deployed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deployed_by_key", sa.BigInteger(), nullable=False),
        sa.Column("deployed_by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_deployment")),
    )
    op.create_table(
        "document",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=True),
        sa.Column("owner_key", sa.BigInteger(), nullable=False),
        sa.Column("owner_name", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("store_key", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Boolean(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(instance_key is null) = (bound_at is null)",
            name=op.f("ck_document_bound_with_moment"),
        ),
        sa.CheckConstraint("size >= 0", name=op.f("ck_document_size_not_negative")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_document")),
        sa.UniqueConstraint("store_key", name=op.f("uq_document_store_key")),
    )
    op.create_index(
        "ix_document_instance_key",
        "document",
        ["instance_key"],
        unique=False,
        postgresql_where=sa.text("instance_key is not null"),
    )
    op.create_index(
        "ix_document_staged",
        "document",
        ["uploaded_at"],
        unique=False,
        postgresql_where=sa.text("instance_key is null"),
    )
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
        "form_draft",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("owner_key", sa.BigInteger(), nullable=False),
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("task_key", sa.BigInteger(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_form_draft")),
    )
    op.create_index("ix_form_draft_saved_at", "form_draft", ["saved_at"], unique=False)
    op.create_index(
        "uq_form_draft_place",
        "form_draft",
        ["owner_key", "process_id", sa.literal_column("coalesce(task_key, 0)")],
        unique=True,
    )
    op.create_table(
        "idempotency",
        sa.Column("principal", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("principal", "operation", "key", name=op.f("pk_idempotency")),
    )
    op.create_index("ix_idempotency_at", "idempotency", ["at"], unique=False)
    op.create_table(
        "incident",
        sa.Column("instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("element_key", sa.BigInteger(), nullable=False),
        sa.Column("element_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("job_key", sa.BigInteger(), nullable=True),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(resolved_at is null) = (state = 'ACTIVE')",
            name=op.f("ck_incident_resolved_with_moment"),
        ),
        sa.CheckConstraint("state in ('ACTIVE', 'RESOLVED')", name=op.f("ck_incident_state_known")),
        sa.PrimaryKeyConstraint("instance_key", "key", name=op.f("pk_incident")),
    )
    op.create_index(
        "ix_incident_active",
        "incident",
        ["raised_at", "key"],
        unique=False,
        postgresql_where=sa.text("state = 'ACTIVE'"),
    )
    op.create_index(
        "ix_incident_element",
        "incident",
        ["instance_key", "element_key"],
        unique=False,
        postgresql_where=sa.text("state = 'ACTIVE'"),
    )
    op.create_table(
        "instance",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("definition_key", sa.BigInteger(), nullable=False),
        sa.Column("bundle_key", sa.BigInteger(), nullable=False),
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("grams", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("applicant_key", sa.BigInteger(), nullable=False),
        sa.Column("applicant", sa.Text(), nullable=False),
        sa.Column("applicant_name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.Text(), server_default="", nullable=False),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("counter", sa.Integer(), server_default="0", nullable=False),
        sa.Column("journal_number", sa.Integer(), server_default="0", nullable=False),
        sa.Column("journal_digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "(ended_at is null) = (state in ('ACTIVE', 'SUSPENDED'))",
            name=op.f("ck_instance_ended_with_moment"),
        ),
        sa.CheckConstraint(
            "state in ('ACTIVE', 'SUSPENDED', 'COMPLETED', 'TERMINATED')",
            name=op.f("ck_instance_state_known"),
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_instance")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_index("ix_instance_applicant_key", "instance", ["applicant_key", "key"], unique=False)
    op.create_index(
        "ix_instance_grams", "instance", ["grams"], unique=False, postgresql_using="gin"
    )
    op.create_index(
        "ix_instance_process_id", "instance", ["process_id", "state", "key"], unique=False
    )
    op.create_index(
        "uq_instance_number",
        "instance",
        ["number"],
        unique=True,
        postgresql_where=sa.text("number <> ''"),
    )
    op.create_table(
        "job",
        sa.Column("instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("scope_key", sa.BigInteger(), nullable=False),
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("element_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("retries", sa.Integer(), nullable=False),
        sa.Column("worker", sa.Text(), server_default="", nullable=False),
        sa.Column("lease", sa.Integer(), server_default="0", nullable=False),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=True),
        sa.Column("available_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error_message", sa.Text(), server_default="", nullable=False),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("properties", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "(deadline is not null) = (state = 'ACTIVATED')", name=op.f("ck_job_leased_with_end")
        ),
        sa.CheckConstraint(
            "state in ('CREATED', 'ACTIVATED', 'COMPLETED', 'ERROR_THROWN', 'FAILED', 'CANCELED')",
            name=op.f("ck_job_state_known"),
        ),
        sa.CheckConstraint("retries >= 0", name=op.f("ck_job_retries_not_negative")),
        sa.PrimaryKeyConstraint("instance_key", "key", name=op.f("pk_job")),
    )
    op.create_index(
        "ix_job_available",
        "job",
        ["type", "available_at", "key"],
        unique=False,
        postgresql_where=sa.text("state = 'CREATED'"),
    )
    op.create_index(
        "ix_job_leased",
        "job",
        ["deadline"],
        unique=False,
        postgresql_where=sa.text("state = 'ACTIVATED'"),
    )
    op.create_table(
        "journal",
        sa.Column("instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_key", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("element_key", sa.BigInteger(), nullable=True),
        sa.Column("element_id", sa.Text(), nullable=True),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_journal_number_positive")),
        sa.CheckConstraint("octet_length(digest) = 32", name=op.f("ck_journal_digest_length")),
        sa.PrimaryKeyConstraint("instance_key", "number", name=op.f("pk_journal")),
    )
    op.create_index("ix_journal_actor_key", "journal", ["actor_key", "at"], unique=False)
    op.create_table(
        "journal_said",
        sa.Column("instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("instance_key", "number", "part", name=op.f("pk_journal_said")),
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
        "log_in_attempt",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_log_in_attempt")),
    )
    op.create_index(
        "ix_log_in_attempt_subject_at", "log_in_attempt", ["subject", "at"], unique=False
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
        "message",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("correlation_key", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("variables", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_message")),
    )
    op.create_index("ix_message_expires_at", "message", ["expires_at"], unique=False)
    op.create_index("ix_message_name", "message", ["name", "correlation_key", "key"], unique=False)
    op.create_index(
        "uq_message_message_id",
        "message",
        ["name", "correlation_key", "message_id"],
        unique=True,
        postgresql_where=sa.text("message_id is not null"),
    )
    op.create_table(
        "message_correlation",
        sa.Column("message_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("message_key", "process_id", name=op.f("pk_message_correlation")),
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
        sa.CheckConstraint(
            "kind in ('task-assigned', 'task-claimable', 'task-reminder', 'task-overdue', 'task-escalated', 'task-urged', 'case-returned', 'case-ended', 'case-copied', 'letter-issued', 'message', 'publication-proposed', 'incident')",
            name=op.f("ck_notice_template_kind_known"),
        ),
        sa.CheckConstraint(
            "language in ('zh', 'en')", name=op.f("ck_notice_template_language_known")
        ),
        sa.PrimaryKeyConstraint("kind", "language", name=op.f("pk_notice_template")),
    )
    op.create_table(
        "person",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), server_default="", nullable=False),
        sa.Column("email", sa.Text(), server_default="", nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("administrator", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("password_changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("username = lower(username)", name=op.f("ck_person_username_lower")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_person")),
        sa.UniqueConstraint("username", name=op.f("uq_person_username")),
    )
    op.create_table(
        "resource_draft",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("base_key", sa.BigInteger(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("edited_by_key", sa.BigInteger(), nullable=False),
        sa.Column("edited_by", sa.Text(), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by_key", sa.BigInteger(), nullable=True),
        sa.Column("proposed_by", sa.Text(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_key", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deployment_key", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "kind in ('bpmn', 'dmn', 'form')", name=op.f("ck_resource_draft_kind_known")
        ),
        sa.CheckConstraint(
            "state <> 'PROPOSED' or proposed_by_key is not null",
            name=op.f("ck_resource_draft_proposed_by_somebody"),
        ),
        sa.CheckConstraint(
            "state in ('DRAFT', 'PROPOSED', 'PUBLISHED', 'DISCARDED')",
            name=op.f("ck_resource_draft_state_known"),
        ),
        sa.CheckConstraint("revision > 0", name=op.f("ck_resource_draft_revision_positive")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_resource_draft")),
    )
    op.create_index(
        "ix_resource_draft_open",
        "resource_draft",
        ["edited_at"],
        unique=False,
        postgresql_where=sa.text("state in ('DRAFT', 'PROPOSED')"),
    )
    op.create_table(
        "role",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=True),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("key ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name=op.f("ck_role_key_shape")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_role")),
    )
    op.create_table(
        "scope",
        sa.Column("instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("parent_key", sa.BigInteger(), nullable=True),
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("element_id", sa.Text(), nullable=True),
        sa.Column("snapshot", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("instance_key", "key", name=op.f("pk_scope")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_index("ix_scope_parent_key", "scope", ["instance_key", "parent_key"], unique=False)
    op.create_table(
        "seat",
        sa.Column("instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("task_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("first_holder", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("stack", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=True),
        sa.Column("parent_key", sa.BigInteger(), nullable=True),
        sa.Column("weight", sa.Numeric(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("on_behalf_of", sa.Text(), nullable=True),
        sa.Column("cast", sa.Integer(), nullable=False),
        sa.Column("submission", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(actor is null) = (state <> 'DONE')", name=op.f("ck_seat_done_by_somebody")
        ),
        sa.CheckConstraint(
            "(ended_at is null) = (state in ('WAITING', 'OPEN'))",
            name=op.f("ck_seat_ended_with_moment"),
        ),
        sa.CheckConstraint(
            "(kind = 'ORIGINAL') = (parent_key is null) and (kind = 'ORIGINAL') = (added_by is null)",
            name=op.f("ck_seat_added_to_a_seat"),
        ),
        sa.CheckConstraint(
            "case when state = 'CANCELED' then reason in ('decided', 'removed', 'task-canceled') else reason = '' end",
            name=op.f("ck_seat_reason_when_canceled"),
        ),
        sa.CheckConstraint(
            "holder is not null or stack = '{}'", name=op.f("ck_seat_delegated_to_somebody")
        ),
        sa.CheckConstraint(
            "kind in ('ORIGINAL', 'BEFORE', 'AFTER', 'PARALLEL')", name=op.f("ck_seat_kind_known")
        ),
        sa.CheckConstraint(
            "outcome is null or state = 'DONE'", name=op.f("ck_seat_outcome_when_done")
        ),
        sa.CheckConstraint(
            "state = 'CANCELED' or holder is not null or (role is not null and unit is not null)",
            name=op.f("ck_seat_somebody_s"),
        ),
        sa.CheckConstraint(
            "state in ('WAITING', 'OPEN', 'DONE', 'CANCELED')", name=op.f("ck_seat_state_known")
        ),
        sa.CheckConstraint(
            "(\"cast\" = 0) = (state <> 'DONE')", name=op.f("ck_seat_cast_when_done")
        ),
        sa.CheckConstraint("not holder = any(stack)", name=op.f("ck_seat_delegated_to_another")),
        sa.CheckConstraint("weight >= 0", name=op.f("ck_seat_weight_not_negative")),
        sa.PrimaryKeyConstraint("instance_key", "key", name=op.f("pk_seat")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_index(
        "ix_seat_actor",
        "seat",
        ["actor", sa.literal_column("ended_at desc")],
        unique=False,
        postgresql_where=sa.text("state = 'DONE'"),
        postgresql_include=["task_key", "instance_key"],
    )
    op.create_index(
        "ix_seat_service_walk",
        "seat",
        ["holder", "process_id", "due_at", "task_key"],
        unique=False,
        postgresql_where=sa.text("state = 'OPEN' and holder is not null"),
        postgresql_include=["instance_key"],
    )
    op.create_index("ix_seat_task_key", "seat", ["instance_key", "task_key"], unique=False)
    op.create_index(
        "ix_seat_walk",
        "seat",
        ["holder", "due_at", "task_key"],
        unique=False,
        postgresql_where=sa.text("state = 'OPEN' and holder is not null"),
        postgresql_include=["process_id", "instance_key"],
    )
    op.create_index(
        "uq_seat_cast",
        "seat",
        ["instance_key", "task_key", sa.literal_column('"cast"')],
        unique=True,
        postgresql_where=sa.text("state = 'DONE'"),
    )
    op.create_index(
        "uq_seat_holder",
        "seat",
        ["instance_key", "task_key", "holder"],
        unique=True,
        postgresql_where=sa.text("state in ('WAITING', 'OPEN') and holder is not null"),
    )
    op.create_index("uq_seat_ordinal", "seat", ["instance_key", "task_key", "ordinal"], unique=True)
    op.create_table(
        "start_subscription",
        sa.Column("definition_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind in ('message', 'signal')", name=op.f("ck_start_subscription_kind_known")
        ),
        sa.PrimaryKeyConstraint("definition_key", "event_id", name=op.f("pk_start_subscription")),
    )
    op.create_index(
        "ix_start_subscription_name", "start_subscription", ["kind", "name"], unique=False
    )
    op.create_table(
        "start_timer",
        sa.Column("definition_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("repetitions", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("definition_key", "event_id", name=op.f("pk_start_timer")),
    )
    op.create_index("ix_start_timer_due_at", "start_timer", ["due_at"], unique=False)
    op.create_table(
        "subscription",
        sa.Column("instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("element_key", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("correlation_key", sa.Text(), server_default="", nullable=False),
        sa.Column("interrupting", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "kind in ('message', 'signal')", name=op.f("ck_subscription_kind_known")
        ),
        sa.PrimaryKeyConstraint("instance_key", "key", name=op.f("pk_subscription")),
    )
    op.create_index(
        "ix_subscription_element_key", "subscription", ["instance_key", "element_key"], unique=False
    )
    op.create_index(
        "ix_subscription_name", "subscription", ["kind", "name", "correlation_key"], unique=False
    )
    op.create_table(
        "task_candidate",
        sa.Column("instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("task_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "instance_key", "task_key", "role", "unit", name=op.f("pk_task_candidate")
        ),
    )
    op.create_index(
        "ix_task_candidate_service_walk",
        "task_candidate",
        ["role", "unit", "process_id", "due_at", "task_key"],
        unique=False,
        postgresql_include=["instance_key"],
    )
    op.create_index(
        "ix_task_candidate_walk",
        "task_candidate",
        ["role", "unit", "due_at", "task_key"],
        unique=False,
        postgresql_include=["process_id", "instance_key"],
    )
    op.create_table(
        "task_reminder",
        sa.Column("instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("task_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind in ('task-assigned', 'task-claimable', 'task-reminder', 'task-overdue', 'task-escalated', 'task-urged', 'case-returned', 'case-ended', 'case-copied', 'letter-issued', 'message', 'publication-proposed', 'incident')",
            name=op.f("ck_task_reminder_kind_known"),
        ),
        sa.PrimaryKeyConstraint(
            "instance_key", "task_key", "kind", "due_at", name=op.f("pk_task_reminder")
        ),
    )
    op.create_table(
        "timer",
        sa.Column("instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("element_key", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("repetitions", sa.Integer(), nullable=True),
        sa.Column("fire_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.SmallInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("instance_key", "key", name=op.f("pk_timer")),
    )
    op.create_index("ix_timer_element_key", "timer", ["instance_key", "element_key"], unique=False)
    op.create_index("ix_timer_fire_at", "timer", ["fire_at"], unique=False)
    op.create_table(
        "unit",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("path", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "(parent is null) = (level = 'city')", name=op.f("ck_unit_root_is_city")
        ),
        sa.CheckConstraint("key ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name=op.f("ck_unit_key_shape")),
        sa.CheckConstraint(
            "level in ('city', 'county', 'street', 'village')", name=op.f("ck_unit_level_known")
        ),
        sa.CheckConstraint("path[cardinality(path)] = key", name=op.f("ck_unit_path_ends_here")),
        sa.ForeignKeyConstraint(["parent"], ["unit.key"], name=op.f("fk_unit_parent")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_unit")),
    )
    op.create_index(op.f("ix_unit_parent"), "unit", ["parent"], unique=False)
    op.create_table(
        "user_task",
        sa.Column("instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("scope_key", sa.BigInteger(), nullable=False),
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("element_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("assignee", sa.Text(), nullable=True),
        sa.Column("lane_kind", sa.Text(), nullable=True),
        sa.Column("candidate_groups", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("candidate_users", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("separation", sa.Text(), nullable=True),
        sa.Column("form_id", sa.Text(), nullable=True),
        sa.Column("form_key", sa.BigInteger(), nullable=True),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_pending", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("follow_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("seated", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("properties", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "(ended_at is null) = (state = 'CREATED')", name=op.f("ck_user_task_ended_with_moment")
        ),
        sa.CheckConstraint(
            "state in ('CREATED', 'COMPLETED', 'CANCELED')", name=op.f("ck_user_task_state_known")
        ),
        sa.CheckConstraint(
            "not seated or assignee is null", name=op.f("ck_user_task_seats_stand_for_themselves")
        ),
        sa.CheckConstraint(
            "priority between 0 and 100", name=op.f("ck_user_task_priority_in_range")
        ),
        sa.PrimaryKeyConstraint("instance_key", "key", name=op.f("pk_user_task")),
        postgresql_with={"fillfactor": 90},
    )
    op.create_index(
        "ix_user_task_assignee",
        "user_task",
        ["assignee", "due_at", "key"],
        unique=False,
        postgresql_where=sa.text("state = 'CREATED' and assignee is not null"),
    )
    op.create_index(
        "ix_user_task_due_at",
        "user_task",
        ["due_at", "key"],
        unique=False,
        postgresql_where=sa.text("state = 'CREATED' and due_at is not null"),
    )
    op.create_index(
        "ix_user_task_ended_by",
        "user_task",
        ["ended_by", sa.literal_column("ended_at desc")],
        unique=False,
        postgresql_where=sa.text("state = 'COMPLETED'"),
    )
    op.create_index(
        "ix_user_task_open",
        "user_task",
        ["created_at", "key"],
        unique=False,
        postgresql_where=sa.text("state = 'CREATED'"),
    )
    op.create_index(
        "ix_user_task_remind",
        "user_task",
        [sa.literal_column("(properties ->> 'banshi:remindBefore')"), "due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'CREATED' and properties ? 'banshi:remindBefore'"),
    )
    op.create_table(
        "variable",
        sa.Column("instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("scope_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("instance_key", "scope_key", "name", name=op.f("pk_variable")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_table(
        "visit",
        sa.Column("instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("scope_key", sa.BigInteger(), nullable=False),
        sa.Column("element_id", sa.Text(), nullable=False),
        sa.Column("element_type", sa.Text(), nullable=False),
        sa.Column("flow_id", sa.Text(), nullable=True),
        sa.Column("parents", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(left_at is null) = (state = 'ACTIVE')", name=op.f("ck_visit_left_with_moment")
        ),
        sa.CheckConstraint(
            "state in ('ACTIVE', 'COMPLETED', 'TERMINATED')", name=op.f("ck_visit_state_known")
        ),
        sa.PrimaryKeyConstraint("instance_key", "key", name=op.f("pk_visit")),
    )
    op.create_index(
        "ix_visit_active",
        "visit",
        ["instance_key", "scope_key"],
        unique=False,
        postgresql_where=sa.text("state = 'ACTIVE'"),
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
        sa.CheckConstraint(
            "kind in ('task-assigned', 'task-claimable', 'task-reminder', 'task-overdue', 'task-escalated', 'task-urged', 'case-returned', 'case-ended', 'case-copied', 'letter-issued', 'message', 'publication-proposed', 'incident')",
            name=op.f("ck_dispatch_kind_known"),
        ),
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
        "membership",
        sa.Column("person_key", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_key"], ["person.key"], name=op.f("fk_membership_person_key")
        ),
        sa.ForeignKeyConstraint(["role"], ["role.key"], name=op.f("fk_membership_role")),
        sa.ForeignKeyConstraint(["unit"], ["unit.key"], name=op.f("fk_membership_unit")),
        sa.PrimaryKeyConstraint("person_key", "role", "unit", name=op.f("pk_membership")),
    )
    op.create_index(
        "ix_membership_role_unit", "membership", ["role", "unit", "person_key"], unique=False
    )
    op.create_table(
        "notice",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("person_key", sa.BigInteger(), nullable=False),
        sa.Column("instance_key", sa.BigInteger(), nullable=True),
        sa.Column("task_key", sa.BigInteger(), nullable=True),
        sa.Column("cause", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="message", nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind in ('task-assigned', 'task-claimable', 'task-reminder', 'task-overdue', 'task-escalated', 'task-urged', 'case-returned', 'case-ended', 'case-copied', 'letter-issued', 'message', 'publication-proposed', 'incident')",
            name=op.f("ck_notice_kind_known"),
        ),
        sa.CheckConstraint("length(text) between 1 and 2000", name=op.f("ck_notice_text_length")),
        sa.ForeignKeyConstraint(["person_key"], ["person.key"], name=op.f("fk_notice_person_key")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_notice")),
        sa.UniqueConstraint("person_key", "cause", name=op.f("uq_notice_person_key_cause")),
    )
    op.create_index("ix_notice_person_key_key", "notice", ["person_key", "key"], unique=False)
    op.create_index(
        "ix_notice_unread",
        "notice",
        ["person_key"],
        unique=False,
        postgresql_where=sa.text("read_at is null"),
    )
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
    op.create_table(
        "resource",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("deployment_key", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("kind in ('bpmn', 'dmn', 'form')", name=op.f("ck_resource_kind_known")),
        sa.ForeignKeyConstraint(
            ["deployment_key"], ["deployment.key"], name=op.f("fk_resource_deployment_key")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_resource")),
    )
    op.create_index("ix_resource_deployment_key", "resource", ["deployment_key"], unique=False)
    op.create_index(
        "ix_resource_kind_name_sha256", "resource", ["kind", "name", "sha256"], unique=False
    )
    op.create_table(
        "session",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("person_key", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_because", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "(closed_at is null) = (closed_because is null)",
            name=op.f("ck_session_closed_with_reason"),
        ),
        sa.ForeignKeyConstraint(["person_key"], ["person.key"], name=op.f("fk_session_person_key")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_session")),
    )
    op.create_index("ix_session_expires_at", "session", ["expires_at"], unique=False)
    op.create_index(
        "ix_session_live",
        "session",
        ["person_key"],
        unique=False,
        postgresql_where=sa.text("closed_at is null"),
    )
    op.create_table(
        "decision_definition",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("decision_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("resource_key", sa.BigInteger(), nullable=False),
        sa.Column("latest", sa.Boolean(), nullable=False),
        sa.Column("requirements_id", sa.Text(), nullable=False),
        sa.Column("requirements_name", sa.Text(), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_decision_definition_version_positive")),
        sa.ForeignKeyConstraint(
            ["resource_key"], ["resource.key"], name=op.f("fk_decision_definition_resource_key")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_decision_definition")),
        sa.UniqueConstraint(
            "decision_id", "version", name=op.f("uq_decision_definition_decision_id_version")
        ),
    )
    op.create_index(
        "uq_decision_definition_latest",
        "decision_definition",
        ["decision_id"],
        unique=True,
        postgresql_where=sa.text("latest"),
    )
    op.create_table(
        "form_definition",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("form_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("resource_key", sa.BigInteger(), nullable=False),
        sa.Column("latest", sa.Boolean(), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_form_definition_version_positive")),
        sa.ForeignKeyConstraint(
            ["resource_key"], ["resource.key"], name=op.f("fk_form_definition_resource_key")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_form_definition")),
        sa.UniqueConstraint("form_id", "version", name=op.f("uq_form_definition_form_id_version")),
    )
    op.create_index(
        "uq_form_definition_latest",
        "form_definition",
        ["form_id"],
        unique=True,
        postgresql_where=sa.text("latest"),
    )
    op.create_table(
        "process_definition",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("resource_key", sa.BigInteger(), nullable=False),
        sa.Column("latest", sa.Boolean(), nullable=False),
        sa.Column("version_tag", sa.Text(), server_default="", nullable=False),
        sa.Column("start_form", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("starters", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("properties", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("deployed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deployed_by", sa.Text(), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_process_definition_version_positive")),
        sa.ForeignKeyConstraint(
            ["resource_key"], ["resource.key"], name=op.f("fk_process_definition_resource_key")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_process_definition")),
        sa.UniqueConstraint(
            "process_id", "version", name=op.f("uq_process_definition_process_id_version")
        ),
    )
    op.create_index(
        "uq_process_definition_latest",
        "process_definition",
        ["process_id"],
        unique=True,
        postgresql_where=sa.text("latest"),
    )
    op.create_table(
        "refresh_token",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("session_key", sa.BigInteger(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_key"],
            ["session.key"],
            name=op.f("fk_refresh_token_session_key"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_refresh_token")),
    )
    op.create_index(
        op.f("ix_refresh_token_session_key"), "refresh_token", ["session_key"], unique=False
    )
