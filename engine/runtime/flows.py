"""Which outgoing flows a token takes (BPMN 2.0.2 §13.3, §13.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.runtime.faults import Fault

if TYPE_CHECKING:
    from engine.runtime.definition import Flow
    from engine.runtime.run import Run
    from engine.runtime.scope import Instance
    from engine.runtime.variables import Chain


def choose(run: Run, instance: Instance) -> list[Flow]:
    """The flows to take; a Fault where no condition holds and there is no default flow."""
    node = instance.node
    flows = node.outgoing
    if not flows or node.type == "parallelGateway":
        return list(flows)
    resets = instance.data.get("ph") == "reset"
    if node.type != "exclusiveGateway" and not resets and not any(f.condition for f in flows):
        return [f for f in flows for _ in range(node.completion_quantity)]
    chain = run.chain_of(instance)
    if node.type == "complexGateway":
        return _complex(run, instance, chain)
    if node.type == "exclusiveGateway":
        return [_exclusive(run, instance, chain)]
    taken = [
        f
        for f in flows
        if f.id != node.default and (f.condition is None or run.condition(f.condition, chain))
    ]
    plain = node.type == "inclusiveGateway"  # there an unconditional flow counts as one that holds
    if not any(plain or f.condition for f in taken):
        default = next((f for f in flows if f.id == node.default), None)
        if default is not None:
            taken.append(default)
        elif not taken:
            raise _stuck()
    return [f for f in taken for _ in range(node.completion_quantity)]


def _exclusive(run: Run, instance: Instance, chain: Chain) -> Flow:
    node = instance.node
    others = [f for f in node.outgoing if f.id != node.default]
    if len(node.outgoing) == 1:
        only = node.outgoing[0]
        if only.condition is None:
            return only
    for flow in others:
        if flow.condition is None or run.condition(flow.condition, chain):
            return flow
    default = next((f for f in node.outgoing if f.id == node.default), None)
    if default is None:
        raise _stuck()
    return default


def _complex(run: Run, instance: Instance, chain: Chain) -> list[Flow]:
    """``waitingForStart`` tells the flows of a complex gateway's firing from those of its reset.

    At the reset only flows whose condition asks for it are taken (§13.4.5).
    """
    node = instance.node
    starts = instance.data.get("ph") != "reset"
    extra = {"waitingForStart": starts}
    taken = []
    for flow in node.outgoing:
        if flow.id == node.default:
            continue
        asks = flow.condition is not None and "waitingForStart" in flow.condition.names
        if not starts and not asks:
            continue
        if flow.condition is None or run.condition(flow.condition, chain, extra):
            taken.append(flow)
    if not taken and starts:
        default = next((f for f in node.outgoing if f.id == node.default), None)
        if default is None:
            raise _stuck()
        taken.append(default)
    return taken


def _stuck() -> Fault:
    return Fault(
        "CONDITION_ERROR",
        "没有一个分支的条件成立，也没有默认分支，无法继续。请检查变量的值，或在流程图中设置默认分支。",
    )
