"""Running instances: position, variables, ledger, open work and what waits for it.

Every primary key starts with the instance's key, so that these tables can be partitioned or
distributed by it; for the same reason, and since each is written on the hot path, they hold no
foreign keys: whatever belongs to an instance is written under the lock of its row.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from engine.model.clock import StopKind
from engine.model.effects import SubscriptionKind
from engine.model.states import (
    IncidentState,
    InstanceState,
    JobKind,
    JobState,
    TaskState,
    VisitState,
)
from engine.storage.tables.base import METADATA, document, key_column, moment, one_of

#: Rows that are rewritten in place want room on their page.
_ROOMY = {"fillfactor": 70}


def _belongs_to_instance() -> tuple[sa.Column[int], sa.Column[int]]:
    return key_column("instance_key"), key_column()


#: ``revision`` grows with every command, ``counter`` with every part's key. ``journal_number``
#: and ``journal_digest`` are the head of the journal's chain. ``applicant`` is a username.
#: ``search``: what the case is found by, in lower case; ``grams``: its pairs of letters.
#: ``statutory_rule``: how the case's own period is counted (see ``user_task.due_rule``), null where
#: it has none; its day is unknown while the clock stands still (``clock_stopped_at``).
INSTANCE = sa.Table(
    "instance",
    METADATA,
    key_column(),
    sa.Column("definition_key", sa.BigInteger, nullable=False),
    sa.Column("bundle_key", sa.BigInteger, nullable=False),
    sa.Column("process_id", sa.Text, nullable=False),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("search", sa.Text, nullable=False),
    sa.Column("grams", postgresql.ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("applicant_key", sa.BigInteger, nullable=False),
    sa.Column("applicant", sa.Text, nullable=False),
    sa.Column("applicant_name", sa.Text, nullable=False),
    sa.Column("unit", sa.Text, nullable=False),
    moment("started_at"),
    moment("ended_at", nullable=True),
    sa.Column("result", sa.Text, nullable=False, server_default=""),
    sa.Column("revision", sa.Integer, nullable=False, server_default="1"),
    sa.Column("counter", sa.Integer, nullable=False, server_default="0"),
    sa.Column("journal_number", sa.Integer, nullable=False, server_default="0"),
    sa.Column("journal_digest", sa.LargeBinary, nullable=False),
    document("statutory_rule", nullable=True),
    moment("statutory_due_at", nullable=True),
    sa.Column("statutory_pending", sa.Boolean, nullable=False, server_default=sa.false()),
    moment("clock_stopped_at", nullable=True),
    sa.Column("clock_stop_kind", sa.Text, nullable=True),
    one_of("state", InstanceState),
    one_of("clock_stop_kind", StopKind),
    sa.CheckConstraint(
        "(clock_stopped_at is null) = (clock_stop_kind is null)", name="stopped_with_kind"
    ),
    sa.CheckConstraint(
        "(ended_at is null) = (state in ('ACTIVE', 'SUSPENDED'))", name="ended_with_moment"
    ),
    sa.Index("ix_instance_grams", "grams", postgresql_using="gin"),
    sa.Index("ix_instance_applicant_key", "applicant_key", "key"),
    sa.Index("ix_instance_process_id", "process_id", "state", "key"),
    sa.Index(
        "ix_instance_ended",
        "definition_key",
        "ended_at",
        postgresql_where=sa.text("ended_at is not null"),
    ),
    sa.Index("uq_instance_number", "number", unique=True, postgresql_where=sa.text("number <> ''")),
    sa.Index(
        "ix_instance_statutory",
        "key",
        postgresql_where=sa.text("state in ('ACTIVE', 'SUSPENDED') and statutory_rule is not null"),
    ),
    postgresql_with=_ROOMY,
)

#: Gapless numbers per series and year: taken inside the transaction that opens the case.
CASE_SERIES = sa.Table(
    "case_series",
    METADATA,
    sa.Column("series", sa.Text, primary_key=True),
    sa.Column("year", sa.Integer, primary_key=True),
    sa.Column("last", sa.Integer, nullable=False),
    sa.CheckConstraint("last > 0", name="last_positive"),
)

#: A token tree each (see ``engine.model.step.Scope``); rows exist while the scope lives.
SCOPE = sa.Table(
    "scope",
    METADATA,
    *_belongs_to_instance(),
    sa.Column("parent_key", sa.BigInteger, nullable=True),
    sa.Column("process_id", sa.Text, nullable=False),
    sa.Column("element_id", sa.Text, nullable=True),
    sa.Column("snapshot", sa.LargeBinary, nullable=False),
    sa.Index("ix_scope_parent_key", "instance_key", "parent_key"),
    postgresql_with=_ROOMY,
)

#: ``value``: JSON of ``engine.model.codec``.
VARIABLE = sa.Table(
    "variable",
    METADATA,
    key_column("instance_key"),
    key_column("scope_key"),
    sa.Column("name", sa.Text, primary_key=True),
    document("value"),
    postgresql_with=_ROOMY,
)

#: The ledger of tokens' stays on nodes.
VISIT = sa.Table(
    "visit",
    METADATA,
    *_belongs_to_instance(),
    sa.Column("scope_key", sa.BigInteger, nullable=False),
    sa.Column("element_id", sa.Text, nullable=False),
    sa.Column("element_type", sa.Text, nullable=False),
    sa.Column("flow_id", sa.Text, nullable=True),
    sa.Column("parents", postgresql.ARRAY(sa.BigInteger), nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    moment("entered_at"),
    moment("left_at", nullable=True),
    one_of("state", VisitState),
    sa.CheckConstraint("(left_at is null) = (state = 'ACTIVE')", name="left_with_moment"),
    sa.Index(
        "ix_visit_active",
        "instance_key",
        "scope_key",
        postgresql_where=sa.text("state = 'ACTIVE'"),
    ),
)

#: ``assignee`` and ``ended_by`` are usernames; ``seated``: its seats are rows of ``seat``, and it
#: has no assignee of its own while it is open. ``lane_kind``, ``separation`` (four-eyes group) and
#: the candidates as they were resolved stay with the task for good; ``due_at`` null and
#: ``due_pending``: the calendar it depends on is not published yet. ``urged``: how often somebody
#: pressed for it (催办), ``urged_at``: the last time. ``due_stopped``: the case's clock stands
#: still, and this deadline with it; ``due_rule``: how it is counted (null: a date that somebody
#: set). ``expiry_at``: when ``banshi:onExpiry`` holds; ``extensions``: how often that has extended
#: the deadline.
USER_TASK = sa.Table(
    "user_task",
    METADATA,
    *_belongs_to_instance(),
    sa.Column("scope_key", sa.BigInteger, nullable=False),
    sa.Column("process_id", sa.Text, nullable=False),
    sa.Column("element_id", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("assignee", sa.Text, nullable=True),
    sa.Column("lane_kind", sa.Text, nullable=True),
    sa.Column("candidate_groups", postgresql.ARRAY(sa.Text), nullable=False),
    sa.Column("candidate_users", postgresql.ARRAY(sa.Text), nullable=False),
    sa.Column("separation", sa.Text, nullable=True),
    sa.Column("form_id", sa.Text, nullable=True),
    sa.Column("form_key", sa.BigInteger, nullable=True),
    sa.Column("priority", sa.SmallInteger, nullable=False),
    moment("created_at"),
    moment("due_at", nullable=True),
    sa.Column("due_pending", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("due_stopped", sa.Boolean, nullable=False, server_default=sa.false()),
    document("due_rule", nullable=True),
    moment("expiry_at", nullable=True),
    sa.Column("extensions", sa.SmallInteger, nullable=False, server_default="0"),
    moment("follow_up_at", nullable=True),
    moment("ended_at", nullable=True),
    sa.Column("ended_by", sa.Text, nullable=True),
    sa.Column("on_behalf_of", sa.Text, nullable=True),
    sa.Column("outcome", sa.Text, nullable=True),
    sa.Column("seated", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("urged", sa.SmallInteger, nullable=False, server_default="0"),
    moment("urged_at", nullable=True),
    document("headers"),
    document("properties"),
    one_of("state", TaskState),
    sa.CheckConstraint("(ended_at is null) = (state = 'CREATED')", name="ended_with_moment"),
    sa.CheckConstraint("priority between 0 and 100", name="priority_in_range"),
    sa.CheckConstraint("not seated or assignee is null", name="seats_stand_for_themselves"),
    sa.CheckConstraint(
        "not due_stopped or (due_at is null and due_rule is not null)", name="stopped_without_day"
    ),
    sa.Index(
        "ix_user_task_assignee",
        "assignee",
        "due_at",
        "key",
        postgresql_where=sa.text("state = 'CREATED' and assignee is not null"),
    ),
    sa.Index(
        "ix_user_task_ended_by",
        "ended_by",
        sa.text("ended_at desc"),
        postgresql_where=sa.text("state = 'COMPLETED'"),
    ),
    sa.Index(
        "ix_user_task_open",
        "created_at",
        "key",
        postgresql_where=sa.text("state = 'CREATED'"),
    ),
    sa.Index(
        "ix_user_task_due_at",
        "due_at",
        "key",
        postgresql_where=sa.text("state = 'CREATED' and due_at is not null"),
    ),
    sa.Index(
        "ix_user_task_expiry",
        "expiry_at",
        postgresql_where=sa.text("state = 'CREATED' and expiry_at is not null"),
    ),
    sa.Index(
        "ix_user_task_pending",
        "instance_key",
        postgresql_where=sa.text("state = 'CREATED' and due_pending"),
    ),
    sa.Index(
        "ix_user_task_remind",
        sa.text("(properties ->> 'banshi:remindBefore')"),
        "due_at",
        postgresql_where=sa.text("state = 'CREATED' and properties ? 'banshi:remindBefore'"),
    ),
    postgresql_with={"fillfactor": 90},
)

#: Who may take an open, unassigned task: rows exist only as long as it is one. ``due_at`` is
#: ``infinity`` for a task without a deadline, so that a list by deadline is an index walk.
TASK_CANDIDATE = sa.Table(
    "task_candidate",
    METADATA,
    key_column("instance_key"),
    key_column("task_key"),
    sa.Column("role", sa.Text, primary_key=True),
    sa.Column("unit", sa.Text, primary_key=True),
    sa.Column("process_id", sa.Text, nullable=False),
    moment("due_at"),
    sa.Index(
        "ix_task_candidate_walk",
        "role",
        "unit",
        "due_at",
        "task_key",
        postgresql_include=["process_id", "instance_key"],
    ),
    sa.Index(
        "ix_task_candidate_service_walk",
        "role",
        "unit",
        "process_id",
        "due_at",
        "task_key",
        postgresql_include=["instance_key"],
    ),
)

CANDIDATE_USER = sa.Table(
    "candidate_user",
    METADATA,
    key_column("instance_key"),
    key_column("task_key"),
    sa.Column("username", sa.Text, primary_key=True),
    sa.Column("process_id", sa.Text, nullable=False),
    moment("due_at"),
    sa.Index(
        "ix_candidate_user_walk",
        "username",
        "due_at",
        "task_key",
        postgresql_include=["process_id", "instance_key"],
    ),
)

#: Open timers only. ``fire_at``: when it is due, or later where it could not be fired; ``infinity``
#: while the case's clock stands still, for those that the diagram marks ``banshi:statutory``.
TIMER = sa.Table(
    "timer",
    METADATA,
    *_belongs_to_instance(),
    sa.Column("element_key", sa.BigInteger, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    moment("due_at"),
    sa.Column("repetitions", sa.Integer, nullable=True),
    moment("fire_at"),
    sa.Column("failures", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Index("ix_timer_fire_at", "fire_at"),
    sa.Index("ix_timer_element_key", "instance_key", "element_key"),
)

#: Intervals in which a case's clock stands still (中止计时); at most one is open.
CLOCK_STOP = sa.Table(
    "clock_stop",
    METADATA,
    *_belongs_to_instance(),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("manual", sa.Boolean, nullable=False),
    sa.Column("holders", postgresql.ARRAY(sa.BigInteger), nullable=False),
    sa.Column("document", sa.BigInteger, nullable=True),
    moment("stopped_at"),
    moment("resumed_at", nullable=True),
    sa.Column("resumed_by", sa.Text, nullable=False, server_default=""),
    one_of("kind", StopKind),
    sa.CheckConstraint("resumed_at is null or resumed_at >= stopped_at", name="resumed_after"),
    sa.CheckConstraint(
        "resumed_at is not null or manual or holders <> '{}'", name="open_for_a_reason"
    ),
    sa.Index(
        "uq_clock_stop_open",
        "instance_key",
        unique=True,
        postgresql_where=sa.text("resumed_at is null"),
    ),
)

#: Open subscriptions only.
SUBSCRIPTION = sa.Table(
    "subscription",
    METADATA,
    *_belongs_to_instance(),
    sa.Column("element_key", sa.BigInteger, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("process_id", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("correlation_key", sa.Text, nullable=False, server_default=""),
    sa.Column("interrupting", sa.Boolean, nullable=False),
    one_of("kind", SubscriptionKind),
    sa.Index("ix_subscription_name", "kind", "name", "correlation_key"),
    sa.Index("ix_subscription_element_key", "instance_key", "element_key"),
)

#: ``available_at``: not to be taken before (back-off). ``deadline``: when the lease of the worker
#: that has it runs out. ``element_key``: of a listener's job, the element instance (or scope) whose
#: life waits for it; else that is ``key``.
JOB = sa.Table(
    "job",
    METADATA,
    *_belongs_to_instance(),
    sa.Column("scope_key", sa.BigInteger, nullable=False),
    sa.Column("process_id", sa.Text, nullable=False),
    sa.Column("element_id", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("retries", sa.Integer, nullable=False),
    sa.Column("worker", sa.Text, nullable=False, server_default=""),
    sa.Column("lease", sa.Integer, nullable=False, server_default="0"),
    moment("deadline", nullable=True),
    moment("available_at"),
    moment("created_at"),
    moment("ended_at", nullable=True),
    sa.Column("error_message", sa.Text, nullable=False, server_default=""),
    document("headers"),
    document("properties"),
    sa.Column("kind", sa.Text, nullable=False, server_default="BPMN_ELEMENT"),
    sa.Column("listener_event", sa.Text, nullable=False, server_default=""),
    sa.Column("element_key", sa.BigInteger, nullable=True),
    one_of("state", JobState),
    one_of("kind", JobKind),
    sa.CheckConstraint(
        "(kind = 'BPMN_ELEMENT') = (element_key is null)", name="listeners_have_an_element"
    ),
    sa.CheckConstraint("(deadline is not null) = (state = 'ACTIVATED')", name="leased_with_end"),
    sa.CheckConstraint("retries >= 0", name="retries_not_negative"),
    sa.Index(
        "ix_job_available",
        "type",
        "available_at",
        "key",
        postgresql_where=sa.text("state = 'CREATED'"),
    ),
    sa.Index("ix_job_leased", "deadline", postgresql_where=sa.text("state = 'ACTIVATED'")),
)

INCIDENT = sa.Table(
    "incident",
    METADATA,
    *_belongs_to_instance(),
    sa.Column("element_key", sa.BigInteger, nullable=False),
    sa.Column("element_id", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("job_key", sa.BigInteger, nullable=True),
    moment("raised_at"),
    moment("resolved_at", nullable=True),
    one_of("state", IncidentState),
    sa.CheckConstraint("(resolved_at is null) = (state = 'ACTIVE')", name="resolved_with_moment"),
    sa.Index(
        "ix_incident_element",
        "instance_key",
        "element_key",
        postgresql_where=sa.text("state = 'ACTIVE'"),
    ),
    sa.Index(
        "ix_incident_active",
        "raised_at",
        "key",
        postgresql_where=sa.text("state = 'ACTIVE'"),
    ),
)
