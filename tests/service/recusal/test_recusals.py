"""回避: declared, asked for, decided on, lifted; and where a recused person's tasks go."""

from __future__ import annotations

from datetime import date

import orjson
import pytest

from engine.model import recusals as rules
from engine.model.errors import AlreadyHandled, BanshiError, Forbidden, InvalidInput
from engine.model.recusals import RecusalKind, RecusalState
from engine.service.app import App
from engine.service.cases.case_page import case_page
from engine.service.cases.copies import copied_cases
from engine.service.cases.copy_case import copy_case
from engine.service.cases.start_case import start_case
from engine.service.history.record import verify_record
from engine.service.recusal.decide_recusal import decide_recusal, lift_recusal
from engine.service.recusal.list_recusals import (
    case_recusals,
    my_recusals,
    pending_recusals,
    recusal_door,
)
from engine.service.recusal.recuse import ask_recusal, declare_recusal
from engine.service.recusal.relations import add_relation
from engine.service.seats.add_sign import add_sign
from engine.service.tasks.assign_task import assign_task
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.complete_task import complete_task
from engine.service.tasks.delegate_task import delegate_task
from engine.service.tasks.get_task import get_task
from engine.service.tasks.resolve_task import resolve_task
from engine.service.tasks.return_to_node import return_to_node
from engine.service.worklists.inbox import inbox
from tests.service import diagrams
from tests.service.positions import require_consistent
from tests.service.recusal.recused import ask, incidents, recuse
from tests.service.seat_invariants import require_seats
from tests.service.tasks.test_operations_matrix import Stage
from tests.world import World, add_person


def test_declared_it_takes_effect_at_once(stage: Stage) -> None:
    """His task goes back to the candidates, he is out, and the record says so."""
    lisi, wangwu = stage.people["lisi"], stage.people["wangwu"]
    claim_task(stage.app, lisi, key=stage.task)
    recusal = declare_recusal(
        stage.app, lisi, key=stage.case, reason="申请人是我表弟", idempotency_key="1"
    )
    assert (recusal.kind, recusal.state) == (RecusalKind.DECLARED, RecusalState.IN_FORCE)
    task = get_task(stage.app, wangwu, key=stage.task)
    assert task.assignee is None
    assert inbox(stage.app, lisi).items == ()
    assert [t.key for t in inbox(stage.app, wangwu).items] == [stage.task]
    again = declare_recusal(
        stage.app, lisi, key=stage.case, reason="申请人是我表弟", idempotency_key="1"
    )
    assert again.key == recusal.key
    with pytest.raises(Forbidden):
        declare_recusal(stage.app, lisi, key=stage.case, reason="再次声明")
    entries = case_page(stage.app, wangwu, key=stage.case).entries
    assert [e.kind for e in entries[-2:]] == ["recuse", "stand-aside"]
    assert entries[-2].people == ("李四",)
    assert [r.case_number for r in my_recusals(stage.app, lisi)] == [recusal.case_number]
    require_consistent(stage.app.database, stage.case)
    assert verify_record(stage.app, stage.people["guanli"], key=stage.case) == ()


def test_where_nobody_is_left_it_is_an_incident_and_never_approved(stage: Stage) -> None:
    for username in ("lisi", "wangwu", "clerk3"):
        declare_recusal(stage.app, stage.people[username], key=stage.case, reason="利害关系")
    assert incidents(stage) == []
    declare_recusal(stage.app, stage.people["clerk4"], key=stage.case, reason="利害关系")
    assert len(incidents(stage)) == 1
    assert "无人办理" in incidents(stage)[0]
    assert ask(stage, f"select state from user_task where key = {stage.task}") == [("CREATED",)]
    assign_task(stage.app, stage.people["guanli"], key=stage.task, assignee="quxian")
    assert incidents(stage) == []
    complete_task(stage.app, stage.people["quxian"], key=stage.task, submission={})
    require_consistent(stage.app.database, stage.case)


