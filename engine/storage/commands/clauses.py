"""The clauses of the one writing statement (see ``writing``), each with the parameters it needs.

``%(instance)s`` and ``%(now)s`` are always there. A clause that inserts rows takes them from a
JSON parameter of its name; ``from head`` makes it hang on the instance's row.
"""

from __future__ import annotations

from typing import Final

from engine.model.execution import PENDING
from engine.storage.commands.heads import INSTANCE as _I
from engine.storage.commands.heads import NOW as _NOW


def _records(parameter: str, columns: str) -> str:
    return f"head, json_to_recordset(%({parameter})s::json) as r({columns})"


_SCOPES = f"""insert into scope (instance_key, key, parent_key, process_id, element_id, snapshot)
    select {_I}, r.key, r.parent_key, r.process_id, r.element_id, decode(r.snapshot, 'base64')
    from {_records("scopes", "key bigint, parent_key bigint, process_id text, element_id text, snapshot text")}
    on conflict (instance_key, key) do update set snapshot = excluded.snapshot"""

_VARIABLES = f"""insert into variable (instance_key, scope_key, name, value)
    select {_I}, r.scope_key, r.name, coalesce(r.value, 'null'::jsonb)
    from {_records("variables", "scope_key bigint, name text, value jsonb")}
    on conflict (instance_key, scope_key, name) do update set value = excluded.value"""

_VISITS = f"""insert into visit (instance_key, key, scope_key, element_id, element_type, flow_id,
    parents, state, entered_at, left_at)
    select {_I}, r.key, r.scope_key, r.element_id, r.element_type, r.flow_id, r.parents, r.state,
    {_NOW}, case when r.state = 'ACTIVE' then null else {_NOW} end
    from {_records("visits", "key bigint, scope_key bigint, element_id text, element_type text, flow_id text, parents bigint[], state text")}"""

_VISITS_CLOSED = f"""update visit v set state = r.state, left_at = {_NOW}
    from {_records("visits_closed", "key bigint, state text")}
    where v.instance_key = {_I} and v.key = r.key
    and (v.state = 'ACTIVE' or (v.state = 'COMPLETED' and r.state = 'TERMINATED'))"""

_TASKS = f"""insert into user_task (instance_key, key, scope_key, process_id, element_id, name, state,
    assignee, lane_kind, candidate_groups, candidate_users, separation, form_id, form_key, priority,
    created_at, due_at, due_pending, follow_up_at, ended_at, seated, headers, properties,
    due_stopped, due_rule, expiry_at)
    select {_I}, r.key, r.scope_key, r.process_id, r.element_id, r.name, r.state, r.assignee,
    r.lane_kind, r.candidate_groups, r.candidate_users, r.separation, r.form_id, r.form_key,
    r.priority, {_NOW}, r.due_at, r.due_pending, r.follow_up_at,
    case when r.state = 'CREATED' then null else {_NOW} end, r.seated, r.headers, r.properties,
    r.due_stopped, r.due_rule,
    case when r.properties ? 'banshi:onExpiry' then r.due_at end
    from {_records("tasks", "key bigint, scope_key bigint, process_id text, element_id text, name text, state text, assignee text, lane_kind text, candidate_groups text[], candidate_users text[], separation text, form_id text, form_key bigint, priority smallint, due_at timestamptz, due_pending boolean, follow_up_at timestamptz, seated boolean, headers jsonb, properties jsonb, due_stopped boolean, due_rule jsonb")}"""

#: Deadlines that move, wherever a list walks by them.
_DUES_COLUMNS = "key bigint, due_at timestamptz, due_pending boolean, due_stopped boolean, due_rule jsonb, expiry_at timestamptz, extensions smallint"
_DUES = f"""update user_task t set due_at = r.due_at, due_pending = r.due_pending,
    due_stopped = r.due_stopped, due_rule = r.due_rule, expiry_at = r.expiry_at,
    extensions = r.extensions from {_records("dues", _DUES_COLUMNS)}
    where t.instance_key = {_I} and t.key = r.key and t.state = 'CREATED'"""


def _dues_shown(table: str, where: str = "") -> str:
    return f"""update {table} x set due_at = coalesce(r.due_at, 'infinity')
    from {_records("dues", _DUES_COLUMNS)}
    where x.instance_key = {_I} and x.task_key = r.key {where}"""


