"""Who was sent a case to read (抄送), and who pressed for it (催办)."""

from __future__ import annotations

import sqlalchemy as sa

from engine.storage.tables.base import METADATA, key_column, moment

#: One row for a person and a case, however often it is copied to him: the last copy counts, and
#: is unread again. ``copied_by``: a username, "" where the diagram asked for it. Written under the
#: lock of the instance, like whatever else belongs to it.
CARBON_COPY = sa.Table(
    "carbon_copy",
    METADATA,
    key_column("instance_key"),
    sa.Column("username", sa.Text, primary_key=True),
    key_column(primary_key=False),
    sa.Column("copied_by", sa.Text, nullable=False, server_default=""),
    sa.Column("element_id", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False, server_default=""),
    moment("created_at"),
    moment("read_at", nullable=True),
    sa.CheckConstraint("read_at is null or read_at >= created_at", name="read_after_created"),
    sa.Index(
        "ix_carbon_copy_walk",
        "username",
        sa.text("created_at desc"),
        sa.text("instance_key desc"),
    ),
    sa.Index(
        "ix_carbon_copy_unread",
        "username",
        sa.text("created_at desc"),
        sa.text("instance_key desc"),
        postgresql_where=sa.text("read_at is null"),
    ),
    postgresql_with={"fillfactor": 90},
)

#: Each time somebody pressed. ``tasks``: those that it was about.
URGE = sa.Table(
    "urge",
    METADATA,
    key_column("instance_key"),
    key_column(),
    sa.Column("username", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False, server_default=""),
    sa.Column("tasks", sa.ARRAY(sa.BigInteger), nullable=False),
    moment("created_at"),
    sa.CheckConstraint("cardinality(tasks) > 0", name="about_something"),
)
