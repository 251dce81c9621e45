"""Telling people: who is told of what, in the application and outside, when, and in what words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
import sqlalchemy as sa

from engine.jobs import run_due_jobs
from engine.model.actor import SYSTEM, Actor
from engine.model.errors import InvalidInput
from engine.model.keys import Key
from engine.model.notices import MailServer, Wording
from engine.model.notifications import (
    DEFAULT_CHANNELS,
    Announcement,
    Channel,
    Digest,
    DispatchState,
    NoticeKind,
    Preferences,
)
from engine.model.records import Instance
from engine.service.app import App
from engine.service.cases.end_case import withdraw_case
from engine.service.cases.get_case import get_case
from engine.service.cases.start_case import start_case
from engine.service.notifications.channels import set_mail_server
from engine.service.notifications.dead_letters import list_dispatches
from engine.service.notifications.fan_out import fan_out
from engine.service.notifications.outbox import work_off
from engine.service.notifications.preferences import my_preferences, set_my_preferences
from engine.service.notifications.reminding import remind
from engine.service.notifications.wordings import set_wording
from engine.service.tasks.assign_task import assign_task
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.complete_task import complete_task
from engine.service.worklists.inbox import inbox
from engine.service.worklists.notices import list_notices, read_notice, unread_notices
from engine.storage.notifications import announcements
from engine.storage.tables.identity import PERSON
from tests.conftest import SettableClock
from tests.service import diagrams
from tests.service.receivers import MailBox, mail_box
from tests.storage.changes import count
from tests.world import World

SHANGHAI = timedelta(hours=8)


@pytest.fixture
def post(app: App, world: World) -> Iterator[MailBox]:
    """A mail server in use, and an address for everybody."""
    with app.database.unit_of_work() as work:
        work.connection.execute(sa.update(PERSON).values(email=PERSON.c.username + "@example.test"))
        work.commit()
    with mail_box() as box:
        server = MailServer(
            host="127.0.0.1",
            port=box.port,
            security="none",
            username="banshi",
            sender="banshi@example.test",
            sender_name="潍坊市民政局",
            active=True,
        )
        set_mail_server(app, world.guanli, server=server, password="Huang-he")
        yield box


@pytest.fixture
def case(app: App, world: World) -> Instance:
    diagrams.put(app, diagrams.grant())
    return start_case(
        app, world.zhangsan, process_id="grant", submission={"title": "读书会", "amount": 900}
    )


def texts(app: App, person: Actor) -> list[str]:
    return [notice.text for notice in list_notices(app, person)]


def task_of(app: App, person: Actor) -> Key:
    (task,) = inbox(app, person, view="claimable").items
    return task.key


def states(app: App) -> list[str]:
    with app.database.unit_of_work() as work:
        return [row[0] for row in work.hot("select state from dispatch order by key").fetchall()]


def test_a_step_that_opens_is_told_to_everybody_who_could_take_it(
    app: App, world: World, case: Instance
) -> None:
    """given a task for a role, then all who hold it are told, and nobody else."""
    assert fan_out(app) == 1
    expected = f"待认领：测试流程 {case.number}，“形式审查”，请于 3月10日前办理。"
    assert texts(app, world.lisi) == texts(app, world.wangwu) == [expected]
    for person in (world.zhangsan, world.zhaoliu, world.guanli):
        assert texts(app, person) == []
    (notice,) = list_notices(app, world.lisi)
    assert (notice.kind, notice.instance_key) == (NoticeKind.TASK_CLAIMABLE, case.key)
    assert notice.task_key is not None
    assert fan_out(app) == 0


def test_what_is_told_outside_names_no_person_and_no_amount(
    app: App, world: World, case: Instance, post: MailBox
) -> None:
    """given a case whose title holds an amount, then no mail has it, nor anybody's name."""
    task = task_of(app, world.lisi)
    complete_task(app, world.lisi, key=task, submission={"outcome": "return"})
    work_off(app)
    assert [to for to, _ in post.mails] == ["zhangsan@example.test"]
    told = post.subjects[0] + post.text()
    assert f"测试流程 {case.number} 已退回" in told
    for private in ("900", "读书会", "张三", "李四", "zhangsan"):
        assert private not in told
    (notice,) = list_notices(app, world.zhangsan)
    assert f"http://127.0.0.1:8000/tasks/{notice.task_key}" in post.text()
    assert post.mails[0][1]["From"] == "潍坊市民政局 <banshi@example.test>"
    assert len(post.logins) == 1


