"""回避: declared, asked for, found by rule; and that no route leads a recused person to the case."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from engine.model import recusals as rules
from engine.model.actor import Actor
from engine.model.errors import AlreadyHandled, BanshiError, Forbidden, InvalidInput, NotFound
from engine.model.keys import Key
from engine.model.recusals import RecusalKind, RecusalState
from engine.model.search import Query
from engine.service.absence.proxies import name_proxy
from engine.service.administration.set_variables import set_variables
from engine.service.app import App
from engine.service.cases.case_page import case_page
from engine.service.cases.copy_case import copy_case
from engine.service.cases.end_case import cancel_case
from engine.service.cases.get_case import get_case, search_instances
from engine.service.cases.start_case import start_case
from engine.service.history.record import export_record, verify_record
from engine.service.recusal.decide_recusal import decide_recusal, lift_recusal
from engine.service.recusal.list_recusals import case_recusals, my_recusals, pending_recusals
from engine.service.recusal.recuse import ask_recusal, declare_recusal
from engine.service.recusal.relations import add_relation, revoke_relation, set_term
from engine.service.searching import search_incidents, search_jobs, search_tasks, search_variables
from engine.service.seats.add_sign import add_sign
from engine.service.seats.remove_sign import remove_sign
from engine.service.tasks.assign_task import assign_task
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.comment_task import comment_task
from engine.service.tasks.complete_task import complete_task
from engine.service.tasks.delegate_task import delegate_task
from engine.service.tasks.get_task import get_task
from engine.service.tasks.release_task import release_task
from engine.service.tasks.resolve_task import resolve_task
from engine.service.tasks.return_to_node import return_to_node
from engine.service.tasks.task_page import task_page
from engine.service.tasks.update_task import update_task
from engine.service.tasks.withdraw_step import withdraw_step
from engine.service.worklists.inbox import inbox, inbox_counts, inbox_services, todo_count
from engine.storage.recusal import barring, relations
from tests.conftest import SettableClock
from tests.service import diagrams
from tests.service.positions import require_consistent
from tests.service.seat_invariants import require_seats
from tests.service.tasks.test_operations_matrix import TWO, Stage
from tests.world import World, add_person


@pytest.fixture
def stage(app: App, world: World) -> Stage:
    return Stage(app, world)


def recuse(stage: Stage, username: str) -> None:
    """In force for the stage's case, as an administrator decides."""
    actor = stage.people[username]
    if actor.administrator:
        declare_recusal(stage.app, actor, key=stage.case, reason="与申请人有利害关系")
        return
    asked = ask_recusal(
        stage.app, stage.people["zhangsan"], key=stage.case, username=username, reason="是亲戚"
    )
    decide_recusal(stage.app, stage.people["guanli"], key=asked.key, grant=True, note="属实")


def ask(stage: Stage, query: str) -> list[Any]:
    with stage.app.database.unit_of_work() as work:
        return list(work.hot(query).fetchall())


def incidents(stage: Stage) -> list[str]:
    return [row[0] for row in ask(stage, "select message from incident where state = 'ACTIVE'")]


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


