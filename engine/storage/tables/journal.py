"""The record of every command, and the answers kept for repeated requests."""

from __future__ import annotations

import sqlalchemy as sa

from engine.storage.tables.base import METADATA, document, key_column, moment

#: ``facts``: canonical JSON, the very text that the digest is over. ``said``: the salted hashes of
#: the personal parts, by part, canonical JSON too. Append-only.
JOURNAL = sa.Table(
    "journal",
    METADATA,
    key_column("instance_key"),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    moment("at"),
    sa.Column("actor_key", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("element_key", sa.BigInteger, nullable=True),
    sa.Column("element_id", sa.Text, nullable=True),
    sa.Column("facts", sa.Text, nullable=False),
    sa.Column("said", sa.Text, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.CheckConstraint("number > 0", name="number_positive"),
    sa.CheckConstraint("octet_length(digest) = 32", name="digest_length"),
    sa.Index("ix_journal_actor_key", "actor_key", "at"),
    # by ranges of blocks: costs next to nothing where rows only ever come at the end
    sa.Index("ix_journal_at", "at", postgresql_using="brin"),
)

#: Personal data that a journal row speaks of; may be erased without breaking the chain.
JOURNAL_SAID = sa.Table(
    "journal_said",
    METADATA,
    key_column("instance_key"),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("part", sa.Text, primary_key=True),
    sa.Column("salt", sa.LargeBinary, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
)

#: ``answer``: what the first request was answered, to be given again to the same request.
IDEMPOTENCY = sa.Table(
    "idempotency",
    METADATA,
    key_column("principal"),
    sa.Column("operation", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
    document("answer"),
    moment("at"),
    sa.Index("ix_idempotency_at", "at"),
)