def test_a_rollback_takes_the_telling_back(app: App, world: World, case: Instance) -> None:
    """given a transaction that announces and is left without commit, then nobody is told."""
    fan_out(app)
    with app.database.unit_of_work() as work:
        announcements.add(
            work,
            [Announcement(kind=NoticeKind.CASE_ENDED, instance_key=case.key)],
            now=app.now(),
        )
        assert announcements.waiting(work) == 1
    assert fan_out(app) == 0
    assert texts(app, world.zhangsan) == []


def test_a_command_that_loses_announces_nothing(app: App, world: World, case: Instance) -> None:
    """given a task that was completed, when another completes it late, then nothing is announced."""
    task = task_of(app, world.lisi)
    complete_task(app, world.lisi, key=task, submission={"outcome": "approve"})
    before = count(app.database, "select count(*) from announcement")
    with pytest.raises(Exception, match="已由"):
        complete_task(app, world.wangwu, key=task, submission={"outcome": "approve"})
    assert count(app.database, "select count(*) from announcement") == before


def test_a_task_that_was_done_meanwhile_is_not_told_of(
    app: App, world: World, case: Instance
) -> None:
    complete_task(app, world.lisi, key=task_of(app, world.lisi), submission={"outcome": "reject"})
    fan_out(app)
    assert texts(app, world.wangwu) == []
    assert texts(app, world.zhangsan) == [f"已办结：测试流程 {case.number}，结果：不予资助。"]


def test_who_claims_is_not_told_and_who_is_given_a_task_is(
    app: App, world: World, case: Instance
) -> None:
    fan_out(app)
    task = task_of(app, world.lisi)
    claim_task(app, world.lisi, key=task)
    assert fan_out(app) == 0
    assign_task(app, world.lisi, key=task, assignee="wangwu")
    fan_out(app)
    assert len(texts(app, world.lisi)) == 1
    assert texts(app, world.wangwu)[0].startswith("待办：测试流程")


def test_who_withdraws_need_not_be_told_that_it_ended(
    app: App, world: World, case: Instance
) -> None:
    withdraw_case(app, world.zhangsan, key=case.key, reason="不办了")
    fan_out(app)
    assert texts(app, world.zhangsan) == []


def test_a_task_nobody_can_take_is_told_to_administrators(app: App, world: World) -> None:
    diagrams.put(
        app,
        diagrams.process(
            "lost",
            diagrams.start(),
            diagrams.user_task("nobody", "无人"),
            diagrams.end(),
            diagrams.flow("start", "nobody"),
            diagrams.flow("nobody", "end"),
            lanes=(("county-reviewer", "village", ("nobody",)),),
        ),
    )
    start_case(app, world.zhangsan, process_id="lost", submission={})
    fan_out(app)
    assert any(text.startswith("异常：测试流程") for text in texts(app, world.guanli))


