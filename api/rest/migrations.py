"""迁移版本: let a running case go on by another version; what would come of it."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from api import auth
from api.exact import ExactRoute
from api.language import said
from api.rest.answers import answer, done
from api.rest.parameters import Administrator, Once
from api.rest.process_instances import InstanceFilter
from api.rest.shapes import (
    Answer,
    Ask,
    KeyOut,
    KeyText,
    Name,
    Text,
    Whole,
)
from engine.model.batches import BatchKind
from engine.model.problems import Problem
from engine.service.administration.migrate_case import migrate_case
from engine.service.administration.migration import Line
from engine.service.administration.migration_report import Report, migration_report
from engine.service.administration.start_batch import selected

router = APIRouter(tags=["流程实例"], route_class=ExactRoute, prefix="/process-instances")

_MANY = 1_000


class MappingInstruction(Ask):
    source_element_id: Name
    target_element_id: Name


class MigrationPlanAsk(Ask):
    target_process_definition_key: KeyText
    mapping_instructions: list[MappingInstruction] = Field(default=[], max_length=_MANY)

    def mapping(self) -> dict[str, str]:
        return {m.source_element_id: m.target_element_id for m in self.mapping_instructions}


class MigrationAsk(MigrationPlanAsk):
    """Elements that are not named keep their ids. ``reason`` is ours."""

    operation_reference: Whole | None = None
    reason: Text = ""


class ManyMigrationReportAsk(Ask):
    filter: InstanceFilter
    migration_plan: MigrationPlanAsk


class LineOut(Answer):
    source_element_id: str
    source_element_name: str
    target_element_id: str
    target_element_name: str
    count: int


class FindingOut(Answer):
    severity: str
    element_id: str
    rule: str
    message: str
    count: int


class AwaitedOut(Answer):
    element_id: str
    name: str
    count: int


class CaseReportOut(Answer):
    process_instance_key: KeyOut
    case_number: str
    title: str
    process_definition_version: int
    possible: bool
    elements: list[LineOut]
    lost_events: list[str]
    added_events: list[str]
    problems: list[FindingOut]


class ReportOut(Answer):
    """A dry run: what goes where, what would no longer be waited for, what would newly be, and why
    a case cannot."""

    total_count: int
    checked_count: int
    possible_count: int
    impossible_count: int
    already_there_count: int
    elements: list[LineOut]
    lost_events: list[AwaitedOut]
    added_events: list[AwaitedOut]
    problems: list[FindingOut]
    cases: list[CaseReportOut]


@router.post("/{processInstanceKey}/migration", summary="迁移版本", status_code=204)
def migrate(
    request: Request,
    actor: Administrator,
    processInstanceKey: KeyText,  # noqa: N803
    ask: MigrationAsk,
    idempotency_key: Once = None,
) -> Response:
    """Let the case go on by another version of its process."""
    migrate_case(
        auth.application(request),
        actor,
        key=processInstanceKey,
        definition_key=ask.target_process_definition_key,
        mapping=ask.mapping(),
        reason=ask.reason,
        idempotency_key=idempotency_key,
    )
    return done()


@router.post("/{processInstanceKey}/migration-report", summary="试算迁移", response_model=ReportOut)
def report(
    request: Request,
    actor: Administrator,
    processInstanceKey: KeyText,  # noqa: N803
    ask: MigrationPlanAsk,
) -> Response:
    """The dry run for one case (ours)."""
    found = migration_report(
        auth.application(request),
        actor,
        keys=[processInstanceKey],
        definition_key=ask.target_process_definition_key,
        mapping=ask.mapping(),
    )
    return answer(report_out(found))


@router.post("/migration-report", summary="试算批量迁移", response_model=ReportOut)
def report_many(request: Request, actor: Administrator, ask: ManyMigrationReportAsk) -> Response:
    """The dry run for many cases (ours)."""
    app = auth.application(request)
    chosen = selected(app, actor, kind=BatchKind.MIGRATE, conditions=tuple(ask.filter.conditions()))
    found = migration_report(
        app,
        actor,
        keys=chosen,
        definition_key=ask.migration_plan.target_process_definition_key,
        mapping=ask.migration_plan.mapping(),
    )
    return answer(report_out(found))


def report_out(found: Report) -> ReportOut:
    return ReportOut(
        total_count=found.total,
        checked_count=found.checked,
        possible_count=found.possible,
        impossible_count=found.impossible,
        already_there_count=found.there_already,
        elements=[_line(line) for line in found.lines],
        lost_events=[
            AwaitedOut(element_id=lost.element_id, name=lost.name, count=count)
            for lost, count in found.lost
        ],
        added_events=[
            AwaitedOut(element_id=added.element_id, name=added.name, count=count)
            for added, count in found.added
        ],
        problems=[_finding(problem, count) for problem, count in found.problems],
        cases=[
            CaseReportOut(
                process_instance_key=case.key,
                case_number=case.number,
                title=case.title,
                process_definition_version=case.version,
                possible=case.possible,
                elements=[_line(line) for line in case.lines],
                lost_events=[lost.name for lost in case.lost],
                added_events=[added.name for added in case.added],
                problems=[_finding(problem, 1) for problem in case.problems],
            )
            for case in found.cases
        ],
    )


def _line(line: Line) -> LineOut:
    return LineOut(
        source_element_id=line.source,
        source_element_name=line.source_name,
        target_element_id=line.target,
        target_element_name=line.target_name,
        count=line.count,
    )


def _finding(problem: Problem, count: int) -> FindingOut:
    return FindingOut(
        severity=problem.severity.value,
        element_id=problem.element_id,
        rule=problem.rule,
        message=said(problem.message),
        count=count,
    )
