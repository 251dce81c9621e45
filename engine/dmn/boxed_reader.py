"""Reads boxed expressions and decision tables (DMN 1.5, 8.3 and 10.2.1) out of the XML tree."""

from __future__ import annotations

from collections.abc import Callable

from engine.dmn.definitions import (
    Aggregation,
    Binding,
    Clause,
    Conditional,
    Context,
    ContextEntry,
    DecisionTable,
    Expression,
    Filter,
    FunctionDefinition,
    HitPolicy,
    Invocation,
    Iteration,
    ListExpression,
    LiteralExpression,
    Relation,
    Rule,
    Unreadable,
    Variable,
)
from engine.dmn.errors import DmnError
from engine.dmn.markup import Element

__all__ = ["MAX_NAMES", "read_expression", "read_function", "read_tests", "read_variable"]

#: More names than this in one scope are refused: each text is read with all of them in mind.
MAX_NAMES = 1000

#: Elements of a parent that are no expression.
_OTHERS = frozenset(
    {
        "description",
        "extensionElements",
        "question",
        "allowedAnswers",
        "variable",
        "informationRequirement",
        "knowledgeRequirement",
        "authorityRequirement",
        "supportedObjective",
        "impactedPerformanceIndicator",
        "decisionMaker",
        "decisionOwner",
        "usingProcess",
        "usingTask",
        "formalParameter",
        "binding",
        "parameter",
        "column",
    }
)


def read_variable(element: Element) -> Variable:
    """An information item: ``name`` and ``typeRef`` (attribute, or child element in DMN 1.1)."""
    return Variable(name=element.get("name"), type_ref=_type_ref(element), line=element.line)


def read_expression(parent: Element) -> Expression | None:
    """The expression that stands inside ``parent``; None when there is none."""
    for child in parent.children:
        if child.namespace == parent.namespace and child.name not in _OTHERS:
            return _read(child)
    return None


def read_tests(element: Element | None) -> LiteralExpression | None:
    """Unary tests (``allowedValues``, ``inputValues``, ``outputValues``); None when empty."""
    if element is None:
        return None
    tests = _literal(element)
    return tests if tests.text.strip() else None


def read_function(element: Element) -> FunctionDefinition:
    """A function definition (``functionDefinition`` or ``encapsulatedLogic``)."""
    return FunctionDefinition(
        id=_id(element),
        line=element.line,
        type_ref=_type_ref(element),
        kind=element.get("kind", "FEEL"),
        parameters=tuple(read_variable(p) for p in element.all("formalParameter")),
        body=read_expression(element),
    )


def _id(element: Element) -> str:
    return element.id or f"{element.name}_L{element.line}"


def _type_ref(element: Element) -> str:
    """The type named, with an XML prefix (DMN 1.1) resolved to the name that DMN 1.2 would use."""
    child = element.first("typeRef")
    text = child.text.strip() if child is not None else element.get("typeRef").strip()
    prefix, colon, name = text.partition(":")
    if colon and prefix in element.prefixes and "<" not in prefix:
        return name
    return text


def _read(element: Element) -> Expression:
    reader = _READERS.get(element.name)
    if reader is None:
        return Unreadable(id=_id(element), line=element.line, type_ref="", name=element.name)
    return reader(element)


def _literal(element: Element) -> LiteralExpression:
    text = element.first("text")
    return LiteralExpression(
        id=_id(element),
        line=(text or element).line,
        type_ref=_type_ref(element),
        text=text.text if text is not None else "",
        language=element.get("expressionLanguage"),
    )


def _invocation(element: Element) -> Invocation:
    bindings = []
    for binding in element.all("binding"):
        parameter = read_variable(binding.first("parameter") or binding)
        bindings.append(Binding(parameter=parameter, expression=read_expression(binding)))
    return Invocation(
        id=_id(element),
        line=element.line,
        type_ref=_type_ref(element),
        function=read_expression(element),
        bindings=tuple(bindings),
    )


def _context(element: Element) -> Context:
    entries = []
    for entry in element.all("contextEntry"):
        variable = entry.first("variable")
        entries.append(
            ContextEntry(
                variable=read_variable(variable) if variable is not None else None,
                expression=read_expression(entry),
            )
        )
    if len(entries) > MAX_NAMES:
        raise DmnError(
            f"一个上下文有 {len(entries)} 项，至多 {MAX_NAMES} 项。",
            element_id=_id(element),
            line=element.line,
        )
    return Context(
        id=_id(element), line=element.line, type_ref=_type_ref(element), entries=tuple(entries)
    )


