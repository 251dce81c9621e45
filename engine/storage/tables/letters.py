"""Letters and the templates that they are written by."""

from __future__ import annotations

import sqlalchemy as sa

from engine.model.letters import LetterState, TemplateState
from engine.storage.tables.base import METADATA, document, key_column, moment, one_of

#: Versions; the one in force on a day is the published one with the latest ``effective_from``.
LETTER_TEMPLATE = sa.Table(
    "letter_wording",
    METADATA,
    key_column(),
    sa.Column("template_id", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    document("texts"),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("effective_from", sa.Date, nullable=False),
    sa.Column("drafted_by", sa.BigInteger, nullable=False),
    sa.Column("drafted_by_name", sa.Text, nullable=False),
    moment("drafted_at"),
    sa.Column("published_by", sa.BigInteger, nullable=True),
    sa.Column("published_by_name", sa.Text, nullable=False, server_default=""),
    moment("decided_at", nullable=True),
    sa.Column("note", sa.Text, nullable=False, server_default=""),
    sa.UniqueConstraint("template_id", "version"),
    one_of("state", TemplateState),
    sa.CheckConstraint("template_id ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="template_id_shape"),
    sa.CheckConstraint("(decided_at is null) = (state = 'PROPOSED')", name="decided_with_moment"),
    sa.Index(
        "ix_letter_wording_in_force",
        "template_id",
        sa.text("effective_from desc"),
        sa.text("version desc"),
        postgresql_where=sa.text("state = 'PUBLISHED'"),
    ),
)

#: ``content``: what it says, sealed. One letter per step and stay on it (``element_key``).
LETTER = sa.Table(
    "letter",
    METADATA,
    key_column(),
    sa.Column("instance_key", sa.BigInteger, nullable=False),
    sa.Column("element_key", sa.BigInteger, nullable=False),
    sa.Column("element_id", sa.Text, nullable=False),
    sa.Column("version_key", sa.BigInteger, nullable=False),
    sa.Column("template_id", sa.Text, nullable=False),
    sa.Column("template_name", sa.Text, nullable=False),
    sa.Column("series", sa.Text, nullable=False),
    sa.Column("year", sa.Integer, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("symbol", sa.Text, nullable=False, unique=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("unit", sa.Text, nullable=False),
    sa.Column("addressee_mask", sa.Text, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("code", sa.Text, nullable=False, unique=True),
    sa.Column("state", sa.Text, nullable=False),
    moment("issued_at"),
    sa.Column("document_key", sa.BigInteger, nullable=True),
    sa.Column("sha256", sa.Text, nullable=False, server_default=""),
    sa.Column("attempts", sa.SmallInteger, nullable=False, server_default="0"),
    moment("next_attempt_at"),
    sa.Column("last_error", sa.Text, nullable=False, server_default=""),
    moment("revoked_at", nullable=True),
    sa.Column("revoked_because", sa.Text, nullable=False, server_default=""),
    sa.UniqueConstraint("series", "year", "number"),
    sa.UniqueConstraint("instance_key", "element_key", "template_id"),
    one_of("state", LetterState),
    sa.CheckConstraint(
        "(revoked_at is not null) = (state = 'REVOKED')", name="revoked_with_moment"
    ),
    sa.CheckConstraint("state <> 'READY' or document_key is not null", name="ready_with_document"),
    sa.CheckConstraint("(document_key is null) = (sha256 = '')", name="document_with_digest"),
    sa.Index("ix_letter_to_make", "next_attempt_at", postgresql_where=sa.text("state = 'ISSUED'")),
)
