"""A case's own page: where it is, who has it, what was filed, what was decided and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.auth import PageSession
from api.language import gettext as _
from api.pages import case_acts, casefile, clock, flash, progress, unmasking, when, words
from api.pages.frame import Frame, frame
from api.pages.rendering import respond
from api.pages.visit import Administrator, Checked, Session, application, visitor
from engine.forms import FormView
from engine.model import keys
from engine.model.keys import Key
from engine.model.records import Instance, UserTask
from engine.service.cases.case_page import case_diagram, case_page
from engine.service.cases.copies import read_copy
from engine.service.cases.end_case import cancel_case, withdraw_case
from engine.service.cases.pages import CasePage

router = APIRouter()


@dataclass(frozen=True, kw_only=True)
class NowStep:
    """A step the case stands at. ``href``: the task's page, for whoever may see it; ``urged``: how
    often it was pressed for."""

    name: str
    handler: str
    due: when.Due
    href: str
    urged: str


@dataclass(frozen=True, kw_only=True)
class WayOut:
    """Ending a case before its time: by its applicant, or by an administrator.

    ``error``: what was wrong with the reason that was just sent; the form is then shown open.
    """

    id: str
    heading: str
    label: str
    action: str
    question: str
    error: str


@dataclass(frozen=True, kw_only=True)
class CaseView:
    """``own``: the reader's own application: he is shown ``stages``, what is ``asked`` of him and
    the ``ending`` first; else they are empty. ``urge``: where to press, "" = not possible, and
    ``urge_refusal`` says why it is not. ``recusal``: the key of a running case, in which somebody
    may be asked to keep away. ``again``: where to apply once more.
    ``withdraw_refusal``: why the application can't be withdrawn any more, in words.
    """

    template: ClassVar[str] = "case.html"

    frame: Frame
    title: str
    number: str
    service: str
    badge: words.Badge
    applicant: str
    unit: str
    started: str
    ended: str
    own: bool
    stages: tuple[progress.StageLine, ...]
    asked: tuple[progress.Asked, ...]
    ending: progress.Ending | None
    letters: tuple[progress.LetterLine, ...]
    now: tuple[NowStep, ...]
    urge: str
    urge_refusal: str
    recusal: str
    again: str
    copies: tuple[case_acts.CopyLine, ...]
    clock: clock.ClockView
    unmask: unmasking.Unmask | None
    way: tuple[casefile.WayStep, ...]
    record: str
    my_data: str
    diagram: casefile.Diagram
    submitted: FormView | None
    papers: tuple[casefile.Paper, ...]
    decisions: tuple[casefile.DecisionLine, ...]
    ways_out: tuple[WayOut, ...]
    withdraw_refusal: str
    manage_href: str


def now_steps(
    tasks: Sequence[UserTask], mine: frozenset[int], now: datetime
) -> tuple[NowStep, ...]:
    """The open user tasks of a case in words; ``mine``: those whose page I may open."""
    return tuple(
        NowStep(
            name=task.name,
            handler=task.handler or task.assignee_name or _("等待签收"),
            due=when.due(
                at=task.due_at,
                pending=task.due_pending,
                light=task.light,
                working_days=task.remaining_days,
                stopped=task.stopped,
            ),
            href=f"/tasks/{task.key}" if task.key in mine else "",
            urged=case_acts.urged_words(task, now),
        )
        for task in tasks
    )


def current_way(tasks: Sequence[UserTask], now: datetime) -> tuple[casefile.WayStep, ...]:
    """The open user tasks as the last lines of the way."""
    return tuple(
        casefile.WayStep(
            tone="current",
            title=task.name,
            who=task.handler or task.assignee_name or _("等待签收"),
            when=_("{time} 开始").format(time=when.ago(task.created_at, now)),
            exact=when.minute(task.created_at),
            outcome=None,
            opinion="",
            missing="",
            note=False,
        )
        for task in tasks
    )


def where(found: CasePage) -> str:
    """In a sentence, where the case is: what the diagram shows to those who see it."""
    if found.instance.ended_at is not None:
        return _("此事项已办结：{result}。").format(result=words.instance(found.instance).text)
    names = "、".join(task.name for task in found.tasks) or "、".join(found.instance.current)
    return _("蓝色是当前所在的步骤（{names}），绿色是已经走过的步骤。").format(names=names)


def lit(found: CasePage) -> casefile.Diagram:
    """The case's diagram with the way taken and the steps it stands at."""
    return casefile.diagram(
        source=f"/cases/{found.instance.key}/diagram",
        active=found.active_elements,
        completed=found.completed_elements,
        flows=found.taken_flows,
        incidents=found.incident_elements,
        labels={task.element_id: task.handler or task.assignee_name or "" for task in found.tasks},
        text=where(found),
    )


def ways_out(found: CasePage, asked: str, error: str) -> tuple[WayOut, ...]:
    """How I may end the case. ``asked``: the one just tried, with what was wrong."""
    key = found.instance.key
    listed = {
        "withdraw": (
            _("撤销申请"),
            _("撤销的原因"),
            _("撤销后本次申请不再办理，如需办理要重新提交。确定撤销吗？"),
        ),
        "cancel": (
            _("终止事项"),
            _("终止的原因"),
            _("终止后此事项不再办理，申请人会看到原因。确定终止吗？"),
        ),
    }
    return tuple(
        WayOut(
            id=name,
            heading=heading,
            label=label,
            action=f"/cases/{key}/{name}",
            question=question,
            error=error if name == asked else "",
        )
        for name, (heading, label, question) in listed.items()
        if name in found.allowed_actions
    )


