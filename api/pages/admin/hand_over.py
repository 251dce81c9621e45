"""离岗交接: what a leaver stands in, to whom it goes, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from api.auth import PageSession
from api.language import gettext as _
from api.pages.frame import Frame
from api.pages.paging import Choice
from api.pages.profile_proxies import staff
from api.pages.refused import why
from api.pages.rendering import respond
from api.pages.visit import Administrator, administration, application
from engine.model import keys
from engine.model.errors import InvalidInput
from engine.model.leavers import Place
from engine.service.absence.hand_over import HandedOver, LeaversWork, hand_over, leavers_work
from engine.service.identity.list_people import get_person

router = APIRouter()


@dataclass(frozen=True, kw_only=True)
class WorkLine:
    """An open task in which the leaver stands; ``how`` in words."""

    number: str
    name: str
    service: str
    how: str


@dataclass(frozen=True, kw_only=True)
class FailedLine:
    number: str
    name: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class ServiceLine:
    """A service whose tasks may go to somebody else than the rest; ``name``: of its control."""

    name: str
    label: str
    successor: str


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What was chosen and typed."""

    successor: str = ""
    reason: str = ""
    end_memberships: bool = False
    close_account: bool = False


@dataclass(frozen=True, kw_only=True)
class HandOverPage:
    """``handed``: how many were handed over just now; None before anything was sent."""

    template: ClassVar[str] = "admin/hand_over.html"

    frame: Frame
    back: str
    leaver: str
    total: int
    hidden: int
    lines: tuple[WorkLine, ...]
    services: tuple[ServiceLine, ...]
    staff: tuple[Choice, ...]
    sent: Sent
    error: str
    handed: int | None
    failed: tuple[FailedLine, ...]
    closed: bool


def _how(place: Place) -> str:
    words = {
        "holds": _("办理中"),
        "waits": _("等待办理"),
        "lent": _("委派给他人，待归还"),
        "added": _("加签了他人"),
        "candidate": _("指名的候选人"),
    }
    return "、".join(words[way] for way in place.ways)


def _lines(found: LeaversWork) -> tuple[WorkLine, ...]:
    return tuple(
        WorkLine(
            number=each.task.case_number,
            name=each.task.name,
            service=each.task.process_name,
            how=_how(each.place),
        )
        for each in found.shown
    )


def view(
    request: Request,
    session: PageSession,
    key: str,
    *,
    handed: HandedOver | None = None,
    sent: Sent | None = None,
    successors: Mapping[str, str] | None = None,
    error: str = "",
) -> HandOverPage:
    """What there is to hand over now."""
    app, actor = application(request), session.actor
    leaver = get_person(app, actor, key=keys.parse(key))
    found = leavers_work(app, actor, username=leaver.username)
    lines, chosen_for = _lines(found), successors or {}
    return HandOverPage(
        frame=administration(request, session, title=_("离岗交接"), side="people"),
        back=f"/admin/people/{leaver.key}",
        leaver=leaver.name,
        total=found.total,
        hidden=found.total - len(lines),
        lines=lines,
        services=tuple(
            ServiceLine(
                name=f"to:{process_id}",
                label=name,
                successor=chosen_for.get(process_id, ""),
            )
            for process_id, name in sorted(found.services.items(), key=lambda item: item[1])
        ),
        staff=tuple(c for c in staff(app, session) if c.value != leaver.username),
        sent=sent or Sent(),
        error=error,
        handed=len(handed.done) if handed else None,
        failed=tuple(
            FailedLine(number=f.task.case_number, name=f.task.name, reason=f.reason)
            for f in (handed.failed if handed else ())
        ),
        closed=bool(handed and handed.closed),
    )


@router.get("/admin/people/{key}/hand-over")
def show(
    request: Request,
    session: Administrator,
    key: str,
) -> Response:
    """The list and the form."""
    return respond(request, view(request, session, key))


async def chosen(request: Request) -> dict[str, str]:
    """Process id → successor, out of the controls ``to:<process id>``."""
    sent = await request.form()
    return {
        name.removeprefix("to:"): str(value)[:100]
        for name, value in sent.multi_items()
        if name.startswith("to:") and value
    }


@router.post("/admin/people/{key}/hand-over")
def carry_out(
    request: Request,
    session: Administrator,
    *,
    key: str,
    successors: Annotated[dict[str, str], Depends(chosen)],
    successor: Annotated[str, Form(max_length=100)] = "",
    reason: Annotated[str, Form(max_length=2000)] = "",
    end_memberships: Annotated[bool, Form()] = False,
    close_account: Annotated[bool, Form()] = False,
) -> Response:
    """Hand over, and show what came of it and what is left."""
    app, actor = application(request), session.actor
    leaver = get_person(app, actor, key=keys.parse(key))
    sent = Sent(
        successor=successor,
        reason=reason,
        end_memberships=end_memberships,
        close_account=close_account,
    )
    try:
        handed = hand_over(
            app,
            actor,
            username=leaver.username,
            successor=successor,
            successors=successors,
            reason=reason,
            end_memberships=end_memberships,
            close_account=close_account,
        )
    except InvalidInput as refused:
        page = view(request, session, key, sent=sent, successors=successors, error=why(refused))
        return respond(request, page, status=422)
    return respond(request, view(request, session, key, handed=handed, sent=sent))