_CLOCK_STOP = f"""insert into clock_stop as c (instance_key, key, kind, reason, by, manual, holders,
    document, stopped_at, resumed_at, resumed_by)
    select {_I}, r.key, r.kind, r.reason, r.by, r.manual, r.holders, r.document, r.stopped_at,
    r.resumed_at, r.resumed_by
    from {_records("clock_stop", "key bigint, kind text, reason text, by text, manual boolean, holders bigint[], document bigint, stopped_at timestamptz, resumed_at timestamptz, resumed_by text")}
    on conflict (instance_key, key) do update set kind = excluded.kind,
    holders = excluded.holders, resumed_at = excluded.resumed_at,
    resumed_by = excluded.resumed_by where c.resumed_at is null"""

_TIMERS_MOVED = f"""update timer t set due_at = r.due_at,
    fire_at = case when r.held then 'infinity' else r.due_at end, failures = 0
    from {_records("timers_moved", "key bigint, due_at timestamptz, held boolean")}
    where t.instance_key = {_I} and t.key = r.key"""

_CANDIDATES = f"""insert into task_candidate (instance_key, task_key, role, unit, process_id, due_at)
    select {_I}, r.task_key, r.role, r.unit, r.process_id, r.due_at
    from {_records("candidates", "task_key bigint, role text, unit text, process_id text, due_at timestamptz")}
    on conflict (instance_key, task_key, role, unit) do update set due_at = excluded.due_at"""

_CANDIDATE_USERS = f"""insert into candidate_user (instance_key, task_key, username, process_id, due_at)
    select {_I}, r.task_key, r.username, r.process_id, r.due_at
    from {_records("candidate_users", "task_key bigint, username text, process_id text, due_at timestamptz")}
    on conflict (instance_key, task_key, username) do update set due_at = excluded.due_at"""

_TASKS_CANCELED = f"""update user_task set state = 'CANCELED', ended_at = {_NOW}
    where exists (select from head) and instance_key = {_I}
    and key = any(%(tasks_canceled)s::bigint[]) and state in ('CREATED', 'COMPLETING')"""

#: What listeners said of a completed task: it counts, or it is open again with who completed it.
_TASKS_AGREED = f"""update user_task set state = 'COMPLETED'
    where exists (select from head) and instance_key = {_I}
    and key = any(%(tasks_agreed)s::bigint[]) and state = 'COMPLETING'"""
_TASKS_DENIED = f"""update user_task set state = 'CREATED', ended_at = null, ended_by = null,
    on_behalf_of = null, outcome = null, seated = false, assignee = coalesce(assignee, ended_by)
    where exists (select from head) and instance_key = {_I}
    and key = any(%(tasks_denied)s::bigint[]) and state = 'COMPLETING'"""


#: What listeners said of what was asked of an open task: its columns from now on, or as before.
_TASK_SETTLED = f"""update user_task set state = %(settled_state)s::text,
    seated = %(settled_seated)s::boolean, assignee = %(settled_assignee)s::text,
    candidate_groups = %(settled_groups)s::text[], candidate_users = %(settled_users)s::text[],
    priority = %(settled_priority)s::smallint, due_at = %(settled_due)s::timestamptz,
    due_pending = %(settled_due_pending)s::boolean,
    follow_up_at = %(settled_follow_up)s::timestamptz,
    due_rule = case when due_at is distinct from %(settled_due)s::timestamptz then null
      else due_rule end,
    expiry_at = case when due_at is not distinct from %(settled_due)s::timestamptz then expiry_at
      when properties ? 'banshi:onExpiry' then %(settled_due)s::timestamptz end,
    properties = properties - '{PENDING}'
    where exists (select from head) and instance_key = {_I}
    and key = %(settled_key)s::bigint and state in ('CREATED', 'COMPLETING')"""
_GROUPS_SETTLED = f"""delete from task_candidate where exists (select from head)
    and instance_key = {_I} and task_key = %(settled_key)s::bigint
    and role || '@' || unit <> all(%(settled_shown)s::text[])"""
_USERS_SETTLED = f"""delete from candidate_user where exists (select from head)
    and instance_key = {_I} and task_key = %(settled_key)s::bigint
    and username <> all(%(settled_shown_users)s::text[])"""
_CANCELING = f"""update user_task
    set properties = properties || jsonb_build_object('{PENDING}', 'canceling')
    where exists (select from head) and instance_key = {_I}
    and key = any(%(canceling)s::bigint[])"""
