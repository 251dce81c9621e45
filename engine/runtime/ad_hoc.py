"""Ad-hoc subprocesses (BPMN 2.0.2 §13.3.5): activities without an order of their own.

Entered, it begins the activities that nothing leads to: all of them, or those that
``zeebe:adHoc activeElementsCollection`` names; one after the other where its ordering is
Sequential. After each activity the completion condition is looked at: if it holds, the rest is
cancelled, or with ``cancelRemainingInstances="false"`` waited for. If it does not hold and nothing
is left, they begin again; without a condition the subprocess is then done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.runtime import events
from engine.runtime.faults import Fault
from engine.runtime.scope import Instance, Kind, LiveScope

if TYPE_CHECKING:
    from engine.runtime.definition import AdHoc
    from engine.runtime.run import Run


def settings(scope: LiveScope) -> AdHoc | None:
    """What is drawn of the ad-hoc subprocess that a scope is; None for other scopes."""
    if scope.kind is not Kind.SUBPROCESS:
        return None
    return scope.definition.nodes[scope.element_id or ""].ad_hoc


def choose(run: Run, instance: Instance) -> list[str]:
    """The activities to begin with."""
    starts = instance.scope.definition.scopes[instance.node.id].starts
    ad_hoc = instance.node.ad_hoc
    if ad_hoc is None or ad_hoc.active_elements is None:
        return list(starts)
    chosen: Any = run.evaluate(ad_hoc.active_elements, run.chain_of(instance))
    if not isinstance(chosen, list) or any(c not in starts for c in chosen):
        raise Fault(
            "EXTRACT_VALUE_ERROR",
            f"启用元素“{ad_hoc.active_elements.source.strip()}”应为活动编号的列表，可用的有：{'、'.join(starts)}。",
        )
    return chosen


def begin(run: Run, scope: LiveScope, chosen: list[str]) -> None:
    """Put a token at each of the activities, or at the first."""
    scope.data["h"] = {"all": chosen, "next": 0}
    _go_on(run, scope)


def _go_on(run: Run, scope: LiveScope) -> None:
    state, ad_hoc = scope.data["h"], settings(scope)
    assert ad_hoc is not None  # noqa: S101
    rest = state["all"][state["next"] :]
    now = rest[:1] if ad_hoc.sequential else rest
    state["next"] += len(now)
    for node_id in now:
        events.put(run, scope, node_id, (scope.key,))


def holds(run: Run, scope: LiveScope) -> bool:
    """Whether the completion condition holds; may raise a Fault."""
    ad_hoc = settings(scope)
    if ad_hoc is None or ad_hoc.completion_condition is None:
        return False
    return run.condition(ad_hoc.completion_condition, run.chain(scope))


def activity_done(run: Run, scope: LiveScope, complete: bool) -> None:
    """An activity at the end of its way is done, its token gone."""
    from engine.runtime import lifecycle  # noqa: PLC0415 - it drives this module

    ad_hoc, state = settings(scope), scope.data["h"]
    assert ad_hoc is not None  # noqa: S101
    if complete:
        state["over"] = 1
        if ad_hoc.cancel_remaining:
            for token in scope.tree.tokens:
                other = run.instance(scope, token.key)
                if other is not None:
                    lifecycle.cancel(run, other)
    elif ad_hoc.sequential and not state.get("over"):
        _go_on(run, scope)


def begin_again(run: Run, scope: LiveScope) -> bool:
    """Nothing is left in the scope: begin again where the completion condition still wants it."""
    ad_hoc = settings(scope)
    if ad_hoc is None or ad_hoc.completion_condition is None:
        return False
    state = scope.data["h"]
    if state.get("over") or not state["all"]:
        return False
    state["next"] = 0
    _go_on(run, scope)
    return True
