"""Return to any earlier node on freely generated diagrams, in the service (issue: approval.md,
“return to an earlier node”): one token at the target, no orphan task, no stuck join, the data
kept, what was decided later kept in the journal. Every case then goes on to its end."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.model.errors import BanshiError
from engine.model.keys import Key
from engine.model.records import UserTask
from engine.model.states import InstanceState, TaskState
from engine.service.app import App
from engine.service.cases.get_case import get_case
from engine.service.cases.pages import ReturnTarget
from engine.service.cases.start_case import start_case
from engine.service.exchange.sweep import sweep
from engine.service.history.record import verify_record
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.complete_task import complete_task
from engine.service.tasks.return_to_node import return_to_node
from engine.service.tasks.task_page import task_page
from engine.service.worklists.inbox import inbox
from tests.conftest import SettableClock
from tests.properties.test_service_walks import diagram
from tests.service import diagrams
from tests.service.positions import require_consistent
from tests.world import World

#: A walk that returns so often and still does not end would be stuck in a loop of its own.
_MOST_RETURNS, _MOST_COMMANDS = 6, 200


class Walk:
    """A case on a random diagram, moved on by the clerks."""

    def __init__(self, app: App, world: World, clock: SettableClock, seed: int, depth: int) -> None:
        self.app, self.world, self.clock = app, world, clock
        self.random = Random(seed)
        diagrams.put(app, diagram(seed, depth))
        submission = {"pick": self.random.randint(0, 3), "again": False, "items": [1, 2]}
        self.case = start_case(app, world.zhangsan, process_id="p", submission=submission).key

    @property
    def running(self) -> bool:
        found = get_case(self.app, self.world.guanli, key=self.case)
        return found.state is InstanceState.ACTIVE

    @property
    def past(self) -> bool:
        """Whether a task of the case was completed, and not taken back since."""
        done = "select 1 from visit where element_type = 'userTask' and state = 'COMPLETED' and"
        return bool(self.rows(done))

    def tasks(self) -> list[UserTask]:
        """The open ones; where only time can help, it goes by."""
        for _ in range(3):
            found = inbox(self.app, self.world.lisi, limit=100).items
            mine = [t for t in found if t.instance_key == self.case]
            if mine or not self.running:
                return mine
            self.clock.advance(timedelta(hours=2))
            sweep(self.app)
        raise AssertionError(f"stuck: nothing to do, nothing to wait for: {self.standing()}")

    def complete(self, task: UserTask) -> None:
        submission = {"pick": self.random.randint(0, 3), "again": self.random.random() < 0.2}
        complete_task(self.app, self.world.lisi, key=task.key, submission=submission)

    def targets(self, task: UserTask) -> tuple[ReturnTarget, ...]:
        """Where its holder may send it back to."""
        if task.assignee is None:
            claim_task(self.app, self.world.lisi, key=task.key)
        return task_page(self.app, self.world.lisi, key=task.key).return_targets

    def finish(self) -> None:
        """To the end, looking after each step."""
        for _ in range(_MOST_COMMANDS):
            require_consistent(self.app.database, self.case)
            tasks = self.tasks()
            if not tasks:
                break
            self.complete(self.random.choice(tasks))
        assert not self.running, "it ends"
        require_consistent(self.app.database, self.case)
        assert verify_record(self.app, self.world.guanli, key=self.case) == ()

    def standing(self) -> list[Any]:
        return self.rows("select key, element_id from visit where state = 'ACTIVE' and")

    def rows(self, query: str) -> list[Any]:
        with self.app.database.unit_of_work() as work:
            return list(work.hot(f"{query} instance_key = %s order by 1", [self.case]).fetchall())

    def done_anew(self, visit: Key) -> str:
        """The element that a return to this visit enters: it, or the multi-instance around it that
        is over and can only be done anew as a whole."""
        live = {row[0] for row in self.rows("select key from scope where")}
        visits = {
            row[0]: (row[1], row[2])
            for row in self.rows("select key, element_id, scope_key from visit where")
        }
        element, scope = visits[visit]
        found = element
        while scope in visits:
            around, outer = visits[scope]
            if around == element:
                found = around  # it was one of several: its body stands for all of them
            elif scope in live:
                break
            element, scope = around, outer
        return found

    @property
    def newest(self) -> Key:
        return Key(self.rows("select max(key) from visit where")[0][0])

    def entered_after(self, newest: Key) -> list[Any]:
        """Every visit since, also those that are over already (nothing in them waits)."""
        return self.rows(f"select key, element_id, scope_key from visit where key > {newest} and")

    def journal(self) -> list[Any]:
        return self.rows("select number, kind, facts, digest from journal where")

    def variables(self) -> dict[str, Any]:
        """Those of the case itself, without what scripts write (their names are their ids)."""
        found = self.rows(
            "select name, value::text from variable where scope_key = instance_key and"
        )
        return {name: value for name, value in found if not name.startswith("x")}


def returned(walk: Walk, task: UserTask) -> bool:
    """Send the case back from this task to any node before it; whether there is one."""
    targets = walk.targets(task)
    if not targets:
        return False
    target = walk.random.choice(targets)
    before, kept, anew = walk.journal(), walk.variables(), walk.done_anew(target.visit)
    newest = walk.newest
    return_to_node(
        walk.app, walk.world.lisi, key=task.key, target=str(target.visit), reason="退回重办"
    )
    require_consistent(walk.app.database, walk.case)
    after = walk.journal()
    assert after[: len(before)] == before, "what was decided later stays in the journal"
    assert [row[1] for row in after[len(before) :]] == ["return"]
    assert walk.variables() == kept, "the data is kept"
    entered = walk.entered_after(newest)
    same = {key for key, element, _ in entered if element == anew}
    placed = [key for key, element, scope in entered if element == anew and scope not in same]
    assert len(placed) == 1, f"one token at the target: {entered}"
    state = walk.rows(f"select state from user_task where key = {task.key} and")
    assert state in ([(TaskState.CANCELED,)], [(TaskState.CREATED,)])
    return True


#: (attempts, returns) of all examples: the walk must not be one that never returns. An attempt
#: counts where somebody has done something in the case that could be returned to.
_COUNTED = [0, 0]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 10**6), depth=st.integers(2, 4))
def test_return_to_any_earlier_node(
    app: App, world: World, clock: SettableClock, seed: int, depth: int
) -> None:
    walk = Walk(app, world, clock, seed, depth)
    returns = 0
    for _ in range(_MOST_COMMANDS):
        tasks = walk.tasks()
        if not tasks or returns == _MOST_RETURNS:
            break
        task = walk.random.choice(tasks)
        attempt = walk.random.random() < 0.6
        _COUNTED[0] += attempt and walk.past
        if attempt and returned(walk, task):
            returns += 1
        else:
            walk.complete(task)
    _COUNTED[1] += returns
    walk.finish()


def test_the_walks_did_return() -> None:
    attempts, returns = _COUNTED
    assert not attempts or returns > attempts / 5, (attempts, returns)


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 10**6), depth=st.integers(2, 4))
def test_a_return_refused_changes_nothing(
    app: App, world: World, clock: SettableClock, seed: int, depth: int
) -> None:
    """To visits of other branches, to the task itself, to what was never done."""
    walk = Walk(app, world, clock, seed, depth)
    for _ in range(20):
        tasks = walk.tasks()
        if not tasks:
            return
        task = walk.random.choice(tasks)
        allowed = {target.visit for target in walk.targets(task)}
        visits = [row[0] for row in walk.rows("select key from visit where")]
        wrong = [key for key in visits if key not in allowed]
        before = walk.journal()
        try:
            return_to_node(
                app, world.lisi, key=task.key, target=str(walk.random.choice(wrong)), reason="退"
            )
        except BanshiError:
            assert walk.journal() == before
            require_consistent(app.database, Key(walk.case))
        else:
            raise AssertionError("it was no node before this one")
        walk.complete(task)