def test_the_text_of_a_diagram_stays_inside(app: App, world: World, post: MailBox) -> None:
    """given a notice of the diagram's own with an amount in it, then mail says only that it came."""
    task = (
        '<bpmn:serviceTask id="tell" name="告知">'
        + diagrams.extension(
            '<zeebe:taskDefinition type="banshi.notify"/>',
            '<zeebe:taskHeaders><zeebe:header key="to" value="applicant"/></zeebe:taskHeaders>',
            '<zeebe:ioMapping><zeebe:input source="=&quot;核定 &quot; + string(amount) + &quot; 元&quot;"'
            ' target="message"/></zeebe:ioMapping>',
        )
        + "</bpmn:serviceTask>"
    )
    diagrams.put(
        app,
        diagrams.process(
            "told",
            diagrams.start(),
            task,
            diagrams.end("end", "已告知"),
            diagrams.flow("start", "tell"),
            diagrams.flow("tell", "end"),
        ),
    )
    start_case(app, world.zhangsan, process_id="told", submission={"amount": 3060})
    run_due_jobs(app)
    assert texts(app, world.zhangsan) == ["核定 3060 元"], "at once, with the job"
    work_off(app)
    assert [t for t in texts(app, world.zhangsan) if "3060" in t] == ["核定 3060 元"]
    assert len(post.mails) == 2
    assert not any("3060" in post.text(n) for n in (0, 1))


def test_people_choose_their_channels_by_kind(
    app: App, world: World, case: Instance, post: MailBox
) -> None:
    channels = {
        **DEFAULT_CHANNELS,
        NoticeKind.TASK_CLAIMABLE: frozenset({Channel.EMAIL}),
    }
    set_my_preferences(app, world.lisi, wanted=Preferences(channels=channels, language="en"))
    assert my_preferences(app, world.lisi).channels == channels
    work_off(app)
    assert texts(app, world.lisi) == []
    assert len(texts(app, world.wangwu)) == 1
    assert [to for to, _ in post.mails] == ["lisi@example.test"]
    assert post.subjects == [
        f"[Banshi] To claim: 测试流程 {case.number}, step “形式审查”, due on 2025-03-10."
    ]


def test_half_a_quiet_time_is_refused(app: App, world: World) -> None:
    with pytest.raises(InvalidInput):
        set_my_preferences(app, world.lisi, wanted=Preferences(quiet_from=time(22)))


def test_mail_waits_for_the_end_of_quiet_hours_and_comes_as_one(
    app: App, world: World, case: Instance, post: MailBox, clock: SettableClock
) -> None:
    """given quiet hours over midnight, then two mails of the night leave as one in the morning."""
    fan_out(app)
    quiet = Preferences(quiet_from=time(22), quiet_to=time(7))
    set_my_preferences(app, world.zhangsan, wanted=quiet)
    clock.set(datetime(2025, 3, 3, 23, 30, tzinfo=UTC) - SHANGHAI)
    complete_task(app, world.lisi, key=task_of(app, world.lisi), submission={"outcome": "return"})
    second = start_case(
        app, world.zhangsan, process_id="grant", submission={"title": "二", "amount": 1}
    )
    complete_task(
        app,
        world.lisi,
        key=next(
            t.key
            for t in inbox(app, world.lisi, view="claimable").items
            if t.instance_key == second.key
        ),
        submission={"outcome": "return"},
    )
    work_off(app)
    assert post.mails == []
    clock.set(datetime(2025, 3, 4, 6, 59, tzinfo=UTC) - SHANGHAI)
    work_off(app)
    assert post.mails == []
    clock.set(datetime(2025, 3, 4, 7, 0, tzinfo=UTC) - SHANGHAI)
    work_off(app)
    assert post.subjects == ["【办事】2 条通知"]
    assert case.number in post.text()
    assert second.number in post.text()
    assert set(states(app)) == {"SENT"}


def test_what_is_urgent_breaks_through_unless_its_reader_minds(
    app: App, world: World, case: Instance, post: MailBox, clock: SettableClock
) -> None:
    task = task_of(app, world.lisi)
    fan_out(app)
    quiet = Preferences(quiet_from=time(22), quiet_to=time(7))
    set_my_preferences(app, world.lisi, wanted=quiet)
    set_my_preferences(app, world.wangwu, wanted=replace(quiet, urgent_breaks=False))
    clock.set(datetime(2025, 3, 3, 23, 0, tzinfo=UTC) - SHANGHAI)
    with app.database.unit_of_work() as work:
        announcements.add(
            work,
            [Announcement(kind=NoticeKind.TASK_URGED, instance_key=case.key, task_key=task)],
            now=app.now(),
        )
        work.commit()
    work_off(app)
    assert [to for to, _ in post.mails] == ["lisi@example.test"]
    clock.set(datetime(2025, 3, 4, 8, 0, tzinfo=UTC) - SHANGHAI)
    work_off(app)
    assert [to for to, _ in post.mails] == ["lisi@example.test", "wangwu@example.test"]


