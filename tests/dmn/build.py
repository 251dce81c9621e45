"""Writes small DMN models for the tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from engine.dmn import Model, load

URI = "https://www.omg.org/spec/DMN/20230324/MODEL/"


def model(*elements: str, namespace: str = "urn:test", uri: str = URI, **attributes: str) -> str:
    """The XML of a model with these elements."""
    more = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    return (
        f'<definitions xmlns="{uri}" xmlns:x="urn:other" id="model" name="测试" '
        f'namespace="{namespace}"{more}>{"".join(elements)}</definitions>'
    )


def loaded(*elements: str, **attributes: str) -> Model:
    """The model of these elements, loaded."""
    return load(model(*elements, **attributes))


def item(
    name: str,
    type_ref: str = "",
    *,
    allowed: str = "",
    constraint: str = "",
    many: bool = False,
    components: Sequence[str] = (),
    tag: str = "itemDefinition",
) -> str:
    """An item definition; ``components`` are made by this function with ``tag="itemComponent"``."""
    return (
        f'<{tag} name={quoteattr(name)} isCollection="{str(many).lower()}">'
        + (f"<typeRef>{type_ref}</typeRef>" if type_ref else "")
        + (f"<allowedValues>{_text(allowed)}</allowedValues>" if allowed else "")
        + "".join(components)
        + (f"<typeConstraint>{_text(constraint)}</typeConstraint>" if constraint else "")
        + f"</{tag}>"
    )


def component(name: str, type_ref: str = "", **more: object) -> str:
    """A component of an item definition."""
    return item(name, type_ref, tag="itemComponent", **more)  # type: ignore[arg-type]


def input_data(name: str, type_ref: str = "") -> str:
    """Input data whose id is ``i_`` and its name."""
    return (
        f"<inputData id={quoteattr('i_' + name)} name={quoteattr(name)}>"
        f"{_variable(name, type_ref)}</inputData>"
    )


def decision(
    name: str,
    logic: str = "",
    *,
    type_ref: str = "",
    needs: Sequence[str] = (),
    knows: Sequence[str] = (),
) -> str:
    """A decision whose id is ``d_`` and its name; ``needs`` and ``knows`` are ids it requires."""
    information = "".join(
        f"<informationRequirement><required{'Input' if 'i_' in n else 'Decision'} "
        f"href={quoteattr(_href(n))}/></informationRequirement>"
        for n in needs
    )
    return (
        f"<decision id={quoteattr('d_' + name)} name={quoteattr(name)}>"
        f"{_variable(name, type_ref)}{information}{_knowledge(knows)}{logic}</decision>"
    )


def bkm(
    name: str,
    parameters: Sequence[str],
    body: str,
    *,
    type_ref: str = "",
    knows: Sequence[str] = (),
    kind: str = "FEEL",
) -> str:
    """A business knowledge model whose id is ``b_`` and its name; parameters ``name:type``."""
    return (
        f"<businessKnowledgeModel id={quoteattr('b_' + name)} name={quoteattr(name)}>"
        f'{_variable(name, type_ref)}<encapsulatedLogic kind="{kind}">{_parameters(parameters)}'
        f"{body}</encapsulatedLogic>{_knowledge(knows)}</businessKnowledgeModel>"
    )


def service(
    name: str,
    outputs: Sequence[str],
    *,
    encapsulated: Sequence[str] = (),
    decisions: Sequence[str] = (),
    data: Sequence[str] = (),
    type_ref: str = "",
) -> str:
    """A decision service whose id is ``s_`` and its name."""
    parts = {
        "outputDecision": outputs,
        "encapsulatedDecision": encapsulated,
        "inputDecision": decisions,
        "inputData": data,
    }
    references = "".join(
        f"<{tag} href={quoteattr(_href(n))}/>" for tag, names in parts.items() for n in names
    )
    return (
        f"<decisionService id={quoteattr('s_' + name)} name={quoteattr(name)}>"
        f"{_variable(name, type_ref)}{references}</decisionService>"
    )


def feel(text: str, *, type_ref: str = "", language: str = "") -> str:
    """A literal expression."""
    return (
        f"<literalExpression{_attribute('typeRef', type_ref)}"
        f"{_attribute('expressionLanguage', language)}>{_text(text)}</literalExpression>"
    )


def context(*entries: tuple[str, str], result: str = "") -> str:
    """A boxed context of (name or ``name:type``, expression)."""
    rows = "".join(
        f"<contextEntry>{_variable(*_named(name))}{logic}</contextEntry>" for name, logic in entries
    )
    last = f"<contextEntry>{result}</contextEntry>" if result else ""
    return f"<context>{rows}{last}</context>"


def function(parameters: Sequence[str], body: str, *, kind: str = "FEEL") -> str:
    """A boxed function; parameters ``name:type``."""
    return f'<functionDefinition kind="{kind}">{_parameters(parameters)}{body}</functionDefinition>'


def invocation(name: str, **arguments: str) -> str:
    """A boxed invocation with boxed arguments."""
    bindings = "".join(
        f"<binding><parameter name={quoteattr(n)}/>{logic}</binding>"
        for n, logic in arguments.items()
    )
    return f"<invocation>{feel(name)}{bindings}</invocation>"


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a decision table; ``text`` is an input's expression or an output's name."""

    text: str
    label: str = ""
    type_ref: str = ""
    allowed: str = ""
    default: str = ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A decision table; each rule has its input cells, then its output cells, then a note."""

    inputs: Sequence[str | Column]
    outputs: Sequence[str | Column]
    rules: Sequence[Sequence[str]]
    policy: str = "UNIQUE"
    aggregation: str = ""
    notes: Sequence[str] = field(default_factory=tuple)

    def __str__(self) -> str:
        inputs = "".join(_input(_column(c)) for c in self.inputs)
        outputs = "".join(_output(_column(c)) for c in self.outputs)
        notes = "".join(f"<annotation name={quoteattr(n)}/>" for n in self.notes)
        rules = "".join(self._rule(n, cells) for n, cells in enumerate(self.rules, 1))
        return (
            f'<decisionTable id="table" hitPolicy="{self.policy}"'
            f"{_attribute('aggregation', self.aggregation)}>{inputs}{outputs}{notes}{rules}"
            "</decisionTable>"
        )

    def _rule(self, number: int, cells: Sequence[str]) -> str:
        first, second = len(self.inputs), len(self.inputs) + len(self.outputs)
        parts = {
            "inputEntry": cells[:first],
            "outputEntry": cells[first:second],
            "annotationEntry": cells[second:],
        }
        entries = "".join(
            f"<{tag}>{_text(cell)}</{tag}>" for tag, group in parts.items() for cell in group
        )
        return f'<rule id="rule{number}">{entries}</rule>'


def _column(column: str | Column) -> Column:
    return Column(text=column) if isinstance(column, str) else column


def _input(column: Column) -> str:
    allowed = f"<inputValues>{_text(column.allowed)}</inputValues>" if column.allowed else ""
    return (
        f"<input{_attribute('label', column.label)}>"
        f"<inputExpression{_attribute('typeRef', column.type_ref)}>{_text(column.text)}"
        f"</inputExpression>{allowed}</input>"
    )


def _output(column: Column) -> str:
    allowed = f"<outputValues>{_text(column.allowed)}</outputValues>" if column.allowed else ""
    default = (
        f"<defaultOutputEntry>{_text(column.default)}</defaultOutputEntry>"
        if column.default
        else ""
    )
    return (
        f"<output name={quoteattr(column.text)}{_attribute('label', column.label)}"
        f"{_attribute('typeRef', column.type_ref)}>{allowed}{default}</output>"
    )


def _attribute(name: str, value: str) -> str:
    return f" {name}={quoteattr(value)}" if value else ""


def _text(text: str) -> str:
    return f"<text>{escape(text)}</text>"


def _variable(name: str, type_ref: str = "") -> str:
    return f"<variable name={quoteattr(name)}{_attribute('typeRef', type_ref)}/>"


def _named(text: str) -> tuple[str, str]:
    name, _, type_ref = text.partition(":")
    return name, type_ref


def _parameters(parameters: Sequence[str]) -> str:
    return "".join(
        f"<formalParameter name={quoteattr(name)}{_attribute('typeRef', kind)}/>"
        for name, kind in map(_named, parameters)
    )


def _knowledge(knows: Sequence[str]) -> str:
    return "".join(
        f"<knowledgeRequirement><requiredKnowledge href={quoteattr(_href(n))}/>"
        "</knowledgeRequirement>"
        for n in knows
    )


def _href(reference: str) -> str:
    return reference if "#" in reference else f"#{reference}"
