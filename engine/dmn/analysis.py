"""Everything wrong with a model: what linking noted, and what its decision tables hide."""

from __future__ import annotations

from collections.abc import Iterator

from engine.dmn import definitions as d
from engine.dmn.errors import Problem, Severity
from engine.dmn.linking import Linked, visible_names
from engine.dmn.tablecheck import TableCheck

__all__ = ["analyse"]


def analyse(linked: Linked) -> list[Problem]:
    """All problems, in the order of the file."""
    problems = [*linked.problems, *_nodes(linked), *_tables(linked)]
    return sorted(problems, key=lambda p: (p.line or 0, p.rule or 0))


def _nodes(linked: Linked) -> Iterator[Problem]:
    for decision in linked.definitions.decisions:
        if decision.logic is None:
            yield Problem(
                severity=Severity.WARNING,
                code="no-logic",
                element_id=decision.id,
                message=f"“{decision.name}”：决策没有内容，结果总是空。",
                line=decision.line,
            )
        free = linked.decisions[decision.id].free
        if free:
            names = "、".join(free)
            yield Problem(
                severity=Severity.INFO,
                code="undeclared-name",
                element_id=decision.id,
                message=f"“{decision.name}”：用到的 {names} 没有声明为输入数据或所需决策，"
                "运行时从流程变量里取同名的值。",
                line=decision.line,
            )


def _tables(linked: Linked) -> Iterator[Problem]:
    definitions = linked.definitions
    logics: list[tuple[d.DrgDecision | d.BusinessKnowledgeModel, d.Expression | None]] = [
        *((x, x.logic) for x in definitions.decisions),
        *((x, x.logic) for x in definitions.knowledge),
    ]
    for owner, logic in logics:
        names = visible_names(linked, owner.id)
        for table in d.tables(logic):
            yield from TableCheck(
                table=table,
                owner=owner.name,
                language=definitions.language,
                types=linked.types,
                names=names,
            ).problems()