def test_a_digest_gathers_a_day_and_leaves_out_what_is_done(
    app: App, world: World, case: Instance, post: MailBox, clock: SettableClock
) -> None:
    """given a daily digest, when one of two tasks was done meanwhile, then it is not listed."""
    channels = {**DEFAULT_CHANNELS, NoticeKind.TASK_CLAIMABLE: frozenset({Channel.EMAIL})}
    daily = Preferences(channels=channels, digest=Digest.DAILY, digest_at=time(8, 30))
    set_my_preferences(app, world.lisi, wanted=daily)
    second = start_case(
        app, world.zhangsan, process_id="grant", submission={"title": "二", "amount": 1}
    )
    work_off(app)
    first_task = next(
        t.key
        for t in inbox(app, world.wangwu, view="claimable").items
        if t.instance_key == case.key
    )
    complete_task(app, world.wangwu, key=first_task, submission={"outcome": "reject"})
    fan_out(app)
    clock.set(datetime(2025, 3, 4, 8, 30, tzinfo=UTC) - SHANGHAI)
    work_off(app)
    mine = [n for n, (to, _) in enumerate(post.mails) if to == "lisi@example.test"]
    assert len(mine) == 1
    assert second.number in post.text(mine[0])
    assert case.number not in post.text(mine[0])
    assert "OBSOLETE" in states(app)


def test_reminders_come_once_and_overdue_tasks_go_up(
    app: App, world: World, post: MailBox, clock: SettableClock
) -> None:
    """given 提醒 two working days before and 上报 to the leader, then each is told once."""
    diagrams.put(
        app,
        diagrams.process(
            "clocked",
            diagrams.start(),
            diagrams.user_task(
                "review",
                "审查",
                deadline="5",
                deadlineUnit="working-day",
                remindBefore="2",
                escalateTo="leader",
            ),
            diagrams.end(),
            diagrams.flow("start", "review"),
            diagrams.flow("review", "end"),
            lanes=(("clerk", "city", ("review",)),),
        ),
    )
    start_case(app, world.zhangsan, process_id="clocked", submission={})
    fan_out(app)
    told: dict[str, list[str]] = {}
    for day in range(3, 14):
        clock.set(datetime(2025, 3, day, 9, 0, tzinfo=UTC) - SHANGHAI)
        for _ in range(2):
            remind(app)
            fan_out(app)
        for person in (world.lisi, world.zhaoliu):
            fresh = texts(app, person)[
                : len(texts(app, person)) - len(told.get(person.username, []))
            ]
            told.setdefault(person.username, []).extend(f"{day}: {text[:4]}" for text in fresh)
    # opened on Monday the 3rd, due on Monday the 10th: two working days before is Thursday
    assert told["lisi"] == ["3: 待认领：", "6: 快到期了", "11: 已超期："]
    assert told["zhaoliu"] == ["11: 超期上报"]
    assert unread_notices(app, world.lisi) == 3


def test_a_deadline_that_moves_is_told_anew(
    app: App, world: World, case: Instance, clock: SettableClock
) -> None:
    clock.set(datetime(2025, 3, 12, 1, tzinfo=UTC))
    assert remind(app) == 1
    assert remind(app) == 0
    with app.database.unit_of_work() as work:
        work.hot("update user_task set due_at = %s", [datetime(2025, 3, 12, 2, tzinfo=UTC)])
        work.commit()
    assert remind(app) == 0
    clock.advance(timedelta(hours=2))
    assert remind(app) == 1


