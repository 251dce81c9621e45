"""Lists of cases to be destroyed, the register of what was, and holds. Nothing here is personal."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from engine.model.retention import ItemState, ListState, Stage
from engine.storage.tables.base import METADATA, key_column, moment, one_of

DISPOSAL_LIST = sa.Table(
    "disposal_list",
    METADATA,
    key_column(),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    moment("proposed_at"),
    sa.Column("confirmed_by", sa.BigInteger, nullable=True),
    sa.Column("confirmed_by_name", sa.Text, nullable=False, server_default=""),
    moment("confirmed_at", nullable=True),
    sa.Column("approved_by", sa.BigInteger, nullable=True),
    sa.Column("approved_by_name", sa.Text, nullable=False, server_default=""),
    moment("approved_at", nullable=True),
    moment("done_at", nullable=True),
    sa.Column("note", sa.Text, nullable=False, server_default=""),
    one_of("stage", Stage),
    one_of("state", ListState),
    sa.CheckConstraint(
        "approved_by is null or (confirmed_by is not null and approved_by <> confirmed_by)",
        name="two_people",
    ),
    sa.CheckConstraint(
        "state not in ('APPROVED', 'DONE') or approved_by is not null", name="approved_by_somebody"
    ),
)

#: The register: stays for good. ``journal_number`` and ``journal_digest``: the head of the case's
#: journal, as it was and as checkpoints prove it. ``files``: still to be deleted from the store.
DISPOSAL = sa.Table(
    "disposal",
    METADATA,
    key_column(),
    sa.Column("list_key", sa.BigInteger, nullable=False),
    sa.Column("instance_key", sa.BigInteger, nullable=False),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("process_id", sa.Text, nullable=False),
    sa.Column("process_name", sa.Text, nullable=False),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("rule", sa.Text, nullable=False),
    moment("ended_at"),
    sa.Column("journal_number", sa.Integer, nullable=False),
    sa.Column("journal_digest", sa.LargeBinary, nullable=False),
    sa.Column("files", postgresql.ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    moment("done_at", nullable=True),
    one_of("stage", Stage),
    one_of("state", ItemState),
    sa.CheckConstraint("(done_at is null) = (state <> 'DONE')", name="done_with_moment"),
    sa.Index("ix_disposal_list_key", "list_key", "state", "key"),
    sa.Index(
        "uq_disposal_case",
        "instance_key",
        "stage",
        unique=True,
        postgresql_where=sa.text("state <> 'KEPT'"),
    ),
    sa.Index("ix_disposal_number", "number"),
    sa.Index("ix_disposal_files", "key", postgresql_where=sa.text("files <> '{}'")),
)

LEGAL_HOLD = sa.Table(
    "legal_hold",
    METADATA,
    key_column(),
    sa.Column("instance_key", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("placed_by_name", sa.Text, nullable=False),
    moment("placed_at"),
    sa.Column("lifted_by_name", sa.Text, nullable=False, server_default=""),
    moment("lifted_at", nullable=True),
    sa.Index(
        "uq_legal_hold_live",
        "instance_key",
        unique=True,
        postgresql_where=sa.text("lifted_at is null"),
    ),
)
