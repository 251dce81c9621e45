"""The desk's statements read what they show and no more: counts, search, and many tasks at once."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from engine.model.actor import Actor, Membership
from engine.model.keys import Key
from engine.storage.database import Database, UnitOfWork
from engine.storage.grams import grams
from engine.storage.worklists import desk, inbox
from engine.storage.worklists.desk import Count
from engine.storage.worklists.glancing import glance
from engine.storage.worklists.inbox import COUNT_CAP, Narrowing, Worker

_SPAN = 4194304

#: Twenty thousand open tasks over 20 groups; every tenth is seated; the place is in the case's data.
_FILL = f"""
with made as (
    select n, n::bigint * {_SPAN} as instance, n::bigint * {_SPAN} + 1 as task, n %% 10 = 3 as seated,
        'role-' || n %% 20 as role, timestamptz '2025-01-01' + n * interval '1 minute' as due,
        'x-' || n || ' 申请 某人 ' || case n %% 1000 when 7 then '照料中心' else '助餐站' end as found
    from generate_series(1, 20000) as n),
instances as (
    insert into instance (key, definition_key, bundle_key, process_id, number, title, search, grams,
        state, applicant_key, applicant, applicant_name, unit, started_at, journal_digest)
    select instance, 1, 1, 'p' || n %% 4, 'X-' || n, '申请', found,
        (select array_agg(distinct substr(found, at, 2)) from generate_series(1, length(found) - 1)
            as at where substr(found, at, 2) !~ ' '),
        'ACTIVE', 1, 'nobody', '某人', case when n %% 2 = 0 then 'kuiwen' else 'weicheng' end,
        now(), '' from made),
tasks as (
    insert into user_task (instance_key, key, scope_key, process_id, element_id, name, state, seated,
        candidate_groups, candidate_users, priority, created_at, due_at, headers, properties)
    select instance, task, instance, 'p' || n %% 4, 'work', case n %% 3 when 0 then '初审' else '复审'
        end, 'CREATED', seated, array[role || '@u'], '{{}}', case n %% 5 when 0 then 80 else 50 end,
        due, due, '{{}}', '{{}}' from made),
seats as (
    insert into seat (instance_key, key, task_key, process_id, ordinal, kind, state, holder, stack,
        weight, opinion, reason_code, "cast", submission, due_at, reason)
    select instance, task + 1, task, 'p' || n %% 4, 1, 'ORIGINAL', 'OPEN', 'u' || n %% 50, '{{}}', 1,
        '', '', 0, '{{}}', due, '' from made where seated)