def test_what_was_overdue_for_long_is_found_by_the_thorough_look(
    app: App, world: World, case: Instance, clock: SettableClock
) -> None:
    """given a worker that was away for weeks, then the hourly round still tells of it, once."""
    clock.set(datetime(2025, 4, 12, 1, tzinfo=UTC))
    assert remind(app) == 0
    assert remind(app, thorough=True) == 1
    assert remind(app, thorough=True) == 0


def test_the_bureaus_own_words_may_use_the_cases_variables(
    app: App, world: World, case: Instance, post: MailBox
) -> None:
    wording = Wording(
        kind=NoticeKind.CASE_RETURNED,
        language="zh",
        subject="{= case.number }需补正",
        body="《{= title }》（{= amount } 元）已退回。{{= 不是占位符}}\n{= link }",
    )
    set_wording(app, world.guanli, wording=wording)
    complete_task(app, world.lisi, key=task_of(app, world.lisi), submission={"outcome": "return"})
    work_off(app)
    assert post.subjects == [f"{case.number}需补正"]
    assert post.text().startswith("《读书会》（900 元）已退回。{= 不是占位符}")


@pytest.mark.parametrize("text", ["{= case.", "{= 1 +}", "{=}", '{= "没有结束 }'])
def test_words_that_cannot_be_filled_in_are_refused(app: App, world: World, text: str) -> None:
    wording = Wording(kind=NoticeKind.CASE_ENDED, language="zh", line=text)
    with pytest.raises(InvalidInput, match="第 1 行"):
        set_wording(app, world.guanli, wording=wording)


def test_a_wording_that_fails_later_gives_way_to_the_usual_one(
    app: App, world: World, case: Instance
) -> None:
    """given a text that turns out too costly, then people are told in the usual words."""
    endless = "{= string length(string join(for i in 1..100000 return string(i))) }"
    wording = Wording(kind=NoticeKind.TASK_CLAIMABLE, language="zh", line=endless)
    set_wording(app, world.guanli, wording=wording)
    fan_out(app)
    assert texts(app, world.lisi)[0].startswith("待认领：")


def test_one_that_cannot_be_told_does_not_stop_the_others(
    app: App, world: World, case: Instance, monkeypatch: pytest.MonkeyPatch, clock: SettableClock
) -> None:
    import engine.service.notifications.fan_out as module  # noqa: PLC0415

    ordinary = module.audience

    def broken(*arguments: object) -> object:
        if arguments[2].kind is NoticeKind.CASE_ENDED:  # type: ignore[attr-defined]
            raise ZeroDivisionError
        return ordinary(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "audience", broken)
    with app.database.unit_of_work() as work:
        announcements.add(
            work,
            [Announcement(kind=NoticeKind.CASE_ENDED, instance_key=case.key)],
            now=app.now() - timedelta(hours=1),
        )
        work.commit()
    assert fan_out(app) == 2
    assert len(texts(app, world.lisi)) == 1
    assert fan_out(app) == 0, "put off"
    monkeypatch.setattr(module, "audience", ordinary)
    clock.advance(timedelta(minutes=1))
    assert fan_out(app) == 1
    assert len(texts(app, world.zhangsan)) == 1


def test_notices_are_ticked_off_one_by_one(app: App, world: World, case: Instance) -> None:
    fan_out(app)
    (notice,) = list_notices(app, world.lisi, unread=True)
    assert not read_notice(app, world.wangwu, key=notice.key)
    assert read_notice(app, world.lisi, key=notice.key)
    assert not read_notice(app, world.lisi, key=notice.key)
    assert list_notices(app, world.lisi, unread=True) == ()
    assert unread_notices(app, world.wangwu) == 1


def test_without_a_mail_server_nothing_waits_to_be_mailed(
    app: App, world: World, case: Instance
) -> None:
    complete_task(app, world.lisi, key=task_of(app, world.lisi), submission={"outcome": "return"})
    work_off(app)
    assert states(app) == []
    assert list_dispatches(app, world.guanli, states=DispatchState).items == ()
    assert get_case(app, SYSTEM, key=case.key).number
