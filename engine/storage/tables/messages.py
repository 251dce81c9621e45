"""Messages and signals on their way to instances."""

from __future__ import annotations

import sqlalchemy as sa

from engine.model.effects import SubscriptionKind
from engine.storage.tables.base import METADATA, document, key_column, moment, one_of

#: A published message, kept until it expires for subscriptions still to come.
MESSAGE = sa.Table(
    "message",
    METADATA,
    key_column(),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("correlation_key", sa.Text, nullable=False),
    sa.Column("message_id", sa.Text, nullable=True),
    document("variables"),
    moment("published_at"),
    moment("expires_at"),
    sa.Index("ix_message_name", "name", "correlation_key", "key"),
    sa.Index("ix_message_expires_at", "expires_at"),
    sa.Index(
        "uq_message_message_id",
        "name",
        "correlation_key",
        "message_id",
        unique=True,
        postgresql_where=sa.text("message_id is not null"),
    ),
)

#: A message is correlated at most once per process.
MESSAGE_CORRELATION = sa.Table(
    "message_correlation",
    METADATA,
    key_column("message_key"),
    sa.Column("process_id", sa.Text, primary_key=True),
    sa.Column("instance_key", sa.BigInteger, nullable=False),
)

#: The outbox: an event on its way to one instance, or to a definition that it starts. Written
#: with the step that threw it, worked off one instance at a time.
DELIVERY = sa.Table(
    "delivery",
    METADATA,
    key_column(),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("correlation_key", sa.Text, nullable=False, server_default=""),
    sa.Column("message_key", sa.BigInteger, nullable=True),
    sa.Column("instance_key", sa.BigInteger, nullable=True),
    sa.Column("subscription_key", sa.BigInteger, nullable=True),
    sa.Column("definition_key", sa.BigInteger, nullable=True),
    sa.Column("event_id", sa.Text, nullable=True),
    document("variables"),
    moment("created_at"),
    moment("due_at"),
    sa.Column("failures", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("error_message", sa.Text, nullable=False, server_default=""),
    one_of("kind", SubscriptionKind),
    sa.Index("ix_delivery_due_at", "due_at", "key"),
)
