"""批量审批 and 批量签收: which forms allow it, each task by itself, one failure stops nobody."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.forms import parse
from engine.model.actor import SYSTEM
from engine.model.errors import InvalidInput
from engine.model.keys import Key
from engine.model.states import TaskState
from engine.service.app import App
from engine.service.tasks.batch import (
    batch_claim,
    batch_complete,
    batch_forms,
    plan_claim,
    plan_completion,
)
from engine.service.tasks.batch_forms import batch_form
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.get_task import get_task
from engine.service.worklists.inbox import inbox
from tests.conftest import SettableClock
from tests.driver import Driver
from tests.filled import filled


@pytest.fixture
def driver(shipped: App, clock: SettableClock) -> Driver:
    return Driver(shipped, clock)


def reviews(driver: Driver, count: int) -> list[Key]:
    """Open tasks of the formal review."""
    return [
        driver.start(
            "venture-grants",
            as_="zuzhi",
            form=filled("venture-application", projectName=f"项目{n}号"),
        )
        .task_for("formal-review", "cishan")
        .key
        for n in range(count)
    ]


def form(*components: dict[str, Any]) -> Any:
    return parse(
        json.dumps(
            {"id": "f", "type": "default", "schemaVersion": 18, "components": list(components)}
        )
    )


OUTCOME: dict[str, Any] = {
    "type": "radio",
    "id": "o",
    "key": "outcome",
    "label": "结论",
    "validate": {"required": True},
    "values": [{"label": "同意", "value": "approve"}, {"label": "不同意", "value": "reject"}],
}
OPINION = {"type": "textarea", "id": "p", "key": "opinion", "label": "意见"}
REASON: dict[str, Any] = {"type": "textfield", "id": "r", "key": "reason", "label": "原因"}


def test_a_form_of_outcome_and_opinion_can_be_given_to_many() -> None:
    found = batch_form(form(OUTCOME, OPINION), "outcome")
    assert [(o.value, o.label) for o in found.open_outcomes] == [
        ("approve", "同意"),
        ("reject", "不同意"),
    ]
    assert found.opinion
    assert not found.opinion_required
    assert found.refusal("approve") == ""
    assert "可选：同意、不同意" in found.refusal("return")


def test_an_outcome_that_asks_for_more_is_left_out() -> None:
    hidden = {**REASON, "conditional": {"hide": '=outcome = null or outcome = "approve"'}}
    found = batch_form(form(OUTCOME, hidden, OPINION), "outcome")
    assert [o.value for o in found.open_outcomes] == ["approve"]
    assert found.refusal("reject") == "选“不同意”还须填写“原因”，请打开逐件办理。"


@pytest.mark.parametrize(
    "more",
    [
        REASON,
        {**REASON, "conditional": {"hide": "=amount > 3"}},
        {"type": "filepicker", "id": "r", "key": "files", "label": "原因"},
        {
            "type": "dynamiclist",
            "id": "r",
            "path": "rows",
            "label": "原因",
            "components": [{**REASON, "id": "s"}],
        },
        {"type": "group", "id": "g", "components": [REASON]},
    ],
)
def test_a_form_that_may_ask_for_more_cannot(more: dict[str, Any]) -> None:
    """given a field that may be shown, whatever the outcome, then nothing is completed unseen."""
    found = batch_form(form(OUTCOME, more, OPINION), "outcome")
    assert found.open_outcomes == ()
    assert "原因" in found.reason


@pytest.mark.parametrize(
    "more",
    [
        {**REASON, "readonly": True},
        {**REASON, "disabled": True},
        {"type": "text", "id": "t", "text": "说明"},
        {"type": "expression", "id": "e", "key": "sum", "expression": "=1 + 1"},
        {"type": "group", "id": "g", "components": [REASON], "conditional": {"hide": "=true"}},
    ],
)
def test_what_nobody_fills_in_is_no_hindrance(more: dict[str, Any]) -> None:
    found = batch_form(form(OUTCOME, more, OPINION), "outcome")
    assert len(found.open_outcomes) == 2


@pytest.mark.parametrize(
    "chooser",
    [
        {**OUTCOME, "key": "other"},
        {**OUTCOME, "type": "checklist"},
        {**OUTCOME, "values": None, "valuesExpression": "=people.clerk"},
        {**OUTCOME, "conditional": {"hide": "=amount > 3"}},
    ],
)
def test_without_a_plain_choice_there_is_nothing_to_give(chooser: dict[str, Any]) -> None:
    chooser = {name: value for name, value in chooser.items() if value is not None}
    found = batch_form(form(chooser, OPINION), "outcome")
    assert "没有可以统一选择的结论" in found.reason


def test_each_is_completed_by_a_command_of_its_own(shipped: App, driver: Driver) -> None:
    """given three tasks of which a colleague was faster with one, when all are approved, then two
    are done, with the opinion, and the third says who was faster."""
    first, second, third = reviews(driver, 3)
    cishan = driver.person("cishan")
    batch_complete(shipped, cishan, keys=[second], outcome="approve", opinion="先办。")
    lines = batch_complete(
        shipped, cishan, keys=[first, second, third, first], outcome="approve", opinion="材料齐全。"
    )
    assert [(line.key, line.done) for line in lines] == [
        (first, True),
        (second, False),
        (third, True),
    ]
    assert "办理" in lines[1].reason
    assert lines[1].task is not None
    for key in (first, third):
        done = get_task(shipped, SYSTEM, key=key)
        assert (done.state, done.outcome) == (TaskState.COMPLETED, "approve")
    kept = driver_variable(driver, first)
    assert kept["opinion"] == "材料齐全。"


def driver_variable(driver: Driver, key: Key) -> dict[str, Any]:
    """What the formal review left in the case."""
    with driver.app.database.unit_of_work() as work:
        row = work.hot(
            """select value from variable where instance_key = %s / 4194304 * 4194304
               and name = 'formalReview'""",
            [key],
        ).fetchone()
    found: dict[str, Any] = row[0]
    return found


def test_the_same_batch_sent_again_does_nothing_twice(shipped: App, driver: Driver) -> None:
    keys = reviews(driver, 2)
    cishan = driver.person("cishan")
    ask: dict[str, Any] = {"keys": keys, "outcome": "approve", "opinion": "齐全。"}
    for _ in range(2):
        lines = batch_complete(shipped, cishan, **ask, idempotency_key="batch-1")
        assert all(line.done for line in lines)
    assert not any(line.done for line in batch_complete(shipped, cishan, **ask))


def test_what_asks_for_more_is_told_and_left(shipped: App, driver: Driver) -> None:
    """given an outcome that needs a reason code, when it is given to many, then nothing changes."""
    (key,) = reviews(driver, 1)
    cishan = driver.person("cishan")
    (line,) = batch_complete(shipped, cishan, keys=[key], outcome="reject", opinion="不符合。")
    assert not line.done
    assert line.reason == "选“不予通过”还须填写“原因”，请打开逐件办理。"
    (line,) = batch_complete(shipped, cishan, keys=[key], outcome="approve", opinion="")
    assert not line.done
    assert "办理意见" in line.reason
    assert get_task(shipped, SYSTEM, key=key).state is TaskState.CREATED


def test_who_may_not_is_refused_and_learns_nothing(shipped: App, driver: Driver) -> None:
    """given tasks of another section and of nobody, then they are not found, and stay as they are."""
    (key,) = reviews(driver, 1)
    for username in ("yanglao", "qunzhong"):
        actor = driver.person(username)
        for line in batch_complete(
            shipped, actor, keys=[key, Key(4194305)], outcome="approve", opinion="好。"
        ):
            assert (line.done, line.task) == (False, None)
            assert "没有找到任务" in line.reason
        for line in plan_completion(shipped, actor, keys=[key]).lines:
            assert line.task is None
        assert not any(line.done for line in batch_claim(shipped, actor, keys=[key]))
    assert get_task(shipped, SYSTEM, key=key).assignee is None


def test_a_plan_says_what_will_be_done(shipped: App, driver: Driver) -> None:
    first, second = reviews(driver, 2)
    cishan = driver.person("cishan")
    plan = plan_completion(shipped, cishan, keys=[first, second])
    assert [(o.value, o.label) for o in plan.outcomes] == [("approve", "通过")]
    assert all(line.opinion_required and not line.reason for line in plan.lines)
    batch_complete(shipped, cishan, keys=[first], outcome="approve", opinion="齐全。")
    plan = plan_completion(shipped, cishan, keys=[first, second])
    assert plan.lines[0].reason == "此任务已经办结。"
    assert plan.lines[0].outcomes == ()


def test_claiming_many(shipped: App, driver: Driver) -> None:
    keys = reviews(driver, 3)
    cishan = driver.person("cishan")
    claim_task(shipped, cishan, key=keys[1])
    assert [bool(line.reason) for line in plan_claim(shipped, cishan, keys=keys).lines] == [
        False,
        True,
        False,
    ]
    lines = batch_claim(shipped, cishan, keys=keys)
    assert [line.done for line in lines] == [True, False, True]
    assert "已由您签收" in lines[1].reason
    assert {t.assignee for t in inbox(shipped, cishan).items} == {"cishan"}


def test_a_list_knows_by_form_what_can_be_given(shipped: App, driver: Driver) -> None:
    reviews(driver, 1)
    cishan = driver.person("cishan")
    found = inbox(shipped, cishan).items
    ((outcomes, reason),) = batch_forms(shipped, cishan, found).values()
    assert ([o.value for o in outcomes], reason) == (["approve"], "")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"keys": []}, "先勾选"),
        ({"keys": [Key(n) for n in range(1, 102)]}, "一次最多"),
        ({"outcome": ""}, "请选择结论"),
        ({"opinion": "长" * 2001}, "太长"),
    ],
)
def test_a_batch_that_makes_no_sense(shipped: App, change: dict[str, Any], word: str) -> None:
    ask: dict[str, Any] = {"keys": [Key(1)], "outcome": "approve", "opinion": ""} | change
    with pytest.raises(InvalidInput, match=word):
        batch_complete(shipped, SYSTEM, **ask)
