"""Reads a DMN file (1.1 to 1.6) into ``Definitions``.

Only the structure is looked at here: FEEL texts, types and references are taken as written and
judged later, so that one bad cell does not keep the rest of a model from being read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from engine.dmn.boxed_reader import (
    MAX_NAMES,
    read_expression,
    read_function,
    read_tests,
    read_variable,
)
from engine.dmn.definitions import (
    BusinessKnowledgeModel,
    DecisionService,
    Definitions,
    DrgDecision,
    Import,
    InputData,
    ItemDefinition,
    Reference,
    Variable,
)
from engine.dmn.errors import DmnError
from engine.dmn.markup import Element, read_markup

__all__ = ["NAMESPACES", "is_feel", "read"]

_T = TypeVar("_T")

#: Namespace of the model's elements → version of DMN.
NAMESPACES = {
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd": "1.1",
    "http://www.omg.org/spec/DMN/20180521/MODEL/": "1.2",
    "https://www.omg.org/spec/DMN/20191111/MODEL/": "1.3",
    "https://www.omg.org/spec/DMN/20211108/MODEL/": "1.4",
    "https://www.omg.org/spec/DMN/20230324/MODEL/": "1.5",
    "https://www.omg.org/spec/DMN/20240513/MODEL/": "1.6",
}

_NODES = frozenset({"decision", "inputData", "businessKnowledgeModel", "decisionService"})


def is_feel(language: str) -> bool:
    """Whether an ``expressionLanguage`` names FEEL; "" (the default) does."""
    return not language or language.lower() == "feel" or "/FEEL" in language


def read(xml: bytes | str) -> Definitions:
    """Read a file. Raises ``DmnError`` when it is no XML, no DMN, or has elements with one id."""
    root = read_markup(xml)
    version = NAMESPACES.get(root.namespace)
    if root.name != "definitions" or version is None:
        raise DmnError(
            "这不是 DMN 1.1–1.5 的模型：根元素应是 DMN 命名空间里的 <definitions>，"
            f"现在是 <{root.name}>（命名空间 {root.namespace or '空'}）。",
            line=root.line,
        )
    own = root.get("namespace")
    logic = [c for c in root.children if c.namespace == root.namespace]
    _check_ids(logic)
    return Definitions(
        id=root.get("id"),
        name=root.get("name"),
        namespace=own,
        version=version,
        language=root.get("expressionLanguage"),
        imports=_each(logic, "import", _import),
        items=_each(logic, "itemDefinition", _item),
        inputs=_each(logic, "inputData", _input_data),
        decisions=_each(logic, "decision", lambda e: _decision(e, own)),
        knowledge=_each(logic, "businessKnowledgeModel", lambda e: _knowledge(e, own)),
        services=_each(logic, "decisionService", lambda e: _service(e, own)),
    )


def _each(elements: Iterable[Element], name: str, make: Callable[[Element], _T]) -> tuple[_T, ...]:
    return tuple(make(e) for e in elements if e.name == name)


def _check_ids(elements: Iterable[Element]) -> None:
    """Only elements that can be referred to: a decision, its input, knowledge, a service."""
    seen: dict[str, int] = {}
    for element in elements:
        if element.name not in _NODES or not element.id:
            continue
        if element.id in seen:
            raise DmnError(
                f"同一个 id 用了两次（另一处在第 {seen[element.id]} 行），请改掉其中一个。",
                element_id=element.id,
                line=element.line,
            )
        seen[element.id] = element.line


def _id(element: Element) -> str:
    return element.id or f"{element.name}_L{element.line}"


def _import(element: Element) -> Import:
    return Import(
        name=element.get("name"),
        namespace=element.get("namespace"),
        location=element.get("locationURI"),
        kind=element.get("importType"),
        line=element.line,
    )


def _item(element: Element) -> ItemDefinition:
    reference = element.first("typeRef")
    function = element.first("functionItem")
    parameters = None
    if function is not None:
        parameters = tuple(read_variable(p) for p in function.all("parameters"))
    return ItemDefinition(
        id=_id(element),
        line=element.line,
        name=element.get("name"),
        is_collection=element.get("isCollection") in {"true", "1"},
        type_ref=_text(reference) or element.get("typeRef"),
        components=tuple(_item(c) for c in element.all("itemComponent")),
        parameters=parameters,
        result_ref=function.get("outputTypeRef") if function is not None else "",
        allowed=read_tests(element.first("allowedValues")),
        constraint=read_tests(element.first("typeConstraint")),
    )


def _text(element: Element | None) -> str:
    return element.text.strip() if element is not None else ""


def _own_variable(element: Element) -> Variable:
    variable = element.first("variable")
    if variable is not None and variable.get("name"):
        return read_variable(variable)
    type_ref = read_variable(variable).type_ref if variable is not None else ""
    return Variable(name=element.get("name"), type_ref=type_ref, line=element.line, is_given=False)


def _input_data(element: Element) -> InputData:
    return InputData(
        id=_id(element),
        line=element.line,
        name=element.get("name"),
        variable=_own_variable(element),
    )


def _reference(element: Element, own: str) -> Reference:
    namespace, _, identifier = element.get("href").rpartition("#")
    return Reference(
        namespace="" if namespace == own else namespace, id=identifier, line=element.line
    )


def _required(element: Element, group: str, names: tuple[str, ...], own: str) -> list[Reference]:
    found = [_reference(r, own) for g in element.all(group) for r in g.all(*names)]
    if len(found) > MAX_NAMES:
        raise DmnError(
            f"一个元素依赖了 {len(found)} 个元素，至多 {MAX_NAMES} 个。",
            element_id=element.id,
            line=element.line,
        )
    return found


def _decision(element: Element, own: str) -> DrgDecision:
    information = ("requiredDecision", "requiredInput")
    question = element.first("question")
    description = element.first("description")
    return DrgDecision(
        id=_id(element),
        line=element.line,
        name=element.get("name"),
        variable=_own_variable(element),
        question=_text(question),
        description=_text(description),
        information=tuple(_required(element, "informationRequirement", information, own)),
        knowledge=tuple(_required(element, "knowledgeRequirement", ("requiredKnowledge",), own)),
        logic=read_expression(element),
    )


def _knowledge(element: Element, own: str) -> BusinessKnowledgeModel:
    logic = element.first("encapsulatedLogic")
    return BusinessKnowledgeModel(
        id=_id(element),
        line=element.line,
        name=element.get("name"),
        variable=_own_variable(element),
        knowledge=tuple(_required(element, "knowledgeRequirement", ("requiredKnowledge",), own)),
        logic=read_function(logic) if logic is not None else None,
    )


def _service(element: Element, own: str) -> DecisionService:
    def references(name: str) -> tuple[Reference, ...]:
        return tuple(_reference(r, own) for r in element.all(name))

    return DecisionService(
        id=_id(element),
        line=element.line,
        name=element.get("name"),
        variable=_own_variable(element),
        outputs=references("outputDecision"),
        encapsulated=references("encapsulatedDecision"),
        input_decisions=references("inputDecision"),
        input_data=references("inputData"),
    )
