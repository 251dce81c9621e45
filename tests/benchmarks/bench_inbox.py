"""The inbox with ten thousand and with a million open tasks, for somebody with 30 memberships; a
tenth of the tasks have three seats each, of which some are his."""

from __future__ import annotations

import time
from dataclasses import replace

from engine.model.actor import Actor, Membership
from engine.service.worklists.desk import desk_counts
from engine.service.worklists.inbox import inbox, inbox_counts
from tests.benchmarks.place import Place, line, place, settle, timed

FEW, MANY = 10_000, 1_000_000
CALLS = 60

#: One in ten is seated, one in two hundred with a seat of the person's. Open tasks over 40 roles at 5 units (200 groups, of which the person holds 30) and 8 services.
_FILL = """
with made as (
    select n, n::bigint * 4194304 as instance, n::bigint * 4194304 + 1 as task,
        'role-' || n %% 40 as role, 'unit-' || (n / 40) %% 5 as unit,
        case when (n / 200) %% 8 = 0 then 'round' else 'service-' || (n / 200) %% 8 end as process,
        timestamptz '2025-03-01' + (n * 7919 %% 1000000) * interval '1 minute' as due,
        n %% 10 = 3 as seated, case when n %% 200 = 3 then 'lisi' else 'p' || n %% 997 end as holder
    from generate_series(%(first)s::bigint, %(last)s::bigint) as n),
instances as (
    insert into instance (key, definition_key, bundle_key, process_id, number, title, search, state,
        applicant_key, applicant, applicant_name, unit, started_at, journal_digest)
    select instance, (select key from process_definition where process_id = 'round'), 0, process,
        'X-' || n, '申请 ' || n, 'x-' || n, 'ACTIVE', 10 + n %% 50000, 'nobody', '某人',
        case when n %% 7 = 0 then 'kuiwen' else 'weifang' end, now(), ''
    from made),
tasks as (
    insert into user_task (instance_key, key, scope_key, process_id, element_id, name, state, seated,
        candidate_groups, candidate_users, priority, created_at, due_at, headers, properties)
    select instance, task, instance, process, 'work', case n %% 3 when 0 then '初审' else '办理' end,
        'CREATED', seated, array[role || '@' || unit], '{}', case n %% 11 when 0 then 80 else 50 end,
        now(), due, '{}', '{}' from made),
seats as (
    insert into seat (instance_key, key, task_key, process_id, ordinal, kind, state, holder,
        first_holder, stack, weight, opinion, reason_code, "cast", submission, due_at, reason)
    select instance, task + ordinal, task, process, ordinal, 'ORIGINAL', 'OPEN',
        case when ordinal = 1 then holder else holder || '-' || ordinal end,
        holder, '{}', 1, '', '', 0, '{}', due, ''
    from made, generate_series(1, 3) as ordinal where seated)
insert into task_candidate (instance_key, task_key, role, unit, process_id, due_at)
select instance, task, role, unit, process, due from made where not seated"""


def main() -> None:
    with place() as at:
        person = replace(
            at.world.lisi,
            memberships=frozenset(
                Membership(role=f"role-{n % 40}", unit=f"unit-{n // 40}") for n in range(0, 120, 4)
            ),
        )
        fill(at, FEW * 100 + 1, FEW * 101)
        few = figures(at, person)
        begun = time.perf_counter()
        fill(at, FEW * 101 + 1, FEW * 100 + MANY)
        line(f"fill in the rest of {MANY:,} open tasks", time.perf_counter() - begun, "s")
        many = figures(at, person)
        for name, value in few.items():
            line(f"inbox, {name}: {FEW:,} open tasks", value, "ms")
            line(f"inbox, {name}: {MANY:,} open tasks", many[name], "ms")
            line("  ratio", many[name] / value, "×", aim="≤ 2")


def fill(at: Place, first: int, last: int) -> None:
    with at.app.database.unit_of_work() as work:
        work.hot("set local statement_timeout = 0")
        work.hot("set local synchronous_commit = off")
        work.hot(_FILL, {"first": first, "last": last})
        work.commit()
    settle(
        at,
        "analyze instance, user_task",
        "vacuum analyze task_candidate",
        "vacuum analyze seat",
        "checkpoint",
    )


def figures(at: Place, person: Actor) -> dict[str, float]:
    app = at.app
    first = inbox(app, person, limit=100)
    assert any(task.seated for task in first.items), "the person has seats"
    assert not all(task.seated for task in first.items), "and tasks to take"
    first = inbox(app, person, limit=20)
    narrow = inbox(app, person, unit="kuiwen", step="初审", urgent=True, limit=3)
    assert narrow.end_cursor, "some of his tasks are all three"
    return {
        "by deadline": timed(lambda: inbox(app, person), CALLS),
        "by deadline, one service": timed(lambda: inbox(app, person, process_id="round"), CALLS),
        "second page": timed(lambda: inbox(app, person, cursor=first.end_cursor), CALLS),
        "one unit": timed(lambda: inbox(app, person, unit="kuiwen"), CALLS),
        "one step": timed(lambda: inbox(app, person, step="初审"), CALLS),
        "urgent": timed(lambda: inbox(app, person, urgent=True), CALLS),
        "all three, second page": timed(
            lambda: inbox(
                app, person, unit="kuiwen", step="初审", urgent=True, cursor=narrow.end_cursor
            ),
            CALLS,
        ),
        "four counts": timed(lambda: inbox_counts(app, person), CALLS),
        "the badges": timed(lambda: desk_counts(app, person), CALLS),
    }


if __name__ == "__main__":
    main()