_ASKS_DENIED = f"""update user_task set properties = properties - '{PENDING}'
    where exists (select from head) and instance_key = {_I}
    and key = any(%(asks_denied)s::bigint[])"""


def _unlisted(table: str, tasks: str) -> str:
    return f"""delete from {table} where exists (select from head) and instance_key = {_I}
    and task_key {tasks}"""


#: A task whose standing changes: who it is no longer shown to.
_GROUPS_PATCHED = f"""delete from task_candidate where exists (select from head)
    and instance_key = {_I} and task_key = %(gate_key)s::bigint
    and role || '@' || unit <> all(%(shown_groups)s::text[])"""
_USERS_PATCHED = f"""delete from candidate_user where exists (select from head)
    and instance_key = {_I} and task_key = %(gate_key)s::bigint
    and username <> all(%(shown_users)s::text[])"""

_GATE_TASK = "= %(gate_key)s::bigint"
_CANCELED_TASKS = "= any(%(tasks_canceled)s::bigint[])"

#: One outcome per seat: what is done or canceled stays as it is.
_SEATS = f"""insert into seat as s (instance_key, key, task_key, process_id, ordinal, kind, state,
    holder, first_holder, role, unit, stack, added_by, parent_key, weight, outcome, opinion,
    reason_code, actor, on_behalf_of, "cast", submission, opened_at, ended_at, due_at, reason)
    select {_I}, r.key, r.task_key, r.process_id, r.ordinal, r.kind, r.state, r.holder,
    r.first_holder, r.role, r.unit, r.stack, r.added_by, r.parent_key, r.weight, r.outcome,
    r.opinion, r.reason_code, r.actor, r.on_behalf_of, r."cast", r.submission, r.opened_at,
    r.ended_at, r.due_at, r.reason
    from {_records("seats", 'key bigint, task_key bigint, process_id text, ordinal int, kind text, state text, holder text, first_holder text, role text, unit text, stack text[], added_by text, parent_key bigint, weight numeric, outcome text, opinion text, reason_code text, actor text, on_behalf_of text, "cast" int, submission jsonb, opened_at timestamptz, ended_at timestamptz, due_at timestamptz, reason text')}
    on conflict (instance_key, key) do update set state = excluded.state, holder = excluded.holder,
    first_holder = excluded.first_holder, role = excluded.role, unit = excluded.unit,
    added_by = excluded.added_by, stack = excluded.stack, outcome = excluded.outcome,
    opinion = excluded.opinion, reason_code = excluded.reason_code, actor = excluded.actor,
    on_behalf_of = excluded.on_behalf_of, "cast" = excluded."cast",
    submission = excluded.submission, opened_at = excluded.opened_at,
    ended_at = excluded.ended_at, due_at = excluded.due_at, reason = excluded.reason
    where s.state in ('WAITING', 'OPEN')"""

_SEATS_CANCELED = f"""update seat set state = 'CANCELED', ended_at = {_NOW},
    reason = 'task-canceled' where exists (select from head) and instance_key = {_I}
    and task_key = any(%(tasks_canceled)s::bigint[]) and state in ('WAITING', 'OPEN')"""

#: One copy for a person and a case: a second one is the first, unread again.
_COPIES = f"""insert into carbon_copy as c (instance_key, username, key, copied_by, element_id, note,
    created_at)
    select {_I}, r.username, nextval('banshi_key') * 4194304, r.copied_by, r.element_id, r.note,
    {_NOW} from {_records("copies", "username text, copied_by text, element_id text, note text")}
    on conflict (instance_key, username) do update set copied_by = excluded.copied_by,
    element_id = excluded.element_id, note = excluded.note, created_at = excluded.created_at,
    read_at = null"""

_URGES = f"""insert into urge (instance_key, key, username, note, tasks, created_at)
    select {_I}, r.key, r.username, r.note, r.tasks, {_NOW}
    from {_records("urges", "key bigint, username text, note text, tasks bigint[]")}"""

_URGED = f"""update user_task t set urged = least(t.urged + 1, 9999), urged_at = {_NOW}
    from {_records("urges", "tasks bigint[]")}
    where t.instance_key = {_I} and t.key = any(r.tasks) and t.state = 'CREATED'"""

