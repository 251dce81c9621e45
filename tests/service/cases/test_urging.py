"""催办: who may press, how often, whom it reaches, and where it shows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.model.errors import Forbidden, InvalidInput, NotFound, TooSoon
from engine.model.keys import Key
from engine.model.notifications import NoticeKind
from engine.model.records import Instance
from engine.model.search import Query
from engine.service.app import App
from engine.service.cases.case_page import case_page
from engine.service.cases.copies import case_urges
from engine.service.cases.copy_case import copy_case
from engine.service.cases.end_case import withdraw_case
from engine.service.cases.start_case import start_case
from engine.service.cases.urge_case import urge_case
from engine.service.history.record import verify_record
from engine.service.notifications.fan_out import fan_out
from engine.service.searching import search_tasks
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.get_task import get_task
from engine.service.tasks.task_page import task_page
from engine.service.worklists.inbox import inbox
from engine.service.worklists.notices import list_notices
from tests.conftest import SettableClock
from tests.service import aid, diagrams, staging
from tests.service.aid import decide, open_case, open_task
from tests.world import World


@pytest.fixture
def case(app: App, world: World) -> Instance:
    return open_case(app, world.zhangsan)


def local(clock: SettableClock, day: int, hour: int, minute: int = 0) -> None:
    """A moment in March 2025, Shanghai."""
    clock.set(datetime(2025, 3, day, hour - 8, minute, tzinfo=UTC))


def test_an_urge_shows_on_the_task_and_reaches_its_people(
    app: App, world: World, case: Instance, clock: SettableClock
) -> None:
    made = urge_case(app, world.zhangsan, key=case.key, note="等米下锅")
    task = open_task(app, case.key)
    assert made.tasks == (task.key,)
    assert (task.urged, task.urged_at) == (1, clock.at)
    (line,) = inbox(app, world.lisi).items
    assert (line.urged, line.urged_at) == (1, clock.at)
    assert get_task(app, world.lisi, key=task.key).urged == 1
    assert task_page(app, world.lisi, key=task.key).task.urged == 1
    (found,) = search_tasks(app, world.lisi, query=Query()).items
    assert found.urged == 1
    (listed,) = case_urges(app, world.lisi, key=case.key)
    assert listed == made
    assert (listed.name, listed.note) == ("张三", "等米下锅")
    fan_out(app)
    for reader in (world.lisi, world.wangwu):  # both could take it
        assert NoticeKind.TASK_URGED in {n.kind for n in list_notices(app, reader)}
    for other in (world.zhangsan, world.zhaoliu):
        assert NoticeKind.TASK_URGED not in {n.kind for n in list_notices(app, other)}
    entry = case_page(app, world.zhangsan, key=case.key).entries[-1]
    assert (entry.kind, entry.said.get("reason")) == ("urge", "等米下锅")
    assert verify_record(app, world.zhangsan, key=case.key) == ()


def test_once_in_so_many_working_hours(
    app: App, world: World, case: Instance, clock: SettableClock
) -> None:
    """given an urge on Friday at 15:00 with 8 working hours between two, when pressed on Saturday
    or on Monday at 14:59, then it is refused and says when; on Monday at 15:00 it counts."""
    local(clock, 7, 15)
    urge_case(app, world.zhangsan, key=case.key)
    assert "urge" not in case_page(app, world.zhangsan, key=case.key).allowed_actions
    for day, hour, minute in ((7, 15, 0), (8, 20, 0), (10, 14, 59)):
        local(clock, day, hour, minute)
        with pytest.raises(TooSoon) as refused:
            urge_case(app, world.zhangsan, key=case.key)
        assert "15:00" in refused.value.message
    assert "今天 15:00" in case_page(app, world.zhangsan, key=case.key).refusals["urge"]
    local(clock, 10, 15)
    assert "urge" in case_page(app, world.zhangsan, key=case.key).allowed_actions
    urge_case(app, world.zhangsan, key=case.key)
    assert open_task(app, case.key).urged == 2
    assert len(case_urges(app, world.zhangsan, key=case.key)) == 2


def test_the_process_says_how_often(app: App, world: World, clock: SettableClock) -> None:
    diagrams.put(
        app,
        aid.aid().replace(
            b'banshi:title"', b'banshi:urgeEvery" value="2"/><zeebe:property name="banshi:title"', 1
        ),
    )
    case = start_case(app, world.zhangsan, process_id="aid", submission={"title": "x"})
    local(clock, 3, 10)
    urge_case(app, world.zhangsan, key=case.key)
    local(clock, 3, 11, 59)
    with pytest.raises(TooSoon, match="今天 12:00"):
        urge_case(app, world.zhangsan, key=case.key)
    local(clock, 3, 12)
    urge_case(app, world.zhangsan, key=case.key)


def test_each_has_his_own_count(app: App, world: World, case: Instance) -> None:
    """The applicant and whoever handled it before press independently."""
    decide(app, world.lisi, case.key)
    urge_case(app, world.zhangsan, key=case.key)
    urge_case(app, world.lisi, key=case.key)
    assert open_task(app, case.key).urged == 2
    with pytest.raises(TooSoon):
        urge_case(app, world.lisi, key=case.key)


def test_who_may_urge(app: App, world: World, case: Instance) -> None:
    """Neither outsiders, nor those who only could take it, nor readers of a copy, nor
    administrators who never handled it; whoever has to act presses nobody."""
    task = open_task(app, case.key)
    claim_task(app, world.lisi, key=task.key)
    copy_case(app, world.lisi, task_key=task.key, people=["quxian"])
    for actor in (world.wangwu, world.quxian, world.guanli, world.zhaoliu, world.lisi):
        with pytest.raises(Forbidden):
            urge_case(app, actor, key=case.key)
    with pytest.raises(NotFound):
        urge_case(app, world.zhangsan, key=Key(task.key + (1 << 30)))


def test_nobody_presses_himself(app: App, world: World, case: Instance) -> None:
    """given the case waits for the applicant, then he has nobody to press, and the clerk may
    press him; when the case has ended, nobody."""
    decide(app, world.lisi, case.key, "return")
    with pytest.raises(Forbidden, match="没有等待他人办理"):
        urge_case(app, world.zhangsan, key=case.key)
    urge_case(app, world.lisi, key=case.key)
    fan_out(app)
    assert NoticeKind.TASK_URGED in {n.kind for n in list_notices(app, world.zhangsan)}
    withdraw_case(app, world.zhangsan, key=case.key, reason="不办了")
    with pytest.raises(Forbidden, match="已经办结"):
        urge_case(app, world.zhangsan, key=case.key)


def test_a_note_is_checked_and_a_repeated_request_counts_once(
    app: App, world: World, case: Instance
) -> None:
    with pytest.raises(InvalidInput):
        urge_case(app, world.zhangsan, key=case.key, note="长" * 201)
    first = urge_case(app, world.zhangsan, key=case.key, note="急", idempotency_key="u")
    again = urge_case(app, world.zhangsan, key=case.key, note="急", idempotency_key="u")
    assert first == again
    assert open_task(app, case.key).urged == 1


def test_two_urges_at_once(
    app: App, world: World, case: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """given the applicant presses twice at the same instant, then one counts."""
    first, second = staging.race(
        monkeypatch,
        app.database,
        lambda: urge_case(app, world.zhangsan, key=case.key),
        lambda: urge_case(app, world.zhangsan, key=case.key),
    )
    assert first.error is None
    assert isinstance(second.error, TooSoon)
    assert open_task(app, case.key).urged == 1
    assert len(case_urges(app, world.zhangsan, key=case.key)) == 1
    assert verify_record(app, world.zhangsan, key=case.key) == ()


def test_an_urge_and_the_completion_at_once(
    app: App, world: World, case: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """given the step is being completed, when pressed meanwhile, then the next step is pressed,
    never the one that is done."""
    task = open_task(app, case.key)
    done, pressed = staging.race(
        monkeypatch,
        app.database,
        lambda: decide(app, world.lisi, case.key),
        lambda: urge_case(app, world.zhangsan, key=case.key),
    )
    assert (done.error, pressed.error) == (None, None)
    assert get_task(app, world.lisi, key=task.key).urged == 0
    assert open_task(app, case.key).urged == 1
    assert open_task(app, case.key).element_id == "approve"
