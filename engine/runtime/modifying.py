"""Moving tokens by hand: terminate element instances, activate elements (Camunda 8 “modify”).

What is moved away never comes to the join it was meant for. The scopes that were touched are
marked, and at rest a parallel join of such a scope no longer waits for what cannot come (it is
judged like an inclusive one), so that no modification can starve it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.feel.values import from_host
from engine.model.commands import Activation, Modify
from engine.model.errors import Conflict
from engine.model.keys import Key
from engine.model.step import NeedMore
from engine.runtime import lifecycle
from engine.runtime.scope import Instance, Kind, LiveScope
from engine.text import tell

if TYPE_CHECKING:
    from engine.runtime.run import Run


def modify(run: Run, command: Modify) -> None:
    """Activate first, then terminate, so that a scope does not end in between.

    The service gives the ledger rows of the instances to terminate (of a token at a join, which
    has none, a row made for it); the scopes around them are asked for. A subprocess in which
    nothing is left is terminated, too. Raises Conflict where that would leave nothing at all.
    """
    for name, value in command.variables.items():
        run.variables.write(run.state.instance_key, name, from_host(value))
    run.disturb(run.scope(run.state.instance_key))
    doomed = [_locate(run, key) for key in command.terminate]
    for activation in command.activate:
        _activate(run, activation)
    for instance in doomed:
        if not instance.scope.over and run.instance(instance.scope, instance.key) is not None:
            _terminate(run, instance)


def _terminate(run: Run, instance: Instance) -> None:
    if instance.inner:
        raise Conflict(
            what=tell("该环节"),
            reason=tell("它是多实例中的一个，不能单独终止，请终止整个多实例环节"),
        )
    scope = instance.scope
    lifecycle.cancel(run, instance)
    scope.data["mod"] = 1
    if not scope.tree.empty:
        return
    owner = run.owner(scope)
    if owner is None:
        raise Conflict(
            what=tell("此事项"),
            reason=tell(
                "这样改动后，它不再停在任何环节。如要结束办理，请改用“终止事项”；否则请同时选择要移到的环节"
            ),
        )
    _terminate(run, owner)


def _locate(run: Run, key: Key) -> Instance:
    row = next((v for v in run.state.visits if v.key == key), None)
    if row is None:
        raise NeedMore(visits=frozenset({key}))
    scope = _with_parents(run, row.scope_key)
    found = run.instance(scope, key)
    if found is None:
        raise Conflict(what=tell("该环节"), reason=tell("它已经办结、撤回或取消"))
    return found


def _with_parents(run: Run, key: Key) -> LiveScope:
    scope = run.scope(key)
    at = scope
    while at.parent_key is not None:
        at = run.scope(at.parent_key)
    return scope


def _activate(run: Run, activation: Activation) -> None:
    scope = _scope_for(run, activation)
    if scope.kind is Kind.BODY:
        raise Conflict(
            what=tell("该环节"), reason=tell("不能在多实例内直接激活环节，请激活整个多实例环节")
        )
    node = scope.definition.nodes.get(activation.element_id)
    if node is None:
        raise Conflict(
            what=tell("环节"),
            reason=tell("流程中没有“{element_id}”", element_id=activation.element_id),
        )
    if node.triggered or node.compensates or node.type in {"boundaryEvent", "startEvent"}:
        raise Conflict(
            what=tell("环节"),
            reason=tell("“{node}”不能直接激活，请选择其后的环节", node=node.name or node.id),
        )
    path = _path(scope, node.scope)
    scope, rest = _descend(run, scope, path)
    steps = [*rest, node.id]
    data = {"p": [], "at": steps[1:], "mod": 1} if len(steps) > 1 else {"p": []}
    scope.data["mod"] = 1
    token = scope.tree.enter_at(steps[0], data)
    run.disturb(scope)
    values = {name: from_host(value) for name, value in activation.variables.items()}
    if values and len(steps) == 1:
        instance = run.instance(scope, token.key)
        if instance is not None:
            run.write_local(instance, values)
    elif values:
        run.variables.merge(run.chain(scope), values)


def _scope_for(run: Run, activation: Activation) -> LiveScope:
    """Where the token is to be put."""
    if activation.near is not None:
        scope = _locate(run, activation.near).scope
        while not _holds(scope, activation.element_id) and scope.parent_key is not None:
            scope = run.scope(scope.parent_key)
        return scope
    if activation.scope_key is not None:
        return _with_parents(run, activation.scope_key)
    return run.scope(run.state.instance_key)


def _holds(scope: LiveScope, element_id: str) -> bool:
    """Whether the node lies in the scope, or in a subprocess in it."""
    node = scope.definition.nodes.get(element_id)
    if scope.kind is Kind.BODY or node is None:
        return False
    inner: str = node.scope
    while inner != scope.flow.id and inner:
        inner = scope.definition.nodes[inner].scope
    return inner == scope.flow.id


def _path(scope: LiveScope, inner: str) -> list[str]:
    """The subprocesses to go through from a scope to the one an element lies in."""
    own = scope.flow.id
    path: list[str] = []
    while inner != own:
        if not inner:
            raise Conflict(what=tell("环节"), reason=tell("它不在所选的范围之内"))
        path.insert(0, inner)
        inner = scope.definition.nodes[inner].scope
    return path


def _descend(run: Run, scope: LiveScope, path: list[str]) -> tuple[LiveScope, list[str]]:
    """Enter what is open already along the path; gives the scope reached and what is left."""
    for index, node_id in enumerate(path):
        node = scope.definition.nodes[node_id]
        if node.triggered:
            raise Conflict(
                what=tell("环节"),
                reason=tell(
                    "它在事件子流程“{node}”之内，只能由事件触发，不能直接激活",
                    node=node.name or node.id,
                ),
            )
        if node.loop is not None:
            raise Conflict(
                what=tell("环节"),
                reason=tell("它在多实例“{node}”之内，不能直接激活", node=node.name or node.id),
            )
        open_here = [
            t for t in scope.tree.tokens if t.node.id == node_id and t.internal_data.get("k") == "s"
        ]
        if len(open_here) > 1:
            raise Conflict(
                what=tell("环节"),
                reason=tell(
                    "子流程“{node}”有多个，请指明在哪一个内激活", node=node.name or node.id
                ),
            )
        if not open_here:
            return scope, path[index:]
        scope = run.scope(open_here[0].key)
    return scope, []