_JOBS = f"""insert into job (instance_key, key, scope_key, process_id, element_id, type, state, retries,
    available_at, created_at, headers, properties, kind, listener_event, element_key)
    select {_I}, r.key, r.scope_key, r.process_id, r.element_id, r.type, 'CREATED', r.retries,
    {_NOW}, {_NOW}, r.headers, r.properties, r.kind, r.listener_event, r.element_key
    from {_records("jobs", "key bigint, scope_key bigint, process_id text, element_id text, type text, retries int, headers jsonb, properties jsonb, kind text, listener_event text, element_key bigint")}
    on conflict (instance_key, key) do update set state = 'CREATED', type = excluded.type,
    retries = excluded.retries, available_at = excluded.available_at, ended_at = null,
    deadline = null, error_message = '', headers = excluded.headers"""

_JOBS_CANCELED = f"""update job set state = 'CANCELED', ended_at = {_NOW}, deadline = null
    where exists (select from head) and instance_key = {_I}
    and key = any(%(jobs_canceled)s::bigint[]) and state in ('CREATED', 'ACTIVATED', 'FAILED')"""

_TIMERS = f"""insert into timer (instance_key, key, element_key, event_id, due_at, fire_at, repetitions)
    select {_I}, r.key, r.element_key, r.event_id, r.due_at,
    case when r.held then 'infinity' else r.due_at end, r.repetitions
    from {_records("timers", "key bigint, element_key bigint, event_id text, due_at timestamptz, repetitions int, held boolean")}"""

_SUBSCRIPTIONS = f"""insert into subscription (instance_key, key, element_key, event_id, process_id, kind,
    name, correlation_key, interrupting)
    select {_I}, r.key, r.element_key, r.event_id, r.process_id, r.kind, r.name,
    r.correlation_key, r.interrupting
    from {_records("subscriptions", "key bigint, element_key bigint, event_id text, process_id text, kind text, name text, correlation_key text, interrupting boolean")}"""


def _gone(table: str, column: str, parameter: str) -> str:
    return f"""delete from {table} where exists (select from head) and instance_key = {_I}
    and {column} = any(%({parameter})s::bigint[])"""


_INCIDENTS = f"""insert into incident (instance_key, key, element_key, element_id, kind, message, state,
    job_key, raised_at)
    select {_I}, r.key, r.element_key, r.element_id, r.kind, r.message, 'ACTIVE',
    coalesce(r.job_key, case when r.kind = 'JOB_NO_RETRIES' then r.element_key end), {_NOW}
    from {_records("incidents", "key bigint, element_key bigint, element_id text, kind text, message text, job_key bigint")}"""

_RESOLVED = f"""update incident set state = 'RESOLVED', resolved_at = {_NOW}
    where exists (select from head) and instance_key = {_I} and state = 'ACTIVE'"""

#: Incidents of timers that could not be fired: over once they have fired, or are not waited for.
_TIMER_TROUBLE = f"{_RESOLVED} and kind = 'TIMER_FAILED'"


def _timers_over(parameter: str) -> str:
    return f"""{_TIMER_TROUBLE} and (element_key, element_id) in (select element_key, event_id
    from timer where instance_key = {_I} and key = any(%({parameter})s::bigint[]))"""


_DELIVERIES = f"""insert into delivery (key, kind, name, correlation_key, variables, created_at, due_at)
    select nextval('banshi_key') * 4194304, r.kind, r.name, r.correlation_key, r.variables,
    {_NOW}, {_NOW}
    from {_records("deliveries", "kind text, name text, correlation_key text, variables jsonb")}"""

_ANNOUNCED = f"""insert into announcement (key, kind, instance_key, task_key, skip, facts,
    created_at, due_at)
    select nextval('banshi_key') * 4194304, r.kind, {_I}, r.task_key, r.skip, r.facts, {_NOW}, {_NOW}
    from {_records("announcements", "kind text, task_key bigint, skip bigint, facts jsonb")}"""

_JOURNAL = f"""insert into journal (instance_key, number, at, actor_key, kind, element_key, element_id,
    facts, said, digest)
    select {_I}, %(journal_number)s::int, {_NOW}, r.actor_key, r.kind, r.element_key,
    r.element_id, r.facts, r.said, %(journal_digest)s::bytea
    from {_records("link", "actor_key bigint, kind text, element_key bigint, element_id text, facts text, said text")}"""

_SAID = f"""insert into journal_said (instance_key, number, part, salt, content)
    select {_I}, %(journal_number)s::int, r.part, decode(r.salt, 'base64'), r.content
    from {_records("said", "part text, salt text, content text")}"""