insert into task_candidate (instance_key, task_key, role, unit, process_id, due_at)
select instance, task, role, 'u', 'p' || n %% 4, due from made where not seated"""

WORKER = Worker(
    username="u3",
    memberships=[Membership(role=f"role-{n}", unit="u") for n in range(5)],
)


@pytest.fixture
def full(database: Database) -> Database:
    with database.unit_of_work() as work:
        work.hot(_FILL, {})
        work.commit()
    with database.unit_of_work() as work:
        work.hot("analyze instance, user_task, task_candidate, seat", {})
        work.commit()
    return database


class Watched:
    """Looks at the plan of each statement that is run straight."""

    def __init__(self, work: UnitOfWork, monkeypatch: pytest.MonkeyPatch) -> None:
        self.nodes: list[dict[str, Any]] = []
        straight = work.hot

        def hot(statement: str, parameters: Any = ()) -> Any:
            row = straight(f"explain (analyze, format json) {statement}", parameters).fetchone()
            top = row[0] if isinstance(row[0], list) else json.loads(row[0])
            self._visit(top[0]["Plan"])
            return straight(statement, parameters)

        monkeypatch.setattr(work, "hot", hot)

    def _visit(self, node: dict[str, Any]) -> None:
        self.nodes.append(node)
        for inner in node.get("Plans", []):
            self._visit(inner)

    def of(self, *tables: str) -> list[dict[str, Any]]:
        return [node for node in self.nodes if node.get("Relation Name") in tables]

    def no_scans(self, *tables: str) -> None:
        assert {n["Node Type"] for n in self.of(*tables)} <= {
            "Index Scan",
            "Index Only Scan",
            "Bitmap Heap Scan",
        }


def test_badges_are_counted_by_index_and_stop_at_their_cap(
    full: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """given more work than a badge can show, when four counts are asked for at once, then one
    statement walks the indexes, and no further than the cap in each group."""
    with full.unit_of_work() as work:
        now = work.hot("select timestamptz '2025-01-02'").fetchone()[0]
        watched = Watched(work, monkeypatch)
        found = desk.counts(
            work,
            WORKER,
            (
                Count(),
                Count(own=False),
                Count(narrowing=Narrowing(due_before=now)),
                Count(narrowing=Narrowing(due_from=now)),
            ),
        )
    assert found == (COUNT_CAP,) * 4
    watched.no_scans("task_candidate", "seat", "user_task", "candidate_user")
    read = watched.of("task_candidate", "seat")
    assert {
        n["Relation Name"]: n["Actual Rows"] for n in read if n["Actual Rows"] > COUNT_CAP
    } == {}


def test_each_count_is_the_same_as_alone(full: Database) -> None:
    """given any narrowing, then the counts of one statement are those of one statement each."""
    with full.unit_of_work() as work:
        before, after = work.hot(
            "select timestamptz '2025-01-01 01:00', timestamptz '2025-01-14 21:00'"
        ).fetchone()
        asked = [
            Count(narrowing=Narrowing(due_before=before)),
            Count(narrowing=Narrowing(due_from=after)),
            Count(narrowing=Narrowing(process_id="p1", due_from=after), own=False),
            Count(narrowing=Narrowing(process_id="none")),
        ]
        together = desk.counts(work, WORKER, asked)
        alone = tuple(
            inbox.count(work, WORKER, each.narrowing, own=each.own, claimable=True)
            for each in asked
        )
    assert together == alone
    assert len(set(together)) == 4


def test_a_word_of_a_cases_data_is_found_by_index(
    full: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with full.unit_of_work() as work:
        watched = Watched(work, monkeypatch)
        keys = inbox.found(
            work,
            Worker(username="x", memberships=[Membership(role="role-7", unit="u")]),
            Narrowing(),
            text="照料中心",
            own=True,
            claimable=True,
            order="due",
            limit=30,
            offset=0,
        )
    assert len(keys) == 20
    assert "ix_instance_grams" in {node.get("Index Name") for node in watched.nodes}
    watched.no_scans("instance", "user_task")
    assert grams(["照料中心"]) == {"照料", "料中", "中心"}


@pytest.mark.parametrize(
    ("narrowing", "wanted"),
    [
        (Narrowing(units=("kuiwen",)), "n %% 2 = 0"),
        (Narrowing(step="初审"), "n %% 3 = 0"),
        (Narrowing(priority_from=51), "n %% 5 = 0"),
        (Narrowing(units=("kuiwen",), step="初审", process_id="p2"), "n %% 12 = 6"),
    ],
)
def test_lists_by_unit_step_and_priority(full: Database, narrowing: Narrowing, wanted: str) -> None:
    """given facts that no walk knows, then the list has just those of the person's tasks, in order,
    and the count agrees."""
    worker = Worker(username="x", memberships=[Membership(role="role-10", unit="u")])
    worker = Worker(
        username="x", memberships=[*worker.memberships, Membership(role="role-5", unit="u")]
    )
    with full.unit_of_work() as work:
        keys = inbox.ordered(
            work, worker, narrowing, own=True, claimable=True, order="due", limit=5000, offset=0
        )
        count = inbox.count(work, worker, narrowing, own=True, claimable=True)
        expected = work.hot(
            f"""select n::bigint * {_SPAN} + 1 from generate_series(1, 20000) n
                where n %% 20 in (5, 10) and n %% 10 <> 3 and {wanted} order by n""",
            {},
        ).fetchall()
    assert list(keys) == [row[0] for row in expected]
    assert count == min(len(expected), COUNT_CAP)


def test_pages_by_unit_step_and_priority_are_walks(
    full: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """given facts of tasks and cases, when page after page is asked for, then each goes on where the
    last one ended, reads no further than it must, and so does the count."""
    worker = Worker(
        username="x", memberships=[Membership(role=f"role-{n}", unit="u") for n in (0, 10)]
    )
    narrowing = Narrowing(units=("kuiwen",), step="初审", priority_from=51)
    with full.unit_of_work() as work:
        everything = inbox.ordered(
            work, worker, narrowing, own=True, claimable=True, order="due", limit=5000, offset=0
        )
        count = inbox.count(work, worker, narrowing, own=True, claimable=True)
        watched = Watched(work, monkeypatch)
        listed: list[Key] = []
        after = None
        for _ in range(4):
            rows = inbox.walk(
                work, worker, replace(narrowing, after=after), own=True, claimable=True, limit=10
            )
            listed += [key for key, _ in rows]
            after = (rows[-1][1], rows[-1][0])
    assert len(everything) > COUNT_CAP
    assert listed == list(everything[:40])
    assert count == COUNT_CAP
    watched.no_scans("task_candidate", "candidate_user", "user_task", "instance")
    for node in watched.of("task_candidate"):
        assert node["Actual Rows"] <= 8 * 10, node
    for node in watched.of("user_task"):  # and only what was walked is looked up
        assert node["Actual Loops"] <= 8 * 10, node


def test_many_tasks_are_read_by_their_keys(full: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """given fifty tasks and one that is none, then two statements read these and their seats."""
    actor = Actor(key=Key(1), username="u3", name="某人")
    wanted = [Key(n * _SPAN + 1) for n in range(1, 51)]
    with full.unit_of_work() as work:
        now = work.hot("select now()").fetchone()[0]
        watched = Watched(work, monkeypatch)
        found = glance(work, [*wanted, Key(2)], actor=actor, now=now)
    assert list(found) == wanted or set(found) == set(wanted)
    tasks = {key: locked.task for key, locked in found.items() if locked.task is not None}
    assert {key for key, task in tasks.items() if task.seats} == {
        key for key, task in tasks.items() if task.seated
    }
    assert sum(1 for task in tasks.values() if task.seated) == 5
    watched.no_scans("instance", "user_task", "seat")
