"""SpiffWorkflow's process and task specifications, made from a compiled definition.

One :class:`ScopeSpec` per scope and version, shared by all instances; a token's behaviour is
given by the step through :attr:`Tree.enter`, so nothing of an instance is kept here.
SpiffWorkflow's prediction of future tasks, its data and its script engine are not used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec
from SpiffWorkflow.util.task import TaskState

from engine.runtime import joins

if TYPE_CHECKING:
    from engine.runtime.definition import FlowScope, Node
    from engine.runtime.tree import Token


class NodeSpec(BpmnTaskSpec):  # type: ignore[misc] # SpiffWorkflow carries no types
    """A flow node at which each token stands for itself."""

    def __init__(self, spec: ScopeSpec, node: Node) -> None:
        super().__init__(
            spec, "node:" + node.id, lane=node.lane.id if node.lane else None, inputs=[], outputs=[]
        )
        self.node = node
        self.bpmn_id, self.bpmn_name = node.id, node.name

    def test(self) -> None:
        """The definition was checked when it was compiled."""

    def _predict_hook(self, my_task: Token) -> None:
        """Nothing is predicted: a tree holds only what is."""

    def _update_hook(self, my_task: Token) -> bool:  # noqa: ARG002 - SpiffWorkflow's signature
        return True

    def _on_ready_hook(self, my_task: Token) -> None:
        my_task.workflow.on_ready(my_task)

    def _run_hook(self, my_task: Token) -> bool | None:
        result: bool | None = my_task.workflow.enter(my_task)
        return result

    def _on_complete_hook(self, my_task: Token) -> None:
        """Put a token on each flow that is taken."""
        data = my_task.internal_data
        produced = []
        for flow in data["leave"]:
            child = my_task._add_child(self._wf_spec.at(flow.target), TaskState.FUTURE)
            child.internal_data = {"f": flow.id, "p": [my_task.id], **data["mark"]}
            produced.append(child)
        data["produced"] = produced


class JoinSpec(NodeSpec):
    """A flow node at which tokens wait for each other; ``rule`` says for whom."""

    def __init__(self, spec: ScopeSpec, node: Node, rule: joins.Rule) -> None:
        super().__init__(spec, node)
        self.rule = rule

    def _update_hook(self, my_task: Token) -> bool:
        my_task._set_state(TaskState.WAITING)
        arrivals = my_task.workflow.arrivals.setdefault(self.node.id, {})
        arrivals[my_task.id] = my_task
        survivor = self.join(my_task.workflow)
        if survivor is not None and survivor is not my_task:
            survivor._ready()
        return survivor is my_task

    def join(self, tree: Any, rule: joins.Rule | None = None) -> Token | None:
        """Merge the arrivals that the rule lets pass into the newest of them; None if none pass."""
        arrivals: dict[Any, Token] = tree.arrivals.get(self.node.id, {})
        chosen = (rule or self.rule)(self.node, tree, list(arrivals.values()))
        if not chosen:
            return None
        last = chosen[-1]
        parents: dict[Any, None] = {}
        for token in chosen:
            parents.update(dict.fromkeys(token.internal_data["p"]))
            arrivals.pop(token.id, None)
            if token is not last:
                tree.take(token)
        last.internal_data["p"] = list(parents)
        last.internal_data["j"] = [t.internal_data.get("f") for t in chosen]
        return last


class ScopeSpec(BpmnProcessSpec):  # type: ignore[misc] # SpiffWorkflow carries no types
    """The specification of one scope."""

    def __init__(self, scope: FlowScope) -> None:
        super().__init__(name="scope:" + scope.id)
        self.scope = scope
        self._by_id: dict[str, NodeSpec] = {}
        for node in scope.nodes.values():
            rule = joins.rule_for(node)
            self._by_id[node.id] = (
                NodeSpec(self, node) if rule is None else JoinSpec(self, node, rule)
            )
        for flow in scope.flows.values():
            self._by_id[flow.source].connect(self._by_id[flow.target])

    def at(self, node_id: str) -> NodeSpec:
        return self._by_id[node_id]