def view(
    request: Request,
    session: PageSession,
    found: CasePage,
    *,
    asked: str = "",
    error: str = "",
) -> CaseView:
    """The page of what the service found."""
    instance, now = found.instance, application(request).now()
    heading = instance.title or instance.process_name
    own = instance.applicant_key == session.actor.key
    staff = bool(session.actor.memberships) or session.actor.administrator
    return CaseView(
        frame=frame(
            request,
            visitor(request, session),
            title=f"{heading} {instance.number}",
            section="cases",
            bundles=("viewer",),
        ),
        title=heading,
        number=instance.number,
        service=instance.process_name,
        badge=words.instance(instance, for_staff=staff),
        applicant=instance.applicant_name,
        unit=instance.unit_name,
        started=when.minute(instance.started_at),
        ended=when.minute(instance.ended_at),
        own=own,
        stages=progress.stages(found, session.actor.username) if own else (),
        asked=progress.asked(found, session.actor.username) if own else (),
        ending=progress.ending(found) if own else None,
        letters=progress.letters(found.letters, now),
        now=now_steps(_others(found, session) if own else found.tasks, found.visible_tasks, now),
        urge=f"/cases/{instance.key}/urge" if "urge" in found.allowed_actions else "",
        urge_refusal=_urge_refusal(found),
        recusal=str(instance.key) if instance.ended_at is None else "",
        again=f"/cases/{instance.key}/again" if found.again else "",
        copies=case_acts.copy_lines(found.copies, now),
        clock=clock.clock_view(found),
        unmask=unmasking.offer(
            request, found.privacy, key=instance.key, back=f"/cases/{instance.key}"
        ),
        record=f"/cases/{instance.key}/record",
        my_data=f"/cases/{instance.key}/my-data" if own else "",
        way=casefile.way(
            found.entries, current_way(found.tasks, now), now, documents=found.documents
        ),
        diagram=lit(found),
        submitted=casefile.filed(found.submitted),
        papers=casefile.materials(found.documents, now),
        decisions=casefile.decisions(found.decisions, now),
        ways_out=ways_out(found, asked, error),
        manage_href=f"/admin/instances/{instance.key}" if "change" in found.allowed_actions else "",
        withdraw_refusal=found.refusals.get("withdraw", "")
        if own and instance.ended_at is None
        else "",
    )


def _others(found: CasePage, session: PageSession) -> tuple[UserTask, ...]:
    """What waits for somebody else; the applicant's own tasks are asked of him above."""
    return tuple(task for task in found.tasks if task.assignee != session.actor.username)


def _urge_refusal(found: CasePage) -> str:
    """Why those who might urge cannot now; nothing for a case that waits for the reader."""
    pressed_before = "催办过" in found.refusals.get("urge", "")
    return found.refusals["urge"] if pressed_before else ""


@router.get("/cases/{key}")
def show(request: Request, session: Session, key: str) -> Response:
    """The case, if it is one of mine, I take part in it or was sent it to read (已阅 from now)."""
    app, case_key = application(request), keys.parse(key)
    found = case_page(app, session.actor, key=case_key)
    if found.copy is not None and found.copy.read_at is None:
        read_copy(app, session.actor, key=case_key)
    return respond(request, view(request, session, found))


@router.get("/cases/{key}/diagram")
def diagram(request: Request, session: Session, key: str) -> Response:
    """The diagram in the version that the case runs on."""
    xml = case_diagram(application(request), session.actor, key=keys.parse(key))
    return Response(xml, media_type="application/xml")


@router.post("/cases/{key}/withdraw")
def withdraw(
    request: Request,
    session: Checked,
    key: str,
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Withdraw the application (撤销申请); a reason is asked for, for the record."""
    app, case_key = application(request), keys.parse(key)
    if not reason.strip():
        return _reasonless(request, session, case_key, "withdraw")
    ended = withdraw_case(app, session.actor, key=case_key, reason=reason.strip())
    return _ended(ended, "withdrawn")


@router.post("/cases/{key}/cancel")
def cancel(
    request: Request,
    session: Administrator,
    key: str,
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """End somebody's case (终止事项), with the reason that goes on record."""
    app, case_key = application(request), keys.parse(key)
    if not reason.strip():
        return _reasonless(request, session, case_key, "cancel")
    ended = cancel_case(app, session.actor, key=case_key, reason=reason.strip())
    return _ended(ended, "cancelled")


def _reasonless(request: Request, session: PageSession, key: Key, asked: str) -> Response:
    found = case_page(application(request), session.actor, key=key)
    page = view(request, session, found, asked=asked, error=_("请说明原因。"))
    return respond(request, page, status=422)


def _ended(case: Instance, code: str) -> Response:
    response = RedirectResponse(f"/cases/{case.key}", status_code=303)
    said = code if case.ended_at is not None else "asked"  # a listener has still to be heard
    flash.say(response, said, what=case.number)
    return response
