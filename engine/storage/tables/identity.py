"""Units, people, roles, sessions, and the counters that throttle log-in."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from engine.storage.tables.base import METADATA, key_column, moment

#: ``path``: the keys from the root down to the unit itself, so that the ancestor on a level is
#: ``select key from unit where key = any(:path) and level = :level``.
UNIT = sa.Table(
    "unit",
    METADATA,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("level", sa.Text, nullable=False),
    sa.Column("parent", sa.Text, sa.ForeignKey("unit.key"), nullable=True, index=True),
    sa.Column("path", postgresql.ARRAY(sa.Text), nullable=False),
    sa.Column("position", sa.Integer, nullable=False, server_default="0"),
    sa.CheckConstraint(
        "level in ('city', 'county', 'street', 'village')",
        name="level_known",
    ),
    sa.CheckConstraint("key ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="key_shape"),
    sa.CheckConstraint("path[cardinality(path)] = key", name="path_ends_here"),
    sa.CheckConstraint("(parent is null) = (level = 'city')", name="root_is_city"),
)

#: ``username`` is lower case. ``password_hash``: argon2id in PHC form; null = cannot log in.
PERSON = sa.Table(
    "person",
    METADATA,
    key_column(),
    sa.Column("username", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("phone", sa.Text, nullable=False, server_default=""),
    sa.Column("email", sa.Text, nullable=False, server_default=""),
    sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("administrator", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("password_hash", sa.Text, nullable=True),
    moment("password_changed_at", nullable=True),
    moment("created_at"),
    sa.CheckConstraint("username = lower(username)", name="username_lower"),
)

#: The roles that memberships may name, with the names that people read. ``level``: of the units
#: at which the role is held; null for applicants' roles, which are held anywhere.
ROLE = sa.Table(
    "role",
    METADATA,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("level", sa.Text, nullable=True),
    sa.Column("position", sa.Integer, nullable=False, server_default="0"),
    sa.CheckConstraint("key ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="key_shape"),
)

MEMBERSHIP = sa.Table(
    "membership",
    METADATA,
    sa.Column("person_key", sa.BigInteger, sa.ForeignKey("person.key"), primary_key=True),
    sa.Column("role", sa.Text, sa.ForeignKey("role.key"), primary_key=True),
    sa.Column("unit", sa.Text, sa.ForeignKey("unit.key"), primary_key=True),
    moment("since"),
    sa.Index("ix_membership_role_unit", "role", "unit", "person_key"),
)

#: Live while ``closed_at`` is null and ``expires_at`` lies ahead; every write looks here.
SESSION = sa.Table(
    "session",
    METADATA,
    key_column(),
    sa.Column("person_key", sa.BigInteger, sa.ForeignKey("person.key"), nullable=False),
    moment("opened_at"),
    moment("expires_at"),
    moment("closed_at", nullable=True),
    sa.Column("closed_because", sa.Text, nullable=True),
    sa.Column("address", sa.Text, nullable=False, server_default=""),
    sa.CheckConstraint("(closed_at is null) = (closed_because is null)", name="closed_with_reason"),
    sa.Index("ix_session_live", "person_key", postgresql_where=sa.text("closed_at is null")),
    sa.Index("ix_session_expires_at", "expires_at"),
)

#: Only the SHA-256 of a refresh token is kept. A used one that comes again closes the session.
REFRESH_TOKEN = sa.Table(
    "refresh_token",
    METADATA,
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column(
        "session_key",
        sa.BigInteger,
        sa.ForeignKey("session.key", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    moment("issued_at"),
    moment("used_at", nullable=True),
)

#: Attempts to log in, by what they are counted for (an HMAC of account, address, or both).
LOG_IN_ATTEMPT = sa.Table(
    "log_in_attempt",
    METADATA,
    sa.Column("number", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("subject", sa.LargeBinary, nullable=False),
    moment("at"),
    sa.Index("ix_log_in_attempt_subject_at", "subject", "at"),
)
