"""Who may take a task: lanes and levels, named candidates, and nobody – which is an incident."""

from __future__ import annotations

from typing import Any

import pytest

from engine.model.actor import SYSTEM, Actor
from engine.model.errors import Conflict, Forbidden, InvalidInput, Refused
from engine.model.records import Incident, UserTask
from engine.model.search import Condition, Query
from engine.model.states import IncidentState
from engine.service.administration.resolve_incident import resolve_incident
from engine.service.app import App
from engine.service.cases.start_case import start_case
from engine.service.searching import search_incidents, search_tasks
from engine.service.tasks.assign_task import assign_task
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.complete_task import complete_task
from engine.service.tasks.release_task import release_task
from engine.service.tasks.task_page import task_page
from engine.service.tasks.update_task import update_task
from engine.service.worklists.inbox import inbox
from tests.conftest import SettableClock
from tests.service import diagrams
from tests.world import World, add_person


def one_task(
    app: App, applicant: Actor, *, lane: tuple[str, str] | None = None, **task: Any
) -> UserTask:
    """A case of a diagram with one task, in a lane (role, level) if one is given."""
    diagrams.put(
        app,
        diagrams.process(
            "one",
            diagrams.start(),
            diagrams.user_task("work", "办理", **task),
            diagrams.end("done"),
            diagrams.flow("start", "work"),
            diagrams.flow("work", "done"),
            lanes=((*lane, ("work",)),) if lane else (),
        ),
    )
    case = start_case(app, applicant, process_id="one", submission={"expert": "zhuanjia1"})
    (found,) = search_tasks(
        app,
        SYSTEM,
        query=Query(conditions=(Condition(field="processInstanceKey", value=case.key),)),
    ).items
    return found


def incidents(app: App, world: World) -> tuple[Incident, ...]:
    active = Condition(field="state", value=IncidentState.ACTIVE)
    return search_incidents(app, world.guanli, query=Query(conditions=(active,))).items


@pytest.mark.parametrize(
    ("role", "level", "group"),
    [
        ("clerk", "city", "clerk@weifang"),
        ("county-reviewer", "county", "county-reviewer@weicheng"),
        ("street-clerk", "street", "street-clerk@weicheng-xiguan"),
    ],
)
def test_a_lane_is_a_role_at_the_ancestor_on_its_level(
    app: App, world: World, role: str, level: str, group: str
) -> None:
    task = one_task(app, world.zhangsan, lane=(role, level))
    assert task.candidate_groups == (group,)
    assert not incidents(app, world)


@pytest.mark.parametrize(
    ("lane", "task", "reason"),
    [
        (("village-clerk", "village"), {}, "“西关街道”之上没有办理此环节的单位"),
        (("county-reviewer", "city"), {}, "单位“潍坊市”没有担任"),
        (("external", ""), {}, "未指定办理人"),
        (None, {}, "没有指定办理人"),
        (None, {"assignee": "nobody"}, "不存在或已停用"),
        (None, {"users": "nobody,somebody"}, "没有可以办理的人员"),
        (None, {"groups": "leader@kuiwen"}, "没有可以办理的人员"),
    ],
)
def test_a_task_that_nobody_could_take_is_an_incident(
    app: App, world: World, lane: tuple[str, str] | None, task: dict[str, str], reason: str
) -> None:
    opened = one_task(app, world.zhangsan, lane=lane, **task)
    (incident,) = incidents(app, world)
    assert (incident.kind, incident.element_key) == ("NO_ELIGIBLE_HANDLER", opened.key)
    assert reason in incident.message
    with pytest.raises(Conflict, match="仍无人"):
        resolve_incident(app, world.guanli, key=incident.key)
    assign_task(app, world.guanli, key=opened.key, assignee="lisi", reason="无人办理")
    assert not incidents(app, world)
    complete_task(app, world.lisi, key=opened.key, submission={})


def test_the_only_holder_of_the_role_is_the_applicant(app: App, world: World) -> None:
    one_task(app, world.quxian, lane=("county-reviewer", "county"))
    (incident,) = incidents(app, world)
    with pytest.raises(Conflict, match="仍无人"):
        resolve_incident(app, world.guanli, key=incident.key)
    add_person(app, "quxian2", "新同事", "county-reviewer@weicheng")
    resolve_incident(app, world.guanli, key=incident.key)
    assert not incidents(app, world)


def test_candidates_named_in_the_diagram(app: App, world: World) -> None:
    task = one_task(app, world.zhangsan, groups="clerk", users="=[expert]")
    assert task.candidate_groups == ("clerk@weifang",)
    assert task.candidate_users == ("zhuanjia1",)
    assert inbox(app, world.zhuanjia1).total == 1
    assert inbox(app, world.zhuanjia2).total == 0
    claim_task(app, world.zhuanjia1, key=task.key)
    assert inbox(app, world.lisi).total == 0
    with pytest.raises(Forbidden):
        release_task(app, world.lisi, key=task.key)
    release_task(app, world.zhuanjia1, key=task.key)
    assert inbox(app, world.lisi).total == 1


