"""What a diagram must keep to be executed at all; everything else is refused by name.

Each rule speaks of one definition as read; what is merely suspicious is the linter's.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.model.problems import Problem
from engine.runtime import event_checks
from engine.runtime.behaviours import BEHAVIOURS
from engine.runtime.definition import Definition, FlowScope, Node
from engine.runtime.reading import Reading, shown

#: Flows out of these are taken whatever they say (BPMN 2.0.2 §10.5, §10.6).
_UNCONDITIONAL = frozenset(
    {
        "parallelGateway", "eventBasedGateway", "startEvent", "boundaryEvent",
        "intermediateCatchEvent", "intermediateThrowEvent",
    }
)  # fmt: skip
_WITHOUT_DEFAULT = frozenset({"endEvent"})
_CATCHES = {"message", "timer", "signal", "conditional"}


def check_definition(reading: Reading, definition: Definition) -> None:
    """Report whatever in a definition cannot be executed as it is drawn."""
    told = {p.element_id for p in reading.problems}
    for scope in definition.scopes.values():
        for rule, element_id, message in _scope(definition, scope):
            if rule == "event-none" and element_id in told:
                continue  # its event was refused for a better reason
            reading.problems.append(Problem(element_id=element_id, rule=rule, message=message))


Finding = tuple[str, str, str]


def _scope(definition: Definition, scope: FlowScope) -> Iterator[Finding]:
    yield from _starts(definition, scope)
    yield from event_checks.check(definition, scope)
    for node in scope.nodes.values():
        if node.type not in BEHAVIOURS:
            yield "element-unsupported", node.id, f"{shown(node)}的类型 {node.type} 不受支持。"
            continue
        yield from _flows(scope, node)
        yield from _events(definition, scope, node)
        if node.type == "eventBasedGateway":
            yield from _event_gateway(scope, node)
        if node.instantiate and (node.incoming or scope.id):
            yield (
                "instantiate-flow",
                node.id,
                f"{shown(node)}用于启动流程，不能有进入的连线，也不能在子流程内。请删除连线，或取消“启动流程”。",
            )
        if node.triggered:
            yield from _event_subprocess(definition, node)
        if node.compensates and (node.incoming or node.outgoing):
            yield (
                "compensation-flow",
                node.id,
                f"{shown(node)}是补偿活动，不能有连线。请删除连线，改用关联线连接补偿边界事件。",
            )


def _starts(definition: Definition, scope: FlowScope) -> Iterator[Finding]:
    here = definition.nodes.get(scope.id)
    if here is not None and here.ad_hoc is not None:
        if not scope.starts:
            yield "ad-hoc-empty", scope.id, f"即席子流程{shown(here)}里没有活动，请添加。"
        return
    starts = [n for n in scope.nodes.values() if n.type == "startEvent"]
    if here is None:
        if not scope.starts and not definition.start_events:
            where = definition.process_id
            yield "no-start", where, f"流程“{definition.name}”没有启动事件，请添加一个启动事件。"
        for node in starts:
            if node.event is not None and node.event.parallel:
                yield (
                    "start-parallel",
                    node.id,
                    f"启动事件{shown(node)}要求几个事件同时到达，流程级启动不支持，请改为单个事件。",
                )
    elif not here.triggered:
        if not scope.starts:
            yield "no-start", scope.id, f"子流程{shown(here)}没有普通启动事件，请添加。"
        for node in starts:
            if node.event is not None and node.event.definitions:
                yield (
                    "start-event-kind",
                    node.id,
                    f"子流程内的启动事件{shown(node)}不能带事件定义，请改为普通启动事件，或改用事件子流程。",
                )


def _flows(scope: FlowScope, node: Node) -> Iterator[Finding]:
    if node.type in {"startEvent", "boundaryEvent"} and node.incoming:
        yield "flow-into-event", node.id, f"事件{shown(node)}不能有进入的连线，请删除。"
    if node.type == "endEvent" and node.outgoing:
        yield "flow-from-end", node.id, f"结束事件{shown(node)}不能有离开的连线，请删除。"
    if node.default is not None and all(f.id != node.default for f in node.outgoing):
        yield (
            "default-flow",
            node.id,
            f"{shown(node)}的默认分支“{node.default}”不是从它出发的连线，请重新设置。",
        )
    conditions = [f for f in node.outgoing if f.condition is not None]
    if node.default is not None and node.type in _WITHOUT_DEFAULT | _UNCONDITIONAL:
        yield (
            "default-flow",
            node.id,
            f"{shown(node)}不能有默认分支：它不看条件。请删除默认分支，或改用排他、包容网关。",
        )
    for flow in conditions:
        if flow.id == node.default:
            yield (
                "default-condition",
                flow.id,
                f"{shown(node)}的默认分支“{flow.name or flow.id}”上不能有条件，请删除条件。",
            )
    if node.type in _UNCONDITIONAL and conditions:
        yield (
            "condition-ignored",
            conditions[0].id,
            f"{shown(node)}的连线“{conditions[0].id}”上有条件，但这种节点不看条件。请删除条件，或改用排他、包容网关。",
        )
    if node.type == "exclusiveGateway" and len(node.outgoing) > 1:
        for flow in node.outgoing:
            if flow.condition is None and flow.id != node.default:
                yield (
                    "condition-missing",
                    flow.id,
                    f"排他网关{shown(node)}的分支“{flow.name or flow.id}”既没有条件也不是默认分支，请填写条件或设为默认。",
                )
    if node.type == "complexGateway" and len(node.incoming) > 1 and node.activation is None:
        yield (
            "activation-missing",
            node.id,
            f"复杂网关{shown(node)}没有激活条件，请填写，例如 =activationCount >= 2。",
        )
    del scope


def _events(definition: Definition, scope: FlowScope, node: Node) -> Iterator[Finding]:
    event = node.event
    if event is None:
        return
    if node.type == "boundaryEvent":
        yield from _boundary(scope, node)
    for item in event.definitions:
        name = item.name.text if item.name else ""
        if item.kind == "link" and node.type == "intermediateThrowEvent":
            if name not in scope.links:
                yield (
                    "link-target",
                    node.id,
                    f"链接{shown(node)}没有同名“{name}”的接收链接，请在同一层补上。",
                )
            if node.outgoing:
                yield "link-flow", node.id, f"发出链接{shown(node)}不能有离开的连线，请删除。"
        if item.kind == "link" and node.type == "intermediateCatchEvent":
            if scope.links.get(name) != node.id:
                yield "link-duplicate", node.id, f"有两个接收链接都叫“{name}”，请改名。"
            if node.incoming:
                yield "link-flow", node.id, f"接收链接{shown(node)}不能有进入的连线，请删除。"
        if item.kind == "cancel" and not _in_transaction(definition, scope, node):
            yield (
                "cancel-place",
                node.id,
                f"取消事件{shown(node)}只能用于事务子流程，请改用别的事件。",
            )
        if item.kind == "compensation" and item.activity and item.activity not in scope.nodes:
            yield (
                "compensation-target",
                node.id,
                f"补偿事件{shown(node)}要补偿的活动“{item.activity}”不在同一层，请重新选择。",
            )
    several = len(event.definitions) > 1
    if several and any(
        d.kind in {"terminate", "cancel", "link", "error"} for d in event.definitions
    ):
        yield "event-mixture", node.id, f"{shown(node)}把不能并用的事件合在了一起，请拆成几个事件。"
    if node.type == "intermediateCatchEvent" and not event.definitions:
        yield (
            "event-none",
            node.id,
            f"中间捕获事件{shown(node)}没有事件类型，请设置定时、消息、信号或条件。",
        )


def _in_transaction(definition: Definition, scope: FlowScope, node: Node) -> bool:
    if node.type == "boundaryEvent":
        host = scope.nodes.get(node.event.attached_to or "") if node.event else None
        return host is not None and host.type == "transaction"
    around = definition.nodes.get(scope.id)
    return around is not None and around.type == "transaction"


def _boundary(scope: FlowScope, node: Node) -> Iterator[Finding]:
    event = node.event
    assert event is not None  # noqa: S101
    host = scope.nodes.get(event.attached_to or "")
    if (
        host is None
        or not (
            host.type.endswith("Task")
            or host.type in {"task", "subProcess", "transaction", "adHocSubProcess", "callActivity"}
        )
        or host.triggered
    ):
        yield (
            "boundary-host",
            node.id,
            f"边界事件{shown(node)}没有附着在活动上，请拖到任务或子流程的边框上。",
        )
        return
    if not event.definitions:
        yield "event-none", node.id, f"边界事件{shown(node)}没有事件类型，请设置。"
    kinds = {d.kind for d in event.definitions}
    if "compensation" in kinds:
        if len(kinds) > 1 or node.outgoing:
            yield (
                "compensation-flow",
                node.id,
                f"补偿边界事件{shown(node)}不能有连线，请用关联线连接补偿活动。",
            )
        handler = scope.nodes.get(scope.compensators.get(event.attached_to or "", ""))
        if handler is not None and not handler.compensates:
            yield (
                "compensation-handler",
                handler.id,
                f"{shown(handler)}是补偿边界事件{shown(node)}的补偿活动，请把它标为“用于补偿”（isForCompensation）。",
            )
        if event.attached_to not in scope.compensators:
            yield (
                "compensation-handler",
                node.id,
                f"补偿边界事件{shown(node)}没有关联补偿活动，请用关联线连接一个标为“用于补偿”的活动。",
            )
    if kinds & {"error", "cancel"} and not event.interrupting:
        yield (
            "error-interrupting",
            node.id,
            f"错误、取消边界事件{shown(node)}必须是中断型，请修改。",
        )


def _event_gateway(scope: FlowScope, node: Node) -> Iterator[Finding]:
    if len(node.outgoing) < 2:
        yield "event-gateway", node.id, f"事件网关{shown(node)}至少要有两个分支，请补充。"
    if not node.exclusive_events and not node.instantiate:
        yield (
            "event-gateway-parallel",
            node.id,
            f"事件网关{shown(node)}的并行方式（Parallel）只能用于启动流程，请改为排他，或设为启动流程。",
        )
    targets = [scope.nodes[f.target] for f in node.outgoing]
    receiving = next((t for t in targets if t.type == "receiveTask"), None)
    if receiving is not None and any(
        t.type == "intermediateCatchEvent" and t.event and t.event.kind == "message"
        for t in targets
    ):
        yield (
            "event-gateway-mixture",
            receiving.id,
            f"事件网关{shown(node)}之后不能既有消息事件又有接收任务{shown(receiving)}，请统一为一种。",
        )
    for flow in node.outgoing:
        target = scope.nodes[flow.target]
        kind = target.event.kind if target.event is not None else ""
        catches = target.type in {"intermediateCatchEvent", "receiveTask"} and kind in _CATCHES
        if not catches:
            yield (
                "event-gateway-target",
                target.id,
                f"事件网关{shown(node)}之后应直接是捕获事件或接收任务，而不是{shown(target)}，请调整。",
            )
        elif len(target.incoming) > 1:
            yield (
                "event-gateway-target",
                target.id,
                f"{shown(target)}在事件网关之后，不能再有别的进入连线，请调整。",
            )
        elif target.boundaries:
            yield (
                "event-gateway-target",
                target.id,
                f"{shown(target)}在事件网关之后，不能有边界事件。",
            )


def _event_subprocess(definition: Definition, node: Node) -> Iterator[Finding]:
    if node.incoming or node.outgoing:
        yield "event-subprocess-flow", node.id, f"事件子流程{shown(node)}不能有连线，请删除。"
    starts = [n for n in definition.scopes[node.id].nodes.values() if n.type == "startEvent"]
    if len(starts) != 1 or starts[0].event is None or not starts[0].event.definitions:
        yield (
            "event-subprocess-start",
            node.id,
            f"事件子流程{shown(node)}必须恰好有一个带事件类型的启动事件，请调整。",
        )
        return
    event = starts[0].event
    if not event.interrupting and {d.kind for d in event.definitions} & {"error", "compensation"}:
        yield (
            "error-interrupting",
            starts[0].id,
            f"启动事件{shown(starts[0])}必须是中断型，请修改。",
        )
    if node.loop is not None:
        yield (
            "event-subprocess-loop",
            node.id,
            f"事件子流程{shown(node)}不能是多实例或循环，请修改。",
        )
