"""回避: declare one's own, ask for somebody's, decide on those that were asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.auth import PageSession
from api.language import gettext as _
from api.pages import flash, when
from api.pages.frame import Frame, frame
from api.pages.paging import Choice
from api.pages.refused import why
from api.pages.rendering import respond
from api.pages.visit import Administrator, Checked, Session, application, visitor
from api.pages.words import Badge
from engine.model import keys
from engine.model.errors import AlreadyHandled, Conflict, Forbidden, InvalidInput
from engine.model.recusals import Recusal, RecusalKind, RecusalState
from engine.service.recusal.decide_recusal import decide_recusal, lift_recusal
from engine.service.recusal.list_recusals import (
    my_recusals,
    pending_recusals,
    recusal_door,
    recusals_in_force,
)
from engine.service.recusal.recuse import ask_recusal, declare_recusal

router = APIRouter()

Words = Annotated[str, Form(max_length=2000)]


@dataclass(frozen=True, kw_only=True)
class RecusalLine:
    """One recusal in words. ``decide``: where a decision is sent; ``lift``: where lifting is."""

    key: str
    name: str
    number: str
    badge: Badge
    kind: str
    asked: str
    reason: str
    decided: str
    decide: str
    lift: str


@dataclass(frozen=True, kw_only=True)
class CaseRecusalPage:
    """``refusal``: why he need not declare his own ("" = he may); ``people``: of whom he may ask."""

    template: ClassVar[str] = "recusal.html"

    frame: Frame
    back: str
    title: str
    number: str
    refusal: str
    people: tuple[Choice, ...]
    lines: tuple[RecusalLine, ...]
    reason: str
    error: str
    wrong: str


@dataclass(frozen=True, kw_only=True)
class RecusalsPage:
    """``pending``: they wait for me; ``mine``: numbers of cases that I must keep away from;
    ``in_force``: all others', for administrators."""

    template: ClassVar[str] = "recusals.html"

    frame: Frame
    pending: tuple[RecusalLine, ...]
    mine: tuple[RecusalLine, ...]
    in_force: tuple[RecusalLine, ...]
    administrator: bool


def lines(
    found: Sequence[Recusal], *, decides: bool = False, lifts: bool = False
) -> tuple[RecusalLine, ...]:
    """Recusals as lines of a list."""
    return tuple(_line(each, decides=decides, lifts=lifts) for each in found)


def _line(recusal: Recusal, *, decides: bool, lifts: bool) -> RecusalLine:
    decided = ""
    if recusal.decided_at:
        decided = _("{who} {time}：{note}").format(
            who=recusal.decided_by_name, time=when.minute(recusal.decided_at), note=recusal.note
        )
    asked = decides and recusal.state is RecusalState.ASKED
    in_force = lifts and recusal.state is RecusalState.IN_FORCE
    return RecusalLine(
        key=str(recusal.key),
        name=recusal.name,
        number=recusal.case_number,
        badge=_badge(recusal.state),
        kind={
            RecusalKind.DECLARED: _("本人声明"),
            RecusalKind.ASKED: _("他人申请"),
            RecusalKind.RULE: _("按规定"),
        }[recusal.kind],
        asked=_("{who} {time} 提出").format(
            who=recusal.asked_by_name, time=when.minute(recusal.asked_at)
        ),
        reason=recusal.reason,
        decided=decided,
        decide=f"/recusals/{recusal.key}/decision" if asked else "",
        lift=f"/recusals/{recusal.key}/lift" if in_force else "",
    )


def _badge(state: RecusalState) -> Badge:
    tone, text = {
        RecusalState.ASKED: ("waiting", _("待决定")),
        RecusalState.IN_FORCE: ("active", _("已回避")),
        RecusalState.REFUSED: ("plain", _("不予回避")),
        RecusalState.LIFTED: ("plain", _("已解除")),
    }[state]
    return Badge(text=text, tone=tone)


