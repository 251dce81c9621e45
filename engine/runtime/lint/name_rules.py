"""Checks on variable names in FEEL: a name that nothing in the diagram or its forms makes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches

from engine.model.problems import Problem, Severity
from engine.runtime.bindings import plain
from engine.runtime.definition import Definition, MultiInstance, Node, StandardLoop
from engine.runtime.expressions import Formula, Value
from engine.runtime.lint.flow_rules import called

#: What every instance has (``case``), and what the engine sets inside loops.
ALWAYS = frozenset(
    {
        "case",
        "loopCounter",
        "numberOfInstances",
        "numberOfActiveInstances",
        "numberOfCompletedInstances",
        "numberOfTerminatedInstances",
    }
)


def check(
    definition: Definition,
    *,
    form_fields: Mapping[str, Collection[str]],
    decision_outputs: Collection[str] = (),
) -> Iterator[Problem]:
    """Names that are read but made nowhere. ``form_fields``: for each known form its keys.

    Only where every static form is known: else any name might come from the one that is not.
    Execution listeners may give any variable back, so there is nothing to judge with them.
    """
    if definition.listeners or any(n.listeners for n in definition.nodes.values()):
        return
    forms = {plain(name) for name in definition.form_ids}
    if definition.start_form:
        forms.add(plain(definition.start_form))
    if not forms <= set(form_fields) or _has_dynamic_forms(definition):
        return
    known = set(ALWAYS) | set(decision_outputs) | _made(definition)
    for form in forms:
        known.update(key.split(".")[0] for key in form_fields[form])
    if any(node.call is not None or node.job is not None for node in definition.nodes.values()):
        known |= {n for node in definition.nodes.values() for n in _targets(node)}
    for node in definition.nodes.values():
        for formula in _formulas(node):
            for name in sorted(formula.variables - known):
                yield _unknown(node, formula, name, known)


def _has_dynamic_forms(definition: Definition) -> bool:
    return any(
        node.user_task and node.user_task.form_id and node.user_task.form_id.formula
        for node in definition.nodes.values()
    )


def _made(definition: Definition) -> set[str]:
    """Names that the diagram itself gives a value."""
    made: set[str] = set(definition.data)
    for node in definition.nodes.values():
        made |= _targets(node)
        if node.script is not None:
            made.add(node.script.result_variable)
        if node.decision is not None:
            made.add(node.decision.result_variable)
        if isinstance(node.loop, MultiInstance):
            made |= {
                n for n in (node.loop.input_element, node.loop.output_collection) if n is not None
            }
    return made


def _targets(node: Node) -> set[str]:
    return {mapping.path[0] for mapping in (*node.inputs, *node.outputs)}


def _formulas(node: Node) -> Iterator[Formula]:
    """Every FEEL expression of a node whose names must be variables."""
    yield from (f.condition for f in node.outgoing if f.condition is not None)
    yield from (m.source.formula for m in (*node.inputs, *node.outputs) if m.source.formula)
    if node.script is not None:
        yield node.script.expression
    if node.activation is not None:
        yield node.activation
    yield from _loop_formulas(node.loop)
    yield from (v.formula for v in _values(node) if v is not None and v.formula is not None)


def _loop_formulas(loop: MultiInstance | StandardLoop | None) -> Iterator[Formula]:
    if isinstance(loop, MultiInstance):
        found = (loop.collection, loop.cardinality, loop.output_element, loop.completion_condition)
        yield from (f for f in found if f is not None)
    elif isinstance(loop, StandardLoop) and loop.condition is not None:
        yield loop.condition


def _values(node: Node) -> Iterator[Value | None]:
    if node.user_task is not None:
        task = node.user_task
        yield from (task.assignee, task.candidate_users, task.candidate_groups)
        yield from (task.due_date, task.follow_up_date, task.priority)
    if node.event is not None:
        for definition in node.event.definitions:
            yield from (definition.name, definition.code, definition.correlation_key)
            yield definition.timer.value if definition.timer is not None else None


def _unknown(node: Node, formula: Formula, name: str, known: Collection[str]) -> Problem:
    near = get_close_matches(name, sorted(known), n=1, cutoff=0.75)
    hint = f"是不是“{near[0]}”？" if near else "请检查拼写，或在前面的步骤中给它赋值。"
    return Problem(
        severity=Severity.WARNING,
        element_id=node.id,
        rule="unknown-variable",
        message=f"{called(node)}的表达式“{_short(formula.source)}”用到变量“{name}”，"
        f"但流程和表单中没有产生它。{hint}",
    )


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 60 else flat[:57] + "……"
