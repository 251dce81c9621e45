"""Diagrams, decisions and forms being edited, on their way to a published version."""

from __future__ import annotations

import sqlalchemy as sa

from engine.model.definitions import ResourceKind
from engine.model.states import PublicationState
from engine.storage.tables.base import METADATA, key_column, moment, one_of

#: ``resource_id``: the id of the process, decision model or form inside.
#: ``base_key``: the published definition that was opened for editing, if there was one.
RESOURCE_DRAFT = sa.Table(
    "resource_draft",
    METADATA,
    key_column(),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("resource_id", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("resource", sa.Text, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("base_key", sa.BigInteger, nullable=True),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("edited_by_key", sa.BigInteger, nullable=False),
    sa.Column("edited_by", sa.Text, nullable=False),
    moment("edited_at"),
    sa.Column("proposed_by_key", sa.BigInteger, nullable=True),
    sa.Column("proposed_by", sa.Text, nullable=True),
    moment("proposed_at", nullable=True),
    sa.Column("decided_by_key", sa.BigInteger, nullable=True),
    sa.Column("decided_by", sa.Text, nullable=True),
    moment("decided_at", nullable=True),
    sa.Column("deployment_key", sa.BigInteger, nullable=True),
    sa.Column("note", sa.Text, nullable=False, server_default=""),
    one_of("kind", ResourceKind),
    one_of("state", PublicationState),
    sa.CheckConstraint("revision > 0", name="revision_positive"),
    sa.CheckConstraint(
        "state <> 'PROPOSED' or proposed_by_key is not null", name="proposed_by_somebody"
    ),
    sa.Index(
        "ix_resource_draft_open",
        "edited_at",
        postgresql_where=sa.text("state in ('DRAFT', 'PROPOSED')"),
    ),
)

#: Acts that belong to no case: publishing, roles, people, the calendar. Append-only; each stream
#: is a chain of digests of its own.
ACT = sa.Table(
    "act",
    METADATA,
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    moment("at"),
    sa.Column("actor_key", sa.BigInteger, nullable=False),
    sa.Column("actor_name", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("facts", sa.Text, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Index("ix_act_at", "at"),
)