def test_asked_for_decided_lifted(stage: Stage) -> None:
    app, people = stage.app, stage.people
    claim_task(app, people["lisi"], key=stage.task)
    asked = ask_recusal(
        app, people["zhangsan"], key=stage.case, username="lisi", reason="与我有纠纷"
    )
    assert asked.state is RecusalState.ASKED
    assert get_task(app, people["lisi"], key=stage.task).assignee == "lisi"
    with pytest.raises(Forbidden):
        ask_recusal(app, people["wangwu"], key=stage.case, username="lisi", reason="同上")
    with pytest.raises(Forbidden, match="本人"):
        decide_recusal(app, people["lisi"], key=asked.key, grant=False, note="不属实")
    with pytest.raises(Forbidden):
        decide_recusal(app, people["clerk3"], key=asked.key, grant=True, note="属实")
    assert [r.key for r in pending_recusals(app, people["zhaoliu"])] == [asked.key]
    assert pending_recusals(app, people["clerk3"]) == ()
    decided = decide_recusal(app, people["zhaoliu"], key=asked.key, grant=True, note="属实")
    assert decided.state is RecusalState.IN_FORCE
    with pytest.raises(AlreadyHandled, match="赵六"):
        decide_recusal(app, people["guanli"], key=asked.key, grant=False, note="不属实")
    with pytest.raises(Forbidden):
        get_task(app, people["lisi"], key=stage.task)
    with pytest.raises(Forbidden):
        lift_recusal(app, people["zhaoliu"], key=asked.key, reason="误判")
    lift_recusal(app, people["guanli"], key=asked.key, reason="经查不属实")
    claim_task(app, people["lisi"], key=stage.task)
    require_consistent(app.database, stage.case)


def test_a_refused_request_changes_nothing(stage: Stage) -> None:
    app, people = stage.app, stage.people
    asked = ask_recusal(app, people["zhangsan"], key=stage.case, username="lisi", reason="纠纷")
    refused = decide_recusal(app, people["guanli"], key=asked.key, grant=False, note="不属实")
    assert refused.state is RecusalState.REFUSED
    claim_task(app, people["lisi"], key=stage.task)
    assert {r.state for r in case_recusals(app, people["zhangsan"], key=stage.case)} == {
        RecusalState.REFUSED
    }


def test_whom_it_can_be_asked_of(stage: Stage) -> None:
    app, people = stage.app, stage.people
    for username in ("quxian", "nobody"):
        with pytest.raises(InvalidInput, match="没有参与"):
            ask_recusal(app, people["zhangsan"], key=stage.case, username=username, reason="…")
    with pytest.raises(Forbidden, match="申请人"):
        ask_recusal(app, people["lisi"], key=stage.case, username="zhangsan", reason="…")
    with pytest.raises(Forbidden):
        ask_recusal(app, people["quxian"], key=stage.case, username="lisi", reason="…")
    with pytest.raises(Forbidden):
        declare_recusal(app, people["quxian"], key=stage.case, reason="…")
    with pytest.raises(InvalidInput):
        declare_recusal(app, people["lisi"], key=stage.case, reason=" ")


def test_delegations_skip_a_recused_delegator(stage: Stage) -> None:
    """lisi → wangwu → clerk3; wangwu is recused: clerk3 gives it back to lisi."""
    app, people = stage.app, stage.people
    claim_task(app, people["lisi"], key=stage.task)
    delegate_task(app, people["lisi"], key=stage.task, to="wangwu")
    delegate_task(app, people["wangwu"], key=stage.task, to="clerk3")
    recuse(stage, "wangwu")
    resolve_task(app, people["clerk3"], key=stage.task)
    assert ask(stage, "select holder, stack from seat") == [("lisi", [])]
    require_seats(app, stage.case)


def test_a_recused_delegate_gives_it_back(stage: Stage) -> None:
    app, people = stage.app, stage.people
    claim_task(app, people["lisi"], key=stage.task)
    delegate_task(app, people["lisi"], key=stage.task, to="wangwu")
    declare_recusal(app, people["wangwu"], key=stage.case, reason="利害关系")
    assert [t.key for t in inbox(app, people["lisi"]).items] == [stage.task]
    complete_task(app, people["lisi"], key=stage.task, submission={})
    require_consistent(app.database, stage.case)


