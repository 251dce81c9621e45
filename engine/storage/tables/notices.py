"""Notices: what the system tells a person about a case, in the application itself."""

from __future__ import annotations

import sqlalchemy as sa

from engine.model.notifications import NoticeKind
from engine.storage.tables.base import METADATA, key_column, moment, one_of

#: One row per person told. ``cause`` (the job or task that gave rise to it) makes a repeat of the
#: same telling a no-op. ``kind``: of ``engine.model.notifications.NoticeKind``.
NOTICE = sa.Table(
    "notice",
    METADATA,
    key_column(),
    sa.Column("person_key", sa.BigInteger, sa.ForeignKey("person.key"), nullable=False),
    sa.Column("instance_key", sa.BigInteger, nullable=True),
    sa.Column("task_key", sa.BigInteger, nullable=True),
    sa.Column("cause", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.Text, nullable=False, server_default="message"),
    sa.Column("text", sa.Text, nullable=False),
    moment("created_at"),
    moment("read_at", nullable=True),
    sa.UniqueConstraint("person_key", "cause"),
    one_of("kind", NoticeKind),
    sa.CheckConstraint("length(text) between 1 and 2000", name="text_length"),
    sa.Index("ix_notice_person_key_key", "person_key", "key"),
    sa.Index("ix_notice_unread", "person_key", postgresql_where=sa.text("read_at is null")),
)
