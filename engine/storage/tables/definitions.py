"""What has been deployed: resources and the definitions in them, never changed afterwards."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from engine.model.definitions import ResourceKind
from engine.model.effects import SubscriptionKind
from engine.storage.tables.base import METADATA, document, key_column, moment, one_of

DEPLOYMENT = sa.Table(
    "deployment",
    METADATA,
    key_column(),
    moment("deployed_at"),
    sa.Column("deployed_by_key", sa.BigInteger, nullable=False),
    sa.Column("deployed_by", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False, server_default=""),
)

#: ``content``: the file as it was deployed, byte for byte.
RESOURCE = sa.Table(
    "resource",
    METADATA,
    key_column(),
    sa.Column("deployment_key", sa.BigInteger, sa.ForeignKey("deployment.key"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("sha256", sa.LargeBinary, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    one_of("kind", ResourceKind),
    sa.Index("ix_resource_deployment_key", "deployment_key"),
    sa.Index("ix_resource_kind_name_sha256", "kind", "name", "sha256"),
)


def _definition_columns(identity: str) -> tuple[sa.schema.SchemaItem, ...]:
    """The columns that processes, decisions and forms have in common."""
    return (
        key_column(),
        sa.Column(identity, sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("resource_key", sa.BigInteger, sa.ForeignKey("resource.key"), nullable=False),
        sa.Column("latest", sa.Boolean, nullable=False),
        sa.Column("version_tag", sa.Text, nullable=False, server_default=""),
        sa.UniqueConstraint(identity, "version"),
        sa.CheckConstraint("version > 0", name="version_positive"),
    )


#: ``starters``: roles that may open a case, ``*`` = everybody logged in. ``properties``: the
#: process's ``zeebe:properties``.
PROCESS_DEFINITION = sa.Table(
    "process_definition",
    METADATA,
    *_definition_columns("process_id"),
    sa.Column("start_form", sa.Text, nullable=True),
    sa.Column("description", sa.Text, nullable=False, server_default=""),
    sa.Column("starters", postgresql.ARRAY(sa.Text), nullable=False),
    document("properties"),
    moment("deployed_at"),
    sa.Column("deployed_by", sa.Text, nullable=False),
    sa.Index(
        "uq_process_definition_latest",
        "process_id",
        unique=True,
        postgresql_where=sa.text("latest"),
    ),
)

DECISION_DEFINITION = sa.Table(
    "decision_definition",
    METADATA,
    *_definition_columns("decision_id"),
    sa.Column("requirements_id", sa.Text, nullable=False),
    sa.Column("requirements_name", sa.Text, nullable=False),
    sa.Index(
        "uq_decision_definition_latest",
        "decision_id",
        unique=True,
        postgresql_where=sa.text("latest"),
    ),
)

FORM_DEFINITION = sa.Table(
    "form_definition",
    METADATA,
    *_definition_columns("form_id"),
    sa.Index(
        "uq_form_definition_latest", "form_id", unique=True, postgresql_where=sa.text("latest")
    ),
)

#: What an instance is pinned to: ``{"process_id": …, "processes": {id: key}, "decisions": …,
#: "forms": …}``; instances that start from the same versions share a row.
BUNDLE = sa.Table(
    "bundle",
    METADATA,
    key_column(),
    sa.Column("definition_key", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False, unique=True),
    document("pins"),
)

#: Message and signal start events of the latest version of each process.
START_SUBSCRIPTION = sa.Table(
    "start_subscription",
    METADATA,
    sa.Column("definition_key", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("event_id", sa.Text, primary_key=True),
    sa.Column("process_id", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    one_of("kind", SubscriptionKind),
    sa.Index("ix_start_subscription_name", "kind", "name"),
)

#: Timer start events of the latest version of each process. ``repetitions``: after the next one.
START_TIMER = sa.Table(
    "start_timer",
    METADATA,
    sa.Column("definition_key", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("event_id", sa.Text, primary_key=True),
    sa.Column("process_id", sa.Text, nullable=False),
    moment("due_at"),
    sa.Column("repetitions", sa.Integer, nullable=True),
    sa.Index("ix_start_timer_due_at", "due_at"),
)