def test_the_applicant_never_decides_his_own_case(app: App, world: World) -> None:
    task = one_task(app, world.lisi, groups="clerk@weifang")
    for act in (claim_task, lambda *a, **k: complete_task(*a, **k, submission={})):
        with pytest.raises(Forbidden, match="申请人不能"):
            act(app, world.lisi, key=task.key)
    with pytest.raises(Forbidden, match="申请人不能"):
        assign_task(app, world.guanli, key=task.key, assignee="lisi")
    with app.database.unit_of_work() as work:
        refused = work.hot("select count(*) from act where stream = 'refusals'").fetchone()[0]
    assert refused >= 2, "and the attempts are on record"
    complete_task(app, world.wangwu, key=task.key, submission={})


def test_handing_over(app: App, world: World) -> None:
    task = one_task(app, world.zhangsan, groups="clerk@weifang")
    with pytest.raises(Forbidden):
        assign_task(app, world.lisi, key=task.key, assignee="wangwu")
    claim_task(app, world.lisi, key=task.key)
    offered = {p.username for p in task_page(app, world.lisi, key=task.key).assignees}
    assert {"wangwu", "zhaoliu"} <= offered, "colleagues at the same unit"
    assert not {"zhangsan", "quxian"} & offered
    with pytest.raises(Forbidden, match="不在其中"):
        assign_task(app, world.lisi, key=task.key, assignee="quxian")
    with pytest.raises(InvalidInput):
        assign_task(app, world.lisi, key=task.key, assignee="nobody")
    handed = assign_task(app, world.lisi, key=task.key, assignee="zhaoliu", reason="外出学习")
    assert (handed.assignee, handed.assignee_name) == ("zhaoliu", "赵六")
    with pytest.raises(Forbidden):
        complete_task(app, world.lisi, key=task.key, submission={})
    complete_task(app, world.zhaoliu, key=task.key, submission={})


def test_an_administrator_changes_candidates_and_deadline(
    app: App, world: World, clock: SettableClock
) -> None:
    task = one_task(app, world.zhangsan, groups="clerk@weifang")
    with pytest.raises(Forbidden):
        update_task(app, world.lisi, key=task.key, priority=1)
    changed = update_task(
        app,
        world.guanli,
        key=task.key,
        candidate_groups=["leader"],
        candidate_users=[],
        due_at=clock.at,
        priority=90,
    )
    assert (changed.candidate_groups, changed.due_at, changed.priority) == (
        ("leader@weifang",),
        clock.at,
        90,
    )
    assert inbox(app, world.lisi).total == 0
    assert inbox(app, world.zhaoliu, due="overdue").total == 0
    clock.set(clock.at.replace(year=2026))
    assert inbox(app, world.zhaoliu, due="overdue").total == 1
    assert update_task(app, world.guanli, key=task.key, due_at=None).due_at is None
    for wrong in (
        {"priority": 101},
        {"due_at": clock.at.replace(tzinfo=None)},
        {"candidate_groups": ["no-such-role"]},
    ):
        with pytest.raises(InvalidInput):
            update_task(app, world.guanli, key=task.key, **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("number", "unit", "due"),
    [
        ("5", "working-day", "2025-03-10"),
        ("10", "natural-day", "2025-03-13"),
        ("1", "month", "2025-04-03"),
        ("1", "year", "2026-03-03"),
        ("0", "working-day", "2025-03-03"),
        ("", "working-day", None),
    ],
)
def test_deadlines_in_their_units(
    app: App, world: World, number: str, unit: str, due: str | None
) -> None:
    task = one_task(app, world.zhangsan, groups="clerk@weifang", deadline=number, deadlineUnit=unit)
    local = task.due_at.astimezone(app.settings.timezone) if task.due_at else None
    assert (local.date().isoformat() if local else None) == due
    assert local is None or local.time().isoformat() == "23:59:59"


@pytest.mark.parametrize(("number", "unit"), [("many", "working-day"), ("5", "fortnight")])
def test_a_deadline_that_is_none_is_refused_at_deploy(
    app: App, world: World, number: str, unit: str
) -> None:
    with pytest.raises(Refused, match=r"banshi:deadline|期限单位"):
        one_task(app, world.zhangsan, groups="clerk@weifang", deadline=number, deadlineUnit=unit)


def test_a_deadline_beyond_the_published_calendar_is_pending(
    app: App, world: World, clock: SettableClock
) -> None:
    clock.set(clock.at.replace(year=2026, month=12, day=20))
    task = one_task(
        app, world.zhangsan, groups="clerk@weifang", deadline="30", deadlineUnit="working-day"
    )
    assert (task.due_at, task.due_pending) == (None, True)
    assert inbox(app, world.lisi).items[0].due_pending