#: Every way in which a person could act on a task or case: route → attempt by ``lisi``.
ACTS: Mapping[str, Callable[[Stage, Actor], Any]] = {
    "see the task": lambda s, a: get_task(s.app, a, key=s.task),
    "see its page": lambda s, a: task_page(s.app, a, key=s.task),
    "see the case": lambda s, a: get_case(s.app, a, key=s.case),
    "see its case page": lambda s, a: case_page(s.app, a, key=s.case),
    "export the record": lambda s, a: export_record(s.app, a, key=s.case),
    "verify the record": lambda s, a: verify_record(s.app, a, key=s.case),
    "see the recusals": lambda s, a: case_recusals(s.app, a, key=s.case),
    "claim": lambda s, a: claim_task(s.app, a, key=s.task),
    "complete": lambda s, a: complete_task(s.app, a, key=s.task, submission={}),
    "complete past the form": lambda s, a: complete_task(
        s.app, a, key=s.task, submission={}, raw_variables=True
    ),
    "release": lambda s, a: release_task(s.app, a, key=s.task),
    "assign": lambda s, a: assign_task(s.app, a, key=s.task, assignee="clerk3"),
    "take by assigning": lambda s, a: assign_task(s.app, a, key=s.task, assignee=a.username),
    "update": lambda s, a: update_task(s.app, a, key=s.task, priority=9),
    "delegate": lambda s, a: delegate_task(s.app, a, key=s.task, to="clerk3"),
    "resolve": lambda s, a: resolve_task(s.app, a, key=s.task),
    "add a sign": lambda s, a: add_sign(s.app, a, key=s.task, mode="before", people=["clerk3"]),
    "remove a sign": lambda s, a: remove_sign(s.app, a, key=s.task, seat=Key(1), reason="…"),
    "return": lambda s, a: return_to_node(s.app, a, key=s.task, target="first", reason="…"),
    "withdraw a step": lambda s, a: withdraw_step(s.app, a, key=s.task),
    "comment": lambda s, a: comment_task(s.app, a, key=s.task, text="…"),
    "copy": lambda s, a: copy_case(s.app, a, task_key=s.task, people=["clerk3"]),
    "cancel the case": lambda s, a: cancel_case(s.app, a, key=s.case, reason="…"),
    "correct data": lambda s, a: set_variables(
        s.app, a, scope_key=s.case, variables={"x": "1"}, reason="…"
    ),
    "declare again": lambda s, a: declare_recusal(s.app, a, key=s.case, reason="…"),
    "ask for another's": lambda s, a: ask_recusal(
        s.app, a, key=s.case, username="clerk3", reason="…"
    ),
}


@pytest.mark.parametrize("who", ["lisi", "guanli"])
@pytest.mark.parametrize("route", ACTS)
def test_a_recused_person_does_nothing(stage: Stage, route: str, who: str) -> None:
    """Whatever he tries, and administrators no less: nothing is written, nothing is shown."""
    if who == "guanli":
        stage.people["guanli2"] = add_person(stage.app, "guanli2", "管理员二")
    recuse(stage, who)
    actor = stage.people[who]
    before = stage.everything()
    with pytest.raises((Forbidden, NotFound)) as refusal:
        ACTS[route](stage, actor)
    assert stage.everything() == before
    if isinstance(refusal.value, Forbidden):
        assert rules.RECUSED in refusal.value.reason


#: Every way in which somebody could be given something: route → attempt to give it to ``wangwu``.
GIFTS: Mapping[str, Callable[[Stage], Any]] = {
    "assign": lambda s: assign_task(s.app, s.people["lisi"], key=s.task, assignee="wangwu"),
    "assign by an administrator": lambda s: assign_task(
        s.app, s.people["guanli"], key=s.task, assignee="wangwu"
    ),
    "delegate": lambda s: delegate_task(s.app, s.people["lisi"], key=s.task, to="wangwu"),
    "add before": lambda s: add_sign(
        s.app, s.people["lisi"], key=s.task, mode="before", people=["wangwu"]
    ),
    "add after": lambda s: add_sign(
        s.app, s.people["lisi"], key=s.task, mode="after", people=["clerk3", "wangwu"]
    ),
    "add beside": lambda s: add_sign(
        s.app, s.people["lisi"], key=s.task, mode="parallel", people=["wangwu"]
    ),
    "name as candidate": lambda s: update_task(
        s.app, s.people["guanli"], key=s.task, candidate_users=["wangwu"]
    ),
    "copy": lambda s: copy_case(s.app, s.people["lisi"], task_key=s.task, people=["wangwu"]),
    "mention": lambda s: comment_task(
        s.app, s.people["lisi"], key=s.task, text="…", mentions=["wangwu"]
    ),
}


@pytest.mark.parametrize("route", GIFTS)
def test_nobody_gives_a_recused_person_anything(stage: Stage, route: str) -> None:
    claim_task(stage.app, stage.people["lisi"], key=stage.task)
    recuse(stage, "wangwu")
    before = stage.everything()
    with pytest.raises((Forbidden, InvalidInput)):
        GIFTS[route](stage)
    assert stage.everything() == before


def test_what_a_page_offers_leaves_recused_people_out(stage: Stage) -> None:
    claim_task(stage.app, stage.people["lisi"], key=stage.task)
    offered = task_page(stage.app, stage.people["lisi"], key=stage.task).assignees
    assert "wangwu" in {p.username for p in offered}
    recuse(stage, "wangwu")
    offered = task_page(stage.app, stage.people["lisi"], key=stage.task).assignees
    assert "wangwu" not in {p.username for p in offered}


