"""Filters of the inbox that people keep under names of their own."""

from __future__ import annotations

import sqlalchemy as sa

from engine.storage.tables.base import METADATA, key_column, moment

#: ``query``: the filter as a page's address has it; ``preferred``: the one that the inbox opens
#: with, at most one for each person.
SAVED_FILTER = sa.Table(
    "saved_filter",
    METADATA,
    key_column(),
    sa.Column("owner_key", sa.BigInteger, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("view", sa.Text, nullable=False),
    sa.Column("query", sa.Text, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("preferred", sa.Boolean, nullable=False, server_default=sa.false()),
    moment("created_at"),
    sa.Index("uq_saved_filter_name", "owner_key", "name", unique=True),
    sa.Index(
        "uq_saved_filter_preferred",
        "owner_key",
        unique=True,
        postgresql_where=sa.text("preferred"),
    ),
)
