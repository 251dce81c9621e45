"""The table that says where the tokens of a version go in another one, and the dry run's report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import Request

from api.language import gettext as _
from api.language import ngettext
from api.pages import paging
from api.pages.admin import element_words
from engine.model.problems import Severity
from engine.service.administration.migration_report import CaseReport, Report, Target

#: What the controls of the table are called: this, and the old element's id.
PREFIX = "m."


@dataclass(frozen=True, kw_only=True)
class MappingRow:
    """An element at which cases stand (or an event that they wait for), and where it goes."""

    field: str
    name: str
    kind: str
    count: str
    options: tuple[paging.Choice, ...]
    missing: bool


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A problem or warning, with how many cases have it."""

    text: str
    count: str
    serious: bool


@dataclass(frozen=True, kw_only=True)
class CaseLine:
    """A case that can't be migrated, or loses something."""

    href: str
    number: str
    title: str
    version: str
    texts: tuple[str, ...]
    possible: bool


@dataclass(frozen=True, kw_only=True)
class ReportView:
    """The dry run in words. ``ready``: there is at least one case that can be migrated."""

    summary: str
    unchecked: str
    ready: bool
    rows: tuple[MappingRow, ...]
    findings: tuple[Finding, ...]
    cases: tuple[CaseLine, ...]
    hidden: tuple[tuple[str, str], ...]


def asked(fields: Mapping[str, str]) -> dict[str, str]:
    """Old element → new one, out of a form's or an address's fields."""
    return {
        name.removeprefix(PREFIX): value
        for name, value in fields.items()
        if name.startswith(PREFIX) and value
    }


async def sent(request: Request) -> dict[str, str]:
    """The text fields of a form, whatever they are called."""
    return {k: v for k, v in (await request.form()).items() if isinstance(v, str)}


def report_view(found: Report, targets: Sequence[Target], mapping: Mapping[str, str]) -> ReportView:
    """The report, with the table that it was made with."""
    rows = mapping_rows(found, targets, mapping)
    counted = ngettext("共 {num} 件", "共 {num} 件", found.total).format(num=found.total)
    parts = [
        counted,
        _("可以迁移 {n} 件").format(n=found.possible),
        _("不能迁移 {n} 件").format(n=found.impossible),
    ]
    if found.there_already:
        parts.append(_("已在此版本 {n} 件").format(n=found.there_already))
    return ReportView(
        summary=_("，").join(parts) + _("。"),
        unchecked=_("只检查了前 {n} 件，其余的在执行时逐件检查。").format(n=found.checked)
        if found.checked < found.total
        else "",
        ready=found.possible > 0,
        rows=rows,
        findings=_findings(found),
        cases=tuple(
            _case(case) for case in found.cases if case.problems or case.lost or case.added
        ),
        hidden=tuple((PREFIX + source, target) for source, target in mapping.items()),
    )


def mapping_rows(
    found: Report, targets: Sequence[Target], mapping: Mapping[str, str]
) -> tuple[MappingRow, ...]:
    """One row for each element at which a case stands, or whose event it waits for."""
    lines = [
        (line.source, line.source_name, line.type, line.count, line.target) for line in found.lines
    ]
    lines += [(lost.element_id, lost.name, "", count, "") for lost, count in found.lost]
    lines += [
        (source, source, "", 0, target)
        for source, target in mapping.items()
        if source not in {line[0] for line in lines}
    ]
    return tuple(
        MappingRow(
            field=PREFIX + source,
            name=name,
            kind=element_words.kind(kind) if kind else _("等待的事件"),
            count=_("{n} 处").format(n=count) if count else "",
            options=_options(targets, kind, mapping.get(source, target)),
            missing=bool(kind) and not mapping.get(source, target),
        )
        for source, name, kind, count, target in lines
    )


def _options(targets: Sequence[Target], kind: str, chosen: str) -> tuple[paging.Choice, ...]:
    """The elements of the same kind; of an event all events."""
    fitting = [
        (target.element_id, f"{target.name}（{target.element_id}）")
        for target in targets
        if (target.type == kind if kind else target.type in _EVENTS)
    ]
    return paging.choices([("", _("没有对应的环节")), *fitting], chosen)


_EVENTS = frozenset({"boundaryEvent", "startEvent", "intermediateCatchEvent"})


def _findings(found: Report) -> tuple[Finding, ...]:
    problems = [
        Finding(
            text=problem.message,
            count=_("{n} 件").format(n=count),
            serious=problem.severity is Severity.ERROR,
        )
        for problem, count in found.problems
    ]
    lost = [
        Finding(
            text=_("不再等待“{name}”：新版本中没有对应的事件。").format(name=lost.name),
            count=_("{n} 处").format(n=count),
            serious=False,
        )
        for lost, count in found.lost
    ]
    added = [
        Finding(
            text=_("自迁移起开始等待新版本增加的“{name}”。").format(name=event.name),
            count=_("{n} 处").format(n=count),
            serious=False,
        )
        for event, count in found.added
    ]
    return tuple(sorted([*problems, *lost, *added], key=lambda finding: not finding.serious))


def _case(case: CaseReport) -> CaseLine:
    return CaseLine(
        href=f"/admin/instances/{case.key}",
        number=case.number or str(case.key),
        title=case.title,
        version=f"v{case.version}",
        texts=(
            *(problem.message for problem in case.problems),
            *(_("不再等待“{name}”。").format(name=lost.name) for lost in case.lost),
            *(_("开始等待“{name}”。").format(name=event.name) for event in case.added),
        ),
        possible=case.possible,
    )