def view(
    request: Request,
    session: PageSession,
    key: keys.Key,
    *,
    chosen: str = "",
    reason: str = "",
    error: str = "",
    wrong: str = "",
) -> CaseRecusalPage:
    """The case's page about recusal; ``wrong``: which of the two forms was refused."""
    door = recusal_door(application(request), session.actor, key=key)
    administrator = session.actor.administrator
    return CaseRecusalPage(
        frame=frame(request, visitor(request, session), title=_("回避")),
        back=f"/cases/{key}",
        title=door.case.title,
        number=door.case.number,
        refusal="" if door.declare else door.declare.reason,
        people=tuple(
            Choice(value=p.username, label=p.name, chosen=p.username == chosen) for p in door.people
        ),
        lines=lines(door.listed, decides=door.decides, lifts=administrator),
        reason=reason,
        error=error,
        wrong=wrong,
    )


@router.get("/cases/{key}/recusal")
def show(request: Request, session: Session, key: str) -> Response:
    """Declare, ask, and what there is already."""
    return respond(request, view(request, session, keys.parse(key)))


@router.post("/cases/{key}/recusals")
def recuse(
    request: Request,
    session: Checked,
    key: str,
    who: Annotated[str, Form(max_length=100)] = "self",
    reason: Words = "",
) -> Response:
    """``who``: ``self``, or a username."""
    app, case = application(request), keys.parse(key)
    own = who in {"self", session.actor.username}
    try:
        if own:
            declare_recusal(app, session.actor, key=case, reason=reason)
        else:
            ask_recusal(app, session.actor, key=case, username=who, reason=reason)
    except (InvalidInput, Forbidden) as refused:
        page = view(
            request,
            session,
            case,
            chosen=who,
            reason=reason,
            error=why(refused),
            wrong="self" if own else "other",
        )
        return respond(request, page, status=422)
    response = RedirectResponse("/recusals" if own else f"/cases/{case}/recusal", status_code=303)
    flash.say(response, "recused" if own else "recusal-asked")
    return response


@router.get("/recusals")
def desk(request: Request, session: Session) -> Response:
    """What waits for my decision, and what I must keep away from myself."""
    app, actor = application(request), session.actor
    return respond(
        request,
        RecusalsPage(
            frame=frame(request, visitor(request, session), title=_("回避")),
            pending=lines(pending_recusals(app, actor), decides=True),
            mine=lines(my_recusals(app, actor)),
            in_force=lines(recusals_in_force(app, actor), lifts=True)
            if actor.administrator
            else (),
            administrator=actor.administrator,
        ),
    )


@router.post("/recusals/{key}/decision")
def decide(
    request: Request,
    session: Checked,
    key: str,
    granted: Annotated[str, Form(max_length=10)] = "",
    note: Words = "",
) -> Response:
    """``granted``: yes or no."""
    response = RedirectResponse("/recusals", status_code=303)
    try:
        decided = decide_recusal(
            application(request),
            session.actor,
            key=keys.parse(key),
            grant=granted == "yes",
            note=note,
        )
    except (InvalidInput, Forbidden, AlreadyHandled, Conflict) as refused:
        flash.say(response, "refused", what=why(refused))
    else:
        code = "recusal-granted" if granted == "yes" else "recusal-refused"
        flash.say(response, code, who=decided.name, what=decided.case_number)
    return response


@router.post("/recusals/{key}/lift")
def lift(
    request: Request,
    session: Administrator,
    key: str,
    reason: Words = "",
) -> Response:
    """By an administrator, with a reason."""
    response = RedirectResponse("/recusals", status_code=303)
    try:
        lifted = lift_recusal(
            application(request), session.actor, key=keys.parse(key), reason=reason
        )
    except (InvalidInput, Forbidden, Conflict) as refused:
        flash.say(response, "refused", what=why(refused))
    else:
        flash.say(response, "recusal-lifted", who=lifted.name, what=lifted.case_number)
    return response
