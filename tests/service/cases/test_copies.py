"""抄送: who is sent a case, who has read it, and that he does nothing but read."""

from __future__ import annotations

import pytest

from engine.model.actor import Actor
from engine.model.errors import AlreadyHandled, Forbidden, InvalidInput, NotFound
from engine.model.notifications import NoticeKind
from engine.model.records import Instance
from engine.model.search import Query
from engine.service.app import App
from engine.service.cases.case_page import case_page
from engine.service.cases.copies import case_copies, copied_cases, read_copy, unread_copies
from engine.service.cases.copy_case import MOST, copy_case
from engine.service.cases.end_case import cancel_case, withdraw_case
from engine.service.cases.get_case import get_case
from engine.service.cases.urge_case import urge_case
from engine.service.history.record import verify_record
from engine.service.notifications.fan_out import fan_out
from engine.service.recusal.recuse import declare_recusal
from engine.service.searching import search_tasks
from engine.service.seats.add_sign import add_sign
from engine.service.tasks.assign_task import assign_task
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.complete_task import complete_task
from engine.service.tasks.delegate_task import delegate_task
from engine.service.tasks.release_task import release_task
from engine.service.tasks.task_page import task_page
from engine.service.worklists.notices import list_notices
from tests.conftest import SettableClock
from tests.service import aid, staging
from tests.service.aid import decide, open_case, open_task
from tests.world import World


@pytest.fixture
def case(app: App, world: World) -> Instance:
    """A case that 李四 has claimed."""
    opened = open_case(app, world.zhangsan)
    claim_task(app, world.lisi, key=open_task(app, opened.key).key)
    return opened


def copy(app: App, actor: Actor, case: Instance, *people: str, note: str = "") -> None:
    copy_case(app, actor, task_key=open_task(app, case.key).key, people=people, note=note)


def test_a_copy_is_read_and_the_sender_sees_it(
    app: App, world: World, case: Instance, clock: SettableClock
) -> None:
    """given a copy, then it is in the reader's list, unread; when he opens it, the sender sees
    who read it and when."""
    made = copy_case(
        app,
        world.lisi,
        task_key=open_task(app, case.key).key,
        people=["quxian", "jiedao", "quxian"],
        note="请知悉",
    )
    assert {(c.username, c.name, c.by_name, c.note, c.element_id) for c in made} == {
        ("quxian", "孙丽华", "李四", "请知悉", "review"),
        ("jiedao", "刘建国", "李四", "请知悉", "review"),
    }
    (line,) = copied_cases(app, world.quxian, unread=True).items
    assert (line.case.key, line.case.title, line.copy.read_at) == (case.key, "临时救助", None)
    assert (unread_copies(app, world.quxian), unread_copies(app, world.zhaoliu)) == (1, 0)
    assert copied_cases(app, world.zhaoliu).items == ()

    clock.advance(clock.at.resolution * 60_000_000)
    assert read_copy(app, world.quxian, key=case.key)
    assert not read_copy(app, world.quxian, key=case.key)
    assert not read_copy(app, world.zhaoliu, key=case.key)
    read = {c.username: c.read_at for c in case_copies(app, world.lisi, key=case.key)}
    assert read == {"quxian": clock.at, "jiedao": None}
    assert copied_cases(app, world.quxian, unread=True).items == ()
    assert len(copied_cases(app, world.quxian, unread=False).items) == 1
    assert verify_record(app, world.lisi, key=case.key) == ()


def test_a_second_copy_is_the_first_one_unread_again(
    app: App, world: World, case: Instance, clock: SettableClock
) -> None:
    copy(app, world.lisi, case, "quxian", note="一")
    read_copy(app, world.quxian, key=case.key)
    clock.advance(clock.at.resolution * 60_000_000)
    copy(app, world.lisi, case, "quxian", note="二")
    (line,) = copied_cases(app, world.quxian).items
    assert (line.copy.note, line.copy.read_at, line.copy.created_at) == ("二", None, clock.at)
    assert len(case_copies(app, world.lisi, key=case.key)) == 1


