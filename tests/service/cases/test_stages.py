"""The stages of a case in plain words: what is done, where it is, what comes until the decision."""

from __future__ import annotations

import pytest

from engine.service.app import App
from engine.service.cases.case_page import case_page
from engine.service.cases.case_standing import decisive
from engine.service.cases.stages import StageState, stages
from engine.service.cases.start_case import start_case
from tests.service import diagrams
from tests.service.aid import decide, open_case
from tests.service.diagrams import end, flow, process, start, user_task
from tests.world import World


def seen(app: App, world: World, case: int) -> list[tuple[str, str]]:
    found = case_page(app, world.zhangsan, key=case).stages  # type: ignore[arg-type]
    return [(stage.name, stage.state.value) for stage in found]


def test_the_way_of_a_case(app: App, world: World) -> None:
    """Each step once: a step that comes again after a return is current or ahead, not done."""
    case = open_case(app, world.zhangsan).key
    assert seen(app, world, case) == [("形式审查", "current"), ("领导审批", "ahead")]
    decide(app, world.lisi, case, "return")
    assert seen(app, world, case) == [
        ("补正材料", "current"),
        ("形式审查", "ahead"),
        ("领导审批", "ahead"),
    ]
    decide(app, world.zhangsan, case)
    assert seen(app, world, case) == [
        ("补正材料", "done"),
        ("形式审查", "current"),
        ("领导审批", "ahead"),
    ]
    decide(app, world.lisi, case)
    decide(app, world.zhaoliu, case)
    assert seen(app, world, case)[-2:] == [("领导审批", "done"), ("公示", "current")]
    decide(app, world.lisi, case)
    assert {state for _, state in seen(app, world, case)} == {"done"}


def test_without_a_decision_nothing_is_foretold(app: App, world: World) -> None:
    diagrams.put(app, diagrams.grant())
    case = start_case(
        app, world.zhangsan, process_id="grant", submission={"title": "x", "amount": 1}
    )
    assert seen(app, world, case.key) == [("形式审查", "current")]


def test_through_a_subprocess_and_a_boundary_event(app: App, world: World) -> None:
    """The way goes into subprocesses and out of them, and over boundary events."""
    inner = (
        '<bpmn:subProcess id="sub" name="评审">'
        + start("sub-start")
        + user_task("inner", "专家意见", groups="clerk@weifang")
        + end("sub-end")
        + flow("sub-start", "inner")
        + flow("inner", "sub-end")
        + "</bpmn:subProcess>"
    )
    timer = (
        '<bpmn:boundaryEvent id="late" attachedToRef="wait"><bpmn:timerEventDefinition id="t">'
        '<bpmn:timeDuration xsi:type="bpmn:tFormalExpression">PT1H</bpmn:timeDuration>'
        "</bpmn:timerEventDefinition></bpmn:boundaryEvent>"
    )
    contents = process(
        "aid",
        start(),
        user_task("wait", "等待", groups="clerk@weifang"),
        timer,
        end("cancelled"),
        inner,
        user_task("decide", "决定", groups="clerk@weifang", decision="true"),
        end("done"),
        flow("start", "wait"),
        flow("wait", "cancelled"),
        flow("late", "sub"),
        flow("sub", "decide"),
        flow("decide", "done"),
    )
    case = open_case(app, world.zhangsan, contents).key
    assert seen(app, world, case) == [
        ("等待", "current"),
        ("专家意见", "ahead"),
        ("决定", "ahead"),
    ]


@pytest.mark.parametrize(
    ("process_id", "standing", "ahead"),
    [
        (
            "venture-grants",
            "supplement",
            ["formal-review", "appoint-experts", "expert-review", "leader-approval"],
        ),
        ("meal-hall-subsidy", "street-review", ["county-review", "leader-approval"]),
        ("org-compliance", "rectification", ["recheck", "decide"]),
        ("marriage-booking", "waiting", ["arrival"]),
        ("marriage-roster", "report", ["schedule", "sign"]),
        ("venture-grants", "public-notice", []),
    ],
)
def test_shipped_services(shipped: App, process_id: str, standing: str, ahead: list[str]) -> None:
    """From a step of a shipped service, the steps that a citizen is told to expect."""
    from engine.model.records import Visit  # noqa: PLC0415
    from engine.model.states import VisitState  # noqa: PLC0415

    pinned = shipped.bundles.resolve(process_id=process_id)
    visit = Visit(
        key=1,  # type: ignore[arg-type]
        scope_key=0,  # type: ignore[arg-type]
        element_id=standing,
        element_type="userTask",
        flow_id=None,
        state=VisitState.ACTIVE,
        entered_at=shipped.now(),
        left_at=None,
    )
    found = stages(pinned.definition, decisive=decisive(pinned), visits=[visit], open_tasks=[])
    assert [s.element_id for s in found if s.state is StageState.AHEAD] == ahead