_REMEMBERED = f"""insert into idempotency (principal, operation, key, body, answer, at)
    select r.principal, r.operation, r.key, decode(r.body, 'base64'), r.answer, {_NOW}
    from {_records("remembered", "principal bigint, operation text, key text, body text, answer jsonb")}"""

_DRAFT_USED = """delete from form_draft where exists (select from head)
    and owner_key = %(draft_owner)s::bigint and process_id = %(draft_process)s::text
    and coalesce(task_key, 0) = %(draft_task)s::bigint"""

#: Scopes that are taken away with all that lies below; what was closed apart stays as it was closed.
_DOOMED = f"""select s.key from scope s, head where s.instance_key = {_I}
    and s.key = any(%(terminated)s::bigint[])
    union
    select s.key from scope s join doomed d on s.parent_key = d.key where s.instance_key = {_I}"""

_DOOMED_SCOPES = (
    """select key from doomed union select unnest(%(terminated)s::bigint[]) from head"""
)

_DOOMED_VISITS = f"""update visit set state = 'TERMINATED', left_at = {_NOW}
    where instance_key = {_I} and state = 'ACTIVE' and scope_key in (select key from doomed_scopes)
    and key <> all(%(closed_apart)s::bigint[]) returning key"""

_DOOMED_ALL = """select key from doomed_scopes union all select key from doomed_visits
    union all select unnest(%(closed_apart)s::bigint[]) from head"""

_DOOMED_TASKS = f"""update user_task set state = 'CANCELED', ended_at = {_NOW}
    where instance_key = {_I} and state in ('CREATED', 'COMPLETING')
    and scope_key in (select key from doomed_scopes)
    returning key"""

_DOOMED_SEATS = f"""update seat set state = 'CANCELED', ended_at = {_NOW}, reason = 'task-canceled'
    where instance_key = {_I} and state in ('WAITING', 'OPEN')
    and task_key in (select key from doomed_tasks)"""

_DOOMED_JOBS = f"""update job set state = 'CANCELED', ended_at = {_NOW}, deadline = null
    where instance_key = {_I} and state in ('CREATED', 'ACTIVATED', 'FAILED')
    and scope_key in (select key from doomed_scopes)"""


def _doomed(table: str, column: str, source: str) -> str:
    return f"""delete from {table} where instance_key = {_I}
    and {column} in (select key from {source})"""


def _needs(*names: str) -> frozenset[str]:
    return frozenset(names)


