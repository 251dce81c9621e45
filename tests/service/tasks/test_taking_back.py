"""Return to an earlier node and withdrawal of one's own step: what is taken back, and what stops it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from engine.model.actor import SYSTEM, Actor
from engine.model.errors import AlreadyHandled, BanshiError, Conflict, Forbidden, InvalidInput
from engine.model.keys import Key
from engine.service.absence.proxies import name_proxy
from engine.service.app import App
from engine.service.cases.case_page import case_page
from engine.service.cases.get_case import get_case
from engine.service.cases.start_case import start_case
from engine.service.exchange.work_jobs import activate_jobs, complete_job
from engine.service.history.record import verify_record
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.complete_task import complete_task
from engine.service.tasks.return_to_node import return_to_node
from engine.service.tasks.task_page import task_page
from engine.service.tasks.withdraw_step import withdraw_step
from engine.service.worklists.inbox import inbox
from tests.service import diagrams
from tests.service.positions import require_consistent
from tests.world import World

JOB = (
    '<bpmn:serviceTask id="pay" name="拨付">'
    + diagrams.extension('<zeebe:taskDefinition type="test.pay" retries="3"/>', "{}")
    + "</bpmn:serviceTask>"
)


def line(*middle: str, name: str = "line") -> bytes:
    """first (clerk) → … → last (leader) → end."""
    ids = ["first", *(part.split('id="', 1)[1].split('"', 1)[0] for part in middle), "last"]
    nodes = ["start", *ids, "end"]
    return diagrams.process(
        name,
        diagrams.start(),
        diagrams.user_task("first", "初审", groups="clerk@weifang"),
        *middle,
        diagrams.user_task("last", "审批", groups="leader@weifang"),
        diagrams.end("end", "办结"),
        *(diagrams.flow(a, b) for a, b in pairwise(nodes)),
    )


FORK = diagrams.process(
    "fork",
    diagrams.start(),
    diagrams.user_task("first", "初审", groups="clerk@weifang"),
    '<bpmn:parallelGateway id="split"/>',
    diagrams.user_task("left", "会办甲", groups="clerk@weifang"),
    diagrams.user_task("right", "会办乙", groups="expert@weifang"),
    '<bpmn:parallelGateway id="join"/>',
    diagrams.user_task("last", "审批", groups="leader@weifang"),
    diagrams.end("end", "办结"),
    diagrams.flow("start", "first"),
    diagrams.flow("first", "split"),
    diagrams.flow("split", "left"),
    diagrams.flow("split", "right"),
    diagrams.flow("left", "join"),
    diagrams.flow("right", "join"),
    diagrams.flow("join", "last"),
    diagrams.flow("last", "end"),
)


def rows(app: App, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with app.database.unit_of_work() as work:
        return list(work.hot(query, list(parameters)))


class Running:
    def __init__(self, app: App, world: World, content: bytes) -> None:
        diagrams.put(app, content)
        name = content.split(b'<bpmn:process id="', 1)[1].split(b'"', 1)[0].decode()
        self.app, self.world = app, world
        self.case = start_case(app, world.zhangsan, process_id=name, submission={}).key

    def open(self) -> dict[str, Key]:
        require_consistent(self.app.database, self.case)
        return dict(rows(self.app, "select element_id, key from user_task where state = 'CREATED'"))

    def do(self, element: str, actor: Actor, **submission: Any) -> Key:
        key = self.open()[element]
        complete_task(self.app, actor, key=key, submission=submission)
        return key

    def ended(self) -> str:
        require_consistent(self.app.database, self.case)
        assert verify_record(self.app, self.world.guanli, key=self.case) == ()
        return get_case(self.app, self.world.guanli, key=self.case).result


@pytest.fixture
def run(app: App, world: World) -> Callable[[bytes], Running]:
    return lambda content: Running(app, world, content)


def test_a_case_goes_back_and_runs_forward_again(
    app: App, world: World, run: Callable[[bytes], Running]
) -> None:
    case = run(line())
    case.do("first", world.lisi, amount=3)
    last = case.open()["last"]
    page = task_page(app, world.zhaoliu, key=last)
    assert "return" in page.refusals  # not claimed yet
    claim_task(app, world.zhaoliu, key=last)
    page = task_page(app, world.zhaoliu, key=last)
    assert [(t.element_id, t.name, t.by_name) for t in page.return_targets] == [
        ("first", "初审", "李四")
    ]
    returned = return_to_node(app, world.zhaoliu, key=last, target="first", reason="金额有误")
    assert (returned.state, returned.outcome) == ("CANCELED", "return")
    assert list(case.open()) == ["first"]
    assert rows(app, "select assignee from user_task where state = 'CREATED'") == [("lisi",)]
    with pytest.raises(AlreadyHandled) as late:
        return_to_node(app, world.zhaoliu, key=last, target="first", reason="再来")
    assert late.value.by == "赵六"
    assert rows(app, "select value from variable where name = 'amount'") == [(3,)]
    case.do("first", world.lisi, amount=4)
    case.do("last", world.zhaoliu)
    assert case.ended() == "办结"


def test_back_behind_a_fork_takes_all_branches_back(
    app: App, world: World, run: Callable[[bytes], Running]
) -> None:
    case = run(FORK)
    case.do("first", world.lisi)
    case.do("left", world.lisi)
    right = case.open()["right"]
    claim_task(app, world.zhuanjia1, key=right)
    return_to_node(app, world.zhuanjia1, key=right, target="first", reason="重来")
    assert list(case.open()) == ["first"]
    case.do("first", world.lisi)
    assert set(case.open()) == {"left", "right"}
    case.do("right", world.zhuanjia1)
    case.do("left", world.lisi)
    case.do("last", world.zhaoliu)
    assert case.ended() == "办结"


def test_back_into_one_branch_leaves_the_other_done(
    app: App, world: World, run: Callable[[bytes], Running]
) -> None:
    case = run(FORK)
    case.do("first", world.lisi)
    case.do("left", world.lisi)
    case.do("right", world.zhuanjia1)
    last = case.open()["last"]
    claim_task(app, world.zhaoliu, key=last)
    targets = {t.element_id for t in task_page(app, world.zhaoliu, key=last).return_targets}
    assert targets == {"first", "left", "right"}
    return_to_node(app, world.zhaoliu, key=last, target="left", reason="补充")
    assert list(case.open()) == ["left"]
    case.do("left", world.lisi)
    case.do("last", world.zhaoliu)
    assert case.ended() == "办结"


def test_a_sibling_is_no_earlier_node(
    app: App, world: World, run: Callable[[bytes], Running]
) -> None:
    case = run(FORK)
    case.do("first", world.lisi)
    case.do("left", world.lisi)
    right = case.open()["right"]
    claim_task(app, world.zhuanjia1, key=right)
    for target in ("left", "right", "last", "nothing", ""):
        with pytest.raises(InvalidInput, match="不在此任务之前"):
            return_to_node(app, world.zhuanjia1, key=right, target=target, reason="退")
    with pytest.raises(InvalidInput, match="退回原因"):
        return_to_node(app, world.zhuanjia1, key=right, target="first", reason=" ")
    with pytest.raises(Forbidden):
        return_to_node(app, world.zhuanjia2, key=right, target="first", reason="退")


def paid(app: App, case: Running) -> None:
    (job,) = activate_jobs(
        app, SYSTEM, type="test.pay", worker="w", timeout=timedelta(minutes=1), max_jobs=1
    )
    complete_job(app, SYSTEM, key=job.key, variables={})


@pytest.mark.parametrize(("lifted", "stops"), [("", True), ("false", False)])
def test_what_is_paid_cannot_be_gone_behind(
    app: App, world: World, run: Callable[[bytes], Running], lifted: str, stops: bool
) -> None:
    told = diagrams.properties(barrier=lifted) if lifted else ""
    case = run(line(JOB.format(told)))
    first = case.do("first", world.lisi)
    paid(app, case)
    last = case.open()["last"]
    claim_task(app, world.zhaoliu, key=last)
    assert ("return" in task_page(app, world.zhaoliu, key=last).allowed_actions) is not stops
    if not stops:
        return_to_node(app, world.zhaoliu, key=last, target="first", reason="退")
        assert list(case.open()) == ["first"]
        return
    with pytest.raises(Forbidden, match=r"拨付.*对外生效"):
        return_to_node(app, world.zhaoliu, key=last, target="first", reason="退")
    with pytest.raises(Forbidden, match=r"拨付.*对外生效"):
        withdraw_step(app, world.lisi, key=first)


def test_a_step_is_taken_back_until_somebody_has_gone_on(
    app: App, world: World, run: Callable[[bytes], Running]
) -> None:
    case = run(line())
    first = case.do("first", world.lisi)
    assert "withdraw-step" in task_page(app, world.lisi, key=first).allowed_actions
    for other in (world.wangwu, world.zhaoliu, world.guanli, world.zhangsan):
        with pytest.raises(Forbidden, match="本人"):
            withdraw_step(app, other, key=first)
    claim_task(app, world.zhaoliu, key=case.open()["last"])  # taking it is not finishing it
    withdraw_step(app, world.lisi, key=first, reason="填错了")
    assert list(case.open()) == ["first"]
    assert rows(app, "select assignee from user_task where state = 'CREATED'") == [("lisi",)]
    with pytest.raises(Forbidden):
        withdraw_step(app, world.lisi, key=first)
    again = case.do("first", world.lisi)
    case.do("last", world.zhaoliu)
    with pytest.raises(Forbidden):
        withdraw_step(app, world.lisi, key=again)
    assert case.ended() == "办结"


def test_a_fork_is_taken_back_while_no_branch_is_done(
    app: App, world: World, run: Callable[[bytes], Running]
) -> None:
    case = run(FORK)
    first = case.do("first", world.lisi)
    withdraw_step(app, world.lisi, key=first)
    assert list(case.open()) == ["first"]
    first = case.do("first", world.lisi)
    case.do("right", world.zhuanjia1)
    with pytest.raises(Forbidden, match=r"会办乙.*已经办理"):
        withdraw_step(app, world.lisi, key=first)


def test_a_step_whose_token_waits_at_a_join_cannot_be_taken_back_yet(
    app: App, world: World, run: Callable[[bytes], Running]
) -> None:
    case = run(FORK)
    case.do("first", world.lisi)
    left = case.do("left", world.lisi)
    with pytest.raises((Forbidden, Conflict)):
        withdraw_step(app, world.lisi, key=left)
    case.do("right", world.zhuanjia1)
    withdraw_step(app, world.lisi, key=left)
    assert list(case.open()) == ["left"]
    case.do("left", world.lisi)
    case.do("last", world.zhaoliu)
    assert case.ended() == "办结"


def test_votes_are_not_taken_back_and_stop_a_withdrawal(
    app: App, world: World, run: Callable[[bytes], Running]
) -> None:
    vote = diagrams.user_task(
        "vote", "表决", seats='=["zhuanjia1", "zhuanjia2"]', completionRule="all"
    )
    case = run(line(vote))
    first = case.do("first", world.lisi)
    case.do("vote", world.zhuanjia1, outcome="approve")
    with pytest.raises(Forbidden, match=r"表决.*已经办理"):
        withdraw_step(app, world.lisi, key=first)
    vote_key = case.do("vote", world.zhuanjia2, outcome="approve")
    with pytest.raises(Forbidden, match="多人"):
        withdraw_step(app, world.zhuanjia2, key=vote_key)
    last = case.open()["last"]
    claim_task(app, world.zhaoliu, key=last)
    return_to_node(app, world.zhaoliu, key=last, target="vote", reason="重新表决")
    states = rows(app, "select state, count(*) from seat group by state order by state")
    assert states == [("DONE", 2), ("OPEN", 2)]


def test_into_a_subprocess_that_is_over(
    app: App, world: World, run: Callable[[bytes], Running]
) -> None:
    inner = (
        '<bpmn:subProcess id="sub" name="内审">'
        + diagrams.start("in")
        + diagrams.user_task("a", "内审一", groups="clerk@weifang")
        + diagrams.user_task("b", "内审二", groups="clerk@weifang")
        + diagrams.end("out")
        + diagrams.flow("in", "a")
        + diagrams.flow("a", "b")
        + diagrams.flow("b", "out")
        + "</bpmn:subProcess>"
    )
    case = run(line(inner))
    case.do("first", world.lisi)
    case.do("a", world.lisi)
    case.do("b", world.lisi)
    last = case.open()["last"]
    claim_task(app, world.zhaoliu, key=last)
    targets = {t.element_id for t in task_page(app, world.zhaoliu, key=last).return_targets}
    assert targets == {"first", "a", "b"}
    return_to_node(app, world.zhaoliu, key=last, target="a", reason="退")
    assert list(case.open()) == ["a"]
    case.do("a", world.lisi)
    b = case.open()["b"]
    claim_task(app, world.lisi, key=b)
    return_to_node(app, world.lisi, key=b, target="first", reason="再退")
    assert list(case.open()) == ["first"]
    for step in ("first", "a", "b"):
        case.do(step, world.lisi)
    case.do("last", world.zhaoliu)
    assert case.ended() == "办结"


def test_a_multi_instance_is_done_anew_as_a_whole(
    app: App, world: World, run: Callable[[bytes], Running]
) -> None:
    loop = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>"
        '<zeebe:loopCharacteristics inputCollection=\'=["lisi", "wangwu"]\''
        ' inputElement="who"/></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>'
    )
    case = run(line(diagrams.user_task("each", "会办", assignee="=who", inside=loop)))
    case.do("first", world.lisi)
    tasks = dict(rows(app, "select assignee, key from user_task where element_id = 'each'"))
    for who, actor in (("lisi", world.lisi), ("wangwu", world.wangwu)):
        complete_task(app, actor, key=tasks[who], submission={})
    with pytest.raises(Forbidden, match="多人"):
        withdraw_step(app, world.wangwu, key=tasks["wangwu"])
    last = case.open()["last"]
    claim_task(app, world.zhaoliu, key=last)
    return_to_node(app, world.zhaoliu, key=last, target="each", reason="重新会办")
    again = rows(app, "select assignee from user_task where state = 'CREATED' order by assignee")
    assert again == [("lisi",), ("wangwu",)]
    require_consistent(app.database, case.case)


def test_a_repeated_return_is_answered(
    app: App, world: World, run: Callable[[bytes], Running]
) -> None:
    case = run(line())
    first = case.do("first", world.lisi)
    for _ in range(2):
        withdraw_step(app, world.lisi, key=first, idempotency_key="w")
    case.do("first", world.lisi)
    last = case.open()["last"]
    claim_task(app, world.zhaoliu, key=last)
    for _ in range(2):
        return_to_node(
            app, world.zhaoliu, key=last, target="first", reason="退", idempotency_key="r"
        )
    kinds = rows(app, "select kind, count(*) from journal group by kind order by kind")
    assert dict(kinds)["return"] == dict(kinds)["withdraw-step"] == 1
    with pytest.raises(BanshiError):
        return_to_node(app, world.zhaoliu, key=last, target="last", reason="退")


@pytest.mark.parametrize("who", ["wangwu", "lisi"])
def test_a_step_that_a_proxy_did_is_his_principals_too(app: App, world: World, who: str) -> None:
    """Either takes it back; it opens for whose it was, and both natural persons are on record."""
    name_proxy(
        app,
        world.lisi,
        principal="lisi",
        proxy="wangwu",
        starts_at=app.now(),
        ends_at=app.now() + timedelta(days=1),
    )
    diagrams.put(
        app,
        diagrams.process(
            "line",
            diagrams.start(),
            diagrams.user_task("a", "初审", assignee="lisi"),
            diagrams.user_task("b", "复审", assignee="zhaoliu"),
            diagrams.end("done"),
            diagrams.flow("start", "a"),
            diagrams.flow("a", "b"),
            diagrams.flow("b", "done"),
        ),
    )
    case = start_case(app, world.zhangsan, process_id="line", submission={}).key
    (task,) = [t for t in inbox(app, world.lisi).items if t.instance_key == case]
    complete_task(app, world.wangwu, key=task.key, submission={})
    for other in (world.zhaoliu, world.guanli, world.zhangsan):
        with pytest.raises(Forbidden):
            withdraw_step(app, other, key=task.key)
    withdraw_step(app, world.actors[who], key=task.key, reason="填错了")
    (again,) = inbox(app, world.lisi).items
    assert (again.element_id, again.assignee) == ("a", "lisi")
    entry = case_page(app, world.guanli, key=case).entries[-1]
    assert (entry.kind, entry.actor_name) == (
        "withdraw-step",
        {"lisi": "李四", "wangwu": "王五"}[who],
    )
    if who == "lisi":
        assert entry.people == ("王五",)
    else:
        assert entry.on_behalf_of == "李四"
