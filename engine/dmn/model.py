"""Decision models: load them, evaluate them, ask what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from engine.dmn.analysis import analyse
from engine.dmn.definitions import DecisionTable, Definitions, Expression, tables
from engine.dmn.errors import DmnError, Problem
from engine.dmn.itemtypes import constraint_text
from engine.dmn.linking import Linked, link
from engine.dmn.nodes import DecisionNode, FunctionNode, InputNode, Node
from engine.dmn.questions import Question, questions
from engine.dmn.reader import read
from engine.dmn.result import Explanation, Result
from engine.dmn.run import Run
from engine.feel import Budget, BudgetExceeded, Registry
from engine.feel.values import from_host

__all__ = ["Decision", "Field", "Model", "load", "load_all"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """A value that a decision needs from the caller: its name, the name of its type ("" when not
    declared) and the unary tests that limit it ("" when nothing does)."""

    name: str
    type_ref: str
    allowed: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What can be asked of a model: a decision or (``kind`` "service") a decision service.

    ``inputs`` are the values that evaluating it needs, those of required decisions included.
    """

    id: str
    name: str
    kind: str
    type_ref: str
    inputs: tuple[Field, ...]
    question: str = ""
    description: str = ""


class Model:
    """A loaded model. It never changes; one object serves any number of threads."""

    def __init__(self, linked: Linked) -> None:
        #: the compiled model: for this package only
        self.linked = linked
        self._decisions = {d.id: d for d in _decisions(linked)}
        asked = [n for n in reversed(list(linked.nodes.values())) if _is_asked(n)]
        self._by_name = {n.key: n for n in asked} | {n.name: n for n in asked}

    @property
    def definitions(self) -> Definitions:
        """The model as it stands in the file."""
        return self.linked.definitions

    @property
    def namespace(self) -> str:
        """The namespace by which other models import this one."""
        return self.definitions.namespace

    @property
    def name(self) -> str:
        """The name of the model."""
        return self.definitions.name

    @property
    def decisions(self) -> Mapping[str, Decision]:
        """Decisions and decision services by id, in the order of the file."""
        return self._decisions

    def evaluate(
        self,
        decision: str,
        inputs: Mapping[str, object],
        *,
        clock: Callable[[], datetime] | None = None,
        budget: Budget | None = None,
    ) -> Result:
        """Evaluate a decision, decision service or business knowledge model, by id or name.

        ``inputs`` are host or FEEL values by the name of the input data (``{namespace}name`` where
        models share names); what is missing is null. Names that a decision uses without declaring
        them are looked up there too, as Camunda does. ``clock`` gives ``now()`` and ``today()``.

        Raises ``DmnError`` for an unknown decision, ``TypeError`` or ``ValueError`` for a value
        FEEL does not take, ``BudgetExceeded`` when the budget runs out.
        """
        node = self.linked.nodes.get(decision) or self._by_name.get(decision)
        if node is None or not _is_asked(node):
            raise DmnError(f"模型“{self.name}”里没有决策“{decision}”。")
        moment = clock() if clock is not None else None
        run = Run(
            inputs,
            budget=budget or Budget(),
            clock=None if moment is None else lambda: moment,
        )
        try:
            explanation = _ask(node, run)
        except RecursionError:
            raise BudgetExceeded("depth", run.budget.max_depth) from None
        run.budget.measure(explanation.value)
        return Result(
            value=explanation.value,
            matched_rules=tuple(run.trail.matched),
            explanation=explanation,
            decisions={e.name: e.value for e in run.trail.order},
            warnings=tuple(run.trail.warnings),
            evaluated=tuple(run.trail.order),
        )

    @cached_property
    def tables(self) -> Mapping[str, DecisionTable]:
        """The decision tables by id, wherever they stand; of imported models too."""
        models = [*self.linked.imported.values(), self.linked]
        return {table.id: table for model in models for table in _tables(model.definitions)}

    def logic(self, decision: str) -> Expression | None:
        """How a decision is written, by its id; None where there is none."""
        return next((d.logic for d in self.definitions.decisions if d.id == decision), None)

    def questions(self, decision: str) -> tuple[Question, ...]:
        """What to ask somebody who wants to evaluate a decision or service, by its id.

        Raises ``DmnError`` for an unknown one.
        """
        asked = self._decisions.get(decision)
        if asked is None:
            raise DmnError(f"模型“{self.name}”里没有决策“{decision}”。")
        names = {field.name: field.type_ref for field in asked.inputs}
        return questions(self.linked, self.linked.nodes[decision], names)

    def problems(self) -> list[Problem]:
        """Everything found wrong or doubtful, in the order of the file."""
        return analyse(self.linked)


