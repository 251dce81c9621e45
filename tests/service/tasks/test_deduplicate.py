"""自动去重: taken as given once in a row, and never where anything is out of the ordinary."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from engine.model.actor import SYSTEM
from engine.model.deduplication import Repeated, taken_as_given
from engine.model.errors import Forbidden
from engine.model.keys import Key
from engine.service.administration.set_variables import set_variables
from engine.service.app import App
from engine.service.cases.case_page import case_page
from engine.service.cases.get_case import get_case
from engine.service.cases.start_case import start_case
from engine.service.history.record import verify_record
from engine.service.publishing.deploy import Resource, deploy
from engine.service.recusal.recuse import declare_recusal
from engine.service.tasks.complete_task import complete_task
from engine.service.tasks.deduplicate import deduplication, switch_deduplication
from tests.service import diagrams
from tests.world import World


def twice(
    *between: str, first: dict[str, str] | None = None, second: dict[str, str] | None = None
) -> bytes:
    """Two approvals by the same role, one after the other; a return goes back to the first.

    ``between``: further nodes; the first of them stands between the two.
    """
    middle = ["between"] if between else []
    way = ["how", *middle, "again"]
    return diagrams.process(
        "twice",
        diagrams.start(),
        diagrams.user_task("once", "初审", **{"groups": "clerk@weifang", **(first or {})}),
        '<bpmn:exclusiveGateway id="how" default="how-refused"/>',
        *between,
        diagrams.user_task(
            "again",
            "复审",
            **{"groups": "clerk@weifang", "deduplicate": "consecutive", **(second or {})},
        ),
        '<bpmn:exclusiveGateway id="then" default="then-refused"/>',
        diagrams.end("granted", "通过"),
        diagrams.end("refused", "不通过"),
        diagrams.flow("start", "once"),
        diagrams.flow("once", "how"),
        diagrams.flow(way[0], way[1], 'outcome = "approve"'),
        *([diagrams.flow("between", "again")] if between else []),
        diagrams.flow("how", "refused"),
        diagrams.flow("again", "then"),
        diagrams.flow("then", "granted", 'outcome = "approve"'),
        diagrams.flow("then", "once", 'outcome = "return"'),
        diagrams.flow("then", "refused"),
    )


def rows(app: App, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with app.database.unit_of_work() as work:
        return list(work.hot(query, list(parameters)))


def open_task(app: App, element: str) -> Key:
    ((key,),) = rows(
        app, "select key from user_task where element_id = %s and state = 'CREATED'", element
    )
    return Key(key)


def opened(app: App, world: World, content: bytes, *, on: bool = True) -> Key:
    diagrams.put(app, content)
    switch_deduplication(app, world.guanli, on=on)
    return start_case(app, world.zhangsan, process_id="twice", submission={}).key


def approve(app: App, actor: Any, element: str = "once", **more: Any) -> None:
    complete_task(
        app,
        actor,
        key=open_task(app, element),
        submission={"outcome": "approve", "opinion": "同意", **more},
    )


def result(app: App, world: World, case: Key) -> str:
    assert verify_record(app, world.guanli, key=case) == ()
    return get_case(app, world.guanli, key=case).result


def test_the_next_identical_approval_is_taken_as_given_and_the_record_says_so(
    app: App, world: World
) -> None:
    case = opened(app, world, twice())
    approve(app, world.lisi)
    assert result(app, world, case) == "通过"
    assert rows(app, "select element_id, outcome, ended_by from user_task order by key") == [
        ("once", "approve", "lisi"),
        ("again", "approve", "lisi"),
    ]
    assert rows(app, "select actor_key from journal where kind = 'auto-complete'") == [(0,)]
    page = case_page(app, world.guanli, key=case)
    (entry,) = (entry for entry in page.entries if entry.kind == "auto-complete")
    assert entry.summary.startswith("自动去重“复审”：沿用李四于 2025-")
    assert entry.said["opinion"] == "同意"


def test_it_is_off_until_an_administrator_switches_it_on(app: App, world: World) -> None:
    with pytest.raises(Forbidden):
        switch_deduplication(app, world.lisi, on=True)
    assert not deduplication(app, world.guanli)
    case = opened(app, world, twice(), on=False)
    approve(app, world.lisi)
    assert result(app, world, case) == ""
    assert rows(app, "select count(*) from act where stream = 'settings'") == [(1,)]


def test_the_process_may_ask_for_it_and_a_task_overrule_it(app: App, world: World) -> None:
    def marked(value: str) -> bytes:
        content = twice(second={"deduplicate": value})
        return content.replace(
            b'<zeebe:property name="banshi:starters" value="*"/>',
            b'<zeebe:property name="banshi:starters" value="*"/>'
            b'<zeebe:property name="banshi:deduplicate" value="consecutive"/>',
        )

    case = opened(app, world, marked("never"))
    approve(app, world.lisi)
    assert result(app, world, case) == ""
    case = opened(app, world, marked(""))
    approve(app, world.wangwu)
    assert result(app, world, case) == "通过"


SCRIPT = (
    '<bpmn:scriptTask id="between">'
    + diagrams.extension('<zeebe:script expression="=1" resultVariable="x"/>')
    + "</bpmn:scriptTask>"
)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (twice(second={"separation": "g"}), "four eyes"),
        (twice(second={"signature": "required"}), "a signature"),
        (twice(second={"signature": "optional"}), "a signature that may be given"),
        (twice(second={"decision": "true"}), "the decision"),
        (twice(second={"groups": "leader@weifang"}), "another role"),
        (twice(second={"completionRule": "all", "seats": '=["lisi"]'}), "seats"),
        (twice(SCRIPT), "a change of data between"),
        (twice(second={"approves": "fit"}), "an outcome that is no yes there"),
        (twice(second={"deduplicate": ""}), "no mark"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_never(app: App, world: World, content: bytes, why: str) -> None:
    case = opened(app, world, content)
    approve(app, world.lisi)
    assert result(app, world, case) == "", why
    assert rows(app, "select count(*) from journal where kind = 'auto-complete'") == [(0,)]


def test_never_after_an_outcome_that_is_no_approval(app: App, world: World) -> None:
    content = twice().replace(b"= &quot;approve&quot;", b"!= &quot;x&quot;")
    case = opened(app, world, content)
    complete_task(app, world.lisi, key=open_task(app, "once"), submission={"outcome": "reject"})
    assert result(app, world, case) == ""


def test_never_where_data_were_given_with_it(app: App, world: World) -> None:
    case = opened(app, world, twice())
    approve(app, world.lisi, amount=3)
    assert result(app, world, case) == ""


def test_never_after_a_change_of_data(app: App, world: World) -> None:
    case = opened(app, world, twice())
    set_variables(app, world.guanli, scope_key=case, variables={"amount": 1}, reason="更正")
    approve(app, world.lisi)
    assert result(app, world, case) == ""


def test_never_after_a_return(app: App, world: World) -> None:
    case = opened(app, world, twice(), on=False)
    approve(app, world.lisi)
    complete_task(app, world.lisi, key=open_task(app, "again"), submission={"outcome": "return"})
    switch_deduplication(app, world.guanli, on=True)
    approve(app, world.lisi)
    assert result(app, world, case) == ""
    assert open_task(app, "again")


def test_never_by_a_proxy(app: App, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever acts for somebody else says nothing for the next task."""
    from engine.service.absence.proxies import name_proxy  # noqa: PLC0415

    case = opened(app, world, twice(first={"groups": "expert@weifang"}))
    name_proxy(
        app,
        world.zhuanjia1,
        principal="zhuanjia1",
        proxy="lisi",
        starts_at=app.now(),
        ends_at=app.now() + timedelta(days=3),
    )
    approve(app, world.lisi)
    assert rows(app, "select on_behalf_of from user_task where element_id = 'once'") == [
        ("zhuanjia1",)
    ]
    assert result(app, world, case) == ""


