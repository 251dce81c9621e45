"""Telling people: the outbox of what happened, what is sent of it, and how people want it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from engine.model.notifications import Channel, Digest, DispatchState, NoticeKind
from engine.storage.tables.base import METADATA, document, key_column, moment, one_of

#: The outbox. Written with its cause, gone when notices and dispatches have been derived from it.
ANNOUNCEMENT = sa.Table(
    "announcement",
    METADATA,
    key_column(),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("instance_key", sa.BigInteger, nullable=True),
    sa.Column("task_key", sa.BigInteger, nullable=True),
    sa.Column("people", postgresql.ARRAY(sa.BigInteger), nullable=False, server_default="{}"),
    sa.Column("skip", sa.BigInteger, nullable=True),
    document("facts"),
    moment("created_at"),
    moment("due_at"),
    sa.Column("failures", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("error_message", sa.Text, nullable=False, server_default=""),
    one_of("kind", NoticeKind),
    sa.Index("ix_announcement_due_at", "due_at", "key"),
)

#: Which reminders a task has given rise to, once per kind and deadline.
TASK_REMINDER = sa.Table(
    "task_reminder",
    METADATA,
    key_column("instance_key"),
    key_column("task_key"),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("due_at", sa.DateTime(timezone=True), primary_key=True),
    moment("told_at"),
    one_of("kind", NoticeKind),
)

#: One message to one address. ``cause``: the announcement. ``next_attempt_at`` is pushed forward
#: while a worker has it, so that one that was killed gives it back. ``bundled``: mail that waits
#: for the same moment goes out as one.
DISPATCH = sa.Table(
    "dispatch",
    METADATA,
    key_column(),
    sa.Column("cause", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("person_key", sa.BigInteger, sa.ForeignKey("person.key"), nullable=True),
    sa.Column("endpoint_key", sa.BigInteger, nullable=True),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("instance_key", sa.BigInteger, nullable=True),
    sa.Column("task_key", sa.BigInteger, nullable=True),
    sa.Column("language", sa.Text, nullable=False, server_default="zh"),
    sa.Column("line", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("bundled", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.SmallInteger, nullable=False, server_default="0"),
    moment("next_attempt_at"),
    sa.Column("last_error", sa.Text, nullable=False, server_default=""),
    moment("created_at"),
    moment("ended_at", nullable=True),
    sa.UniqueConstraint(
        "cause", "channel", "person_key", "endpoint_key", postgresql_nulls_not_distinct=True
    ),
    one_of("kind", NoticeKind),
    one_of("channel", Channel),
    one_of("state", DispatchState),
    sa.CheckConstraint(
        "(ended_at is null) = (state in ('PENDING', 'FAILED'))", name="ended_with_moment"
    ),
    sa.CheckConstraint("attempts >= 0", name="attempts_not_negative"),
    sa.CheckConstraint(
        "(endpoint_key is null) = (channel = 'email')", name="endpoint_unless_email"
    ),
    sa.Index(
        "ix_dispatch_due",
        "next_attempt_at",
        "key",
        postgresql_where=sa.text("state in ('PENDING', 'FAILED')"),
    ),
    sa.Index(
        "ix_dispatch_bundle",
        "person_key",
        "next_attempt_at",
        postgresql_where=sa.text("state in ('PENDING', 'FAILED') and bundled"),
    ),
    sa.Index("ix_dispatch_state", "state", "key"),
)

#: ``channels``: kind → list of channels, where it differs from what is usual.
PREFERENCE = sa.Table(
    "notice_preference",
    METADATA,
    sa.Column("person_key", sa.BigInteger, sa.ForeignKey("person.key"), primary_key=True),
    document("channels"),
    sa.Column("quiet_from", sa.Time, nullable=True),
    sa.Column("quiet_to", sa.Time, nullable=True),
    sa.Column("quiet_rest_days", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("urgent_breaks", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("digest", sa.Text, nullable=False, server_default="none"),
    sa.Column("digest_at", sa.Time, nullable=False, server_default="08:30"),
    sa.Column("language", sa.Text, nullable=False, server_default="zh"),
    moment("updated_at"),
    one_of("digest", Digest),
    sa.CheckConstraint("(quiet_from is null) = (quiet_to is null)", name="quiet_hours_whole"),
    sa.CheckConstraint("language in ('zh', 'en')", name="language_known"),
)

#: The bureau's own wording of a kind; "" = the usual one.
NOTICE_TEMPLATE = sa.Table(
    "notice_template",
    METADATA,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("language", sa.Text, primary_key=True),
    sa.Column("line", sa.Text, nullable=False, server_default=""),
    sa.Column("subject", sa.Text, nullable=False, server_default=""),
    sa.Column("body", sa.Text, nullable=False, server_default=""),
    sa.Column("updated_by", sa.Text, nullable=False),
    moment("updated_at"),
    one_of("kind", NoticeKind),
    sa.CheckConstraint("language in ('zh', 'en')", name="language_known"),
)

#: The one mail server that letters leave by. ``password``: sealed.
MAIL_SERVER = sa.Table(
    "mail_server",
    METADATA,
    sa.Column("number", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("port", sa.Integer, nullable=False),
    sa.Column("security", sa.Text, nullable=False),
    sa.Column("username", sa.Text, nullable=False, server_default=""),
    sa.Column("password", sa.LargeBinary, nullable=True),
    sa.Column("sender", sa.Text, nullable=False),
    sa.Column("sender_name", sa.Text, nullable=False, server_default=""),
    sa.Column("updated_by", sa.Text, nullable=False),
    moment("updated_at"),
    sa.CheckConstraint("number = 1", name="only_one"),
    sa.CheckConstraint("security in ('none', 'starttls', 'tls')", name="security_known"),
    sa.CheckConstraint("port between 1 and 65535", name="port_in_range"),
)

#: Where the bureau's own systems are told. ``url`` and ``secret``: sealed. ``kinds``: of events.
ENDPOINT = sa.Table(
    "endpoint",
    METADATA,
    key_column(),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("url", sa.LargeBinary, nullable=False),
    sa.Column("shown_url", sa.Text, nullable=False),
    sa.Column("secret", sa.LargeBinary, nullable=True),
    sa.Column("kinds", postgresql.ARRAY(sa.Text), nullable=False),
    sa.Column("with_recipients", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("created_by", sa.Text, nullable=False),
    moment("created_at"),
    sa.CheckConstraint("channel in ('webhook', 'service')", name="channel_of_endpoint"),
    sa.CheckConstraint("(secret is null) = (channel = 'service')", name="secret_signs_webhooks"),
)

#: The hosts that webhooks may go to: a host name or address, with a port where it is not the usual.
ALLOWED_HOST = sa.Table(
    "allowed_host",
    METADATA,
    sa.Column("host", sa.Text, primary_key=True),
    sa.Column("added_by", sa.Text, nullable=False),
    moment("added_at"),
    sa.CheckConstraint("host = lower(host)", name="host_lower"),
)
