"""Administrators move, migrate and pause running cases: every operation in every state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from engine.model.actor import SYSTEM, Actor
from engine.model.errors import (
    BanshiError,
    CannotMigrate,
    CannotMove,
    Conflict,
    Forbidden,
    IdempotencyMismatch,
    InvalidInput,
    NotFound,
)
from engine.model.keys import Key
from engine.model.search import Condition, Query
from engine.model.states import InstanceState
from engine.service.administration.migrate_case import migrate_case
from engine.service.administration.migration_report import migration_report
from engine.service.administration.modify_case import (
    Activate,
    Modification,
    Shift,
    case_positions,
    modify_case,
    preview_modification,
)
from engine.service.administration.suspend_case import resume_case, suspend_case
from engine.service.app import App
from engine.service.cases.end_case import cancel_case, withdraw_case
from engine.service.cases.get_case import get_case
from engine.service.cases.start_case import start_case
from engine.service.exchange.publish_message import correlate_message, publish_message
from engine.service.exchange.sweep import run_waiting_jobs, sweep
from engine.service.exchange.work_jobs import activate_jobs, complete_job, fail_job
from engine.service.history.record import verify_record
from engine.service.notifications.reminding import remind
from engine.service.publishing.read_definitions import list_versions
from engine.service.searching import search_variables
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.complete_task import complete_task
from engine.service.tasks.return_to_node import return_to_node
from engine.service.tasks.task_page import task_page
from engine.service.tasks.update_task import update_task
from engine.service.worklists.inbox import inbox
from tests.conftest import SettableClock
from tests.service import diagrams
from tests.service.diagrams import flow, user_task
from tests.service.positions import require_consistent
from tests.world import World

CLERK = "clerk@weifang"


def line(*names: str, **more: str) -> bytes:
    """A process that is one task after the other, done by the clerks."""
    ids = ["start", *names, "end"]
    return diagrams.process(
        "line",
        diagrams.start(),
        *(user_task(name, f"环节{name}", groups=CLERK) for name in names),
        diagrams.end("end", "办完"),
        *(flow(a, b) for a, b in pairwise(ids)),
        **more,
    )


FORK = diagrams.process(
    "fork",
    diagrams.start(),
    '<bpmn:parallelGateway id="split"/>',
    user_task("left", "左", groups=CLERK),
    user_task("right", "右", groups=CLERK),
    '<bpmn:parallelGateway id="join"/>',
    user_task("last", "末", groups=CLERK),
    diagrams.end(),
    flow("start", "split"),
    flow("split", "left"),
    flow("split", "right"),
    flow("left", "join"),
    flow("right", "join"),
    flow("join", "last"),
    flow("last", "end"),
)


def begin(app: App, world: World, process_id: str, *contents: bytes) -> Key:
    diagrams.put(app, *contents)
    return start_case(app, world.zhangsan, process_id=process_id, submission={"n": 1}).key


def at(app: App, world: World, case: Key) -> list[str]:
    return sorted(p.element_id for p in case_positions(app, world.guanli, key=case))


def task_of(app: App, world: World, element_id: str) -> Key:
    (key,) = (t.key for t in inbox(app, world.lisi, limit=100).items if t.element_id == element_id)
    return key


def done(app: App, world: World, *elements: str) -> None:
    for element_id in elements:
        complete_task(app, world.lisi, key=task_of(app, world, element_id), submission={})


def latest(app: App, world: World, process_id: str) -> Key:
    return list_versions(app, world.guanli, process_id=process_id)[0].key


def sound(app: App, world: World, case: Key) -> None:
    require_consistent(app.database, case)
    assert verify_record(app, world.guanli, key=case) == ()


# -- modification ----------------------------------------------------------------------------------


def test_a_token_is_moved_and_the_preview_told_so(app: App, world: World) -> None:
    case = begin(app, world, "line", line("a", "b", "c"))
    change = Modification(move=(Shift(source="a", element_id="c"),))
    shown = preview_modification(app, world.guanli, key=case, modification=change)
    assert [t.name for t in shown.canceled] == ["环节a"]
    assert [t.name for t in shown.opened] == ["环节c"]
    assert not shown.ended
    assert not shown.incidents
    assert at(app, world, case) == ["a"]
    sound(app, world, case)

    modify_case(app, world.guanli, key=case, modification=change, reason="走错了")
    assert at(app, world, case) == ["c"]
    sound(app, world, case)
    done(app, world, "c")
    assert get_case(app, world.guanli, key=case).state is InstanceState.COMPLETED
    sound(app, world, case)


def test_add_cancel_and_variables(app: App, world: World) -> None:
    case = begin(app, world, "fork", FORK)
    change = Modification(
        activate=(Activate(element_id="last", variables={"own": 7}),),
        terminate=("left",),
        variables={"whole": "x"},
    )
    modify_case(app, world.guanli, key=case, modification=change, reason="补一步")
    assert at(app, world, case) == ["last", "right"]
    query = Query(conditions=(Condition(field="processInstanceKey", value=case),))
    seen = {v.name: v for v in search_variables(app, world.guanli, query=query).items}
    assert (seen["whole"].value, seen["whole"].scope_key) == ("x", case)
    assert (seen["own"].value, seen["own"].scope_key) == (7, task_of(app, world, "last"))
    sound(app, world, case)


def test_no_join_starves(app: App, world: World) -> None:
    """What was taken away never comes to the join: the rest passes it, once."""
    case = begin(app, world, "fork", FORK)
    done(app, world, "left")
    assert at(app, world, case) == ["join", "right"]
    modify_case(
        app, world.guanli, key=case, modification=Modification(terminate=("right",)), reason="免办"
    )
    assert at(app, world, case) == ["last"]
    sound(app, world, case)
    done(app, world, "last")
    assert get_case(app, world.guanli, key=case).state is InstanceState.COMPLETED


def test_one_branch_started_by_hand_passes_the_join_alone(app: App, world: World) -> None:
    case = begin(app, world, "fork", FORK)
    done(app, world, "left", "right")
    modify_case(
        app,
        world.guanli,
        key=case,
        modification=Modification(move=(Shift(source="last", element_id="left"),)),
        reason="重做",
    )
    done(app, world, "left")
    assert at(app, world, case) == ["last"]
    sound(app, world, case)


def test_what_waits_at_a_join_can_be_taken_away(app: App, world: World) -> None:
    case = begin(app, world, "fork", FORK)
    done(app, world, "left")
    (waiting,) = (p for p in case_positions(app, world.guanli, key=case) if p.waits_to_join)
    change = Modification(move=(Shift(source=waiting.key, element_id="left"),))
    modify_case(app, world.guanli, key=case, modification=change, reason="左边重办")
    assert at(app, world, case) == ["left", "right"]
    sound(app, world, case)
    done(app, world, "left", "right")
    assert at(app, world, case) == ["last"]


INNER = diagrams.process(
    "inner",
    diagrams.start(),
    '<bpmn:subProcess id="sub" name="核查">'
    + diagrams.start("s2")
    + user_task("in1", "核查一", groups=CLERK)
    + user_task("in2", "核查二", groups=CLERK)
    + diagrams.end("e2")
    + flow("s2", "in1")
    + flow("in1", "in2")
    + flow("in2", "e2")
    + "</bpmn:subProcess>",
    user_task("after", "后续", groups=CLERK),
    user_task("far", "更后", groups=CLERK),
    diagrams.end(),
    flow("start", "sub"),
    flow("sub", "after"),
    flow("after", "far"),
    flow("far", "end"),
)


def test_into_and_out_of_a_subprocess(app: App, world: World) -> None:
    case = begin(app, world, "inner", INNER)
    move = lambda source, target: modify_case(  # noqa: E731 - three of a kind
        app,
        world.guanli,
        key=case,
        modification=Modification(move=(Shift(source=source, element_id=target),)),
        reason="调整",
    )
    move("in1", "in2")
    assert at(app, world, case) == ["in2", "sub"]
    move("in2", "far")  # nothing is left in the subprocess: it does not go on to “after”
    assert at(app, world, case) == ["far"]
    sound(app, world, case)
    move("far", "in2")
    assert at(app, world, case) == ["in2", "sub"]
    sound(app, world, case)
    done(app, world, "in2", "after", "far")
    assert get_case(app, world.guanli, key=case).state is InstanceState.COMPLETED
    sound(app, world, case)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (Modification(), InvalidInput, "至少选择一处"),
        (Modification(terminate=("a",)), CannotMove, "终止事项"),
        (Modification(move=(Shift(source="b", element_id="c"),)), InvalidInput, "没有停在"),
        (Modification(move=(Shift(source="a", element_id="nowhere"),)), CannotMove, "没有"),
        (Modification(activate=(Activate(element_id="start"),)), CannotMove, "不能直接激活"),
        (Modification(terminate=(Key(17),)), InvalidInput, "没有停在"),
    ],
)
def test_refused_with_words(
    app: App, world: World, change: Modification, error: type[BanshiError], words: str
) -> None:
    case = begin(app, world, "line", line("a", "b", "c"))
    with pytest.raises(error) as refused:
        modify_case(app, world.guanli, key=case, modification=change, reason="试试")
    assert words in refused.value.message
    assert at(app, world, case) == ["a"]
    sound(app, world, case)


# -- migration -------------------------------------------------------------------------------------


def test_an_open_task_goes_on_in_the_new_version(app: App, world: World) -> None:
    case = begin(app, world, "line", line("a", "c"))
    task = task_of(app, world, "a")
    claim_task(app, world.lisi, key=task)
    due = app.now() + timedelta(days=9)
    update_task(app, world.guanli, key=task, due_at=due, priority=77)
    diagrams.put(app, line("a", "b", "c"))
    moved = migrate_case(
        app, world.guanli, key=case, definition_key=latest(app, world, "line"), reason="新规定"
    )
    assert moved.version == 2
    (open_task,) = (t for t in inbox(app, world.lisi).items if t.instance_key == case)
    assert (open_task.key, open_task.assignee) == (task, "lisi")
    assert (open_task.due_at, open_task.priority) == (due, 77)
    sound(app, world, case)
    done(app, world, "a", "b", "c")
    assert get_case(app, world.guanli, key=case).state is InstanceState.COMPLETED
    sound(app, world, case)


def test_elements_are_mapped_and_the_past_goes_with_them(app: App, world: World) -> None:
    case = begin(app, world, "line", line("a", "b"))
    done(app, world, "a")
    diagrams.put(app, line("x", "y", "z"))
    target = latest(app, world, "line")
    with pytest.raises(CannotMigrate) as refused:
        migrate_case(app, world.guanli, key=case, definition_key=target, reason="改")
    assert [p.rule for p in refused.value.problems] == ["element-missing"]
    assert "环节b" in refused.value.message
    sound(app, world, case)

    migrate_case(
        app,
        world.guanli,
        key=case,
        definition_key=target,
        mapping={"a": "x", "b": "y"},
        reason="改",
    )
    assert at(app, world, case) == ["y"]
    (open_task,) = (t for t in inbox(app, world.lisi).items if t.instance_key == case)
    assert (open_task.element_id, open_task.name) == ("y", "环节y")
    sound(app, world, case)
    done(app, world, "y", "z")
    sound(app, world, case)


def test_there_is_no_return_to_what_the_new_version_no_longer_has(app: App, world: World) -> None:
    case = begin(app, world, "line", line("a", "b", "c"))
    done(app, world, "a", "b")
    diagrams.put(app, line("b", "c"))
    migrate_case(
        app, world.guanli, key=case, definition_key=latest(app, world, "line"), reason="改"
    )
    task = task_of(app, world, "c")
    claim_task(app, world.lisi, key=task)
    shown = task_page(app, world.lisi, key=task).return_targets
    assert [target.element_id for target in shown] == ["b"]
    with pytest.raises(InvalidInput):
        return_to_node(app, world.lisi, key=task, target="a", reason="退")
    return_to_node(app, world.lisi, key=task, target="b", reason="退")
    assert at(app, world, case) == ["b"]
    sound(app, world, case)


@pytest.mark.parametrize(
    ("mapping", "rule"),
    [
        ({"nope": "x"}, "mapping-unknown"),
        ({"a": "nope"}, "mapping-unknown"),
        ({"a": "end"}, "mapping-type"),
    ],
)
def test_mappings_are_checked(
    app: App, world: World, mapping: Mapping[str, str], rule: str
) -> None:
    case = begin(app, world, "line", line("a"))
    diagrams.put(app, line("x"))
    with pytest.raises(InvalidInput) as refused:
        migrate_case(
            app,
            world.guanli,
            key=case,
            definition_key=latest(app, world, "line"),
            mapping=mapping,
            reason="改",
        )
    assert [p.rule for p in refused.value.problems] == [rule]


def test_another_process_is_no_version_of_it(app: App, world: World) -> None:
    case = begin(app, world, "line", line("a"))
    diagrams.put(app, FORK)
    with pytest.raises(InvalidInput):
        migrate_case(
            app, world.guanli, key=case, definition_key=latest(app, world, "fork"), reason="改"
        )


def timed(event: str) -> bytes:
    return diagrams.process(
        "timed",
        diagrams.start(),
        user_task("a", "办理", groups=CLERK),
        f'<bpmn:boundaryEvent id="{event}" name="超期" attachedToRef="a"><bpmn:timerEventDefinition>'
        '<bpmn:timeDuration xsi:type="bpmn:tFormalExpression">P3D</bpmn:timeDuration>'
        "</bpmn:timerEventDefinition></bpmn:boundaryEvent>",
        user_task("late", "催办", groups=CLERK),
        diagrams.end(),
        flow("start", "a"),
        flow("a", "end"),
        flow(event, "late"),
        flow("late", "end"),
    )


def test_timers_keep_what_is_due_under_their_new_name(
    app: App, world: World, clock: SettableClock
) -> None:
    case = begin(app, world, "timed", timed("t1"))
    clock.advance(timedelta(days=2))
    diagrams.put(app, timed("t2"))
    target = latest(app, world, "timed")
    shown = migration_report(app, world.guanli, keys=[case], definition_key=target)
    assert [(lost.name, count) for lost, count in shown.lost] == [("超期", 1)]
    migrate_case(
        app, world.guanli, key=case, definition_key=target, mapping={"t1": "t2"}, reason="改"
    )
    clock.advance(timedelta(hours=23))
    sweep(app)
    assert at(app, world, case) == ["a"]
    clock.advance(timedelta(hours=2))
    sweep(app)
    assert at(app, world, case) == ["late"]
    sound(app, world, case)


def test_the_report_counts_cases_by_what_is_wrong(app: App, world: World) -> None:
    diagrams.put(app, line("a", "b"))
    cases = [
        start_case(app, world.zhangsan, process_id="line", submission={}).key for _ in range(3)
    ]
    task = next(t.key for t in inbox(app, world.lisi).items if t.instance_key == cases[0])
    complete_task(app, world.lisi, key=task, submission={})
    diagrams.put(app, line("a", "c"))
    target = latest(app, world, "line")
    shown = migration_report(app, world.guanli, keys=cases, definition_key=target)
    assert (shown.total, shown.possible, shown.impossible) == (3, 2, 1)
    assert [(p.rule, p.element_id, n) for p, n in shown.problems] == [("element-missing", "b", 1)]
    assert [(at.source, at.target, at.count) for at in shown.lines] == [("a", "a", 2), ("b", "", 1)]
    assert shown.cases[0].key == cases[0]
    mended = migration_report(
        app, world.guanli, keys=cases, definition_key=target, mapping={"b": "c"}
    )
    assert mended.impossible == 0
    for case in cases:
        sound(app, world, case)


# -- suspension ------------------------------------------------------------------------------------

EVERYTHING = diagrams.process(
    "everything",
    diagrams.start(),
    '<bpmn:parallelGateway id="split"/>',
    user_task("task", "办理", groups=CLERK),
    '<bpmn:serviceTask id="job" name="系统办理">'
    + diagrams.extension('<zeebe:taskDefinition type="test.work" retries="3"/>')
    + "</bpmn:serviceTask>",
    '<bpmn:intermediateCatchEvent id="timer"><bpmn:timerEventDefinition>'
    '<bpmn:timeDuration xsi:type="bpmn:tFormalExpression">PT1H</bpmn:timeDuration>'
    "</bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>",
    '<bpmn:intermediateCatchEvent id="message"><bpmn:messageEventDefinition messageRef="m"/>'
    "</bpmn:intermediateCatchEvent>",
    diagrams.end("e1"),
    diagrams.end("e2"),
    diagrams.end("e3"),
    diagrams.end("e4"),
    flow("start", "split"),
    flow("split", "task"),
    flow("split", "job"),
    flow("split", "timer"),
    flow("split", "message"),
    flow("task", "e1"),
    flow("job", "e2"),
    flow("timer", "e3"),
    flow("message", "e4"),
    extra='<bpmn:message id="m" name="付款"><bpmn:extensionElements>'
    '<zeebe:subscription correlationKey="=n"/></bpmn:extensionElements></bpmn:message>',
)


def test_nothing_moves_while_suspended_and_all_of_it_after(
    app: App, world: World, clock: SettableClock
) -> None:
    case = begin(app, world, "everything", EVERYTHING)
    lease = timedelta(hours=3)
    take: Callable[[], Any] = lambda: activate_jobs(  # noqa: E731
        app, SYSTEM, type="test.work", worker="w", timeout=lease, max_jobs=5
    )
    (leased,) = take()
    task = task_of(app, world, "task")
    suspend_case(app, world.guanli, key=case, reason="核查中")
    assert get_case(app, world.guanli, key=case).state is InstanceState.SUSPENDED
    with pytest.raises(BanshiError):
        complete_task(app, world.lisi, key=task, submission={})
    with pytest.raises(BanshiError):
        claim_task(app, world.lisi, key=task)
    for act in (
        lambda: complete_job(app, SYSTEM, key=leased.key),
        lambda: fail_job(app, SYSTEM, key=leased.key, retries=0, message="坏了"),
    ):
        with pytest.raises(Conflict):
            act()
    clock.advance(timedelta(hours=4))
    publish_message(app, SYSTEM, name="付款", correlation_key="1", ttl=timedelta(0))
    with pytest.raises(Conflict):
        correlate_message(app, SYSTEM, name="付款", correlation_key="1")
    for _ in range(3):
        sweep(app)
        run_waiting_jobs(app, limit=10)
        clock.advance(timedelta(minutes=1))
    assert take() == ()
    assert at(app, world, case) == ["job", "message", "task", "timer"]
    sound(app, world, case)

    resume_case(app, world.guanli, key=case, reason="核查完毕")
    sweep(app)
    assert at(app, world, case) == ["job", "task"]
    (leased,) = take()
    complete_job(app, SYSTEM, key=leased.key)
    complete_task(app, world.lisi, key=task, submission={})
    assert get_case(app, world.guanli, key=case).state is InstanceState.COMPLETED
    sound(app, world, case)


def test_nobody_is_reminded_of_a_case_that_stands_still(
    app: App, world: World, clock: SettableClock
) -> None:
    case = begin(app, world, "line", line("a"))
    due = app.now() + timedelta(hours=1)
    update_task(app, world.guanli, key=task_of(app, world, "a"), due_at=due)
    suspend_case(app, world.guanli, key=case, reason="停")
    clock.advance(timedelta(hours=2))
    assert remind(app) == 0
    assert remind(app, thorough=True) == 0
    resume_case(app, world.guanli, key=case, reason="续")
    assert remind(app) == 1


def test_a_failed_job_leaves_its_variables_to_the_next_worker(app: App, world: World) -> None:
    case = begin(app, world, "everything", EVERYTHING)
    take: Callable[[], Any] = lambda: activate_jobs(  # noqa: E731
        app, SYSTEM, type="test.work", worker="w", timeout=timedelta(hours=1), max_jobs=5
    )
    (leased,) = take()
    fail_job(app, SYSTEM, key=leased.key, retries=1, variables={"page": 3})
    sound(app, world, case)
    (again,) = take()
    assert again.variables["page"] == 3
    assert again.retries == 1
    complete_job(app, SYSTEM, key=again.key)
    sound(app, world, case)


# -- every operation in every state, by everybody ---------------------------------------------------

OPERATIONS: Mapping[str, Callable[[App, Actor, Key, Key], Any]] = {
    "modify": lambda app, actor, case, _: modify_case(
        app,
        actor,
        key=case,
        modification=Modification(move=(Shift(source="a", element_id="b"),)),
        reason="改",
    ),
    "migrate": lambda app, actor, case, target: migrate_case(
        app, actor, key=case, definition_key=target, reason="改"
    ),
    "suspend": lambda app, actor, case, _: suspend_case(app, actor, key=case, reason="停"),
    "resume": lambda app, actor, case, _: resume_case(app, actor, key=case, reason="续"),
}
ALLOWED = {
    "modify": {InstanceState.ACTIVE},
    "migrate": {InstanceState.ACTIVE, InstanceState.SUSPENDED},
    "suspend": {InstanceState.ACTIVE},
    "resume": {InstanceState.SUSPENDED},
}


def bring(app: App, world: World, case: Key, state: InstanceState) -> None:
    if state is InstanceState.SUSPENDED:
        suspend_case(app, world.guanli, key=case, reason="停")
    elif state is InstanceState.TERMINATED:
        cancel_case(app, world.guanli, key=case, reason="终止")
    elif state is InstanceState.COMPLETED:
        done(app, world, "a", "b")


@pytest.mark.parametrize("state", InstanceState)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_in_every_state(
    app: App, world: World, operation: str, state: InstanceState
) -> None:
    case = begin(app, world, "line", line("a", "b"))
    diagrams.put(app, line("a", "b", "c"))
    target = latest(app, world, "line")
    bring(app, world, case, state)
    act = OPERATIONS[operation]
    with pytest.raises(Forbidden):
        act(app, world.lisi, case, target)
    with pytest.raises(Forbidden):
        act(app, world.zhangsan, case, target)
    with pytest.raises(NotFound):
        act(app, world.guanli, Key(case + (1 << 22) * 1000), target)
    before = facts(app, case)
    if state in ALLOWED[operation]:
        act(app, world.guanli, case, target)
        assert len(facts(app, case)) == len(before) + 1
    else:
        with pytest.raises(BanshiError):
            act(app, world.guanli, case, target)
        assert facts(app, case) == before
    sound(app, world, case)


def facts(app: App, case: Key) -> list[str]:
    with app.database.unit_of_work() as work:
        rows = work.hot(
            "select facts from journal where instance_key = %s order by number", [case]
        ).fetchall()
    return [row[0] for row in rows]


@pytest.mark.parametrize("operation", ["modify", "migrate", "suspend"])
def test_a_repeated_request_is_answered_once(app: App, world: World, operation: str) -> None:
    case = begin(app, world, "line", line("a", "b"))
    diagrams.put(app, line("a", "b", "c"))
    target = latest(app, world, "line")
    change = Modification(move=(Shift(source="a", element_id="b"),))
    ask: Mapping[str, Callable[[str], Any]] = {
        "modify": lambda reason: modify_case(
            app, world.guanli, key=case, modification=change, reason=reason, idempotency_key="k"
        ),
        "migrate": lambda reason: migrate_case(
            app,
            world.guanli,
            key=case,
            definition_key=target,
            reason=reason,
            idempotency_key="k",
        ),
        "suspend": lambda reason: suspend_case(
            app, world.guanli, key=case, reason=reason, idempotency_key="k"
        ),
    }
    ask[operation]("改")
    count = len(facts(app, case))
    ask[operation]("改")
    assert len(facts(app, case)) == count
    with pytest.raises(IdempotencyMismatch):
        ask[operation]("另一个原因")
    sound(app, world, case)


def test_a_suspended_case_can_be_withdrawn(app: App, world: World) -> None:
    case = begin(app, world, "line", line("a", "b"))
    suspend_case(app, world.guanli, key=case, reason="停")
    withdraw_case(app, world.zhangsan, key=case, reason="不办了")
    sound(app, world, case)