def test_lists_are_walked_the_latest_first_and_searched(
    app: App, world: World, clock: SettableClock
) -> None:
    """given three copies, when paged by one, then each once, the last one first; search finds the
    case by its title; a renewed copy comes first again."""
    cases = []
    for title in ("修房", "看病", "上学"):
        opened = open_case(app, world.zhangsan, title=title)
        claim_task(app, world.lisi, key=open_task(app, opened.key).key)
        clock.advance(clock.at.resolution * 60_000_000)
        copy(app, world.lisi, opened, "quxian")
        cases.append(opened)
    seen, cursor = [], None
    for _ in cases:
        page = copied_cases(app, world.quxian, cursor=cursor, limit=1)
        seen += [line.case.title for line in page.items]
        cursor = page.end_cursor
    assert seen == ["上学", "看病", "修房"]
    assert [line.case.title for line in copied_cases(app, world.quxian, search="看病").items] == [
        "看病"
    ]
    clock.advance(clock.at.resolution * 60_000_000)
    copy(app, world.lisi, cases[0], "quxian")
    assert copied_cases(app, world.quxian).items[0].case.title == "修房"


def test_who_may_copy(app: App, world: World, case: Instance) -> None:
    """Only whoever has the task: neither a colleague, nor the applicant, nor a reader of a copy,
    nor an administrator; and nobody once it is done."""
    copy(app, world.lisi, case, "quxian")
    for actor in (world.wangwu, world.zhangsan, world.quxian, world.guanli):
        with pytest.raises(Forbidden):
            copy(app, actor, case, "jiedao")
    task = open_task(app, case.key)
    complete_task(app, world.lisi, key=task.key, submission={"outcome": "return"})
    with pytest.raises(AlreadyHandled):
        copy_case(app, world.lisi, task_key=task.key, people=["jiedao"])
    with pytest.raises(Forbidden):  # the applicant's own task
        copy(app, world.zhangsan, case, "jiedao")


def test_to_whom_it_cannot_go(app: App, world: World, case: Instance) -> None:
    """Each by name, and nobody gets it then."""
    for people, rule in (
        (["nobody"], "person"),
        (["zhangsan"], "applicant"),
        (["lisi"], "self"),
        ([], "people"),
        (["  "], "people"),
        ([f"p{n}" for n in range(MOST + 1)], "people"),
        (["quxian", "nobody"], "person"),
    ):
        with pytest.raises(InvalidInput) as refused:
            copy(app, world.lisi, case, *people)
        assert rule in {p.rule for p in refused.value.problems}, people
    assert case_copies(app, world.lisi, key=case.key) == ()
    with pytest.raises(InvalidInput):
        copy(app, world.lisi, case, "quxian", note="长" * 501)


def test_only_staff_are_sent_copies(app: App, world: World, case: Instance) -> None:
    from tests.world import add_person  # noqa: PLC0415 - one more citizen for this test only

    add_person(app, "linju", "邻居", "citizen@weicheng-xiguan")
    with pytest.raises(InvalidInput, match="不是工作人员"):
        copy(app, world.lisi, case, "linju")


def test_a_reader_reads_and_does_nothing_else(app: App, world: World, case: Instance) -> None:
    """He reads the page with the opinions; before the copy there was nothing for him, and every
    operation is refused him after it as before."""
    with pytest.raises(NotFound):
        case_page(app, world.quxian, key=case.key)
    copy(app, world.lisi, case, "quxian")
    decide(app, world.lisi, case.key, "approve")
    page = case_page(app, world.quxian, key=case.key)
    assert page.insider
    assert page.allowed_actions == frozenset()
    assert page.visible_tasks == frozenset()
    assert page.copy is not None
    assert [c.username for c in page.copies] == ["quxian"]
    assert get_case(app, world.quxian, key=case.key).key == case.key
    assert not search_tasks(app, world.quxian, query=Query()).items
    task = open_task(app, case.key)
    with pytest.raises(NotFound):
        task_page(app, world.quxian, key=task.key)
    quxian = world.quxian
    for act in (
        lambda: claim_task(app, quxian, key=task.key),
        lambda: complete_task(app, quxian, key=task.key, submission={"outcome": "approve"}),
        lambda: release_task(app, quxian, key=task.key),
        lambda: assign_task(app, quxian, key=task.key, assignee="zhaoliu"),
        lambda: delegate_task(app, quxian, key=task.key, to="zhaoliu"),
        lambda: add_sign(app, quxian, key=task.key, mode="before", people=["zhaoliu"]),
        lambda: copy_case(app, quxian, task_key=task.key, people=["jiedao"]),
        lambda: withdraw_case(app, quxian, key=case.key, reason="x"),
        lambda: cancel_case(app, quxian, key=case.key, reason="x"),
        lambda: urge_case(app, quxian, key=case.key),
    ):
        with pytest.raises(Forbidden):
            act()


