"""Usual phrases (常用语): what a person writes under decisions again and again."""

from __future__ import annotations

import sqlalchemy as sa

from engine.storage.tables.base import METADATA, key_column, moment

PHRASE = sa.Table(
    "phrase",
    METADATA,
    key_column(),
    sa.Column("owner_key", sa.BigInteger, sa.ForeignKey("person.key"), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    moment("created_at"),
    sa.UniqueConstraint("owner_key", "text", name="uq_phrase_owner_key_text"),
    sa.CheckConstraint("text <> ''", name="text_not_empty"),
)
