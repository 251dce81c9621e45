"""Checks on the flow of a scope: what is suspicious, though it can be executed."""

from __future__ import annotations

from collections.abc import Iterator

from engine.model.problems import Problem, Severity
from engine.runtime.definition import FlowScope, Node
from engine.runtime.lint import graph

_BRANCHING = frozenset({"exclusiveGateway", "inclusiveGateway"})
_NAMED = frozenset({"userTask", "startEvent", "endEvent", "callActivity", "businessRuleTask"})


def check(scope: FlowScope) -> Iterator[Problem]:
    """All findings of one scope, in the order of its elements."""
    yield from _gateways_without_default(scope)
    yield from _unreachable(scope)
    yield from _dead_ends(scope)
    yield from _cycles_without_wait(scope)
    yield from _unnamed(scope)
    yield from _several_starts(scope)


def _gateways_without_default(scope: FlowScope) -> Iterator[Problem]:
    for node in scope.nodes.values():
        if node.type in _BRANCHING and len(node.outgoing) > 1 and node.default is None:
            unconditional = [f for f in node.outgoing if f.condition is None]
            if not unconditional:
                yield _warning(
                    node,
                    "gateway-default",
                    f"网关{called(node)}没有默认出口：各条件都不成立时案件会停住。请把一条出线设为默认。",
                )


def _unreachable(scope: FlowScope) -> Iterator[Problem]:
    reached = graph.reachable(graph.successors(scope), graph.entries(scope))
    for node in scope.nodes.values():
        if node.id not in reached:
            yield _warning(
                node, "unreachable", f"{called(node)}没有任何路径可以到达，请连线或删除。"
            )


def _dead_ends(scope: FlowScope) -> Iterator[Problem]:
    handlers = frozenset(scope.compensators.values())
    for node in scope.nodes.values():
        if (
            not node.outgoing
            and node.type != "endEvent"
            and not node.triggered
            and not node.compensates
            and node.id not in handlers
            and not _is_link_throw(node)
            and not (node.event and node.event.kind == "compensation")
        ):
            yield _warning(
                node,
                "dead-end",
                f"{called(node)}之后没有去向，办到这里就算结束。请连到一个结束事件。",
            )


def _cycles_without_wait(scope: FlowScope) -> Iterator[Problem]:
    following = graph.successors(scope)
    busy = {
        identifier: tuple(t for t in targets if not graph.waits(scope.nodes[t]))
        for identifier, targets in following.items()
        if not graph.waits(scope.nodes[identifier])
    }
    for part in graph.cycles(busy):
        node = scope.nodes[min(part)]
        names = "、".join(called(scope.nodes[i]) for i in sorted(part))
        yield _warning(
            node,
            "loop-without-wait",
            f"{names}构成循环，其中没有任何等待（人工任务、定时、消息）。条件一直成立时案件会转为异常，请检查循环条件。",
        )


def _unnamed(scope: FlowScope) -> Iterator[Problem]:
    for node in scope.nodes.values():
        if not node.name and node.type in _NAMED and not node.triggered:
            yield _warning(
                node,
                "label-missing",
                f"“{node.id}”没有名称，办理人和申请人看不懂。请填写中文名称。",
            )


def _several_starts(scope: FlowScope) -> Iterator[Problem]:
    """Several none start events: whoever starts an instance has to say which."""
    starts = [n for n in scope.nodes.values() if n.type == "startEvent" and n.id in scope.starts]
    if scope.id or len(starts) < 2:
        return
    names = "、".join(called(n) for n in starts)
    yield _warning(
        starts[1],
        "several-starts",
        f"流程有几个普通启动事件（{names}），启动时必须指明从哪一个开始，办事大厅里不能直接申请。请只保留一个。",
    )


def _is_link_throw(node: Node) -> bool:
    return (
        node.type == "intermediateThrowEvent"
        and node.event is not None
        and node.event.kind == "link"
    )


def called(node: Node) -> str:
    """How a message names an element: 名称（编号）."""
    return f"“{node.name}”（{node.id}）" if node.name else f"“{node.id}”"


def _warning(node: Node, rule: str, message: str) -> Problem:
    return Problem(severity=Severity.WARNING, element_id=node.id, rule=rule, message=message)
