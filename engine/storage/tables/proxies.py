"""Absence proxies (代理): who acts for whom, when, and in which services."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from engine.storage.tables.base import METADATA, key_column, moment

#: ``principal``, ``proxy``: usernames. ``process_ids`` empty: all services.
PROXY = sa.Table(
    "proxy",
    METADATA,
    key_column(),
    sa.Column("principal", sa.Text, nullable=False),
    sa.Column("proxy", sa.Text, nullable=False),
    sa.Column("process_ids", postgresql.ARRAY(sa.Text), nullable=False),
    moment("starts_at"),
    moment("ends_at"),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    moment("created_at"),
    sa.Column("revoked_by", sa.Text, nullable=True),
    moment("revoked_at", nullable=True),
    sa.CheckConstraint("principal <> proxy", name="of_somebody_else"),
    sa.CheckConstraint("starts_at < ends_at", name="ends_after_it_began"),
    sa.CheckConstraint("(revoked_by is null) = (revoked_at is null)", name="revoked_by_somebody"),
    sa.Index("ix_proxy_proxy", "proxy", "ends_at", postgresql_where=sa.text("revoked_at is null")),
    sa.Index(
        "ix_proxy_principal",
        "principal",
        "ends_at",
        postgresql_where=sa.text("revoked_at is null"),
    ),
)
