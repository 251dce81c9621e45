"""Who looked at what in clear, for which purpose, and until when."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from engine.storage.tables.base import METADATA, key_column, moment

#: An audit row each; append-only. ``kinds``: see ``engine.forms.masks.Kind``. ``until``: when the
#: masks fall again.
UNMASKING = sa.Table(
    "unmasking",
    METADATA,
    key_column(),
    sa.Column("instance_key", sa.BigInteger, nullable=False),
    sa.Column("person_key", sa.BigInteger, nullable=False),
    sa.Column("username", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("kinds", postgresql.ARRAY(sa.Text), nullable=False),
    moment("at"),
    moment("until"),
    sa.CheckConstraint("cardinality(kinds) > 0", name="kinds_named"),
    sa.CheckConstraint("until > at", name="until_after_at"),
    sa.Index("ix_unmasking_live", "instance_key", "person_key", "until"),
    sa.Index("ix_unmasking_username", "username", "key"),
)