def test_never_the_applicants_own(app: App, world: World) -> None:
    diagrams.put(app, twice(first={"ownCases": "allowed"}))
    switch_deduplication(app, world.guanli, on=True)
    case = start_case(app, world.lisi, process_id="twice", submission={}).key
    approve(app, world.lisi)
    assert result(app, world, case) == ""


GOOD = {"marked": True, "approved": True, "only_words": True, "straight": True, "may": True}


def test_everything_wanted_and_nothing_against_it() -> None:
    assert taken_as_given(Repeated(**GOOD))


@pytest.mark.parametrize("missing", sorted(GOOD))
def test_each_condition_is_needed(missing: str) -> None:
    assert not taken_as_given(Repeated(**{**GOOD, missing: False}))


@pytest.mark.parametrize(
    "bar", ["by_proxy", "broken", "again", "separated", "signed", "decides", "several"]
)
def test_each_bar_is_one(bar: str) -> None:
    assert not taken_as_given(Repeated(**{**GOOD, bar: True}))


def decision_form(*more: dict[str, Any]) -> Resource:
    fields = [
        {
            "type": "radio",
            "id": "f1",
            "key": "outcome",
            "label": "结论",
            "values": [
                {"label": "通过", "value": "approve"},
                {"label": "不予通过", "value": "reject"},
            ],
            "validate": {"required": True},
        },
        {"type": "textarea", "id": "f2", "key": "opinion", "label": "意见"},
        *more,
    ]
    schema = {"type": "default", "id": "decide", "components": fields, "schemaVersion": 18}
    return Resource(name="decide.form", content=json.dumps(schema).encode())


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ((), "通过"),
        (({"type": "number", "id": "f3", "key": "amount", "label": "金额"},), ""),
        (
            (
                {
                    "type": "number",
                    "id": "f3",
                    "key": "amount",
                    "label": "金额",
                    "validate": {"required": True},
                },
            ),
            "",
        ),
    ],
    ids=["only words", "an input", "a required input"],
)
def test_never_where_the_form_asks_for_more(
    app: App, world: World, more: tuple[dict[str, Any], ...], expected: str
) -> None:
    deploy(app, SYSTEM, resources=[decision_form(*more)])
    case = opened(app, world, twice(second={"form": "decide"}))
    approve(app, world.lisi)
    assert result(app, world, case) == expected


def test_never_after_a_recusal(app: App, world: World) -> None:
    case = opened(app, world, twice())
    declare_recusal(app, world.wangwu, key=case, reason="与申请人系近亲属")
    approve(app, world.lisi)
    assert result(app, world, case) == ""
