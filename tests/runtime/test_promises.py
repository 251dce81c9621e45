"""Rules of the standard that stand in one line of code each, and would be missed if it were gone."""

from __future__ import annotations

from engine.model.states import InstanceState
from tests.runtime.diagram import bpmn, end, gateway, on, start, sub, user
from tests.runtime.world import world

ERROR = '<error id="E" errorCode="E" />'


def test_an_inclusive_join_does_not_wait_for_what_may_come_where_one_waits() -> None:
    """§13.4.3: a token that can also reach a flow with a token is no reason to wait."""
    w = world(
        bpmn(
            start()
            + gateway("parallel", "g")
            + user("u")
            + user("m")
            + gateway("exclusive", "x", "x_v")
            + user("v")
            + gateway("inclusive", "j")
            + user("c")
            + end(),
            "s>g g>u g>m m>x x>u:way=1 x>v u>j v>j j>c c>e",
        )
    ).start()
    assert w.complete("u").at == ["c", "m"]


def test_an_error_of_an_interrupting_event_subprocess_is_not_caught_by_it_again() -> None:
    """§13.5.4: it handles what went on in its scope, not itself."""
    handler = sub(
        "v",
        start("t", on("error", "E")) + user("z") + end("f", on("error", "E")),
        "t>z z>f",
        triggeredByEvent="true",
    )
    w = world(
        bpmn(start() + user("a") + end("e", on("error", "E")) + handler, "s>a a>e", roots=ERROR)
    ).start()
    assert w.complete("a").at == ["z"]
    w.complete("z")
    assert w.faults == ["UNHANDLED_ERROR_EVENT"]
    assert (w.at, w.state) == ([], InstanceState.ACTIVE)