def test_receipts_are_for_insiders(app: App, world: World, case: Instance) -> None:
    """The applicant learns of no copies, a reader of his own only; administrators see all."""
    copy(app, world.lisi, case, "quxian", "jiedao")
    assert case_page(app, world.zhangsan, key=case.key).copies == ()
    assert "copy" not in {e.kind for e in case_page(app, world.zhangsan, key=case.key).entries}
    assert [c.username for c in case_copies(app, world.quxian, key=case.key)] == ["quxian"]
    assert len(case_page(app, world.guanli, key=case.key).copies) == 2
    with pytest.raises(NotFound):
        case_copies(app, world.zhuanjia1, key=case.key)
    entry = next(e for e in case_page(app, world.lisi, key=case.key).entries if e.kind == "copy")
    assert "抄送" in entry.summary


def test_a_repeated_request_copies_once(
    app: App, world: World, case: Instance, clock: SettableClock
) -> None:
    task = open_task(app, case.key).key
    first = copy_case(app, world.lisi, task_key=task, people=["quxian"], idempotency_key="k")
    read_copy(app, world.quxian, key=case.key)
    again = copy_case(app, world.lisi, task_key=task, people=["quxian"], idempotency_key="k")
    assert [c.key for c in first] == [c.key for c in again]
    assert unread_copies(app, world.quxian) == 0


def test_the_reader_is_told(app: App, world: World, case: Instance) -> None:
    copy(app, world.lisi, case, "quxian")
    fan_out(app)
    (notice,) = [n for n in list_notices(app, world.quxian) if n.kind is NoticeKind.CASE_COPIED]
    assert notice.instance_key == case.key
    assert "抄送" in notice.text
    for other in (world.lisi, world.zhangsan, world.jiedao):
        assert NoticeKind.CASE_COPIED not in {n.kind for n in list_notices(app, other)}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("quxian;jiedao", {"quxian", "jiedao"}),
        ("leader", {"wangwu", "zhaoliu"}),
        ("county-reviewer@weicheng", {"quxian"}),
        ('=["quxian", "leader@weifang"]', {"quxian", "wangwu", "zhaoliu"}),
        ('=if title = "临时救助" then "quxian" else null', {"quxian"}),
        ("zhangsan;nobody", set()),
        ("=no such thing(", set()),
        ("=1 + 1", set()),
    ],
)
def test_copies_that_the_diagram_asks_for(
    app: App, world: World, asked: str, expected: set[str]
) -> None:
    """given ``banshi:copyTo``, when the step is done, then it goes to those it names who may read
    it; what cannot be evaluated never stops the case."""
    if asked == "=no such thing(":
        contents = aid.aid(review={"copyTo": "=nothing.that.is(1)"})
    else:
        contents = aid.aid(review={"copyTo": asked})
    case = open_case(app, world.zhangsan, contents)
    assert case_copies(app, world.guanli, key=case.key) == ()
    decide(app, world.lisi, case.key, "approve")
    found = case_copies(app, world.guanli, key=case.key)
    assert {c.username for c in found} == expected
    assert all((c.by_name, c.element_id) == ("", "review") for c in found)
    assert verify_record(app, world.guanli, key=case.key) == ()


