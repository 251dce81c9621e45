"""Checks on who does a user task, and with what."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from engine.model.effects import LaneKind
from engine.model.problems import Problem, Severity
from engine.runtime.bindings import plain
from engine.runtime.definition import Definition, Node
from engine.runtime.expressions import Value
from engine.runtime.lint.flow_rules import called

#: Levels of the unit tree (domain of ``banshi:level``).
LEVELS = ("village", "street", "county", "city")


def check(
    definition: Definition,
    *,
    known_forms: Collection[str] | None,
    known_decisions: Collection[str] | None,
    known_processes: Collection[str] | None,
) -> Iterator[Problem]:
    """Tasks that nobody can be given, and references to what is not there (None: not checked)."""
    for node in definition.nodes.values():
        if node.user_task is not None:
            yield from _assignment(node)
            yield from _form(node, known_forms)
        if node.decision is not None:
            yield from _named(node, node.decision.decision_id, known_decisions, "决策", "decision")
        if node.call is not None:
            yield from _named(node, node.call.process_id, known_processes, "流程", "called-process")
    start_form = plain(definition.start_form or "")
    if known_forms is not None and start_form and start_form not in known_forms:
        yield Problem(
            rule="form-missing",
            message=f"开始表单“{start_form}”还没有部署，请先部署该表单或改正表单编号。",
        )


def _assignment(node: Node) -> Iterator[Problem]:
    task = node.user_task
    if task is None or task.assignee or task.candidate_groups or task.candidate_users:
        return
    lane = node.lane
    if lane is None:
        yield _warning(
            node,
            "task-unassigned",
            f"任务{called(node)}没有办理人，也不在泳道中，会转为“无人办理”。请指定办理人、候选组，或放进泳道。",
        )
    elif lane.kind is LaneKind.EXTERNAL:
        yield _warning(
            node,
            "task-unassigned",
            f"任务{called(node)}在外部泳道中，须在任务上指定办理人（例如 =expert）。",
        )
    elif lane.kind is LaneKind.ROLE and not lane.role:
        yield _warning(
            node,
            "lane-role",
            f"泳道“{lane.name}”没有设定角色，任务{called(node)}会转为“无人办理”。请在泳道属性中设定角色与层级。",
        )
    elif lane.kind is LaneKind.ROLE and lane.level is not None and lane.level not in LEVELS:
        yield _warning(
            node,
            "lane-level",
            f"泳道“{lane.name}”的层级“{lane.level}”不存在，请从 {'、'.join(LEVELS)} 中选择。",
        )


def _form(node: Node, known: Collection[str] | None) -> Iterator[Problem]:
    form = node.user_task.form_id if node.user_task else None
    if form is None:
        yield _warning(
            node, "form-absent", f"任务{called(node)}没有表单，办理人只能点“办结”。请关联表单。"
        )
    else:
        yield from _named(node, form, known, "表单", "form")


def _named(
    node: Node, value: Value, known: Collection[str] | None, what: str, rule: str
) -> Iterator[Problem]:
    if known is not None and value.formula is None and plain(value.text) not in known:
        yield Problem(
            element_id=node.id,
            rule=f"{rule}-missing",
            message=f"{called(node)}引用的{what}“{plain(value.text)}”还没有部署，请先部署或改正编号。",
        )


def _warning(node: Node, rule: str, message: str) -> Problem:
    return Problem(severity=Severity.WARNING, element_id=node.id, rule=rule, message=message)
