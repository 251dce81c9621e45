"""Administrators move the tokens of running cases by hand."""

from __future__ import annotations

import pytest

from engine.model.errors import (
    BanshiError,
    CannotMove,
    InvalidInput,
)
from engine.model.keys import Key
from engine.model.search import Condition, Query
from engine.model.states import InstanceState
from engine.service.administration.modify_case import (
    Activate,
    Modification,
    Shift,
    case_positions,
    modify_case,
    preview_modification,
)
from engine.service.app import App
from engine.service.cases.get_case import get_case
from engine.service.searching import search_variables
from tests.service import diagrams
from tests.service.administration.line_cases import (
    CLERK,
    FORK,
    at,
    begin,
    done,
    line,
    sound,
    task_of,
)
from tests.service.diagrams import flow, user_task
from tests.world import World


def test_a_token_is_moved_and_the_preview_told_so(app: App, world: World) -> None:
    case = begin(app, world, "line", line("a", "b", "c"))
    change = Modification(move=(Shift(source="a", element_id="c"),))
    shown = preview_modification(app, world.guanli, key=case, modification=change)
    assert [t.name for t in shown.canceled] == ["环节a"]
    assert [t.name for t in shown.opened] == ["环节c"]
    assert not shown.ended
    assert not shown.incidents
    assert at(app, world, case) == ["a"]
    sound(app, world, case)

    modify_case(app, world.guanli, key=case, modification=change, reason="走错了")
    assert at(app, world, case) == ["c"]
    sound(app, world, case)
    done(app, world, "c")
    assert get_case(app, world.guanli, key=case).state is InstanceState.COMPLETED
    sound(app, world, case)


def test_add_cancel_and_variables(app: App, world: World) -> None:
    case = begin(app, world, "fork", FORK)
    change = Modification(
        activate=(Activate(element_id="last", variables={"own": 7}),),
        terminate=("left",),
        variables={"whole": "x"},
    )
    modify_case(app, world.guanli, key=case, modification=change, reason="补一步")
    assert at(app, world, case) == ["last", "right"]
    query = Query(conditions=(Condition(field="processInstanceKey", value=case),))
    seen = {v.name: v for v in search_variables(app, world.guanli, query=query).items}
    assert (seen["whole"].value, seen["whole"].scope_key) == ("x", case)
    assert (seen["own"].value, seen["own"].scope_key) == (7, task_of(app, world, "last"))
    sound(app, world, case)


def test_no_join_starves(app: App, world: World) -> None:
    """What was taken away never comes to the join: the rest passes it, once."""
    case = begin(app, world, "fork", FORK)
    done(app, world, "left")
    assert at(app, world, case) == ["join", "right"]
    modify_case(
        app, world.guanli, key=case, modification=Modification(terminate=("right",)), reason="免办"
    )
    assert at(app, world, case) == ["last"]
    sound(app, world, case)
    done(app, world, "last")
    assert get_case(app, world.guanli, key=case).state is InstanceState.COMPLETED


def test_one_branch_started_by_hand_passes_the_join_alone(app: App, world: World) -> None:
    case = begin(app, world, "fork", FORK)
    done(app, world, "left", "right")
    modify_case(
        app,
        world.guanli,
        key=case,
        modification=Modification(move=(Shift(source="last", element_id="left"),)),
        reason="重做",
    )
    done(app, world, "left")
    assert at(app, world, case) == ["last"]
    sound(app, world, case)


def test_a_branch_added_behind_its_join_passes_it_alone(app: App, world: World) -> None:
    """given the join is behind, when one branch is added, then nobody waits for the other."""
    case = begin(app, world, "fork", FORK)
    done(app, world, "left", "right")
    change = Modification(activate=(Activate(element_id="left"),))
    modify_case(app, world.guanli, key=case, modification=change, reason="补办")
    assert at(app, world, case) == ["last", "left"]
    done(app, world, "left")
    assert at(app, world, case) == ["last", "last"]
    sound(app, world, case)


def test_what_waits_at_a_join_can_be_taken_away(app: App, world: World) -> None:
    case = begin(app, world, "fork", FORK)
    done(app, world, "left")
    (waiting,) = (p for p in case_positions(app, world.guanli, key=case) if p.waits_to_join)
    change = Modification(move=(Shift(source=waiting.key, element_id="left"),))
    modify_case(app, world.guanli, key=case, modification=change, reason="左边重办")
    assert at(app, world, case) == ["left", "right"]
    sound(app, world, case)
    done(app, world, "left", "right")
    assert at(app, world, case) == ["last"]


INNER = diagrams.process(
    "inner",
    diagrams.start(),
    '<bpmn:subProcess id="sub" name="核查">'
    + diagrams.start("s2")
    + user_task("in1", "核查一", groups=CLERK)
    + user_task("in2", "核查二", groups=CLERK)
    + diagrams.end("e2")
    + flow("s2", "in1")
    + flow("in1", "in2")
    + flow("in2", "e2")
    + "</bpmn:subProcess>",
    user_task("after", "后续", groups=CLERK),
    user_task("far", "更后", groups=CLERK),
    diagrams.end(),
    flow("start", "sub"),
    flow("sub", "after"),
    flow("after", "far"),
    flow("far", "end"),
)


def test_into_and_out_of_a_subprocess(app: App, world: World) -> None:
    case = begin(app, world, "inner", INNER)
    move = lambda source, target: modify_case(  # noqa: E731 - three of a kind
        app,
        world.guanli,
        key=case,
        modification=Modification(move=(Shift(source=source, element_id=target),)),
        reason="调整",
    )
    move("in1", "in2")
    assert at(app, world, case) == ["in2", "sub"]
    move("in2", "far")  # nothing is left in the subprocess: it does not go on to “after”
    assert at(app, world, case) == ["far"]
    sound(app, world, case)
    move("far", "in2")
    assert at(app, world, case) == ["in2", "sub"]
    sound(app, world, case)
    done(app, world, "in2", "after", "far")
    assert get_case(app, world.guanli, key=case).state is InstanceState.COMPLETED
    sound(app, world, case)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (Modification(), InvalidInput, "至少选择一处"),
        (Modification(terminate=("a",)), CannotMove, "终止事项"),
        (Modification(move=(Shift(source="b", element_id="c"),)), InvalidInput, "没有停在"),
        (Modification(move=(Shift(source="a", element_id="nowhere"),)), CannotMove, "没有"),
        (Modification(activate=(Activate(element_id="start"),)), CannotMove, "不能直接激活"),
        (Modification(terminate=(Key(17),)), InvalidInput, "没有停在"),
    ],
)
def test_refused_with_words(
    app: App, world: World, change: Modification, error: type[BanshiError], words: str
) -> None:
    case = begin(app, world, "line", line("a", "b", "c"))
    with pytest.raises(error) as refused:
        modify_case(app, world.guanli, key=case, modification=change, reason="试试")
    assert words in refused.value.message
    assert at(app, world, case) == ["a"]
    sound(app, world, case)
