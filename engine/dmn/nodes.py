"""The nodes of a requirement graph, compiled: each knows how to give its value in a run.

DMN 1.5, 10.4 (execution semantics of decision services) and 6.3 (who sees what): logic sees the
elements that its node requires, those of other models under the name of the import.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from engine.dmn.functions import ModelFunction
from engine.dmn.itemtypes import Fit
from engine.dmn.result import Explanation
from engine.dmn.run import Evaluator, Run, Scope
from engine.feel.types import Type
from engine.feel.values import from_host

__all__ = ["DecisionNode", "FunctionNode", "InputNode", "Node", "ServiceNode", "Use"]


@dataclass(kw_only=True, eq=False)
class _Node:
    namespace: str
    id: str
    name: str
    type_ref: str
    kind: Type | None
    fit: Fit | None

    def fitting(self, value: object, run: Run) -> object:
        """The value as the node's type wants it; null with a warning where it does not conform."""
        if value is None or self.fit is None:
            return value
        fitting = self.fit(value)
        if fitting is None:
            run.warn(f"“{self.name}”的值不符合类型 {self.type_ref}，按空值处理。")
        return fitting


@dataclass(frozen=True, slots=True)
class Use:
    """A node that another requires, and the import that it comes by ("" for the same model)."""

    node: Node
    alias: str


@dataclass(kw_only=True, eq=False)
class InputNode(_Node):
    """Input data: given by the caller, as ``{namespace}name`` or just its name."""

    def evaluate(self, run: Run) -> Explanation:
        """Its value in this run, given by the caller."""
        known = run.values.get(self)
        if known is None:
            value = self.fitting(from_host(self._given(run.inputs)), run)
            known = run.values[self] = Explanation(
                kind="input", id=self.id, name=self.name, value=value
            )
        return known

    def _given(self, inputs: Mapping[str, object]) -> object:
        qualified = f"{{{self.namespace}}}{self.name}"
        return inputs[qualified] if qualified in inputs else inputs.get(self.name)


@dataclass(kw_only=True, eq=False)
class DecisionNode(_Node):
    """A decision, linked to what it requires."""

    information: list[Use] = field(default_factory=list)
    knowledge: list[Use] = field(default_factory=list)
    logic: Evaluator | None = None
    logic_text: str = ""
    #: names that the logic uses and nothing in the model provides: looked up in the inputs
    free: tuple[str, ...] = ()

    def evaluate(self, run: Run) -> Explanation:
        """Its value in this run; evaluated once, however many require it."""
        known = run.values.get(self)
        if known is None:
            run.values[self] = self.unfinished
            known = run.values[self] = self._evaluate(run)
            run.trail.order.append(known)
        return known

    @cached_property
    def unfinished(self) -> Explanation:
        """What a decision that requires itself sees: null (``Model.problems`` names the cycle)."""
        return Explanation(kind="decision", id=self.id, name=self.name, value=None)

    def _evaluate(self, run: Run) -> Explanation:
        trail = run.trail
        outer = trail.rules, trail.children
        run.budget.enter()
        try:
            scope, children = _scope(self.information, self.knowledge, run)
            for name in self.free:
                if name in run.inputs:
                    scope[name] = from_host(run.inputs[name])
            trail.rules, trail.children = [], children
            value = self.logic(scope, run) if self.logic else None
            return Explanation(
                kind="decision",
                id=self.id,
                name=self.name,
                value=self.fitting(value, run),
                logic=self.logic_text,
                rules=tuple(trail.rules),
                children=tuple(children),
            )
        finally:
            run.budget.leave()
            trail.rules, trail.children = outer


@dataclass(kw_only=True, eq=False)
class FunctionNode(_Node):
    """A business knowledge model: a function for the logic that requires it."""

    parameters: list[tuple[str, Type | None, Fit | None]] = field(default_factory=list)
    result: tuple[Type | None, Fit | None] = (None, None)
    knowledge: list[Use] = field(default_factory=list)
    body: Evaluator | None = None

    def function(self, run: Run) -> ModelFunction:
        """The function, bound to a run; it can call itself by its name."""

        def call(arguments: dict[str, object]) -> object:
            scope, _ = _scope((), self.knowledge, run)
            scope[self.name] = function
            scope.update(arguments)
            return self.body(scope, run) if self.body else None

        function = ModelFunction(self.name, self.parameters, self.result, call, run)
        return function


@dataclass(kw_only=True, eq=False)
class ServiceNode(_Node):
    """A decision service: decisions evaluated apart, from the arguments only (10.4)."""

    outputs: list[DecisionNode] = field(default_factory=list)
    #: input data, then input decisions: the order of the parameters
    parameters: list[InputNode | DecisionNode] = field(default_factory=list)

    def function(self, run: Run) -> ModelFunction:
        """The service as a function of its input data and input decisions."""
        parameters = [(p.name, p.kind, p.fit) for p in self.parameters]

        def call(arguments: dict[str, object]) -> object:
            return self._run(run.inner(), arguments)

        return ModelFunction(self.name, parameters, (self.kind, self.fit), call, run)

    def evaluate(self, run: Run) -> Explanation:
        """The service called with the caller's inputs; what is not given is null."""
        arguments: dict[str, object] = {}
        for parameter in self.parameters:
            given = run.inputs.get(f"{{{parameter.namespace}}}{parameter.name}")
            given = run.inputs.get(parameter.name) if given is None else given
            arguments[parameter.name] = parameter.fitting(from_host(given), run)
        children: list[Explanation] = []
        run.trail.children = children
        value = self.fitting(self._run(run.inner(), arguments), run)
        return Explanation(
            kind="service", id=self.id, name=self.name, value=value, children=tuple(children)
        )

    def _run(self, run: Run, arguments: Mapping[str, object]) -> object:
        for parameter in self.parameters:
            run.values[parameter] = Explanation(
                kind="input",
                id=parameter.id,
                name=parameter.name,
                value=arguments[parameter.name],
            )
        results = {}
        for output in self.outputs:
            explanation = output.evaluate(run)
            run.trail.children.append(explanation)
            results[output.name] = explanation.value
        return results[self.outputs[0].name] if len(self.outputs) == 1 else results


Node: TypeAlias = InputNode | DecisionNode | FunctionNode | ServiceNode


def _scope(
    information: Iterable[Use], knowledge: Iterable[Use], run: Run
) -> tuple[Scope, list[Explanation]]:
    """What the logic of a node sees, and the explanations of the values in it."""
    scope: Scope = {}
    children: list[Explanation] = []
    for use in information:
        node = use.node
        if isinstance(node, InputNode | DecisionNode):
            explanation = node.evaluate(run)
            children.append(explanation)
            _put(scope, use, explanation.value)
    for use in knowledge:
        node = use.node
        if isinstance(node, FunctionNode | ServiceNode):
            _put(scope, use, node.function(run))
    return scope, children


def _put(scope: Scope, use: Use, value: object) -> None:
    if not use.alias:
        scope[use.node.name] = value
        return
    members = scope.setdefault(use.alias, {})
    if isinstance(members, dict):
        members[use.node.name] = value
