"""Who must keep away from which case, and the relations that this is found by."""

from __future__ import annotations

import sqlalchemy as sa

from engine.model.recusals import RecusalKind, RecusalState, RelationKind
from engine.storage.tables.base import METADATA, key_column, moment, one_of

#: ``username``: who is to keep away. ``asked_by``, ``decided_by``: usernames.
RECUSAL = sa.Table(
    "recusal",
    METADATA,
    key_column("instance_key"),
    key_column(),
    sa.Column("username", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("asked_by", sa.Text, nullable=False),
    moment("asked_at"),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("decided_by", sa.Text, nullable=True),
    moment("decided_at", nullable=True),
    sa.Column("note", sa.Text, nullable=False, server_default=""),
    one_of("kind", RecusalKind),
    one_of("state", RecusalState),
    sa.CheckConstraint("(decided_by is null) = (decided_at is null)", name="decided_by_somebody"),
    sa.CheckConstraint(
        "state not in ('REFUSED', 'LIFTED') or decided_by is not null", name="decided_when_over"
    ),
    sa.Index(
        "uq_recusal_in_force",
        "username",
        "instance_key",
        unique=True,
        postgresql_where=sa.text("state = 'IN_FORCE'"),
    ),
    sa.Index(
        "uq_recusal_asked",
        "instance_key",
        "username",
        unique=True,
        postgresql_where=sa.text("state = 'ASKED'"),
    ),
)

#: Both are usernames, the lesser one first, so that each pair is found by one look-up.
RELATION = sa.Table(
    "relation",
    METADATA,
    key_column(),
    sa.Column("username", sa.Text, nullable=False),
    sa.Column("other", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("since", sa.Date, nullable=False),
    sa.Column("until", sa.Date, nullable=True),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("entered_by", sa.Text, nullable=False),
    moment("entered_at"),
    sa.Column("revoked_by", sa.Text, nullable=True),
    moment("revoked_at", nullable=True),
    one_of("kind", RelationKind),
    sa.CheckConstraint('username collate "C" < other collate "C"', name="ordered"),
    sa.CheckConstraint("until >= since", name="ends_after_it_began"),
    sa.CheckConstraint("(revoked_by is null) = (revoked_at is null)", name="revoked_by_somebody"),
    sa.Index(
        "ix_relation_username",
        "username",
        "other",
        postgresql_where=sa.text("revoked_at is null"),
    ),
    sa.Index(
        "ix_relation_other",
        "other",
        "username",
        postgresql_where=sa.text("revoked_at is null"),
    ),
)

#: For how many years after its end an ORGANISATION relation counts, from a day on, and by what rule.
RECUSAL_TERM = sa.Table(
    "recusal_term",
    METADATA,
    sa.Column("effective_from", sa.Date, primary_key=True),
    sa.Column("years", sa.SmallInteger, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("entered_by", sa.Text, nullable=False),
    moment("entered_at"),
    sa.CheckConstraint("years between 0 and 20", name="years_in_range"),
)
