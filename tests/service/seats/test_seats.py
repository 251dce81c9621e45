"""Tasks with several seats: rules at work, delegation, added signs, from opening to outcome."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations_with_replacement
from typing import Any

import pytest

from engine.model.errors import AlreadyHandled, Conflict, Forbidden, InvalidInput
from engine.model.keys import Key
from engine.model.records import UserTask
from engine.model.states import InstanceState, TaskState
from engine.service.app import App
from engine.service.cases.get_case import get_case
from engine.service.cases.start_case import start_case
from engine.service.history.record import verify_record
from engine.service.seats.add_sign import add_sign
from engine.service.seats.remove_sign import remove_sign
from engine.service.tasks.assign_task import assign_task
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.complete_task import complete_task
from engine.service.tasks.delegate_task import delegate_task
from engine.service.tasks.get_task import get_task
from engine.service.tasks.release_task import release_task
from engine.service.tasks.resolve_task import resolve_task
from engine.service.tasks.update_task import update_task
from engine.service.worklists.inbox import inbox
from tests.service import diagrams
from tests.world import World, add_person

EXPERTS = '=["zhuanjia1", "zhuanjia2", "zhuanjia3"]'


def voting(**values: str) -> bytes:
    """Vote, then granted, refused or returned to the applicant."""
    return diagrams.process(
        "voting",
        diagrams.start(),
        diagrams.user_task("vote", "表决", groups="expert@weifang", **values),
        '<bpmn:exclusiveGateway id="how" default="how-refused"/>',
        diagrams.end("granted", "通过"),
        diagrams.end("refused", "不通过"),
        diagrams.end("returned", "退回"),
        diagrams.flow("start", "vote"),
        diagrams.flow("vote", "how"),
        diagrams.flow("how", "granted", 'outcome = "approve"'),
        diagrams.flow("how", "returned", 'outcome = "return"'),
        diagrams.flow("how", "refused"),
    )


PLAIN = diagrams.process(
    "plain",
    diagrams.start(),
    diagrams.user_task("work", "办理", groups="clerk@weifang"),
    diagrams.end("done", "办结"),
    diagrams.flow("start", "work"),
    diagrams.flow("work", "done"),
)


def rows(app: App, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with app.database.unit_of_work() as work:
        return list(work.hot(query, list(parameters)))


def seat_rows(app: App, task: Key) -> dict[str, str]:
    """Holder (or group) → state, in order."""
    found = rows(
        app,
        "select coalesce(holder, role || '@' || unit), state from seat where task_key = %s"
        " order by ordinal",
        task,
    )
    return {str(who): str(state) for who, state in found}


def shown_to(app: App, actor: Any) -> list[Key]:
    return [task.key for task in inbox(app, actor).items]


def opened(app: App, world: World, content: bytes, **submission: Any) -> UserTask:
    diagrams.put(app, content)
    process_id = "voting" if b'process id="voting"' in content else "plain"
    case = start_case(app, world.zhangsan, process_id=process_id, submission=submission)
    ((key,),) = rows(app, "select key from user_task where instance_key = %s", case.key)
    return get_task(app, world.guanli, key=key)


def say(app: App, actor: Any, task: UserTask, outcome: str, **more: Any) -> UserTask:
    return complete_task(
        app, actor, key=task.key, submission={"outcome": outcome, "opinion": "…", **more}
    )


def result(app: App, world: World, task: UserTask) -> str | None:
    case = get_case(app, world.guanli, key=task.instance_key)
    assert verify_record(app, world.guanli, key=case.key) == ()
    if case.state is InstanceState.ACTIVE:
        return None
    assert rows(app, "select count(*) from seat where state in ('OPEN', 'WAITING')") == [(0,)]
    return case.result


@pytest.mark.parametrize(
    ("values", "votes", "expected"),
    [
        ({"completionRule": "any"}, ["reject", "approve"], "通过"),
        ({"completionRule": "any", "veto": "true"}, ["reject"], "不通过"),
        ({"completionRule": "any"}, ["reject", "reject", "reject"], "不通过"),
        ({"completionRule": "all"}, ["approve", "approve", "approve"], "通过"),
        ({"completionRule": "all"}, ["approve", "return"], "退回"),
        ({"completionRule": "all"}, ["abstain"], "不通过"),
        (
            {"completionRule": "all", "abstentions": "ignore"},
            ["abstain", "approve", "approve"],
            "通过",
        ),
        (
            {"completionRule": "all", "abstentions": "ignore"},
            ["abstain", "abstain", "abstain"],
            "不通过",
        ),
        ({"completionRule": "ratio", "threshold": "2/3"}, ["approve", "approve"], "通过"),
        ({"completionRule": "ratio", "threshold": "2/3"}, ["reject", "reject"], "不通过"),
        (
            {"completionRule": "ratio", "threshold": ">1/2", "quorum": "3"},
            ["approve", "approve", "abstain"],
            "通过",
        ),
        ({"completionRule": "sequential"}, ["approve", "approve", "approve"], "通过"),
        ({"completionRule": "sequential"}, ["reject"], "不通过"),
        (
            {
                "completionRule": "weighted",
                "threshold": "3",
                "weights": "={zhuanjia1: 3, zhuanjia2: 1, zhuanjia3: 1}",
            },
            ["approve"],
            "通过",
        ),
    ],
)
def test_rules(
    app: App, world: World, values: dict[str, str], votes: list[str], expected: str
) -> None:
    task = opened(app, world, voting(seats=EXPERTS, **values))
    experts = [world.zhuanjia1, world.zhuanjia2, world.zhuanjia3]
    for n, (expert, vote) in enumerate(zip(experts, votes, strict=False)):
        assert result(app, world, task) is None, n
        say(app, expert, task, vote)
    assert result(app, world, task) == expected
    ended = get_task(app, world.guanli, key=task.key)
    assert ended.state is TaskState.COMPLETED
    voters = experts[: len(votes)]
    assert all(shown_to(app, expert) == [] for expert in experts)
    assert all(len(inbox(app, voter, view="done").items) == 1 for voter in voters)
    assert rows(app, "select count(*) from seat where state = 'DONE'") == [(len(votes),)]


def test_the_case_is_given_the_votes_and_opinions(app: App, world: World) -> None:
    task = opened(app, world, voting(seats=EXPERTS, completionRule="ratio", threshold=">1/2"))
    say(app, world.zhuanjia1, task, "approve", opinion="好", score=3)
    assert not rows(app, "select 1 from variable where name in ('score', 'outcome')")
    say(app, world.zhuanjia2, task, "abstain")
    say(app, world.zhuanjia3, task, "approve", score=7)
    journal = rows(
        app,
        "select kind, facts::jsonb->>'vote', facts::jsonb->'votes' from journal where element_id = 'vote' order by number",
    )
    counts = {"yes": 2, "no": 0, "abstain": 1, "total": 3}
    assert journal == [
        ("vote", "yes", None),
        ("vote", "abstain", None),
        ("complete", "yes", counts),
    ]


def test_in_turn(app: App, world: World) -> None:
    task = opened(app, world, voting(seats=EXPERTS, completionRule="sequential"))
    assert list(seat_rows(app, task.key).values()) == ["OPEN", "WAITING", "WAITING"]
    assert shown_to(app, world.zhuanjia2) == []
    with pytest.raises(Forbidden, match="才轮到您"):
        say(app, world.zhuanjia2, task, "approve")
    say(app, world.zhuanjia1, task, "approve")
    assert shown_to(app, world.zhuanjia2) == [task.key]
    with pytest.raises(Forbidden, match="已经办结"):
        say(app, world.zhuanjia1, task, "approve")


def test_the_outcome_is_the_field_that_the_diagram_names(app: App, world: World) -> None:
    content = voting(seats=EXPERTS, completionRule="any", outcome="said")
    content = content.replace(b"outcome = ", b"said = ")
    task = opened(app, world, content)
    complete_task(
        app, world.zhuanjia1, key=task.key, submission={"said": "approve", "outcome": "reject"}
    )
    assert result(app, world, task) == "通过"
    assert rows(app, "select outcome from user_task") == [("approve",)]


def test_a_vote_needs_an_outcome(app: App, world: World) -> None:
    task = opened(app, world, voting(seats=EXPERTS, completionRule="all"))
    with pytest.raises(InvalidInput, match="结论"):
        complete_task(app, world.zhuanjia1, key=task.key, submission={})


def test_candidates_are_the_seats_where_none_are_named(app: App, world: World) -> None:
    task = opened(app, world, voting(completionRule="all"))
    assert seat_rows(app, task.key) == {"expert@weifang": "OPEN"}
    assert shown_to(app, world.zhuanjia1) == shown_to(app, world.zhuanjia2) == [task.key]
    assert [t.key for t in inbox(app, world.zhuanjia1, view="claimable").items] == [task.key]
    claim_task(app, world.zhuanjia1, key=task.key)
    assert shown_to(app, world.zhuanjia2) == []
    with pytest.raises(Forbidden):
        claim_task(app, world.zhuanjia2, key=task.key)
    release_task(app, world.zhuanjia1, key=task.key)
    say(app, world.zhuanjia2, task, "approve")
    assert result(app, world, task) == "通过"


@pytest.mark.parametrize("seats", ["=[]", "=missing", "=[1, 2]", '=["nobody"]', '=["zhangsan"]'])
def test_a_seat_that_nobody_can_fill_is_an_incident_and_passes_nothing(
    app: App, world: World, seats: str
) -> None:
    task = opened(app, world, voting(seats=seats, completionRule="all"))
    assert rows(app, "select kind, state from incident") == [("NO_ELIGIBLE_HANDLER", "ACTIVE")]
    assert result(app, world, task) is None


def test_a_rule_that_cannot_be_met_is_an_incident_and_passes_nothing(
    app: App, world: World
) -> None:
    task = opened(
        app, world, voting(seats=EXPERTS, completionRule="ratio", threshold="1/2", quorum="9")
    )
    ((message,),) = rows(app, "select message from incident where state = 'ACTIVE'")
    assert "达不到通过门槛" in message
    assert result(app, world, task) is None
    say(app, world.zhuanjia1, task, "approve")
    assert result(app, world, task) == "不通过"


def test_an_empty_seat_is_handed_to_somebody(app: App, world: World) -> None:
    task = opened(app, world, voting(seats='=["nobody", "zhuanjia1"]', completionRule="all"))
    ((seat,),) = rows(app, "select key from seat where holder = 'nobody'")
    assign_task(app, world.guanli, key=task.key, assignee="zhuanjia2", seat=seat)
    say(app, world.zhuanjia1, task, "approve")
    assert result(app, world, task) is None
    say(app, world.zhuanjia2, task, "approve")
    assert result(app, world, task) == "通过"


def claimed(app: App, world: World) -> UserTask:
    task = opened(app, world, PLAIN)
    claim_task(app, world.lisi, key=task.key)
    return task


def test_delegations_nest_and_come_back_in_turn(app: App, world: World) -> None:
    task = claimed(app, world)
    third = add_person(app, "clerk3", "经办三", "clerk@weifang")
    delegate_task(app, world.lisi, key=task.key, to="wangwu", reason="请代为核实")
    assert (shown_to(app, world.lisi), shown_to(app, world.wangwu)) == ([], [task.key])
    with pytest.raises(Forbidden, match="他人办理"):
        complete_task(app, world.lisi, key=task.key, submission={})
    with pytest.raises(Forbidden, match="办理归还"):
        complete_task(app, world.wangwu, key=task.key, submission={})
    with pytest.raises(Forbidden, match="已有席位"):
        delegate_task(app, world.wangwu, key=task.key, to="lisi")
    delegate_task(app, world.wangwu, key=task.key, to="clerk3")
    assert rows(app, "select holder, stack from seat") == [("clerk3", ["lisi", "wangwu"])]
    resolve_task(app, third, key=task.key, opinion="已核实")
    assert shown_to(app, world.wangwu) == [task.key]
    resolve_task(app, world.wangwu, key=task.key)
    with pytest.raises(Forbidden, match="不是他人委派"):
        resolve_task(app, world.lisi, key=task.key)
    complete_task(app, world.lisi, key=task.key, submission={"x": 1})
    assert result(app, world, task) == "办结"
    assert rows(app, "select count(*) from seat") == [(1,)]
    assert rows(app, "select first_holder, actor from seat") == [("lisi", "lisi")]


def test_a_delegation_that_is_handed_on_still_comes_back(app: App, world: World) -> None:
    task = claimed(app, world)
    third = add_person(app, "clerk3", "经办三", "clerk@weifang")
    delegate_task(app, world.lisi, key=task.key, to="wangwu")
    assign_task(app, world.wangwu, key=task.key, assignee="clerk3")
    with pytest.raises(Forbidden):
        resolve_task(app, world.wangwu, key=task.key)
    resolve_task(app, third, key=task.key)
    assert shown_to(app, world.lisi) == [task.key]


def test_before(app: App, world: World) -> None:
    task = claimed(app, world)
    add_sign(app, world.lisi, key=task.key, mode="before", people=["wangwu"])
    assert seat_rows(app, task.key) == {"lisi": "WAITING", "wangwu": "OPEN"}
    assert (shown_to(app, world.lisi), shown_to(app, world.wangwu)) == ([], [task.key])
    acts: tuple[Callable[[], object], ...] = (
        lambda: complete_task(app, world.lisi, key=task.key, submission={}),
        lambda: assign_task(app, world.lisi, key=task.key, assignee="wangwu"),
        lambda: delegate_task(app, world.lisi, key=task.key, to="wangwu"),
        lambda: add_sign(app, world.lisi, key=task.key, mode="before", people=["wangwu"]),
    )
    for act in acts:
        with pytest.raises(Forbidden):
            act()
    say(app, world.wangwu, task, "reject")  # advises; lisi decides
    assert result(app, world, task) is None
    say(app, world.lisi, task, "approve")
    assert result(app, world, task) == "办结"


def test_after(app: App, world: World) -> None:
    task = claimed(app, world)
    add_sign(app, world.lisi, key=task.key, mode="after", people=["wangwu"])
    assert seat_rows(app, task.key) == {"lisi": "OPEN", "wangwu": "WAITING"}
    say(app, world.lisi, task, "approve", amount=3)
    assert result(app, world, task) is None
    assert shown_to(app, world.wangwu) == [task.key]
    say(app, world.wangwu, task, "approve", amount=9)
    assert result(app, world, task) == "办结"
    with pytest.raises(AlreadyHandled):
        say(app, world.lisi, task, "approve")


@pytest.mark.parametrize("first", ["lisi", "wangwu"])
def test_parallel(app: App, world: World, first: str) -> None:
    task = claimed(app, world)
    add_sign(app, world.lisi, key=task.key, mode="parallel", people=["wangwu"])
    assert seat_rows(app, task.key) == {"lisi": "OPEN", "wangwu": "OPEN"}
    second = {"lisi": "wangwu", "wangwu": "lisi"}[first]
    say(app, world.actors[first], task, "approve")
    assert result(app, world, task) is None
    say(app, world.actors[second], task, "approve")
    assert result(app, world, task) == "办结"


def test_modes_do_not_mix_and_nobody_sits_twice(app: App, world: World) -> None:
    task = claimed(app, world)
    third = add_person(app, "clerk3", "经办三", "clerk@weifang")
    add_sign(app, world.lisi, key=task.key, mode="parallel", people=["wangwu"])
    for mode in ("before", "after"):
        with pytest.raises(Forbidden, match="不能混用"):
            add_sign(app, world.lisi, key=task.key, mode=mode, people=["clerk3"])
    for people in (["wangwu"], ["lisi"], ["zhangsan"], ["zhaoliu2"], [], ["clerk3", "clerk3"]):
        with pytest.raises((Forbidden, InvalidInput)):
            add_sign(app, world.lisi, key=task.key, mode="parallel", people=people)
    with pytest.raises(InvalidInput):
        add_sign(app, world.lisi, key=task.key, mode="beside", people=["clerk3"])
    with pytest.raises(Forbidden):
        add_sign(app, third, key=task.key, mode="parallel", people=["clerk3"])
    add_sign(app, world.wangwu, key=task.key, mode="parallel", people=["clerk3"])
    assert len(seat_rows(app, task.key)) == 3


def test_remove(app: App, world: World) -> None:
    task = claimed(app, world)
    add_person(app, "clerk3", "经办三", "clerk@weifang")
    add_sign(app, world.lisi, key=task.key, mode="before", people=["wangwu"])
    add_sign(app, world.wangwu, key=task.key, mode="before", people=["clerk3"])
    seats = dict(rows(app, "select holder, key from seat"))
    for actor, holder, reason in (
        (world.wangwu, "wangwu", ""),
        (world.guanli, "wangwu", ""),
        (world.guanli, "lisi", "换人"),
    ):
        with pytest.raises(Forbidden):
            remove_sign(app, actor, key=task.key, seat=seats[holder], reason=reason)
    remove_sign(app, world.guanli, key=task.key, seat=seats["wangwu"], reason="换人")
    assert seat_rows(app, task.key) == {"lisi": "OPEN", "wangwu": "CANCELED", "clerk3": "CANCELED"}
    with pytest.raises(Forbidden, match="已经办理或取消"):
        remove_sign(app, world.lisi, key=task.key, seat=seats["wangwu"])
    complete_task(app, world.lisi, key=task.key, submission={})
    assert result(app, world, task) == "办结"


def test_removing_the_last_that_is_awaited_ends_the_task(app: App, world: World) -> None:
    task = claimed(app, world)
    add_sign(app, world.lisi, key=task.key, mode="after", people=["wangwu"])
    ((seat,),) = rows(app, "select key from seat where holder = 'wangwu'")
    say(app, world.lisi, task, "approve")
    remove_sign(app, world.lisi, key=task.key, seat=seat)
    assert result(app, world, task) == "办结"
    assert rows(app, "select ended_by, outcome from user_task") == [("lisi", "approve")]


def test_who_was_taken_out_is_not_waited_for(app: App, world: World) -> None:
    """A beside-sign counts as a vote of its own only as long as it is there."""
    task = claimed(app, world)
    add_sign(app, world.lisi, key=task.key, mode="parallel", people=["wangwu"])
    ((seat,),) = rows(app, "select key from seat where holder = 'wangwu'")
    remove_sign(app, world.lisi, key=task.key, seat=seat)
    say(app, world.lisi, task, "approve")
    assert rows(app, "select ended_by, outcome from user_task") == [("lisi", "approve")]


def test_a_new_deadline_reaches_the_seats(app: App, world: World) -> None:
    task = opened(app, world, voting(seats=EXPERTS, completionRule="all"))
    due = app.now()
    update_task(app, world.guanli, key=task.key, due_at=due)
    assert rows(app, "select distinct due_at from seat") == [(due,)]
    assert inbox(app, world.zhuanjia1).items[0].due_at == due
    with pytest.raises(InvalidInput):
        update_task(app, world.guanli, key=task.key, candidate_users=["lisi"])


def test_a_repeated_command_is_answered_and_done_once(app: App, world: World) -> None:
    task = claimed(app, world)
    for _ in range(2):
        delegate_task(app, world.lisi, key=task.key, to="wangwu", idempotency_key="d")
    assert rows(app, "select count(*) from journal where kind = 'delegate'") == [(1,)]
    for _ in range(2):
        resolve_task(app, world.wangwu, key=task.key, idempotency_key="r")
    for _ in range(2):
        add_sign(
            app, world.lisi, key=task.key, mode="parallel", people=["wangwu"], idempotency_key="a"
        )
    for _ in range(2):
        complete_task(
            app, world.wangwu, key=task.key, submission={"outcome": "approve"}, idempotency_key="c"
        )
    assert rows(app, "select count(*) from seat") == [(2,)]


def test_four_eyes_count_seats(app: App, world: World) -> None:
    content = diagrams.process(
        "plain",
        diagrams.start(),
        diagrams.user_task(
            "vote", "表决", seats='=["lisi", "wangwu"]', completionRule="all", separation="g"
        ),
        diagrams.user_task("again", "复核", groups="clerk@weifang", separation="g"),
        diagrams.end("done", "办结"),
        diagrams.flow("start", "vote"),
        diagrams.flow("vote", "again"),
        diagrams.flow("again", "done"),
    )
    task = opened(app, world, content)
    say(app, world.lisi, task, "approve")
    say(app, world.wangwu, task, "approve")
    for clerk in (world.lisi, world.wangwu):
        (again,) = inbox(app, clerk).items
        with pytest.raises(Forbidden, match="不相容岗位"):
            complete_task(app, clerk, key=again.key, submission={})


def test_canceling_the_case_cancels_the_seats(app: App, world: World) -> None:
    from engine.service.cases.end_case import cancel_case  # noqa: PLC0415

    task = opened(app, world, voting(seats=EXPERTS, completionRule="all"))
    say(app, world.zhuanjia1, task, "approve")
    cancel_case(app, world.guanli, key=task.instance_key, reason="撤")
    assert rows(app, "select state, reason from seat order by ordinal") == [
        ("DONE", ""),
        ("CANCELED", "task-canceled"),
        ("CANCELED", "task-canceled"),
    ]
    with pytest.raises((AlreadyHandled, Conflict)):
        say(app, world.zhuanjia2, task, "approve")


@pytest.mark.parametrize("threshold", ["1/2", "2/3", "1"])
@pytest.mark.parametrize(
    "votes",
    [list(votes) for votes in combinations_with_replacement(("approve", "reject", "abstain"), 3)],
    ids="-".join,
)
def test_the_same_votes_give_the_same_result_as_a_multi_instance_task(
    app: App, world: World, threshold: str, votes: list[str]
) -> None:
    """One seat each, or one inner instance each with the same share as completion condition."""
    loop = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>"
        '<zeebe:loopCharacteristics inputCollection="=experts" inputElement="expert"'
        ' outputCollection="votes" outputElement="=outcome"/>'
        "</bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"
    )
    share = f"count(votes[item = &quot;approve&quot;]) / count(experts) &gt;= {threshold}"
    many = diagrams.process(
        "many",
        diagrams.start(),
        diagrams.user_task("each", "评审", assignee="=expert", inside=loop),
        '<bpmn:exclusiveGateway id="how" default="how-refused"/>',
        diagrams.end("granted", "通过"),
        diagrams.end("refused", "不通过"),
        diagrams.flow("start", "each"),
        diagrams.flow("each", "how"),
        diagrams.flow("how", "granted", share.replace("&quot;", '"').replace("&gt;", ">")),
        diagrams.flow("how", "refused"),
    )
    experts = [world.zhuanjia1, world.zhuanjia2, world.zhuanjia3]
    diagrams.put(app, many)
    submission = {"experts": [e.username for e in experts]}
    several = start_case(app, world.zhangsan, process_id="many", submission=submission)
    for expert, vote in zip(experts, votes, strict=True):
        (own,) = inbox(app, expert).items
        complete_task(app, expert, key=own.key, submission={"outcome": vote})
    task = opened(app, world, voting(seats=EXPERTS, completionRule="ratio", threshold=threshold))
    for expert, vote in zip(experts, votes, strict=True):
        if result(app, world, task) is None:
            say(app, expert, task, vote)
    assert result(app, world, task) == get_case(app, world.guanli, key=several.key).result
