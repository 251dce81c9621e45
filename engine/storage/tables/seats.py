"""Seats of user tasks: one row each, which is the ledger that votes are counted from.

A task has rows here once it has several seats or one of them was delegated or added to; a plain
task's one seat is its row in ``user_task`` (assignee or candidates).
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from engine.model.seats import Ended, SeatKind, SeatState
from engine.storage.tables.base import METADATA, document, key_column, moment, one_of

_ENDED = ", ".join(f"'{reason}'" for reason in Ended)

#: ``holder``, ``first_holder``, ``added_by``, ``actor``, ``on_behalf_of`` and ``stack`` are
#: usernames. ``due_at`` is the task's, ``infinity`` without one, so that a list is an index walk.
SEAT = sa.Table(
    "seat",
    METADATA,
    key_column("instance_key"),
    key_column(),
    key_column("task_key", primary_key=False),
    sa.Column("process_id", sa.Text, nullable=False),
    sa.Column("ordinal", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("holder", sa.Text, nullable=True),
    sa.Column("first_holder", sa.Text, nullable=True),
    sa.Column("role", sa.Text, nullable=True),
    sa.Column("unit", sa.Text, nullable=True),
    sa.Column("stack", postgresql.ARRAY(sa.Text), nullable=False),
    sa.Column("added_by", sa.Text, nullable=True),
    sa.Column("parent_key", sa.BigInteger, nullable=True),
    sa.Column("weight", sa.Numeric, nullable=False),
    sa.Column("outcome", sa.Text, nullable=True),
    sa.Column("opinion", sa.Text, nullable=False),
    sa.Column("reason_code", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=True),
    sa.Column("on_behalf_of", sa.Text, nullable=True),
    sa.Column("cast", sa.Integer, nullable=False),
    document("submission"),
    moment("opened_at", nullable=True),
    moment("ended_at", nullable=True),
    moment("due_at"),
    sa.Column("reason", sa.Text, nullable=False),
    one_of("kind", SeatKind),
    one_of("state", SeatState),
    sa.CheckConstraint(
        "(ended_at is null) = (state in ('WAITING', 'OPEN'))", name="ended_with_moment"
    ),
    sa.CheckConstraint("(actor is null) = (state <> 'DONE')", name="done_by_somebody"),
    sa.CheckConstraint("outcome is null or state = 'DONE'", name="outcome_when_done"),
    sa.CheckConstraint("(\"cast\" = 0) = (state <> 'DONE')", name="cast_when_done"),
    sa.CheckConstraint(
        f"case when state = 'CANCELED' then reason in ({_ENDED}) else reason = '' end",
        name="reason_when_canceled",
    ),
    sa.CheckConstraint(
        "(kind = 'ORIGINAL') = (parent_key is null) and (kind = 'ORIGINAL') = (added_by is null)",
        name="added_to_a_seat",
    ),
    sa.CheckConstraint(
        "state = 'CANCELED' or holder is not null or (role is not null and unit is not null)",
        name="somebody_s",
    ),
    sa.CheckConstraint("holder is not null or stack = '{}'", name="delegated_to_somebody"),
    sa.CheckConstraint("not holder = any(stack)", name="delegated_to_another"),
    sa.CheckConstraint("weight >= 0", name="weight_not_negative"),
    sa.Index("ix_seat_task_key", "instance_key", "task_key"),
    sa.Index("uq_seat_ordinal", "instance_key", "task_key", "ordinal", unique=True),
    sa.Index(
        "uq_seat_holder",
        "instance_key",
        "task_key",
        "holder",
        unique=True,
        postgresql_where=sa.text("state in ('WAITING', 'OPEN') and holder is not null"),
    ),
    sa.Index(
        "uq_seat_cast",
        "instance_key",
        "task_key",
        sa.text('"cast"'),
        unique=True,
        postgresql_where=sa.text("state = 'DONE'"),
    ),
    sa.Index(
        "ix_seat_walk",
        "holder",
        "due_at",
        "task_key",
        postgresql_where=sa.text("state = 'OPEN' and holder is not null"),
        postgresql_include=["process_id", "instance_key"],
    ),
    sa.Index(
        "ix_seat_service_walk",
        "holder",
        "process_id",
        "due_at",
        "task_key",
        postgresql_where=sa.text("state = 'OPEN' and holder is not null"),
        postgresql_include=["instance_key"],
    ),
    sa.Index(
        "ix_seat_waiting",
        "holder",
        postgresql_where=sa.text("state = 'WAITING' and holder is not null"),
    ),
    sa.Index(
        "ix_seat_added_by",
        "added_by",
        postgresql_where=sa.text("state in ('WAITING', 'OPEN') and added_by is not null"),
    ),
    sa.Index(
        "ix_seat_stack",
        "stack",
        postgresql_using="gin",
        postgresql_where=sa.text("state in ('WAITING', 'OPEN') and stack <> '{}'"),
    ),
    sa.Index(
        "ix_seat_actor",
        "actor",
        sa.text("ended_at desc"),
        postgresql_where=sa.text("state = 'DONE'"),
        postgresql_include=["task_key", "instance_key"],
    ),
    postgresql_with={"fillfactor": 70},
)
