"""Operations on many cases: the order, and its frozen list of cases."""

from __future__ import annotations

import sqlalchemy as sa

from engine.model.batches import BatchKind, BatchState, ItemState
from engine.storage.tables.base import METADATA, document, key_column, moment, one_of

#: ``plan``: what is done to each case. Who ordered it acts in each case with the rights that he
#: has at that moment.
BATCH_OPERATION = sa.Table(
    "batch_operation",
    METADATA,
    key_column(),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    document("plan"),
    sa.Column("selection", sa.Text, nullable=False, server_default=""),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("created_by_key", sa.BigInteger, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    moment("created_at"),
    moment("ended_at", nullable=True),
    sa.Column("total", sa.Integer, nullable=False),
    one_of("kind", BatchKind),
    one_of("state", BatchState),
    sa.CheckConstraint(
        "(ended_at is null) = (state in ('ACTIVE', 'SUSPENDED'))", name="ended_with_moment"
    ),
    sa.Index("ix_batch_operation_open", "key", postgresql_where=sa.text("state = 'ACTIVE'")),
)

BATCH_OPERATION_ITEM = sa.Table(
    "batch_operation_item",
    METADATA,
    key_column("batch_key"),
    key_column("instance_key"),
    sa.Column("state", sa.Text, nullable=False, server_default="ACTIVE"),
    moment("processed_at", nullable=True),
    sa.Column("message", sa.Text, nullable=False, server_default=""),
    one_of("state", ItemState),
    sa.CheckConstraint("(processed_at is null) = (state = 'ACTIVE')", name="processed_with_moment"),
    sa.Index(
        "ix_batch_operation_item_open",
        "batch_key",
        "instance_key",
        postgresql_where=sa.text("state = 'ACTIVE'"),
    ),
    sa.Index("ix_batch_operation_item_state", "batch_key", "state"),
    sa.Index("ix_batch_operation_item_instance", "instance_key"),
)
