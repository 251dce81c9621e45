"""离岗交接: everything of a leaver goes to his successor, each on record, and nothing is lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model import seats
from engine.model.errors import Forbidden, InvalidInput, NotFound
from engine.model.keys import Key
from engine.model.seats import Seat
from engine.service.absence.hand_over import HandedOver, hand_over, leavers_work
from engine.service.absence.proxies import list_proxies, name_proxy
from engine.service.app import App
from engine.service.cases.start_case import start_case
from engine.service.history.record import verify_record
from engine.service.notifications.fan_out import fan_out
from engine.service.seats.add_sign import add_sign
from engine.service.seats.remove_sign import remove_sign
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.complete_task import complete_task
from engine.service.tasks.delegate_task import delegate_task
from engine.service.tasks.get_task import get_task
from engine.service.tasks.resolve_task import resolve_task
from engine.service.tasks.update_task import update_task
from engine.service.worklists.inbox import inbox
from engine.service.worklists.notices import list_notices
from tests.service import diagrams
from tests.service.absence.standing_in import PLAIN, SEPARATED
from tests.service.positions import require_consistent
from tests.service.recusal.recused import recuse
from tests.service.seat_invariants import require_seats
from tests.service.tasks.test_operations_matrix import Stage
from tests.world import World, add_person


@pytest.fixture
def stage(app: App, world: World) -> Stage:
    return Stage(app, world)


def leave(stage: Stage, **changed: Any) -> HandedOver:
    return hand_over(
        stage.app,
        stage.people["guanli"],
        **{"username": "lisi", "successor": "clerk3", "reason": "调离", **changed},
    )


def checked(stage: Stage) -> None:
    require_consistent(stage.app.database, stage.case)
    require_seats(stage.app, stage.case)
    assert verify_record(stage.app, stage.people["guanli"], key=stage.case) == ()
    with stage.app.database.unit_of_work() as work:
        left = work.hot(
            "select count(*) from user_task t left join seat s on s.task_key = t.key"
            " and s.state in ('OPEN', 'WAITING') where t.state = 'CREATED' and 'lisi' ="
            " any(array[t.assignee, s.holder, s.added_by] || s.stack || t.candidate_users)"
        ).fetchone()
    assert left == (0,)


def test_what_he_holds(stage: Stage) -> None:
    app, people = stage.app, stage.people
    claim_task(app, people["lisi"], key=stage.task)
    found = leavers_work(app, people["guanli"], username="lisi")
    assert (found.total, [s.task.key for s in found.shown]) == (1, [stage.task])
    assert found.shown[0].place.holds
    assert found.services == {"two": "测试流程"}
    handed = leave(stage)
    assert [t.key for t in handed.done] == [stage.task]
    assert (handed.failed, handed.left) == ((), 0)
    assert handed.done[0].assignee == "clerk3"
    assert stage.row("select kind from journal order by number desc limit 1") == "hand-over"
    fan_out(app)
    assert list_notices(app, people["clerk3"])
    complete_task(app, people["clerk3"], key=stage.task, submission={})
    checked(stage)


def test_what_he_delegated_returns_to_the_successor(stage: Stage) -> None:
    app, people = stage.app, stage.people
    claim_task(app, people["lisi"], key=stage.task)
    delegate_task(app, people["lisi"], key=stage.task, to="wangwu")
    (standing,) = leavers_work(app, people["guanli"], username="lisi").shown
    assert standing.place.lent
    assert not standing.place.holds
    assert leave(stage).left == 0
    resolve_task(app, people["wangwu"], key=stage.task)
    complete_task(app, people["clerk3"], key=stage.task, submission={})
    checked(stage)


def test_what_was_delegated_to_him(stage: Stage) -> None:
    app, people = stage.app, stage.people
    claim_task(app, people["wangwu"], key=stage.task)
    delegate_task(app, people["wangwu"], key=stage.task, to="lisi")
    assert leave(stage).left == 0
    resolve_task(app, people["clerk3"], key=stage.task)
    complete_task(app, people["wangwu"], key=stage.task, submission={})
    checked(stage)


def test_whoever_has_it_from_the_leaver_keeps_it(stage: Stage) -> None:
    """lisi delegated to clerk3, who is his successor: nobody is left to give it back to."""
    app, people = stage.app, stage.people
    claim_task(app, people["lisi"], key=stage.task)
    delegate_task(app, people["lisi"], key=stage.task, to="clerk3")
    assert leave(stage).left == 0
    complete_task(app, people["clerk3"], key=stage.task, submission={})
    checked(stage)


def test_what_he_added_and_what_waits(stage: Stage) -> None:
    """He added wangwu before himself: the successor waits in his place, and may remove the sign."""
    app, people = stage.app, stage.people
    claim_task(app, people["lisi"], key=stage.task)
    add_sign(app, people["lisi"], key=stage.task, mode="before", people=["wangwu"])
    (standing,) = leavers_work(app, people["guanli"], username="lisi").shown
    assert standing.place.waits
    assert standing.place.added
    assert leave(stage).left == 0
    remove_sign(app, people["clerk3"], key=stage.task, seat=stage.seat("wangwu"))
    complete_task(app, people["clerk3"], key=stage.task, submission={})
    checked(stage)


def test_where_he_is_named_as_a_candidate(stage: Stage) -> None:
    app, people = stage.app, stage.people
    update_task(
        app, people["guanli"], key=stage.task, candidate_groups=[], candidate_users=["lisi"]
    )
    assert leave(stage).left == 0
    assert [t.key for t in inbox(app, people["clerk3"]).items] == [stage.task]
    checked(stage)


def test_failures_are_told_and_nothing_of_them_is_changed(stage: Stage) -> None:
    """The successor sits there already, or is recused: reported, still the leaver's."""
    app, people = stage.app, stage.people
    claim_task(app, people["lisi"], key=stage.task)
    recuse(stage, "clerk3")
    handed = leave(stage, close_account=True)
    assert handed.done == ()
    assert [f.task.key for f in handed.failed] == [stage.task]
    assert "回避" in handed.failed[0].reason
    assert (handed.left, handed.closed) == (1, False)
    assert stage.row("select assignee from user_task where state = 'CREATED'") == "lisi"
    assert leave(stage, successor="clerk4").left == 0
    checked(stage)