def test_no_list_shows_the_case(stage: Stage) -> None:
    """Inbox, counts, services and every search, for a clerk and for an administrator."""
    app, people = stage.app, stage.people
    add_person(app, "guanli2", "管理员二")
    for who in ("lisi", "guanli"):
        actor = people[who]
        assert search_instances(app, actor, query=Query()).items
        assert search_tasks(app, actor, query=Query()).items
        recuse(stage, who)
        assert inbox(app, actor).items == ()
        assert inbox(app, actor, sort="created").items == ()
        assert inbox(app, actor, search="测试").items == ()
        assert inbox(app, actor, view="done").items == ()
        counts = inbox_counts(app, actor)
        assert (counts.todo, counts.claimable, todo_count(app, actor)) == (0, 0, 0)
        assert search_instances(app, actor, query=Query()).items == ()
        assert search_tasks(app, actor, query=Query()).items == ()
        assert search_variables(app, actor, query=Query()).items == ()
    assert search_incidents(app, people["guanli"], query=Query()).items == ()
    assert search_jobs(app, people["guanli"], query=Query()).items == ()
    assert inbox(app, people["wangwu"]).items


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


@pytest.mark.parametrize("assigned", ["assignee", "users", "groups"])
def test_tasks_open_without_whoever_is_related(app: App, world: World, assigned: str) -> None:
    """The only person who could do it is the applicant's sister: an incident from the start."""
    who = {"assignee": "quxian", "users": "quxian", "groups": "county-reviewer@weicheng"}[assigned]
    diagrams.put(
        app,
        diagrams.process(
            "one",
            diagrams.start(),
            diagrams.user_task("work", "办理", **{assigned: who}),
            diagrams.end(),
            diagrams.flow("start", "work"),
            diagrams.flow("work", "end"),
        ),
    )
    add_relation(
        app,
        world.guanli,
        username="quxian",
        other="zhangsan",
        kind="FAMILY",
        since=date(2000, 1, 1),
    )
    start_case(app, world.zhangsan, process_id="one", submission={})
    with app.database.unit_of_work() as work:
        kinds = work.hot("select kind from incident where state = 'ACTIVE'").fetchall()
    assert kinds == [("NO_ELIGIBLE_HANDLER",)]
    assert inbox(app, world.quxian).items == ()
    start_case(app, world.jiedao, process_id="one", submission={})
    assert len(inbox(app, world.quxian).items) == 1


def test_a_relation_that_is_found_takes_effect_in_running_cases(stage: Stage) -> None:
    app, people = stage.app, stage.people
    claim_task(app, people["lisi"], key=stage.task)
    add_relation(
        app,
        people["guanli"],
        username="zhangsan",
        other="lisi",
        kind="FAMILY",
        since=date(2000, 1, 1),
        note="表兄弟",
    )
    (found,) = case_recusals(app, people["guanli"], key=stage.case)
    assert (found.kind, found.state, found.username) == (
        RecusalKind.RULE,
        RecusalState.IN_FORCE,
        "lisi",
    )
    assert get_task(app, people["wangwu"], key=stage.task).assignee is None
    with pytest.raises(Forbidden):
        claim_task(app, people["lisi"], key=stage.task)
    with pytest.raises(Forbidden, match="关系仍然有效"):
        lift_recusal(app, people["guanli"], key=found.key, reason="误")
    (relation,) = ask(stage, "select key from relation")[0]
    revoke_relation(app, people["guanli"], key=Key(relation))
    with pytest.raises(Forbidden):
        claim_task(app, people["lisi"], key=stage.task)
    lift_recusal(app, people["guanli"], key=found.key, reason="关系登记有误")
    claim_task(app, people["lisi"], key=stage.task)
    require_consistent(app.database, stage.case)


def test_two_years_after_leaving(app: App, world: World, clock: SettableClock) -> None:
    """《社会组织评估管理办法》第十九条第（二）项; the term is the bureau's to set, from a day on."""
    diagrams.put(app, TWO)
    left = app.local_now().date() - timedelta(days=1)
    add_relation(
        app,
        world.guanli,
        username="jiedao",
        other="zhangsan",
        kind="ORGANISATION",
        since=date(2020, 1, 1),
        until=left,
    )

    def recused() -> bool:
        with app.database.unit_of_work() as work:
            return relations.related(work, "zhangsan", "jiedao")

    assert recused()
    clock.set(clock.at.replace(year=2027))
    assert not recused()
    clock.set(clock.at.replace(year=2026))
    assert recused()
    set_term(app, world.guanli, years=1, source="本局规定", effective_from=date(2026, 4, 1))
    assert recused()
    clock.advance(timedelta(days=60))
    assert not recused()
    start_case(app, world.zhangsan, process_id="two", submission={})
    assert len(inbox(app, world.jiedao).items) == 1


