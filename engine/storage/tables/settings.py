"""What administrators switch on and off for the whole installation."""

from __future__ import annotations

import sqlalchemy as sa

from engine.storage.tables.base import METADATA, moment

SWITCH = sa.Table(
    "switch",
    METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("on", sa.Boolean, nullable=False),
    sa.Column("changed_by", sa.Text, nullable=False),
    moment("changed_at"),
)