def test_a_successor_who_did_the_step_that_it_must_be_apart_from(app: App, world: World) -> None:
    """given the first of two steps that are kept apart, when the second is to be handed over to
    whoever did it, then it stays where it is and the reason is told."""
    diagrams.put(app, SEPARATED)
    start_case(app, world.zhangsan, process_id="apart", submission={})
    (first,) = inbox(app, world.wangwu).items
    complete_task(app, world.wangwu, key=first.key, submission={})
    (second,) = inbox(app, world.lisi).items
    claim_task(app, world.lisi, key=second.key)
    handed = hand_over(app, world.guanli, username="lisi", successor="wangwu", reason="调离")
    assert (handed.done, handed.left) == ((), 1)
    assert "不相容岗位" in handed.failed[0].reason
    assert get_task(app, world.lisi, key=second.key).assignee == "lisi"


def test_the_applicant_is_nobodys_successor_in_his_own_case(stage: Stage) -> None:
    claim_task(stage.app, stage.people["lisi"], key=stage.task)
    handed = leave(stage, successor="zhangsan")
    assert (handed.done, handed.left) == ((), 1)
    assert "申请人" in handed.failed[0].reason
    assert stage.row("select assignee from user_task where state = 'CREATED'") == "lisi"


def test_a_successor_with_a_seat_of_his_own(stage: Stage) -> None:
    app, people = stage.app, stage.people
    claim_task(app, people["lisi"], key=stage.task)
    add_sign(app, people["lisi"], key=stage.task, mode="parallel", people=["clerk3"])
    handed = leave(stage)
    assert "已有席位" in handed.failed[0].reason
    assert leave(stage, successor="clerk4").left == 0
    checked(stage)


def test_one_successor_for_each_service(app: App, world: World) -> None:
    diagrams.put(app, PLAIN, PLAIN.replace(b'id="plain"', b'id="plain2"'))
    add_person(app, "clerk3", "经办三", "clerk@weifang")
    for process in ("plain", "plain2"):
        start_case(app, world.zhangsan, process_id=process, submission={})
    for task in inbox(app, world.lisi).items:
        claim_task(app, world.lisi, key=task.key)
    handed = hand_over(
        app,
        world.guanli,
        username="lisi",
        successor="wangwu",
        successors={"plain2": "clerk3"},
        reason="退休",
    )
    assert {t.process_id: t.assignee for t in handed.done} == {
        "plain": "wangwu",
        "plain2": "clerk3",
    }


def test_when_nothing_is_left_he_may_go(stage: Stage) -> None:
    app, people = stage.app, stage.people
    claim_task(app, people["lisi"], key=stage.task)
    name_proxy(
        app,
        people["lisi"],
        principal="lisi",
        proxy="wangwu",
        starts_at=app.now(),
        ends_at=app.now() + timedelta(days=9),
    )
    handed = leave(stage, end_memberships=True, close_account=True)
    assert handed.closed
    assert stage.row("select active from person where username = 'lisi'") is False
    assert (
        stage.row(
            "select count(*) from membership m join person p on p.key = m.person_key"
            " where p.username = 'lisi'"
        )
        == 0
    )
    assert list_proxies(app, people["guanli"], username="lisi", live=True) == ()


def test_who_may_and_what_is_asked(stage: Stage) -> None:
    app, people = stage.app, stage.people
    with pytest.raises(Forbidden):
        leavers_work(app, people["lisi"], username="lisi")
    with pytest.raises(Forbidden):
        hand_over(app, people["lisi"], username="lisi", successor="clerk3", reason="…")
    with pytest.raises(NotFound):
        leave(stage, username="nobody")
    for wrong in ({"successor": "lisi"}, {"successor": "nobody"}, {"reason": ""}):
        with pytest.raises(InvalidInput):
            leave(stage, **wrong)


def test_an_administrator_does_not_see_what_he_is_recused_from(stage: Stage) -> None:
    app, people = stage.app, stage.people
    add_person(app, "guanli2", "管理员二")
    claim_task(app, people["lisi"], key=stage.task)
    recuse(stage, "guanli")
    found = leavers_work(app, people["guanli"], username="lisi")
    assert (found.total, found.shown) == (1, ())
    handed = leave(stage)
    assert (len(handed.failed), handed.left) == (1, 1)


names = st.sampled_from(["a", "b", "lisi", "to"])


@given(
    st.builds(
        lambda holder, stack: (holder, tuple(n for n in stack if n != holder)),
        names,
        st.lists(names, unique=True, max_size=4),
    )
)
def test_the_leaver_stands_nowhere_and_nobody_twice(drawn: tuple[str, tuple[str, ...]]) -> None:
    holder, stack = drawn
    before = Seat(key=Key(1), ordinal=1, holder=holder, stack=stack)
    (after,) = seats.handed_over((before,), "lisi", to="to")
    assert "lisi" not in after.people()
    assert len(set(after.stack)) == len(after.stack)
    assert after.holder not in after.stack
    assert ("to" in after.people()) == bool({"to", "lisi"} & before.people())