def load(
    xml: bytes | str,
    *,
    functions: Registry | None = None,
    imports: Mapping[str, Model] | None = None,
) -> Model:
    """Read a model. ``functions`` are further FEEL functions, ``imports`` the models it may
    import, by namespace. Raises ``DmnError`` for what is no DMN model at all; what is wrong inside
    it is told by ``Model.problems()``.
    """
    others = {uri: model.linked for uri, model in (imports or {}).items()}
    return Model(link(read(xml), others, functions))


def load_all(
    files: Mapping[str, bytes | str], *, functions: Registry | None = None
) -> dict[str, Model]:
    """Read several files that may import one another; models by the name of the file.

    Raises ``DmnError`` when imports form a cycle.
    """
    waiting = {name: read(xml) for name, xml in files.items()}
    uris = {definitions.namespace for definitions in waiting.values()}
    ready: dict[str, Linked] = {}
    models: dict[str, Model] = {}
    while waiting:
        name = _next(waiting, uris - ready.keys())
        definitions = waiting.pop(name)
        linked = link(definitions, ready, functions)
        ready[definitions.namespace] = linked
        models[name] = Model(linked)
    return {name: models[name] for name in files}


def _next(waiting: Mapping[str, Definitions], missing: set[str]) -> str:
    for name, definitions in waiting.items():
        if not any(i.namespace in missing for i in definitions.imports):
            return name
    raise DmnError(f"模型互相导入，形成了循环：{'、'.join(waiting)}。")


def _tables(definitions: Definitions) -> Iterator[DecisionTable]:
    for decision in definitions.decisions:
        yield from tables(decision.logic)
    for model in definitions.knowledge:
        yield from tables(model.logic)


def _is_asked(node: Node) -> bool:
    return not isinstance(node, InputNode)


def _ask(node: Node, run: Run) -> Explanation:
    if isinstance(node, FunctionNode):
        function = node.function(run)
        arguments = {p.name: run.inputs.get(p.name) for p in function.parameters}
        value = function.invoke_named(run.feel, {n: from_host(v) for n, v in arguments.items()})
        return Explanation(
            kind="knowledge",
            id=node.id,
            name=node.name,
            value=value,
            rules=tuple(run.trail.rules),
            tables=tuple(run.trail.tables),
        )
    return node.evaluate(run)


def _decisions(linked: Linked) -> list[Decision]:
    known: dict[DecisionNode, dict[str, Field]] = {}
    found = [
        Decision(
            id=part.id,
            name=part.name,
            kind="decision",
            type_ref=part.variable.type_ref,
            question=part.question,
            description=part.description,
            inputs=tuple(_fields(linked.decisions[part.id], known).values()),
        )
        for part in linked.definitions.decisions
    ]
    for node in linked.services.values():
        inputs = tuple(_field(parameter) for parameter in node.parameters)
        found.append(
            Decision(
                id=node.id, name=node.name, kind="service", type_ref=node.type_ref, inputs=inputs
            )
        )
    return found


def _fields(asked: DecisionNode, known: dict[DecisionNode, dict[str, Field]]) -> dict[str, Field]:
    """What evaluating ``asked`` takes from the caller; ``known`` keeps what was found before."""
    stack = [asked]
    open_nodes: set[DecisionNode] = set()
    while stack:
        node = stack[-1]
        required = [use.node for use in node.information]
        missing = [
            n
            for n in required
            if isinstance(n, DecisionNode) and n not in known and n not in open_nodes
        ]
        if missing and node not in known:
            open_nodes.add(node)
            stack.extend(missing)
            continue
        stack.pop()
        if node not in known:
            known[node] = _own_fields(node, required, known)
    return known[asked]


def _own_fields(
    node: DecisionNode, required: Sequence[Node], known: Mapping[DecisionNode, dict[str, Field]]
) -> dict[str, Field]:
    fields: dict[str, Field] = {}
    for other in required:
        if isinstance(other, InputNode):
            fields.setdefault(other.name, _field(other))
        elif isinstance(other, DecisionNode):
            fields = {**known.get(other, {}), **fields}
    for name in node.free:
        fields.setdefault(name, Field(name=name, type_ref=""))
    return fields


def _field(node: InputNode | DecisionNode) -> Field:
    return Field(name=node.name, type_ref=node.type_ref, allowed=constraint_text(node.kind))