def test_a_seat_that_is_nobody_elses_waits_for_an_administrator(stage: Stage) -> None:
    app, people = stage.app, stage.people
    claim_task(app, people["lisi"], key=stage.task)
    add_sign(app, people["lisi"], key=stage.task, mode="before", people=["wangwu"])
    recuse(stage, "wangwu")
    assert len(incidents(stage)) == 1
    assert inbox(app, people["wangwu"]).items == ()
    with pytest.raises(Forbidden):
        complete_task(app, people["wangwu"], key=stage.task, submission={})
    assign_task(app, people["guanli"], key=stage.task, assignee="clerk3", seat=stage.seat("wangwu"))
    assert incidents(stage) == []
    complete_task(app, people["clerk3"], key=stage.task, submission={})
    complete_task(app, people["lisi"], key=stage.task, submission={})
    require_consistent(app.database, stage.case)


def test_returning_does_not_give_it_to_a_former_handler_who_is_recused(stage: Stage) -> None:
    app, people = stage.app, stage.people
    people["jiedao2"] = add_person(app, "jiedao2", "街道二", "street-clerk@weicheng-xiguan")
    recuse(stage, "jiedao")
    claim_task(app, people["lisi"], key=stage.task)
    return_to_node(app, people["lisi"], key=stage.task, target="first", reason="重审")
    assert inbox(app, people["jiedao"]).items == ()
    (first,) = inbox(app, people["jiedao2"]).items
    assert first.assignee is None


def test_seats_that_open_later_count_a_recused_person_as_nobody(app: App, world: World) -> None:
    """The expression names him; the task opens as an incident."""
    diagrams.put(
        app,
        diagrams.process(
            "later",
            diagrams.start(),
            diagrams.user_task("first", "初审", groups="clerk@weifang"),
            diagrams.user_task(
                "vote",
                "表决",
                completionRule="all",
                seats='=["zhuanjia1", "zhuanjia2"]',
            ),
            diagrams.end(),
            diagrams.flow("start", "first"),
            diagrams.flow("first", "vote"),
            diagrams.flow("vote", "end"),
        ),
    )
    case = start_case(app, world.zhangsan, process_id="later", submission={}).key
    add_relation(
        app,
        world.guanli,
        username="zhuanjia1",
        other="zhangsan",
        kind="FAMILY",
        since=date(2000, 1, 1),
    )
    (first,) = inbox(app, world.lisi).items
    complete_task(app, world.lisi, key=first.key, submission={})
    with app.database.unit_of_work() as work:
        messages = work.hot("select message from incident where state = 'ACTIVE'").fetchall()
    assert len(messages) == 1
    assert "zhuanjia1" in messages[0][0]
    assert inbox(app, world.zhuanjia1).items == ()
    assert len(inbox(app, world.zhuanjia2).items) == 1
    require_consistent(app.database, case)


def test_refused_attempts_leave_a_trace(stage: Stage) -> None:
    recuse(stage, "lisi")
    with pytest.raises(BanshiError):
        claim_task(stage.app, stage.people["lisi"], key=stage.task)
    (facts,) = ask(stage, "select facts from act where stream = 'refusals'")[-1]
    assert rules.RECUSED in orjson.loads(facts)["reason"]


def test_who_was_sent_it_to_read_may_keep_away_too(app: App, world: World) -> None:
    """A copy's reader who is related declares it; then he reads it no more. He asks it of nobody."""
    stage = Stage(app, world)
    claim_task(app, world.lisi, key=stage.task)
    reader, stranger = world.zhaoliu, add_person(app, "luren", "路人", "county-reviewer@kuiwen")
    with pytest.raises(BanshiError):
        declare_recusal(app, stranger, key=stage.case, reason="亲属")
    copy_case(app, world.lisi, task_key=stage.task, people=[reader.username])
    door = recusal_door(app, reader, key=stage.case)
    assert (bool(door.declare), door.people) == (True, ())
    with pytest.raises(Forbidden):
        ask_recusal(app, reader, key=stage.case, username="lisi", reason="利害关系")
    declare_recusal(app, reader, key=stage.case, reason="亲属")
    with pytest.raises(BanshiError):
        case_page(app, reader, key=stage.case)
    assert copied_cases(app, reader).items == ()
    (recusal,) = case_recusals(app, world.guanli, key=stage.case)
    assert (recusal.username, recusal.kind) == (reader.username, RecusalKind.DECLARED)
