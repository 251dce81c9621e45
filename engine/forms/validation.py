"""The one validator, for pages and API alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.forms.checks import bound, check, is_empty
from engine.forms.components import Component, Group, Repeat, Rule
from engine.forms.context import Context
from engine.forms.conversion import empty_value
from engine.forms.cross_checks import check_rules, must_equal, sum_equals
from engine.forms.expressions import Scope
from engine.forms.field_view import display
from engine.forms.masks import HIDDEN
from engine.forms.paths import MISSING, store
from engine.forms.problems import Problem
from engine.forms.settling import grow, scoped
from engine.forms.tree import FieldNode, GroupNode, Node, RepeatNode, Tree
from engine.forms.value_types import Finding
from engine.text import tell


@dataclass(frozen=True, kw_only=True)
class Validated:
    """A submission after the check."""

    #: What to store: FEEL values, nested by key path. Visible fields that are empty are there as
    #: null (false, an empty list), so that what was deleted is deleted; hidden, disabled and
    #: masked ones are not. To be used only when `ok`.
    data: dict[str, Any]
    #: In the order of the form.
    problems: tuple[Problem, ...]
    #: Key paths of fields and lists (outside rows) that are hidden: a value that the case still
    #: holds from an earlier submission no longer counts.
    hidden: frozenset[str]

    @property
    def ok(self) -> bool:
        """Nothing but warnings."""
        return not self.errors

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.is_error)


def validate(
    components: tuple[Component, ...], submission: Mapping[str, object], context: Context
) -> Validated:
    """Check a submission (raw texts or typed values) against the form."""
    tree, evaluator = grow(components, submission, context)
    problems = list(tree.problems)
    faulty: set[str] = set()
    hidden: set[str] = set()
    later: list[tuple[Node, Scope]] = []
    for node, scope in scoped(tree, context, evaluator, blank_rows=False):
        if node.hidden:
            if not node.prefix and isinstance(node, FieldNode | RepeatNode):
                hidden.add(node.path)
            continue
        found = list(_own(node, scope, context))
        problems.extend(found)
        faulty.update(_root(problem.path) for problem in found if problem.is_error)
        later.append((node, scope))
    # Rules over several fields speak only when those fields are sound by themselves.
    for node, scope in later:
        problems.extend(_across(node, scope, frozenset(faulty)))
    if evaluator.exceeded:
        message = tell("表单里的规则运算量太大，没能检查完；请减少行数，或联系管理员简化规则。")
        problems.append(Problem(path="", code="budget", message=message))
    order = {node.key: n for n, (node, _) in enumerate(later)}
    problems.sort(key=lambda problem: order.get(problem.path, -1))
    if context.veil is not None:
        hide = context.veil.text
        problems = [replace(p, message=hide(p.message), label=hide(p.label)) for p in problems]
    return Validated(data=_data(tree), problems=tuple(problems), hidden=frozenset(hidden))


def label_of(node: Node, scope: Scope) -> str:
    """The label as shown; the key where there is none."""
    return node.component.label.render(scope) or node.key


def _root(path: str) -> str:
    """The name by which expressions know the field of a path."""
    return path.split(".", maxsplit=1)[0]


def _own(node: Node, scope: Scope, context: Context) -> Iterator[Problem]:
    """What is wrong with a node by itself."""
    label = label_of(node, scope)
    if isinstance(node, RepeatNode):
        yield from (_problem(node, label, finding) for finding in _rows(node, label, scope))
    elif isinstance(node, FieldNode):
        if not node.editable:
            yield from _untouched(node, label, context)
            return
        wrong = [f for f in node.submitted.findings if f.severity == "error"]
        findings = node.submitted.findings
        if not wrong:
            findings += tuple(check(node, label, scope, context))
        yield from (_problem(node, label, finding) for finding in findings)


def _problem(node: Node, label: str, finding: Finding) -> Problem:
    return Problem(
        path=node.key,
        code=finding.code,
        message=finding.message,
        label=label,
        severity=finding.severity,
    )


def _rows(node: RepeatNode, label: str, scope: Scope) -> Iterator[Finding]:
    count = len(node.filled)
    least, most = bound(node.repeat.min_rows, scope), bound(node.repeat.max_rows, scope)
    if least is not None and count < least:
        yield Finding(
            code="min-rows",
            message=tell(
                "“{label}”至少填写 {least:f} 行，现在有 {count} 行。",
                label=label,
                least=least,
                count=count,
            ),
        )
    if most is not None and count > most:
        yield Finding(
            code="max-rows",
            message=tell(
                "“{label}”最多 {most:f} 行，现在有 {count} 行。",
                label=label,
                most=most,
                count=count,
            ),
        )


def _untouched(node: FieldNode, label: str, context: Context) -> Iterator[Problem]:
    """A value that can't be edited may be sent back as it was shown, and not otherwise.

    Of a masked one that is its mask: whether a guess is right is not told.
    """
    if node.raw is MISSING or node.raw is None:
        return
    if node.masked:
        if node.raw in ("", HIDDEN, display(node, context)):
            return
        message = tell(
            "“{label}”已隐去，不能修改，请不要提交这一项；需要修改时请先查看完整信息。", label=label
        )
        yield Problem(path=node.path, code="readonly", message=message, label=label)
        return
    given = node.raw if node.is_computed else node.submitted.value
    if node.value in (given, node.raw) or (is_empty(given) and is_empty(node.value)):
        return
    message = tell("“{label}”不能修改，请不要提交这一项。", label=label)
    yield Problem(path=node.path, code="readonly", message=message, label=label)


def _across(node: Node, scope: Scope, faulty: frozenset[str]) -> Iterator[Problem]:
    """What is wrong between a node and others."""
    label = label_of(node, scope)
    if isinstance(node, FieldNode):
        if not node.editable or is_empty(node.value) or _root(node.path) in faulty:
            return
        findings = [*must_equal(node, scope), *sum_equals(node, scope, faulty)]
        findings += check_rules(node.field.rules, scope, faulty)
    elif isinstance(node, GroupNode | RepeatNode):
        findings = check_rules(_rules(node.component), scope, faulty)
    else:
        return
    yield from (_problem(node, label, finding) for finding in findings)


def _rules(component: Component) -> tuple[Rule, ...]:
    return component.rules if isinstance(component, Group | Repeat) else ()


def _data(tree: Tree) -> dict[str, Any]:
    return _data_of(tree.nodes)


def _data_of(nodes: list[Node]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for node in nodes:
        if node.hidden:
            continue
        if isinstance(node, GroupNode):
            _merge(data, _data_of(node.nodes))
        elif isinstance(node, RepeatNode):
            store(data, node.repeat.path, [_data_of(row.nodes) for row in node.filled])
        elif isinstance(node, FieldNode):
            _store(data, node)
    return data


def _store(data: dict[str, Any], node: FieldNode) -> None:
    """What cannot be edited stays as the case has it: it is left out, except where the whole that
    it is a part of (a row, a nested value) is written anew and would lose it."""
    field = node.field
    if field.disabled or node.masked:
        part_of_more = bool(node.prefix) or len(field.path) > 1
        if part_of_more and not node.is_computed and node.case is not MISSING:
            store(data, field.path, node.case)
        return
    store(data, field.path, empty_value(field) if node.value is None else node.value)


def _merge(data: dict[str, Any], inner: dict[str, Any]) -> None:
    for key, value in inner.items():
        below = data.get(key)
        if isinstance(below, dict) and isinstance(value, dict):
            _merge(below, value)
        else:
            data[key] = value
