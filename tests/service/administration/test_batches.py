"""Operations on many cases: each exactly once, whoever is killed, whoever orders the same again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import orjson
import pytest

from engine.model.batches import BatchKind, BatchState, ItemState
from engine.model.errors import BanshiError, Conflict, Forbidden, InvalidInput, NotFound
from engine.model.keys import Key
from engine.model.search import Condition, Operator, Query, Window
from engine.model.states import InstanceState
from engine.service.administration.batches import (
    cancel_batch,
    get_batch,
    resume_batch,
    retry_batch,
    search_batch_items,
    search_batches,
    suspend_batch,
)
from engine.service.administration.run_batches import run_batches
from engine.service.administration.start_batch import Order, selected, start_batch
from engine.service.administration.suspend_case import suspend_case
from engine.service.app import App
from engine.service.cases.get_case import get_case
from engine.service.cases.start_case import start_case
from engine.service.history.record import verify_record
from engine.service.identity.update_person import update_person
from engine.service.tasks.complete_task import complete_task
from engine.service.worklists.inbox import inbox
from tests.service import diagrams
from tests.service.administration.line_cases import at, latest, line
from tests.service.positions import require_consistent
from tests.service.staging import race
from tests.world import World, add_person

LINE = (Condition(field="processDefinitionId", value="line"),)


def cases_of(app: App, world: World, count: int) -> list[Key]:
    diagrams.put(app, line("a", "b"))
    return [
        start_case(app, world.zhangsan, process_id="line", submission={}).key for _ in range(count)
    ]


def order(app: App, world: World, kind: BatchKind, **more: object) -> Key:
    return start_batch(
        app,
        world.guanli,
        order=Order(kind=kind, **more),  # type: ignore[arg-type]
        conditions=LINE,
        reason="统一处理",
    )


def states(app: App, world: World, batch: Key) -> Counter[ItemState]:
    query = Query(
        conditions=(Condition(field="batchOperationKey", value=batch),), window=Window(limit=1000)
    )
    return Counter(i.state for i in search_batch_items(app, world.guanli, query=query).items)


def acts_of(app: App, case: Key, kind: str) -> int:
    with app.database.unit_of_work() as work:
        row = work.hot(
            "select count(*) from journal where instance_key = %s and kind = %s", [case, kind]
        ).fetchone()
    return int(row[0])


def test_each_kind_does_what_its_command_does(app: App, world: World) -> None:
    one, two, three = cases_of(app, world, 3)
    first = order(app, world, BatchKind.SUSPEND)
    assert run_batches(app) == 3
    assert {get_case(app, world.guanli, key=k).state for k in (one, two, three)} == {
        InstanceState.SUSPENDED
    }
    order(app, world, BatchKind.RESUME)
    run_batches(app)
    order(app, world, BatchKind.MODIFY, moves=(("a", "b"),))
    run_batches(app)
    assert at(app, world, two) == ["b"]
    diagrams.put(app, line("a", "x"))
    order(
        app,
        world,
        BatchKind.MIGRATE,
        definition_key=latest(app, world, "line"),
        mapping={"b": "x"},
    )
    run_batches(app)
    assert at(app, world, three) == ["x"]
    order(app, world, BatchKind.CANCEL)
    run_batches(app)
    for case in (one, two, three):
        assert get_case(app, world.guanli, key=case).state is InstanceState.TERMINATED
        require_consistent(app.database, case)
        assert verify_record(app, world.guanli, key=case) == ()
    done = get_batch(app, world.guanli, key=first)
    assert (done.state, done.completed, done.total) == (BatchState.COMPLETED, 3, 3)
    found = search_batches(app, world.guanli, query=Query())
    assert found.items[0].kind is BatchKind.CANCEL
    assert found.total == 5


def test_what_fails_is_listed_and_tried_again(app: App, world: World) -> None:
    cases = cases_of(app, world, 4)
    task = next(t.key for t in inbox(app, world.lisi).items if t.instance_key == cases[1])
    complete_task(app, world.lisi, key=task, submission={})
    diagrams.put(app, line("a", "c"))
    batch = order(app, world, BatchKind.MIGRATE, definition_key=latest(app, world, "line"))
    run_batches(app)
    found = get_batch(app, world.guanli, key=batch)
    assert (found.state, found.completed, found.failed) == (BatchState.PARTIALLY_COMPLETED, 3, 1)
    failed = Query(
        conditions=(
            Condition(field="batchOperationKey", value=batch),
            Condition(field="state", value=ItemState.FAILED),
        )
    )
    (item,) = search_batch_items(app, world.guanli, query=failed).items
    assert item.instance_key == cases[1]
    assert "环节b" in item.message
    complete_task(
        app,
        world.lisi,
        key=next(t.key for t in inbox(app, world.lisi).items if t.instance_key == cases[1]),
        submission={},
    )
    retry_batch(app, world.guanli, key=batch)
    run_batches(app)
    found = get_batch(app, world.guanli, key=batch)
    assert (found.state, found.completed, found.failed) == (BatchState.COMPLETED, 4, 0)
    assert states(app, world, batch) == {ItemState.COMPLETED: 3, ItemState.SKIPPED: 1}
    with pytest.raises(Conflict):
        retry_batch(app, world.guanli, key=batch)


def test_it_is_held_up_goes_on_and_is_stopped(app: App, world: World) -> None:
    cases = cases_of(app, world, 6)
    batch = order(app, world, BatchKind.SUSPEND)
    assert run_batches(app, limit=2) == 2
    suspend_batch(app, world.guanli, key=batch)
    assert run_batches(app) == 0
    assert states(app, world, batch) == {ItemState.COMPLETED: 2, ItemState.ACTIVE: 4}
    resume_batch(app, world.guanli, key=batch)
    assert run_batches(app, limit=1) == 1
    cancel_batch(app, world.guanli, key=batch)
    assert run_batches(app) == 0
    assert states(app, world, batch) == {ItemState.COMPLETED: 3, ItemState.CANCELED: 3}
    assert get_batch(app, world.guanli, key=batch).state is BatchState.CANCELED
    for act in (suspend_batch, resume_batch, cancel_batch, retry_batch):
        with pytest.raises(Conflict):
            act(app, world.guanli, key=batch)
        with pytest.raises(NotFound):
            act(app, world.guanli, key=Key(5))
        with pytest.raises(Forbidden):
            act(app, world.lisi, key=batch)
    running = [get_case(app, world.guanli, key=c).state for c in cases]
    assert running.count(InstanceState.SUSPENDED) == 3


def test_the_list_is_frozen_and_what_changed_meanwhile_is_passed_over(
    app: App, world: World
) -> None:
    early = cases_of(app, world, 2)
    batch = order(app, world, BatchKind.SUSPEND)
    (late,) = cases_of(app, world, 1)
    suspend_case(app, world.guanli, key=early[0], reason="先停")
    run_batches(app)
    assert states(app, world, batch) == {ItemState.COMPLETED: 1, ItemState.SKIPPED: 1}
    assert get_case(app, world.guanli, key=late).state is InstanceState.ACTIVE
    assert acts_of(app, early[0], "suspend") == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"conditions": ()}, "条件"),
        ({"order": Order(kind=BatchKind.MODIFY)}, "移动"),
        ({"order": Order(kind=BatchKind.MIGRATE)}, "版本"),
        ({"conditions": (Condition(field="processDefinitionId", value="none"),)}, "没有符合"),
        ({"reason": " "}, "请填写"),
        ({"order": Order(kind=BatchKind.RESUME)}, "没有符合"),
    ],
)
def test_what_cannot_be_ordered_is_refused(
    app: App, world: World, change: dict[str, object], words: str
) -> None:
    cases_of(app, world, 1)
    asked: dict[str, object] = {
        "order": Order(kind=BatchKind.SUSPEND),
        "conditions": LINE,
        "reason": "停",
    }
    with pytest.raises(InvalidInput) as refused:
        start_batch(app, world.guanli, **(asked | change))  # type: ignore[arg-type]
    assert words in refused.value.message
    with pytest.raises(BanshiError):
        start_batch(app, world.lisi, **asked)  # type: ignore[arg-type]


def test_by_element_and_with_a_key(app: App, world: World) -> None:
    cases = cases_of(app, world, 3)
    task = next(t.key for t in inbox(app, world.lisi).items if t.instance_key == cases[0])
    complete_task(app, world.lisi, key=task, submission={})
    there = (*LINE, Condition(field="elementId", value="b"))
    assert selected(app, world.guanli, kind=BatchKind.SUSPEND, conditions=there) == (cases[0],)
    asked = {
        "order": Order(kind=BatchKind.SUSPEND),
        "conditions": (*LINE, Condition(field="elementId", operator=Operator.IN, value=("a", "b"))),
        "reason": "停",
        "idempotency_key": "same",
    }
    first = start_batch(app, world.guanli, **asked)  # type: ignore[arg-type]
    assert start_batch(app, world.guanli, **asked) == first  # type: ignore[arg-type]
    assert get_batch(app, world.guanli, key=first).total == 3


def test_whoever_left_does_nothing_any_more(app: App, world: World) -> None:
    cases_of(app, world, 1)
    other = add_person(app, "guanli2", "另一位管理员")
    batch = start_batch(
        app, other, order=Order(kind=BatchKind.CANCEL), conditions=LINE, reason="停"
    )
    update_person(app, world.guanli, person_key=other.key, active=False)
    run_batches(app)
    assert states(app, world, batch) == {ItemState.FAILED: 1}


def test_two_administrators_at_once_do_it_once(
    app: App, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = cases_of(app, world, 5)
    other = add_person(app, "guanli2", "另一位管理员")
    race(
        monkeypatch,
        app.database,
        lambda: order(app, world, BatchKind.MODIFY, moves=(("a", "b"),)),
        lambda: start_batch(
            app,
            other,
            order=Order(kind=BatchKind.MODIFY, moves=(("a", "b"),)),
            conditions=LINE,
            reason="我也来",
        ),
    )
    workers = [threading.Thread(target=run_batches, args=(app,)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    run_batches(app)
    for case in cases:
        assert at(app, world, case) == ["b"]
        assert acts_of(app, case, "modify") == 1
        require_consistent(app.database, case)
    both = search_batches(app, world.guanli, query=Query()).items
    assert [b.state for b in both] == [BatchState.COMPLETED] * 2
    assert sum(b.counts.get(ItemState.COMPLETED, 0) for b in both) == 5


_WORKER = """
import sys
from pathlib import Path
from engine import bootstrap
from engine.config import Settings
from engine.service.administration.run_batches import run_batches
from engine.storage.database import Database
app = bootstrap.build(
    Settings(home=Path(sys.argv[2]), database_url=""), database=Database(sys.argv[1])
)
while True:
    run_batches(app, limit=1)
