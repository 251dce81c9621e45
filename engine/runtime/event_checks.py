"""What events must keep to be executed (BPMN 2.0.2 §10.5): partners, places, one catcher for each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.runtime.definition import Definition, FlowScope, Node
from engine.runtime.reading import shown

Finding = tuple[str, str, str]

_WORDS = {"error": "错误代码", "escalation": "升级代码", "message": "消息"}


def check(definition: Definition, scope: FlowScope) -> Iterator[Finding]:
    """All findings about the events of one scope."""
    yield from _links(scope)
    for node in scope.nodes.values():
        events = [scope.nodes[b] for b in node.boundaries]
        yield from _twice(events, f"{shown(node)}的边界事件")
    yield from _twice((definition.nodes[s] for s in scope.triggers), "同一层的事件子流程")
    if not scope.id:
        starts = (n for n in scope.nodes.values() if n.type == "startEvent")
        yield from _twice(starts, "流程的启动事件")
    around = definition.nodes.get(scope.id)
    if around is not None and around.ad_hoc is not None:
        for node in scope.nodes.values():
            if node.type in {"startEvent", "endEvent"}:
                yield (
                    "ad-hoc-event",
                    node.id,
                    f"即席子流程{shown(around)}里不能有启动或结束事件，请删除{shown(node)}。",
                )


def _links(scope: FlowScope) -> Iterator[Finding]:
    thrown = {
        d.name.text
        for n in scope.nodes.values()
        if n.type == "intermediateThrowEvent" and n.event
        for d in n.event.definitions
        if d.kind == "link" and d.name is not None
    }
    for name, node_id in scope.links.items():
        if name not in thrown:
            node = scope.nodes[node_id]
            yield (
                "link-source",
                node_id,
                f"接收链接{shown(node)}没有同名“{name}”的发出链接，请在同一层补上，或删除它。",
            )


def _twice(nodes: Iterable[Node], where: str) -> Iterator[Finding]:
    """Two that catch the same error, escalation or message: which of them is not said."""
    seen: dict[tuple[str, str], Node] = {}
    for node in nodes:
        for definition in node.event.definitions if node.event else ():
            if definition.kind not in _WORDS:
                continue
            value = definition.name if definition.kind == "message" else definition.code
            text = "" if value is None else value.text
            first = seen.setdefault((definition.kind, text), node)
            if first is not node:
                what = f"{_WORDS[definition.kind]}“{text}”" if text else "任意的代码"
                yield (
                    "event-duplicate",
                    node.id,
                    f"{where}里，{shown(first)}和{shown(node)}都捕获{what}，无法确定由谁处理。请删除一个或改用不同的{_WORDS[definition.kind]}。",
                )
