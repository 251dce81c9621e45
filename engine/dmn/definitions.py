"""The parts of a DMN model as they stand in the file: values without behaviour.

Names follow the DMN 1.5 metamodel (chapters 6, 7, 8 and 10.2). ``id`` is the element's id, or one
made from its line when the file gives none; ``line`` is 1-based.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

__all__ = [
    "Aggregation",
    "Binding",
    "BusinessKnowledgeModel",
    "Clause",
    "Conditional",
    "Context",
    "ContextEntry",
    "DecisionService",
    "DecisionTable",
    "Definitions",
    "DrgDecision",
    "Expression",
    "Filter",
    "FunctionDefinition",
    "HitPolicy",
    "Import",
    "InputData",
    "Invocation",
    "ItemDefinition",
    "Iteration",
    "ListExpression",
    "LiteralExpression",
    "Reference",
    "Relation",
    "Rule",
    "Unreadable",
    "Variable",
    "children",
    "tables",
]


class HitPolicy(StrEnum):
    """DMN 1.5, 8.2.8."""

    UNIQUE = "UNIQUE"
    FIRST = "FIRST"
    PRIORITY = "PRIORITY"
    ANY = "ANY"
    COLLECT = "COLLECT"
    RULE_ORDER = "RULE ORDER"
    OUTPUT_ORDER = "OUTPUT ORDER"


class Aggregation(StrEnum):
    """Of COLLECT, DMN 1.5, 8.2.8."""

    SUM = "SUM"
    COUNT = "COUNT"
    MIN = "MIN"
    MAX = "MAX"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """``href`` of a requirement: namespace ("" for this model) and id."""

    namespace: str
    id: str
    line: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Variable:
    """InformationItem: a name and the name of its type ("" when none is given).

    ``is_given`` is False where the file leaves it out and the element's name stands in.
    """

    name: str
    type_ref: str
    line: int
    is_given: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class _Boxed:
    id: str
    line: int
    type_ref: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LiteralExpression(_Boxed):
    """Text in an expression language; "" stands for FEEL."""

    text: str
    language: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Unreadable(_Boxed):
    """An element that stands where an expression should and is none that DMN knows."""

    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Binding:
    """One argument of an invocation."""

    parameter: Variable
    expression: Expression | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Invocation(_Boxed):
    """DMN 1.5, 10.2.1.2: a function applied to named arguments."""

    function: Expression | None
    bindings: tuple[Binding, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class FunctionDefinition(_Boxed):
    """DMN 1.5, 10.2.1.6; ``kind`` is FEEL, Java or PMML."""

    kind: str
    parameters: tuple[Variable, ...]
    body: Expression | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ContextEntry:
    """One row of a boxed context; without a variable it is the result."""

    variable: Variable | None
    expression: Expression | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Context(_Boxed):
    """DMN 1.5, 10.2.1.3."""

    entries: tuple[ContextEntry, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ListExpression(_Boxed):
    """DMN 1.5, 10.2.1.4."""

    items: tuple[Expression | None, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Relation(_Boxed):
    """DMN 1.5, 10.2.1.5: a list of contexts written as a table."""

    columns: tuple[Variable, ...]
    rows: tuple[tuple[Expression | None, ...], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Conditional(_Boxed):
    """DMN 1.5, 10.2.1.7: boxed ``if``."""

    condition: Expression | None
    then: Expression | None
    otherwise: Expression | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Filter(_Boxed):
    """DMN 1.5, 10.2.1.8: boxed ``in[match]``."""

    source: Expression | None
    source_ref: str
    match: Expression | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Iteration(_Boxed):
    """DMN 1.5, 10.2.1.9: boxed ``for``, ``some`` or ``every``."""

    kind: str
    variable: str
    source: Expression | None
    source_ref: str
    body: Expression | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Clause:
    """An input or output column: what it is called, its expression (inputs), allowed values and
    default (outputs)."""

    id: str
    line: int
    label: str
    name: str
    type_ref: str
    expression: LiteralExpression | None
    allowed: LiteralExpression | None
    default: LiteralExpression | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One row: input entries are unary tests, output entries expressions."""

    id: str
    line: int
    description: str
    inputs: tuple[LiteralExpression, ...]
    outputs: tuple[LiteralExpression, ...]
    annotations: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class DecisionTable(_Boxed):
    """DMN 1.5, chapter 8."""

    hit_policy: HitPolicy
    aggregation: Aggregation | None
    inputs: tuple[Clause, ...]
    outputs: tuple[Clause, ...]
    rules: tuple[Rule, ...]