def test_copies_when_a_step_opens_and_at_the_end(app: App, world: World) -> None:
    """``banshi:copyOn`` = opened, also where the case opens with the step; and end events."""
    contents = aid.aid(review={"copyTo": "quxian", "copyOn": "opened"}, ended={"copyTo": "jiedao"})
    case = open_case(app, world.zhangsan, contents)
    assert {c.username for c in case_copies(app, world.guanli, key=case.key)} == {"quxian"}
    decide(app, world.lisi, case.key)
    decide(app, world.zhaoliu, case.key)
    assert {c.username for c in case_copies(app, world.guanli, key=case.key)} == {"quxian"}
    decide(app, world.lisi, case.key)
    found = {c.username: c.element_id for c in case_copies(app, world.guanli, key=case.key)}
    assert found == {"quxian": "review", "jiedao": "granted"}
    fan_out(app)
    told = {n.kind for n in list_notices(app, world.jiedao)}
    assert NoticeKind.CASE_COPIED in told


def test_two_copies_at_once(
    app: App, world: World, case: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """given two copies to the same person at the same instant, then he has one."""
    task = open_task(app, case.key).key

    def go(note: str) -> object:
        return copy_case(app, world.lisi, task_key=task, people=["quxian"], note=note)

    outcomes = staging.race(monkeypatch, app.database, lambda: go("一"), lambda: go("二"))
    assert [outcome.error for outcome in outcomes] == [None, None]
    (copy_left,) = case_copies(app, world.lisi, key=case.key)
    assert copy_left.note == "二"
    assert verify_record(app, world.lisi, key=case.key) == ()


def test_a_copy_and_the_end_of_the_step_at_once(
    app: App, world: World, case: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """given the step is being completed, when it is copied meanwhile, then that comes too late."""
    task = open_task(app, case.key).key
    done, late = staging.race(
        monkeypatch,
        app.database,
        lambda: complete_task(app, world.lisi, key=task, submission={"outcome": "approve"}),
        lambda: copy_case(app, world.lisi, task_key=task, people=["quxian"]),
    )
    assert done.error is None
    assert isinstance(late.error, AlreadyHandled)
    assert case_copies(app, world.lisi, key=case.key) == ()


def test_whoever_is_recused_gets_no_copy_and_loses_the_one_he_had(
    app: App, world: World, case: Instance
) -> None:
    """given a copy, when its reader keeps away from the case, then it is gone from his list, his
    count and his sight, and neither a person nor the diagram copies it to him any more."""
    copy(app, world.lisi, case, "wangwu", "quxian")
    declare_recusal(app, world.wangwu, key=case.key, reason="与申请人是近亲属")
    assert copied_cases(app, world.wangwu).items == ()
    assert unread_copies(app, world.wangwu) == 0
    with pytest.raises(Forbidden, match="须回避"):
        case_page(app, world.wangwu, key=case.key)
    with pytest.raises(InvalidInput, match="须回避"):
        copy(app, world.lisi, case, "wangwu")
    assert unread_copies(app, world.quxian) == 1


def test_the_diagram_copies_to_nobody_recused(app: App, world: World) -> None:
    case = open_case(app, world.zhangsan, aid.aid(review={"copyTo": "clerk@weifang;quxian"}))
    declare_recusal(app, world.wangwu, key=case.key, reason="与申请人是近亲属")
    decide(app, world.lisi, case.key)
    copied = {c.username for c in case_copies(app, world.guanli, key=case.key)}
    assert copied == {"lisi", "quxian"}


@pytest.mark.parametrize("recusal_first", [True, False])
def test_a_copy_and_the_readers_recusal_at_once(
    app: App,
    world: World,
    case: Instance,
    monkeypatch: pytest.MonkeyPatch,
    recusal_first: bool,
) -> None:
    """given both at the same instant, then he sees nothing of the case, whichever was first."""

    def recuse() -> object:
        return declare_recusal(app, world.wangwu, key=case.key, reason="与申请人是近亲属")

    def send() -> object:
        task = open_task(app, case.key).key
        return copy_case(app, world.lisi, task_key=task, people=["wangwu"])

    acts = (recuse, send) if recusal_first else (send, recuse)
    first, second = staging.race(monkeypatch, app.database, *acts)
    assert first.error is None
    assert isinstance(second.error, InvalidInput) if recusal_first else second.error is None
    assert copied_cases(app, world.wangwu).items == ()
    with pytest.raises(Forbidden):
        get_case(app, world.wangwu, key=case.key)
    assert verify_record(app, world.guanli, key=case.key) == ()