#: (name, parameters without which the clause is left out, text), in order.
CLAUSES: Final[tuple[tuple[str, frozenset[str], str], ...]] = (
    ("doomed", _needs("terminated"), _DOOMED),
    ("doomed_scopes", _needs("terminated"), _DOOMED_SCOPES),
    ("doomed_visits", _needs("terminated"), _DOOMED_VISITS),
    ("doomed_all", _needs("terminated"), _DOOMED_ALL),
    ("doomed_tasks", _needs("terminated"), _DOOMED_TASKS),
    ("doomed_groups", _needs("terminated"), _doomed("task_candidate", "task_key", "doomed_tasks")),
    ("doomed_users", _needs("terminated"), _doomed("candidate_user", "task_key", "doomed_tasks")),
    ("doomed_seats", _needs("terminated"), _DOOMED_SEATS),
    ("doomed_jobs", _needs("terminated"), _DOOMED_JOBS),
    ("doomed_timers", _needs("terminated"), _doomed("timer", "element_key", "doomed_all")),
    ("doomed_waits", _needs("terminated"), _doomed("subscription", "element_key", "doomed_all")),
    (
        "doomed_incidents",
        _needs("terminated"),
        f"{_RESOLVED} and element_key in (select key from doomed_all)",
    ),
    ("doomed_variables", _needs("terminated"), _doomed("variable", "scope_key", "doomed_visits")),
    ("doomed_trees", _needs("terminated"), _doomed("scope", "key", "doomed_scopes")),
    ("scopes_written", _needs("scopes"), _SCOPES),
    ("scopes_gone", _needs("dropped"), _gone("scope", "key", "dropped")),
    ("variables_written", _needs("variables"), _VARIABLES),
    ("visits_opened", _needs("visits"), _VISITS),
    ("visits_left", _needs("visits_closed"), _VISITS_CLOSED),
    ("tasks_opened", _needs("tasks"), _TASKS),
    ("tasks_taken", _needs("tasks_canceled"), _TASKS_CANCELED),
    ("tasks_final", _needs("tasks_agreed"), _TASKS_AGREED),
    ("tasks_again", _needs("tasks_denied"), _TASKS_DENIED),
    ("task_settled", _needs("settled_key"), _TASK_SETTLED),
    ("groups_settled", _needs("settled_key"), _GROUPS_SETTLED),
    ("users_settled", _needs("settled_key"), _USERS_SETTLED),
    ("asks_over", _needs("asks_denied"), _ASKS_DENIED),
    ("tasks_canceling", _needs("canceling"), _CANCELING),
    ("groups_shut", _needs("gate_key", "gate_by"), _unlisted("task_candidate", _GATE_TASK)),
    ("users_shut", _needs("gate_key", "gate_by"), _unlisted("candidate_user", _GATE_TASK)),
    ("groups_patched", _needs("shown_groups"), _GROUPS_PATCHED),
    ("users_patched", _needs("shown_users"), _USERS_PATCHED),
    ("groups_taken", _needs("tasks_canceled"), _unlisted("task_candidate", _CANCELED_TASKS)),
    ("users_taken", _needs("tasks_canceled"), _unlisted("candidate_user", _CANCELED_TASKS)),
    ("groups_shown", _needs("candidates"), _CANDIDATES),
    ("users_shown", _needs("candidate_users"), _CANDIDATE_USERS),
    ("seats_written", _needs("seats"), _SEATS),
    ("seats_taken", _needs("tasks_canceled"), _SEATS_CANCELED),
    ("copied", _needs("copies"), _COPIES),
    ("urges_made", _needs("urges"), _URGES),
    ("tasks_urged", _needs("urges"), _URGED),
    ("dues_moved", _needs("dues"), _DUES),
    ("groups_moved", _needs("dues"), _dues_shown("task_candidate")),
    ("users_moved", _needs("dues"), _dues_shown("candidate_user")),
    (
        "seats_moved",
        _needs("dues"),
        _dues_shown("seat", "and x.state in ('WAITING', 'OPEN')"),
    ),
    ("clock_turned", _needs("clock_stop"), _CLOCK_STOP),
    ("timers_moved", _needs("timers_moved"), _TIMERS_MOVED),
    ("jobs_created", _needs("jobs"), _JOBS),
    ("jobs_taken", _needs("jobs_canceled"), _JOBS_CANCELED),
    ("timers_of", _needs("waits_closed_of"), _gone("timer", "element_key", "waits_closed_of")),
    (
        "waits_of",
        _needs("waits_closed_of"),
        _gone("subscription", "element_key", "waits_closed_of"),
    ),
    ("timers_one", _needs("waits_closed"), _gone("timer", "key", "waits_closed")),
    ("waits_one", _needs("waits_closed"), _gone("subscription", "key", "waits_closed")),
    (
        "troubles_of",
        _needs("waits_closed_of"),
        f"{_TIMER_TROUBLE} and element_key = any(%(waits_closed_of)s::bigint[])",
    ),
    ("troubles_one", _needs("waits_closed"), _timers_over("waits_closed")),
    ("trouble_mended", _needs("timers_mended"), _timers_over("timers_mended")),
    ("timers_set", _needs("timers"), _TIMERS),
    ("waits_opened", _needs("subscriptions"), _SUBSCRIPTIONS),
    (
        "incidents_over",
        _needs("incidents_resolved_of"),
        f"""{_RESOLVED} and element_key = any(%(incidents_resolved_of)s::bigint[])
        and kind <> all(%(incidents_kept)s::text[])""",
    ),
    ("incidents_raised", _needs("incidents"), _INCIDENTS),
    ("deliveries_sent", _needs("deliveries"), _DELIVERIES),
    ("announced", _needs("announcements"), _ANNOUNCED),
    (
        "delivery_over",
        _needs("delivery_done"),
        "delete from delivery where exists (select from head) and key = %(delivery_done)s::bigint",
    ),
    (
        "draft_used",
        _needs("draft_owner"),
        _DRAFT_USED,
    ),
    ("journalled", _needs("link"), _JOURNAL),
    ("said_apart", _needs("said"), _SAID),
    ("kept_answer", _needs("remembered"), _REMEMBERED),
)