Expression: TypeAlias = (
    LiteralExpression
    | Unreadable
    | Invocation
    | FunctionDefinition
    | Context
    | ListExpression
    | Relation
    | Conditional
    | Filter
    | Iteration
    | DecisionTable
)


def children(part: Expression) -> list[Expression | None]:  # noqa: PLR0911 - one for each kind
    """The expressions right inside ``part``; the cells of decision tables are not among them."""
    match part:
        case Context():
            return [entry.expression for entry in part.entries]
        case Invocation():
            return [part.function, *(b.expression for b in part.bindings)]
        case FunctionDefinition():
            return [part.body]
        case ListExpression():
            return list(part.items)
        case Relation():
            return [cell for row in part.rows for cell in row]
        case Conditional():
            return [part.condition, part.then, part.otherwise]
        case Filter():
            return [part.source, part.match]
        case Iteration():
            return [part.source, part.body]
    return []


def tables(part: Expression | None) -> Iterator[DecisionTable]:
    """The decision tables inside ``part``, however deep, in the order of the file."""
    stack = [part]
    while stack:
        current = stack.pop()
        if isinstance(current, DecisionTable):
            yield current
        elif current is not None:
            stack.extend(reversed(children(current)))


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemDefinition:
    """DMN 1.5, 7.3.3: a named type. Exactly one of reference, components, function is of use."""

    id: str
    line: int
    name: str
    is_collection: bool
    type_ref: str
    components: tuple[ItemDefinition, ...]
    parameters: tuple[Variable, ...] | None
    result_ref: str
    allowed: LiteralExpression | None
    constraint: LiteralExpression | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Import:
    """DMN 1.5, 6.3.3: another model's elements, under a name."""

    name: str
    namespace: str
    location: str
    kind: str
    line: int


@dataclass(frozen=True, kw_only=True, slots=True)
class InputData:
    """DMN 1.5, 6.3.11."""

    id: str
    line: int
    name: str
    variable: Variable


@dataclass(frozen=True, kw_only=True, slots=True)
class DrgDecision:
    """DMN 1.5, 6.3.7: logic, and what it requires."""

    id: str
    line: int
    name: str
    variable: Variable
    question: str
    description: str
    information: tuple[Reference, ...]
    knowledge: tuple[Reference, ...]
    logic: Expression | None


@dataclass(frozen=True, kw_only=True, slots=True)
class BusinessKnowledgeModel:
    """A function of its own node, DMN 1.5, 6.3.9."""

    id: str
    line: int
    name: str
    variable: Variable
    knowledge: tuple[Reference, ...]
    logic: FunctionDefinition | None


@dataclass(frozen=True, kw_only=True, slots=True)
class DecisionService:
    """DMN 1.5, 10.4: decisions callable as a function."""

    id: str
    line: int
    name: str
    variable: Variable
    outputs: tuple[Reference, ...]
    encapsulated: tuple[Reference, ...]
    input_decisions: tuple[Reference, ...]
    input_data: tuple[Reference, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Definitions:
    """The whole file."""

    id: str
    name: str
    namespace: str
    version: str
    language: str
    imports: tuple[Import, ...]
    items: tuple[ItemDefinition, ...]
    inputs: tuple[InputData, ...]
    decisions: tuple[DrgDecision, ...]
    knowledge: tuple[BusinessKnowledgeModel, ...]
    services: tuple[DecisionService, ...]
