"""The holiday notices that administrators entered, beside those that come with the software."""

from __future__ import annotations

import sqlalchemy as sa

from engine.storage.tables.base import METADATA, document, moment

#: ``notice``: a table as ``engine.calendar.tables`` reads it.
CALENDAR_NOTICE = sa.Table(
    "calendar_notice",
    METADATA,
    sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("number", sa.Text, primary_key=True),
    document("notice"),
    moment("entered_at"),
    sa.Column("entered_by", sa.Text, nullable=False),
    moment("recounted_at", nullable=True),
)
