"""Stored files: staged by whoever uploads them, then bound to a case by its commit."""

from __future__ import annotations

import sqlalchemy as sa

from engine.model.states import DocumentPurpose
from engine.storage.tables.base import METADATA, key_column, moment, one_of

#: ``store_key``: the random name under which the bytes lie in the document store.
#: ``purpose``: what it was bound as; those that are no material are for the staff only.
#: ``sealed``: the bytes there are encrypted (personal data of classes L3 and L4).
DOCUMENT = sa.Table(
    "document",
    METADATA,
    key_column(),
    sa.Column("instance_key", sa.BigInteger, nullable=True),
    sa.Column("owner_key", sa.BigInteger, nullable=False),
    sa.Column("owner_name", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("store_key", sa.Text, nullable=False, unique=True),
    sa.Column("sealed", sa.Boolean, nullable=False),
    moment("uploaded_at"),
    moment("bound_at", nullable=True),
    sa.Column("purpose", sa.Text, nullable=False, server_default=DocumentPurpose.MATERIAL.value),
    one_of("purpose", DocumentPurpose),
    sa.CheckConstraint("size >= 0", name="size_not_negative"),
    sa.CheckConstraint("(instance_key is null) = (bound_at is null)", name="bound_with_moment"),
    sa.Index(
        "ix_document_instance_key",
        "instance_key",
        postgresql_where=sa.text("instance_key is not null"),
    ),
    sa.Index("ix_document_staged", "uploaded_at", postgresql_where=sa.text("instance_key is null")),
)