@pytest.mark.parametrize(
    ("since", "until", "kind"),
    [
        ("2020-01-01", None, "FAMILY"),
        ("2020-01-01", "2025-03-02", "FAMILY"),
        ("2020-01-01", "2025-03-03", "FAMILY"),
        ("2020-01-01", "2023-03-03", "ORGANISATION"),
        ("2020-01-01", "2023-03-04", "ORGANISATION"),
        ("2020-01-01", "2025-03-02", "ORGANISATION"),
        ("2025-03-03", None, "ORGANISATION"),
        ("2025-03-04", None, "ORGANISATION"),
    ],
)
def test_the_condition_in_sql_says_what_the_rule_says(
    app: App, world: World, since: str, until: str | None, kind: str
) -> None:
    entered = add_relation(
        app,
        world.guanli,
        username="lisi",
        other="zhangsan",
        kind=kind,
        since=date.fromisoformat(since),
        until=date.fromisoformat(until) if until else None,
    )
    with app.database.unit_of_work() as work:
        expected = entered.counts(work.today, relations.term(work))
        assert relations.related(work, "lisi", "zhangsan") is expected
        assert ("lisi" in barring.related_people(work, "zhangsan")) is expected
        assert ("zhangsan" in barring.related_people(work, "lisi")) is expected


def test_strangers_learn_nothing(stage: Stage) -> None:
    """Somebody who is related to the applicant, and has nothing to do with it, finds no such case."""
    add_relation(
        stage.app,
        stage.people["guanli"],
        username="quxian",
        other="zhangsan",
        kind="FAMILY",
        since=date(2000, 1, 1),
    )
    with pytest.raises(NotFound):
        get_case(stage.app, stage.people["quxian"], key=stage.case)
    with pytest.raises(NotFound):
        case_page(stage.app, stage.people["quxian"], key=stage.case)


def test_a_recused_principal_bars_his_proxy_and_a_recused_proxy_does_nothing(stage: Stage) -> None:
    app, people = stage.app, stage.people
    name_proxy(
        app,
        people["lisi"],
        principal="lisi",
        proxy="quxian",
        starts_at=app.now(),
        ends_at=app.now() + timedelta(days=7),
    )
    assert [t.key for t in inbox(app, people["quxian"]).items] == [stage.task]
    recuse(stage, "lisi")
    assert inbox(app, people["quxian"]).items == ()
    for act in (claim_task, get_task):
        with pytest.raises((Forbidden, NotFound)):
            act(app, people["quxian"], key=stage.task)


def test_refused_attempts_leave_a_trace(stage: Stage) -> None:
    recuse(stage, "lisi")
    with pytest.raises(BanshiError):
        claim_task(stage.app, stage.people["lisi"], key=stage.task)
    (facts,) = ask(stage, "select facts from act where stream = 'refusals'")[-1]
    assert rules.RECUSED in orjson.loads(facts)["reason"]


def test_services_of_a_recused_person_are_no_business_of_his(stage: Stage) -> None:
    assert inbox_services(stage.app, stage.people["lisi"])


#: Parts of commands whose use case has asked before it calls them.
_ASKED_BEFORE = {"standing_aside", "taking_back"}


def test_every_command_that_locks_a_case_asks_who_acts() -> None:
    """``as_of_now`` refuses recused people: no command may go past it."""
    folder = Path(__file__).parents[3] / "engine" / "service"
    locking, missing = 0, []
    for module in sorted(folder.rglob("*.py")):
        text = module.read_text()
        locks = re.search(
            r"^from engine\.storage\.commands\.locking import .*\block\b", text, re.MULTILINE
        )
        locking += bool(locks)
        asks = "as_of_now(" in text or "actor=SYSTEM," in text
        if locks and not asks and module.stem not in _ASKED_BEFORE:
            missing.append(module.stem)
    assert locking > 20
    assert missing == []
