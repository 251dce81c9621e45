"""撤销申请: by the applicant, until the case is decided."""

from __future__ import annotations

import pytest

from engine.model.errors import Forbidden
from engine.model.records import Instance
from engine.model.states import InstanceState
from engine.service.app import App
from engine.service.cases.case_page import case_page
from engine.service.cases.case_standing import decisive
from engine.service.cases.end_case import withdraw_case
from engine.service.cases.start_case import start_case
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.return_to_node import return_to_node
from engine.service.tasks.task_page import task_page
from tests.service import diagrams, staging
from tests.service.aid import decide, open_case, open_task
from tests.world import World

WORDS = "“领导审批”已经作出决定"


@pytest.fixture
def case(app: App, world: World) -> Instance:
    return open_case(app, world.zhangsan)


def withdraw(app: App, world: World, case: Instance) -> Instance:
    return withdraw_case(app, world.zhangsan, key=case.key, reason="不需要了")


def offered(app: App, world: World, case: Instance) -> bool:
    return "withdraw" in case_page(app, world.zhangsan, key=case.key).allowed_actions


@pytest.mark.parametrize("way", [(), ("approve",), ("return",)])
def test_before_the_decision(app: App, world: World, case: Instance, way: tuple[str, ...]) -> None:
    """At every step up to the decision, the page offers it and it ends the case."""
    for outcome in way:
        decide(app, world.lisi, case.key, outcome)
    assert offered(app, world, case)
    assert withdraw(app, world, case).state is InstanceState.TERMINATED


def test_after_the_decision(app: App, world: World, case: Instance) -> None:
    decide(app, world.lisi, case.key)
    decide(app, world.zhaoliu, case.key)
    assert not offered(app, world, case)
    assert WORDS in case_page(app, world.zhangsan, key=case.key).refusals["withdraw"]
    with pytest.raises(Forbidden, match=WORDS):
        withdraw(app, world, case)
    assert open_task(app, case.key).element_id == "publish"


def test_who_sends_it_back_has_not_decided(app: App, world: World, case: Instance) -> None:
    """given the leader returns it to the reviewer, then the applicant may still withdraw; when it
    is approved the second time, no more."""
    decide(app, world.lisi, case.key)
    decide(app, world.zhaoliu, case.key, "return")
    assert offered(app, world, case)
    decide(app, world.lisi, case.key)
    decide(app, world.zhaoliu, case.key)
    with pytest.raises(Forbidden):
        withdraw(app, world, case)


def test_a_decision_that_was_taken_back_does_not_count(
    app: App, world: World, case: Instance
) -> None:
    """given the case was sent back from beyond the decision to the step before it, then it is
    undecided again."""
    decide(app, world.lisi, case.key)
    decide(app, world.zhaoliu, case.key)
    task = open_task(app, case.key)
    claim_task(app, world.lisi, key=task.key)
    (target,) = [
        t
        for t in task_page(app, world.lisi, key=task.key).return_targets
        if t.element_id == "approve"
    ]
    return_to_node(app, world.lisi, key=task.key, target=str(target.visit), reason="重新审批")
    assert offered(app, world, case)
    assert withdraw(app, world, case).state is InstanceState.TERMINATED


def test_without_a_marked_step_until_the_end(app: App, world: World) -> None:
    diagrams.put(app, diagrams.grant())
    case = start_case(
        app, world.zhangsan, process_id="grant", submission={"title": "x", "amount": 1}
    )
    decide(app, world.lisi, case.key)
    assert withdraw(app, world, case).state is InstanceState.TERMINATED
    with pytest.raises(Forbidden, match="已经办结"):
        withdraw(app, world, case)


def test_nobody_else_withdraws(app: App, world: World, case: Instance) -> None:
    for actor in (world.lisi, world.zhaoliu, world.guanli):
        with pytest.raises(Forbidden):
            withdraw_case(app, actor, key=case.key, reason="x")


def test_the_decision_and_the_withdrawal_at_once(
    app: App, world: World, case: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """given the leader decides while the applicant withdraws, then whoever came first has it."""
    decide(app, world.lisi, case.key)
    decided, late = staging.race(
        monkeypatch,
        app.database,
        lambda: decide(app, world.zhaoliu, case.key),
        lambda: withdraw(app, world, case),
    )
    assert decided.error is None
    assert isinstance(late.error, Forbidden)
    assert open_task(app, case.key).element_id == "publish"


@pytest.mark.parametrize(
    ("process_id", "node"),
    [
        ("marriage-booking", "arrival"),
        ("marriage-roster", "sign"),
        ("meal-hall-subsidy", "leader-approval"),
        ("org-compliance", "decide"),
        ("venture-grants", "leader-approval"),
    ],
)
def test_every_shipped_service_says_what_decides(shipped: App, process_id: str, node: str) -> None:
    assert decisive(shipped.bundles.resolve(process_id=process_id)) == {node}