def _expressions(element: Element) -> tuple[Expression | None, ...]:
    return tuple(
        _read(c)
        for c in element.children
        if c.namespace == element.namespace and c.name not in _OTHERS
    )


def _list(element: Element) -> ListExpression:
    return ListExpression(
        id=_id(element),
        line=element.line,
        type_ref=_type_ref(element),
        items=_expressions(element),
    )


def _relation(element: Element) -> Relation:
    return Relation(
        id=_id(element),
        line=element.line,
        type_ref=_type_ref(element),
        columns=tuple(read_variable(c) for c in element.all("column")),
        rows=tuple(_expressions(r) for r in element.all("row")),
    )


def _child(element: Element, name: str) -> Expression | None:
    child = element.first(name)
    return read_expression(child) if child is not None else None


def _source_ref(element: Element) -> str:
    """The type that the ``in`` of a loop or filter names."""
    source = element.first("in")
    return _type_ref(source) if source is not None else ""


def _conditional(element: Element) -> Conditional:
    return Conditional(
        id=_id(element),
        line=element.line,
        type_ref=_type_ref(element),
        condition=_child(element, "if"),
        then=_child(element, "then"),
        otherwise=_child(element, "else"),
    )


def _filter(element: Element) -> Filter:
    return Filter(
        id=_id(element),
        line=element.line,
        type_ref=_type_ref(element),
        source=_child(element, "in"),
        source_ref=_source_ref(element),
        match=_child(element, "match"),
    )


def _iteration(element: Element) -> Iteration:
    return Iteration(
        id=_id(element),
        line=element.line,
        type_ref=_type_ref(element),
        kind=element.name,
        variable=element.get("iteratorVariable"),
        source=_child(element, "in"),
        source_ref=_source_ref(element),
        body=_child(element, "return" if element.name == "for" else "satisfies"),
    )


def _table(element: Element) -> DecisionTable:
    policy = element.get("hitPolicy", "UNIQUE")
    aggregation = element.get("aggregation")
    if policy not in set(HitPolicy) or (aggregation and aggregation not in set(Aggregation)):
        raise DmnError(
            f"决策表的命中策略“{policy} {aggregation}”不是 DMN 规定的任何一种。".replace(" ”", "”"),
            element_id=_id(element),
            line=element.line,
        )
    notes = [a.get("name") for a in element.all("annotation")]
    return DecisionTable(
        id=_id(element),
        line=element.line,
        type_ref=_type_ref(element),
        hit_policy=HitPolicy(policy),
        aggregation=Aggregation(aggregation) if aggregation else None,
        inputs=tuple(_input(e) for e in element.all("input")),
        outputs=tuple(_output(e) for e in element.all("output")),
        rules=tuple(_rule(r, notes) for r in element.all("rule")),
    )


def _input(element: Element) -> Clause:
    expression = element.first("inputExpression")
    literal = _literal(expression) if expression is not None else None
    return Clause(
        id=_id(element),
        line=element.line,
        label=element.get("label"),
        name=literal.text.strip() if literal else "",
        type_ref=literal.type_ref if literal else "",
        expression=literal,
        allowed=read_tests(element.first("inputValues")),
        default=None,
    )


def _output(element: Element) -> Clause:
    default = element.first("defaultOutputEntry")
    return Clause(
        id=_id(element),
        line=element.line,
        label=element.get("label"),
        name=element.get("name"),
        type_ref=_type_ref(element),
        expression=None,
        allowed=read_tests(element.first("outputValues")),
        default=_literal(default) if default is not None else None,
    )


def _rule(element: Element, notes: list[str]) -> Rule:
    description = element.first("description")
    texts = []
    for entry in element.all("annotationEntry"):
        text = entry.first("text")
        texts.append(text.text.strip() if text is not None else "")
    names = notes + [""] * (len(texts) - len(notes))
    return Rule(
        id=_id(element),
        line=element.line,
        description=description.text.strip() if description is not None else "",
        inputs=tuple(_literal(e) for e in element.all("inputEntry")),
        outputs=tuple(_literal(e) for e in element.all("outputEntry")),
        annotations=tuple(zip(names, texts, strict=False)),
    )


_READERS: dict[str, Callable[[Element], Expression]] = {
    "literalExpression": _literal,
    "invocation": _invocation,
    "functionDefinition": read_function,
    "context": _context,
    "list": _list,
    "relation": _relation,
    "conditional": _conditional,
    "filter": _filter,
    "for": _iteration,
    "some": _iteration,
    "every": _iteration,
    "decisionTable": _table,
}