"""


def test_two_hundred_cases_with_a_worker_killed_in_the_middle(
    app: App, world: World, tmp_path: Path
) -> None:
    cases = cases_of(app, world, 200)
    diagrams.put(app, line("a", "between", "b"))
    batch = order(app, world, BatchKind.MIGRATE, definition_key=latest(app, world, "line"))
    url = app.database.url.render_as_string(hide_password=False)
    for stop in (30, 90):
        worker = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", _WORKER, url, str(tmp_path)],
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            until = time.monotonic() + 60
            while get_batch(app, world.guanli, key=batch).completed < stop:
                assert worker.poll() is None
                assert time.monotonic() < until
                time.sleep(0.005)
        finally:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
    assert 90 <= get_batch(app, world.guanli, key=batch).completed < 200, "killed in the middle"
    run_batches(app, limit=1000)
    found = get_batch(app, world.guanli, key=batch)
    assert (found.state, found.completed) == (BatchState.COMPLETED, 200)
    with app.database.unit_of_work() as work:
        rows = work.hot(
            "select instance_key, facts from journal where kind = 'migrate' order by 1"
        ).fetchall()
    assert [row[0] for row in rows] == cases, "each once"
    assert {orjson.loads(row[1])["batch"] for row in rows} == {str(batch)}
    for case in cases[::25]:
        require_consistent(app.database, case)
        assert verify_record(app, world.guanli, key=case) == ()
