"""What people have typed and not yet sent; encrypted, since it may be anything."""

from __future__ import annotations

import sqlalchemy as sa

from engine.storage.tables.base import METADATA, key_column, moment

FORM_DRAFT = sa.Table(
    "form_draft",
    METADATA,
    key_column(),
    sa.Column("owner_key", sa.BigInteger, nullable=False),
    sa.Column("process_id", sa.Text, nullable=False),
    sa.Column("task_key", sa.BigInteger, nullable=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False, server_default="1"),
    moment("saved_at"),
    sa.Index(
        "uq_form_draft_place",
        "owner_key",
        "process_id",
        sa.text("coalesce(task_key, 0)"),
        unique=True,
    ),
    sa.Index("ix_form_draft_saved_at", "saved_at"),
)
