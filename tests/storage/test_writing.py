"""One statement locks and reads an instance, one writes a command: all of it or nothing."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import Any

import pytest

from engine.model import chain, journal
from engine.model.effects import IncidentRaised, SubscriptionKind, SubscriptionOpened, TimerSet
from engine.model.errors import NotFound
from engine.model.keys import Key, part
from engine.model.states import TaskState, VisitState
from engine.model.step import Scope, VariableChange
from engine.storage.commands.changes import JobEnd, NewJob, TaskEnd, TaskPatch, TimerEnd
from engine.storage.commands.writing import write
from engine.storage.database import Database, next_key
from tests.storage.changes import (
    NOW,
    count,
    locked_on,
    new_task,
    new_visit,
    on,
    open_instance,
    opening,
)


def test_what_was_written_is_what_is_read_under_lock(database: Database) -> None:
    instance = open_instance(database)
    with database.unit_of_work() as work:
        found = locked_on(work, instance, part(instance, 1))
    assert found.head.title == "公益创投申请"
    assert (found.head.revision, found.head.counter, found.head.journal_number) == (1, 1, 1)
    assert found.task is not None
    assert found.task.state is TaskState.CREATED
    assert found.task.candidate_groups == ("clerk@weifang",)
    assert found.task.properties == {"banshi:deadline": "5"}
    assert [scope.snapshot for scope in found.state.scopes] == [b"\x00s"]
    assert found.state.variables == {
        instance: {"金额": Decimal("100000.10")},
        part(instance, 1): {},
    }


def test_an_instance_that_is_not_there(database: Database) -> None:
    with database.unit_of_work() as work, pytest.raises(NotFound):
        locked_on(work, Key(99 << 22), Key(99 << 22))


def test_the_chain_of_scopes_comes_root_first(database: Database) -> None:
    key = open_instance(database)
    inner, innermost = part(key, 2), part(key, 3)
    with database.unit_of_work() as work:
        found = locked_on(work, key, part(key, 1))
        changes = on(
            found,
            counter=4,
            scopes=(
                Scope(key=inner, parent_key=key, process_id="p", element_id="a", snapshot=b"1"),
                Scope(
                    key=innermost, parent_key=inner, process_id="p", element_id="b", snapshot=b"2"
                ),
            ),
            variables=(VariableChange(scope_key=innermost, name="x", value="内"),),
            visits=[
                new_visit(inner, key),
                new_visit(innermost, inner),
                new_visit(part(key, 4), innermost),
            ],
        )
        assert write(work, changes)
        leaf = locked_on(work, key, part(key, 4))
        body = locked_on(work, key, inner)
        work.commit()
    assert [scope.key for scope in leaf.state.scopes] == [key, inner, innermost]
    assert leaf.state.variables[innermost] == {"x": "内"}
    assert [scope.key for scope in body.state.scopes] == [key, inner]


def test_completing_closes_opens_and_journals(database: Database) -> None:
    instance = open_instance(database)
    first, second = part(instance, 1), part(instance, 2)
    with database.unit_of_work() as work:
        found = locked_on(work, instance, first)
        changes = on(
            found,
            gate=TaskEnd(key=first, by="lisi", outcome="approve"),
            counter=2,
            visits=[new_visit(second, instance, parents=(first,))],
            visits_closed={first: VisitState.COMPLETED},
            tasks=[new_task(second, instance, groups=(("leader", "weifang"),), users=())],
            variables=(VariableChange(scope_key=instance, name="意见", value="同意"),),
        )
        assert write(work, changes)
        again = locked_on(work, instance, first)
        work.commit()
    assert again.task is not None
    assert (again.task.state, again.task.ended_by) == (TaskState.COMPLETED, "lisi")
    assert again.task.assignee == "lisi"
    assert again.head.revision == 2
    assert count(database, "select count(*) from task_candidate where role = 'clerk'") == 0
    assert count(database, "select count(*) from candidate_user") == 0
    assert count(database, "select count(*) from task_candidate where role = 'leader'") == 1
    assert count(database, "select count(*) from journal") == 2
    assert count(database, "select count(*) from visit where state = 'ACTIVE'") == 1


def test_a_shut_gate_writes_nothing(database: Database) -> None:
    instance = open_instance(database)
    task = part(instance, 1)
    with database.unit_of_work() as work:
        found = locked_on(work, instance, task)
        end = TaskEnd(key=task, by="lisi", outcome=None)
        assert write(work, on(found, gate=end, visits_closed={task: VisitState.COMPLETED}))
        work.commit()
    with database.unit_of_work() as work:
        found = locked_on(work, instance, task)
        late = on(
            found,
            gate=TaskEnd(key=task, by="wangwu", outcome=None),
            variables=(VariableChange(scope_key=instance, name="x", value=1),),
        )
        assert not write(work, late)
        work.commit()
    assert count(database, "select count(*) from journal") == 2
    assert count(database, "select count(*) from variable where name = 'x'") == 0


def test_a_stale_revision_writes_nothing(database: Database) -> None:
    instance = open_instance(database)
    with database.unit_of_work() as work:
        before = locked_on(work, instance, part(instance, 1))
        assert write(work, on(before))
        assert not write(work, on(before))


def test_claiming_hides_the_task_and_releasing_shows_it(database: Database) -> None:
    instance = open_instance(database)
    task = part(instance, 1)

    def patch(assignee: str | None) -> None:
        with database.unit_of_work() as work:
            found = locked_on(work, instance, task, position=False)
            assert found.task is not None
            gate = TaskPatch(
                key=task,
                process_id="grant",
                assignee=assignee,
                groups=(("clerk", "weifang"),),
                users=("lisi",),
                priority=60,
                due_at=NOW,
                follow_up_at=None,
            )
            assert write(work, on(found, gate=gate))
            work.commit()

    patch("lisi")
    assert count(database, "select count(*) from task_candidate") == 0
    assert count(database, "select count(*) from candidate_user") == 0
    patch(None)
    shown = "select count(*) from task_candidate where process_id = 'grant' and due_at < 'infinity'"
    assert count(database, shown) == 1
    assert count(database, "select count(*) from candidate_user") == 1
    patch(None)
    assert count(database, "select count(*) from task_candidate") == 1


def _with_everything(database: Database) -> Key:
    """An instance whose subprocess (part 2, with 3 inside it) holds one of everything."""
    with database.unit_of_work() as work:
        key = next_key(work)
        sub, inner, leaf, job = (part(key, n) for n in (2, 3, 4, 5))
        changes = opening(
            key,
            counter=9,
            scopes=(
                Scope(key=key, parent_key=None, process_id="p", element_id=None, snapshot=b"0"),
                Scope(key=sub, parent_key=key, process_id="p", element_id="sub", snapshot=b"1"),
                Scope(key=inner, parent_key=sub, process_id="p", element_id="in", snapshot=b"2"),
            ),
            visits=[
                new_visit(part(key, 1), key),
                new_visit(sub, key),
                new_visit(inner, sub),
                new_visit(leaf, inner),
                new_visit(job, sub),
            ],
            tasks=[new_task(part(key, 1), key), new_task(leaf, inner)],
            jobs=[
                NewJob(
                    key=job,
                    scope_key=sub,
                    process_id="p",
                    element_id="j",
                    type="t",
                    retries=3,
                    headers={},
                    properties={},
                )
            ],
            timers=[
                TimerSet(key=part(key, 6), element_key=leaf, event_id="e", due_at=NOW),
                TimerSet(key=part(key, 7), element_key=sub, event_id="e", due_at=NOW),
            ],
            subscriptions=[
                SubscriptionOpened(
                    key=part(key, 8),
                    element_key=inner,
                    event_id="e",
                    kind=SubscriptionKind.MESSAGE,
                    name="m",
                    correlation_key="k",
                )
            ],
            incidents=[
                IncidentRaised(
                    key=part(key, 9), element_key=leaf, element_id="leaf", kind="X", message="…"
                )
            ],
            variables=(
                VariableChange(scope_key=key, name="a", value=1),
                VariableChange(scope_key=leaf, name="b", value=2),
            ),
        )
        assert write(work, changes)
        work.commit()
    return key


def test_terminating_a_scope_takes_away_all_below_it_and_nothing_else(database: Database) -> None:
    key = _with_everything(database)
    with database.unit_of_work() as work:
        found = locked_on(work, key, part(key, 1))
        changes = on(
            found,
            counter=9,
            terminated=[part(key, 2)],
            visits_closed={part(key, 2): VisitState.COMPLETED},
        )
        assert write(work, changes)
        work.commit()
    left = {
        "select count(*) from scope": 1,
        "select count(*) from visit where state = 'ACTIVE'": 1,
        "select count(*) from visit where state = 'TERMINATED'": 3,
        "select count(*) from visit where state = 'COMPLETED'": 1,
        "select count(*) from user_task where state = 'CREATED'": 1,
        "select count(*) from user_task where state = 'CANCELED'": 1,
        "select count(*) from task_candidate": 1,
        "select count(*) from job where state = 'CANCELED'": 1,
        "select count(*) from timer": 0,
        "select count(*) from subscription": 0,
        "select count(*) from incident where state = 'ACTIVE'": 0,
        "select count(*) from variable": 1,
    }
    assert {query: count(database, query) for query in left} == left


def test_timers_and_jobs_are_gates_too(database: Database) -> None:
    key = _with_everything(database)
    timer, job = part(key, 7), part(key, 5)
    with database.unit_of_work() as work:
        found = locked_on(work, key, part(key, 2), task=False)
        assert write(work, on(found, gate=TimerEnd(key=timer), waits_closed_of=[part(key, 2)]))
        found = locked_on(work, key, part(key, 2), task=False)
        assert not write(work, on(found, gate=TimerEnd(key=timer)))
        not_leased = on(found, gate=JobEnd(key=job, state="COMPLETED"))
        assert not write(work, not_leased)
        work.commit()
    assert count(database, "select count(*) from timer") == 1


@pytest.mark.parametrize("losers", [1, 3])
def test_of_several_at_once_one_wins(database: Database, losers: int) -> None:
    """The first holds the lock while the others wait for it, then all go on."""
    instance = open_instance(database)
    task = part(instance, 1)
    results: list[Any] = []
    waiting = threading.Barrier(losers + 1)

    def late() -> None:
        waiting.wait()
        with database.unit_of_work() as work:
            found = locked_on(work, instance, task)
            assert found.task is not None
            results.append((found.task.state, found.head.revision, found.state.variables))
            written = write(work, on(found, gate=TaskEnd(key=task, by="late", outcome=None)))
            results.append(written)
            work.commit()

    threads = [threading.Thread(target=late) for _ in range(losers)]
    with database.unit_of_work() as work:
        found = locked_on(work, instance, task)
        for thread in threads:
            thread.start()
        waiting.wait()
        _wait_for_waiters(database, losers)
        changes = on(
            found,
            gate=TaskEnd(key=task, by="first", outcome=None),
            variables=(VariableChange(scope_key=instance, name="由", value="first"),),
        )
        assert write(work, changes)
        work.commit()
    for thread in threads:
        thread.join()
    assert [r for r in results if isinstance(r, bool)] == [False] * losers
    seen = [r for r in results if not isinstance(r, bool)]
    # what the losers saw is what the winner left, not what was there before they waited
    assert {(state, revision) for state, revision, _ in seen} == {(TaskState.COMPLETED, 2)}
    assert all(variables[instance]["由"] == "first" for *_, variables in seen)
    assert count(database, "select count(*) from journal") == 2


def _wait_for_waiters(database: Database, wanted: int) -> None:
    waiters = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
    for _ in range(500):
        if count(database, waiters) >= wanted:
            return
        threading.Event().wait(0.01)
    raise AssertionError("nobody waits for the lock")


def test_the_journal_is_a_chain(database: Database) -> None:
    key = _with_everything(database)
    with database.unit_of_work() as work:
        for _ in range(3):
            assert write(work, on(locked_on(work, key, part(key, 1))))
        work.commit()
        rows = work.hot(
            """select number, at, actor_key, kind, element_key, element_id, facts, said, digest
               from journal where instance_key = %s order by number""",
            [key],
        ).fetchall()
    links = [
        journal.Link(
            number=row[0],
            at=row[1],
            actor_key=row[2],
            kind=row[3],
            element_key=row[4],
            element_id=row[5],
            facts=row[6],
            said=row[7],
            digest=bytes(row[8]),
        )
        for row in rows
    ]
    assert journal.verify(links) == ()
    assert links[0].digest == links[0].linked_to(chain.START)
