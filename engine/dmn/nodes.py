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
from engine.dmn.itemtypes import Fit, plain
from engine.dmn.result import Explanation
from engine.dmn.run import Evaluator, Run, Scope
from engine.feel.types import ContextType, ListType, Type
from engine.feel.values import from_host

__all__ = ["DecisionNode", "FunctionNode", "InputNode", "Node", "ServiceNode", "Use"]


@dataclass(kw_only=True, eq=False)
class _Node:
    namespace: str
    id: str
    #: what people call it
    name: str
    #: what its value is called in logic; the other names that files use for it follow
    key: str
    synonyms: tuple[str, ...] = ()
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
            value = completed(from_host(given(run.inputs, self)), self.kind)
            value = self.fitting(value, run)
            known = run.values[self] = Explanation(
                kind="input", id=self.id, name=self.name, value=value
            )
        return known


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
        outer = trail.rules, trail.tables, trail.children
        run.budget.enter()
        try:
            scope, children = _scope(self.information, self.knowledge, run)
            for name in self.free:
                if name in run.inputs:
                    scope[name] = from_host(run.inputs[name])
            trail.rules, trail.tables, trail.children = [], [], children
            value = self.logic(scope, run) if self.logic else None
            return Explanation(
                kind="decision",
                id=self.id,
                name=self.name,
                value=self.fitting(value, run),
                logic=self.logic_text,
                rules=tuple(trail.rules),
                tables=tuple(trail.tables),
                children=tuple(children),
            )
        finally:
            run.budget.leave()
            trail.rules, trail.tables, trail.children = outer


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
            scope[self.key] = function
            scope.update(arguments)
            return self.body(scope, run) if self.body else None

        function = ModelFunction(self.key, self.parameters, self.result, call, run)
        return function


@dataclass(kw_only=True, eq=False)
class ServiceNode(_Node):
    """A decision service: decisions evaluated apart, from the arguments only (10.4)."""

    outputs: list[DecisionNode] = field(default_factory=list)
    #: input data, then input decisions: the order of the parameters
    parameters: list[InputNode | DecisionNode] = field(default_factory=list)

    def function(self, run: Run) -> ModelFunction:
        """The service as a function of its input data and input decisions."""
        parameters = [(p.key, p.kind, p.fit) for p in self.parameters]

        def call(arguments: dict[str, object]) -> object:
            return self._run(run.inner(), arguments)

        return ModelFunction(self.key, parameters, (self.kind, self.fit), call, run)

    def evaluate(self, run: Run) -> Explanation:
        """The service called with the caller's inputs; what is not given is null."""
        arguments: dict[str, object] = {}
        for parameter in self.parameters:
            value = completed(from_host(given(run.inputs, parameter)), parameter.kind)
            arguments[parameter.key] = parameter.fitting(value, run)
        children: list[Explanation] = []
        run.trail.children = children
        result = self.fitting(self._run(run.inner(), arguments), run)
        return Explanation(
            kind="service", id=self.id, name=self.name, value=result, children=tuple(children)
        )

    def _run(self, run: Run, arguments: Mapping[str, object]) -> object:
        for parameter in self.parameters:
            run.values[parameter] = Explanation(
                kind="input",
                id=parameter.id,
                name=parameter.name,
                value=arguments[parameter.key],
            )
        results = {}
        for output in self.outputs:
            explanation = output.evaluate(run)
            run.trail.children.append(explanation)
            results[output.key] = explanation.value
        return results[self.outputs[0].key] if len(self.outputs) == 1 else results


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
    node = use.node
    if use.alias:
        imported = scope.setdefault(use.alias, {})
        if not isinstance(imported, dict):
            return
        scope = imported
    scope[node.key] = value
    for name in node.synonyms:
        scope.setdefault(name, value)


def given(inputs: Mapping[str, object], node: InputNode | DecisionNode) -> object:
    """What a caller gives for a node: by ``{namespace}name``, name, or the names logic uses."""
    for name in (f"{{{node.namespace}}}{node.name}", node.name, node.key, *node.synonyms):
        if name in inputs:
            return inputs[name]
    return None


def completed(value: object, kind: Type | None) -> object:
    """A context from outside with the entries that its type wants and that it lacks as null."""
    if kind is None or not isinstance(value, dict | list):
        return value
    wanted = plain(kind)
    if isinstance(value, list):
        if not isinstance(wanted, ListType):
            return value
        return [completed(item, wanted.item) for item in value]
    if not isinstance(wanted, ContextType):
        return value
    known = {name: completed(value.get(name), entry) for name, entry in wanted.entries}
    return {**value, **known}
