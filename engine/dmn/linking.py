"""From definitions to compiled nodes: names, types, requirements, then logic."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias, TypeVar

from engine.dmn import definitions as d
from engine.dmn.compiler import Compiler
from engine.dmn.cycles import on_cycles
from engine.dmn.errors import Problem, Severity
from engine.dmn.inference import infer
from engine.dmn.itemtypes import TypeTable
from engine.dmn.nodes import DecisionNode, FunctionNode, InputNode, Node, ServiceNode, Use
from engine.dmn.run import Names
from engine.feel import Registry
from engine.feel.types import ANY, ContextType, FunctionType, Type

__all__ = ["Linked", "link", "visible_names"]

_N = TypeVar("_N", bound=Node)
_Drg: TypeAlias = d.InputData | d.DrgDecision | d.BusinessKnowledgeModel | d.DecisionService


@dataclass(frozen=True, kw_only=True)
class Linked:
    """A model ready to run: its nodes by id, its types, and what was found wrong."""

    definitions: d.Definitions
    types: TypeTable
    inputs: Mapping[str, InputNode]
    decisions: Mapping[str, DecisionNode]
    functions: Mapping[str, FunctionNode]
    services: Mapping[str, ServiceNode]
    #: namespace → name of the import
    aliases: Mapping[str, str]
    imported: Mapping[str, Linked]
    problems: list[Problem] = field(default_factory=list)
    #: FEEL functions beyond the standard's
    further: Registry | None = None

    @cached_property
    def nodes(self) -> dict[str, Node]:
        """All nodes by id."""
        return {**self.inputs, **self.decisions, **self.functions, **self.services}


def link(
    definitions: d.Definitions,
    imports: Mapping[str, Linked],
    functions: Registry | None,
) -> Linked:
    """Compile a model; ``imports`` are the models it may import, by namespace."""
    problems: list[Problem] = []
    used = _imports(definitions, imports, problems)
    aliases = {i.namespace: i.name for i in definitions.imports}
    types = TypeTable(definitions.items, {aliases[uri]: model.types for uri, model in used.items()})
    problems.extend(_type_problems(definitions, types))
    linked = Linked(
        definitions=definitions,
        types=types,
        inputs=_nodes(InputNode, definitions.inputs, definitions, types),
        decisions=_nodes(DecisionNode, definitions.decisions, definitions, types),
        functions=_nodes(FunctionNode, definitions.knowledge, definitions, types),
        services=_nodes(ServiceNode, definitions.services, definitions, types),
        aliases=aliases,
        imported=used,
        problems=problems,
        further=functions,
    )
    _Linker(linked, functions).run()
    return linked


def _imports(
    definitions: d.Definitions, imports: Mapping[str, Linked], problems: list[Problem]
) -> dict[str, Linked]:
    used = {}
    for part in definitions.imports:
        if any(word in part.kind for word in ("XMLSchema", "PMML")):
            continue
        if part.namespace in imports:
            used[part.namespace] = imports[part.namespace]
            continue
        problems.append(
            Problem(
                severity=Severity.ERROR,
                code="missing-import",
                element_id=definitions.id,
                message=f"导入的模型“{part.name}”（{part.namespace}）没有找到，请一并提供。",
                line=part.line,
            )
        )
    return used


def _type_problems(definitions: d.Definitions, types: TypeTable) -> list[Problem]:
    found = [
        Problem(
            severity=Severity.ERROR,
            code="syntax",
            element_id=tests.id,
            message=f"类型的允许值写得不对（{error}）：{tests.text.strip()}",
            line=tests.line,
        )
        for tests, error in types.broken
    ]
    for name, item in types.unknown:
        found.append(_unknown_type(item.id, item.line, item.name, name))
    nodes: list[_Drg] = [*definitions.inputs, *definitions.decisions, *definitions.knowledge]
    found.extend(
        _unknown_type(node.id, node.variable.line, node.name, node.variable.type_ref)
        for node in nodes
        if not types.knows(node.variable.type_ref)
    )
    return found


def _unknown_type(element_id: str, line: int, name: str, type_ref: str) -> Problem:
    return Problem(
        severity=Severity.ERROR,
        code="unknown-type",
        element_id=element_id,
        message=f"“{name}”的类型 {type_ref} 没有定义。",
        line=line,
    )


def _nodes(
    make: Callable[..., _N], elements: Iterable[_Drg], definitions: d.Definitions, types: TypeTable
) -> dict[str, _N]:
    nodes = {}
    for element in elements:
        variable = element.variable
        type_ref = variable.type_ref
        others = {element.name} if variable.is_given else {element.id}
        kind, fit = types.both(type_ref)
        nodes[element.id] = make(
            namespace=definitions.namespace,
            id=element.id,
            name=element.name,
            key=variable.name,
            synonyms=tuple(others - {variable.name}),
            type_ref=type_ref,
            kind=kind,
            fit=fit,
        )
    return nodes


def visible_names(linked: Linked, element_id: str) -> Names:
    """The names that the logic of a decision or knowledge model sees, with their types."""
    linker = _Linker(linked, None)
    node = linked.nodes[element_id]
    if isinstance(node, DecisionNode):
        return linker.names([*node.information, *node.knowledge])
    if isinstance(node, FunctionNode):
        own = {name: kind or ANY for name, kind, _ in node.parameters}
        return linker.names(node.knowledge) | own
    return {}


class _Linker:
    """Fills in the nodes of one model."""

    def __init__(self, linked: Linked, functions: Registry | None) -> None:
        self.linked = linked
        self.functions = functions
        self.types = linked.types
        self.logic = {x.id: x.logic for x in linked.definitions.decisions}

    def run(self) -> None:
        definitions = self.linked.definitions
        for service in definitions.services:
            self.service(service)
        for knowledge in definitions.knowledge:
            self.signature(knowledge)
        for knowledge in definitions.knowledge:
            self.knowledge(knowledge)
        for decision in definitions.decisions:
            self.decision(decision)
        self.cycles()

    def find(self, reference: d.Reference, owner: _Drg) -> Use | None:
        """The node that a requirement points at; a problem is noted when there is none."""
        linked = self.linked
        alias = ""
        nodes: Mapping[str, Node] = linked.nodes
        if reference.namespace:
            alias = linked.aliases.get(reference.namespace, "")
            other = linked.imported.get(reference.namespace)
            nodes = other.nodes if other is not None else {}
        node = nodes.get(reference.id)
        if node is None:
            self.problem(owner, "missing-reference", f"引用的元素 {reference.id} 不存在。")
            return None
        return Use(node, alias)

    def problem(
        self, owner: _Drg, code: str, message: str, severity: Severity = Severity.ERROR
    ) -> None:
        self.linked.problems.append(
            Problem(
                severity=severity,
                code=code,
                element_id=owner.id,
                message=f"“{owner.name}”：{message}",
                line=owner.line,
            )
        )

    def uses(self, references: Iterable[d.Reference], owner: _Drg, *kinds: type[Node]) -> list[Use]:
        found = []
        for reference in references:
            use = self.find(reference, owner)
            if use is None:
                continue
            if isinstance(use.node, kinds):
                found.append(use)
            else:
                message = f"引用的“{use.node.name}”不是这里可以引用的元素。"
                self.problem(owner, "wrong-reference", message)
        return found

    def service(self, part: d.DecisionService) -> None:
        node = self.linked.services[part.id]
        outputs = self.uses(part.outputs, part, DecisionNode)
        inputs = self.uses(part.input_data, part, InputNode)
        decisions = self.uses(part.input_decisions, part, DecisionNode)
        node.outputs = [u.node for u in outputs if isinstance(u.node, DecisionNode)]
        node.parameters = [
            u.node for u in (*inputs, *decisions) if isinstance(u.node, InputNode | DecisionNode)
        ]
        if not node.outputs:
            self.problem(part, "service-shape", "决策服务没有输出决策。")

    def signature(self, part: d.BusinessKnowledgeModel) -> None:
        node = self.linked.functions[part.id]
        node.knowledge = self.uses(part.knowledge, part, FunctionNode, ServiceNode)
        if part.logic is None:
            return
        node.parameters = [(p.name, *self.types.both(p.type_ref)) for p in part.logic.parameters]
        node.result = self.types.result(part.variable.type_ref or part.logic.type_ref)

    def knowledge(self, part: d.BusinessKnowledgeModel) -> None:
        node = self.linked.functions[part.id]
        compiler = self.compiler(part)
        logic = part.logic
        if logic is None:
            self.problem(part, "no-logic", "业务知识模型没有内容。")
        elif logic.kind != "FEEL":
            message = f"不支持 {logic.kind} 函数：表达式不得调用外部程序。"
            compiler.problem(logic, "external-function", message)
        else:
            names = self.names(node.knowledge) | {node.key: _type(node)}
            names |= {name: kind or ANY for name, kind, _ in node.parameters}
            node.body = compiler.expression(logic.body, names)
            self.unlinked(part, compiler.free)

    def decision(self, part: d.DrgDecision) -> None:
        node = self.linked.decisions[part.id]
        node.information = self.uses(part.information, part, InputNode, DecisionNode)
        node.knowledge = self.uses(part.knowledge, part, FunctionNode, ServiceNode)
        if part.logic is None:
            return
        compiler = self.compiler(part)
        names = self.names([*node.information, *node.knowledge])
        node.logic = compiler.expression(part.logic, names)
        if isinstance(part.logic, d.LiteralExpression):
            node.logic_text = part.logic.text.strip()
        declared = {n.key for n in self.linked.nodes.values()} | set(self.linked.aliases.values())
        node.free = tuple(sorted(compiler.free - declared))
        self.unlinked(part, compiler.free & declared)

    def unlinked(self, owner: _Drg, names: Iterable[str]) -> None:
        """Note names that logic uses and cannot see (a field of list items looks the same)."""
        texts = "、".join(sorted(names))
        if texts:
            message = f"用到了 {texts}，却没有画出对它的依赖；除非它是列表项的字段，取值总是空。"
            self.problem(owner, "missing-requirement", message, Severity.WARNING)

    def compiler(self, part: d.DrgDecision | d.BusinessKnowledgeModel) -> Compiler:
        return Compiler(
            owner_id=part.id,
            owner_name=part.name,
            language=self.linked.definitions.language,
            types=self.types,
            functions=self.functions,
            problems=self.linked.problems,
        )

    def names(self, uses: Iterable[Use]) -> Names:
        """The names that required elements bring into scope, with their types."""
        names: Names = {}
        for use in uses:
            kind = self.kind(use.node)
            own = dict.fromkeys((*use.node.synonyms, use.node.key), kind)
            if use.alias:
                known = names.get(use.alias)
                entries = known.entries if isinstance(known, ContextType) else ()
                own = {use.alias: ContextType((*entries, *own.items()))}
            names.update(own)
        return names

    def kind(self, node: Node) -> Type:
        kind = _type(node)
        is_own = node.namespace == self.linked.definitions.namespace
        if kind is ANY and is_own and isinstance(node, DecisionNode):
            return infer(self.logic.get(node.id), self.types)
        return kind

    def cycles(self) -> None:
        """Note decisions that, by what they require, require themselves (6.3.13 forbids it)."""
        found = on_cycles(self.linked.decisions.values())
        for decision in self.linked.definitions.decisions:
            if self.linked.decisions[decision.id] in found:
                self.problem(decision, "cycle", "决策互相依赖，形成了循环。")


def _type(node: Node) -> Type:
    if isinstance(node, FunctionNode):
        parameters = tuple(kind or ANY for _, kind, _ in node.parameters)
        return FunctionType(parameters, node.result[0] or ANY)
    if isinstance(node, ServiceNode):
        return FunctionType(tuple(p.kind or ANY for p in node.parameters), node.kind or ANY)
    return node.kind or ANY
