"""My cases (我的事项): where each stands, who handles it, how long is left."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.language import gettext as _
from api.pages import paging, when, words
from api.pages.frame import Frame, frame
from api.pages.rendering import respond
from api.pages.visit import Session, application, visitor
from engine.model.keys import Key
from engine.model.records import Instance, UserTask
from engine.service.cases.get_case import my_cases, my_steps

router = APIRouter()
PAGE = 20


@dataclass(frozen=True, kw_only=True)
class CaseRow:
    """``handler``: who has it now, in words, or "" when it has ended; ``mine``: it waits for me."""

    href: str
    title: str
    service: str
    number: str
    badge: words.Badge
    step: str
    handler: str
    due: when.Due | None
    started: str
    mine: bool


@dataclass(frozen=True, kw_only=True)
class StepRow:
    """Something that I have to do in one of my applications; these come before everything else."""

    href: str
    name: str
    title: str
    number: str
    due: when.Due


@dataclass(frozen=True, kw_only=True)
class CasesPage:
    """``steps``: what waits for me, on the first page of an unfiltered list; ``states``: the chips
    above the list; ``query``: what was searched for."""

    template: ClassVar[str] = "cases.html"

    frame: Frame
    query: str
    state: str
    states: tuple[paging.Choice, ...]
    steps: tuple[StepRow, ...]
    rows: tuple[CaseRow, ...]
    total: str
    pager: paging.Pager


def step_rows(tasks: Sequence[UserTask]) -> tuple[StepRow, ...]:
    """What I have to do, the nearest deadline first."""
    return tuple(
        StepRow(
            href=f"/tasks/{task.key}",
            name=task.name,
            title=task.case_title or task.process_name,
            number=task.case_number,
            due=when.due(
                at=task.due_at,
                pending=task.due_pending,
                light=task.light,
                working_days=task.remaining_days,
                stopped=task.stopped,
            ),
        )
        for task in tasks
    )


def rows(
    cases: Sequence[Instance], now: datetime, mine: Collection[Key] = ()
) -> tuple[CaseRow, ...]:
    """The cases as lines of the list; ``mine``: those that wait for me."""
    return tuple(
        CaseRow(
            href=f"/cases/{case.key}",
            title=case.title or case.process_name,
            service=case.process_name,
            number=case.number,
            badge=words.instance(case),
            step="、".join(case.current),
            handler="" if case.key in mine else case.handler,
            mine=case.key in mine,
            due=_due(case),
            started=when.short(case.started_at, now),
        )
        for case in cases
    )


def _due(case: Instance) -> when.Due | None:
    """The case's own period; where it has none, the nearest deadline of its steps."""
    if case.ended_at is not None:
        return None
    if case.statutory_due_at is not None or case.statutory_pending:
        return when.due(
            at=case.statutory_due_at,
            pending=case.statutory_pending,
            light=case.statutory_light,
            working_days=case.statutory_days,
        )
    if case.due_at is None and not case.due_pending and case.stopped is None:
        return None
    return when.due(
        at=case.due_at,
        pending=case.due_pending,
        light=case.light,
        working_days=case.remaining_days,
        stopped=case.stopped,
    )


def state_choices(request: Request, state: str) -> tuple[paging.Choice, ...]:
    """All, running, ended."""
    return tuple(
        paging.Choice(
            value=value,
            label=label,
            chosen=value == state,
            href=paging.with_query(request, state=value or None, cursor=None),
        )
        for value, label in (("", _("全部")), ("active", _("办理中")), ("ended", _("已办结")))
    )


@router.get("/cases")
def show(
    request: Request,
    session: Session,
    q: str = "",
    state: Literal["", "active", "ended"] = "",
    cursor: str | None = None,
) -> Response:
    """The list, searched by title or number."""
    app = application(request)
    steps = my_steps(app, session.actor)
    found = my_cases(
        app,
        session.actor,
        search=q.strip(),
        state=state,
        cursor=cursor,
        limit=PAGE,
    )
    page = CasesPage(
        frame=frame(request, visitor(request, session), title=_("我的事项"), section="cases"),
        query=q.strip(),
        state=state,
        states=state_choices(request, state),
        steps=step_rows(steps) if not (q.strip() or state or cursor) else (),
        rows=rows(found.items, app.now(), {step.instance_key for step in steps}),
        total=paging.total(found),
        pager=paging.pager(request, found, PAGE),
    )
    return respond(request, page)
