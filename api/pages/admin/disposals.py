"""What has had its time (到期销毁): lists to confirm and approve, the register, holds."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.auth import PageSession
from api.language import gettext as _
from api.pages import flash, when, words
from api.pages.frame import Frame
from api.pages.refused import why
from api.pages.rendering import respond
from api.pages.visit import Administrator, administration, application
from engine.model import keys
from engine.model.errors import Conflict, Forbidden, InvalidInput, NotFound
from engine.model.keys import Key
from engine.model.retention import Disposal, DisposalList, ItemState, LegalHold, ListState, Stage
from engine.service.archive.disposal import (
    approve_disposal,
    confirm_disposal,
    discard_disposal,
    disposal_list,
    disposal_lists,
    disposals,
    propose_disposal,
)
from engine.service.archive.legal_hold import case_of_number, lift_hold, list_holds, place_hold

router = APIRouter()
HERE = "/admin/disposals"
PAGE = 100
_PERIOD = re.compile(r"P([0-9]+)([YMD])")


@dataclass(frozen=True, kw_only=True)
class ListRow:
    href: str
    stage: str
    badge: words.Badge
    count: str
    proposed: str
    steps: str


@dataclass(frozen=True, kw_only=True)
class CaseRow:
    number: str
    href: str
    service: str
    rule: str
    ended: str
    badge: words.Badge
    reason: str
    digest: str


@dataclass(frozen=True, kw_only=True)
class HoldRow:
    number: str
    href: str
    reason: str
    placed: str
    lift: str


@dataclass(frozen=True, kw_only=True)
class Hold:
    """What was typed to keep a case from being destroyed, and why that was refused."""

    number: str = ""
    reason: str = ""
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class DisposalsPage:
    """``number``: what the register was searched for; ``found``: what it has of that."""

    template: ClassVar[str] = "admin/disposals.html"

    frame: Frame
    lists: tuple[ListRow, ...]
    holds: tuple[HoldRow, ...]
    number: str
    found: tuple[CaseRow, ...]
    hold: Hold


@dataclass(frozen=True, kw_only=True)
class DisposalListPage:
    """``confirm``, ``approve``, ``discard``: where to post, "" where it is not to be done."""

    template: ClassVar[str] = "admin/disposal_list.html"

    frame: Frame
    row: ListRow
    note: str
    cases: tuple[CaseRow, ...]
    more: str
    confirm: str
    approve: str
    discard: str
    refusal: str


def stage_name(stage: Stage) -> str:
    return {
        Stage.PERSONAL: _("个人信息（保留办理记录）"),
        Stage.WHOLE: _("整件事项（只留登记）"),
    }[stage]


def list_badge(state: ListState) -> words.Badge:
    tone, text = {
        ListState.PROPOSED: ("returned", _("待核对")),
        ListState.CONFIRMED: ("returned", _("待批准")),
        ListState.APPROVED: ("active", _("正在销毁")),
        ListState.DONE: ("approved", _("已销毁")),
        ListState.DISCARDED: ("plain", _("已退回")),
    }[state]
    return words.Badge(text=text, tone=tone)


def case_badge(disposal: Disposal) -> words.Badge:
    if disposal.held and disposal.state is ItemState.LISTED:
        return words.Badge(text=_("暂缓销毁"), tone="returned")
    tone, text = {
        ItemState.LISTED: ("active", _("在册")),
        ItemState.KEPT: ("plain", _("未销毁")),
        ItemState.DONE: ("approved", _("已销毁")),
    }[disposal.state]
    return words.Badge(text=text, tone=tone)


def kept_for(rule: str) -> str:
    """``P10Y`` as 10 年; what is no such period, as it is."""
    period = _PERIOD.fullmatch(rule)
    if period is None:
        return rule
    words = {"Y": _("{n} 年"), "M": _("{n} 个月"), "D": _("{n} 天")}[period[2]]
    return words.format(n=period[1])


def list_row(found: DisposalList) -> ListRow:
    """A list in a line: who has done what with it."""
    steps = []
    if found.confirmed_at:
        steps.append(
            _("{who} 核对于 {time}").format(
                who=found.confirmed_by_name, time=when.minute(found.confirmed_at)
            )
        )
    if found.approved_at:
        steps.append(
            _("{who} 批准于 {time}").format(
                who=found.approved_by_name, time=when.minute(found.approved_at)
            )
        )
    if found.done_at:
        steps.append(_("销毁完毕于 {time}").format(time=when.minute(found.done_at)))
    return ListRow(
        href=f"{HERE}/{found.key}",
        stage=stage_name(found.stage),
        badge=list_badge(found.state),
        count=str(found.count),
        proposed=when.minute(found.proposed_at),
        steps="　".join(steps),
    )


def case_row(found: Disposal) -> CaseRow:
    there = found.state is not ItemState.DONE or found.stage is Stage.PERSONAL
    return CaseRow(
        number=found.number or str(found.instance_key),
        href=f"/cases/{found.instance_key}" if there else "",
        service=found.process_name,
        rule=kept_for(found.rule),
        ended=when.minute(found.ended_at),
        badge=case_badge(found),
        reason=found.reason,
        digest=found.journal_digest.hex(),
    )


def hold_row(found: LegalHold) -> HoldRow:
    return HoldRow(
        number=found.number or str(found.instance_key),
        href=f"/cases/{found.instance_key}",
        reason=found.reason,
        placed=_("{who} 于 {time}").format(
            who=found.placed_by_name, time=when.minute(found.placed_at)
        ),
        lift=f"{HERE}/holds/{found.instance_key}/release",
    )


def view(
    request: Request, session: PageSession, *, number: str = "", hold: Hold | None = None
) -> DisposalsPage:
    """Lists, holds, and what the register has of a number."""
    app = application(request)
    asked = number.strip()[:100]
    found = disposals(app, session.actor, number=asked, limit=PAGE) if asked else ()
    return DisposalsPage(
        frame=administration(request, session, title=_("到期销毁"), side="disposals"),
        lists=tuple(list_row(each) for each in disposal_lists(app, session.actor)),
        holds=tuple(hold_row(each) for each in list_holds(app, session.actor)),
        number=asked,
        found=tuple(case_row(each) for each in found),
        hold=hold or Hold(),
    )


@router.get(HERE)
def show(request: Request, session: Administrator, number: str = "") -> Response:
    """What stands in lists, and what is held."""
    return respond(request, view(request, session, number=number))


@router.get(f"{HERE}/{{key}}")
def show_list(request: Request, session: Administrator, key: str, after: str = "") -> Response:
    """A list with its cases."""
    app, list_key = application(request), keys.parse(key)
    found = disposal_list(app, session.actor, key=list_key)
    cases = disposals(
        app,
        session.actor,
        list_key=list_key,
        after=keys.parse(after) if after else None,
        limit=PAGE,
    )
    here = f"{HERE}/{list_key}"
    open_ = found.state in {ListState.PROPOSED, ListState.CONFIRMED}
    mine = found.confirmed_by == session.actor.key
    approve = found.state is ListState.CONFIRMED and not mine
    page = DisposalListPage(
        frame=administration(request, session, title=_("销毁清册"), side="disposals"),
        row=list_row(found),
        note=found.note,
        cases=tuple(case_row(each) for each in cases),
        more=f"{here}?after={cases[-1].key}" if len(cases) == PAGE else "",
        confirm=f"{here}/confirm" if found.state is ListState.PROPOSED else "",
        approve=f"{here}/approve" if approve else "",
        discard=f"{here}/discard" if open_ else "",
        refusal=_("您已核对此清册，须由另一位管理员批准。")
        if found.state is ListState.CONFIRMED and mine
        else "",
    )
    return respond(request, page)


@router.post(f"{HERE}/propose")
def propose(request: Request, session: Administrator) -> Response:
    """Look now for what has had its time."""
    made = propose_disposal(application(request), session.actor, now_please=True)
    response = RedirectResponse(HERE, status_code=303)
    flash.say(response, "disposal-proposed" if made else "disposal-none")
    return response


@router.post(f"{HERE}/{{key}}/confirm")
def confirm(
    request: Request,
    session: Administrator,
    key: str,
    note: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    app, list_key = application(request), keys.parse(key)
    return _done(
        f"{HERE}/{list_key}",
        lambda: confirm_disposal(app, session.actor, key=list_key, note=note),
    )


@router.post(f"{HERE}/{{key}}/approve")
def approve(request: Request, session: Administrator, key: str) -> Response:
    """By another administrator; from here on there is no way back."""
    app, list_key = application(request), keys.parse(key)
    return _done(f"{HERE}/{list_key}", lambda: approve_disposal(app, session.actor, key=list_key))


@router.post(f"{HERE}/{{key}}/discard")
def discard(
    request: Request,
    session: Administrator,
    key: str,
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    app, list_key = application(request), keys.parse(key)
    return _done(
        f"{HERE}/{list_key}",
        lambda: discard_disposal(app, session.actor, key=list_key, reason=reason),
    )


@router.post(f"{HERE}/holds")
def hold(
    request: Request,
    session: Administrator,
    number: Annotated[str, Form(max_length=100)] = "",
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """By the case's number."""
    app = application(request)
    try:
        case = case_of_number(app, session.actor, number=number)
        place_hold(app, session.actor, key=case, reason=reason)
    except (Conflict, Forbidden, NotFound, InvalidInput) as refused:
        sent = Hold(number=number, reason=reason, error=why(refused))
        return respond(request, view(request, session, hold=sent), status=422)
    response = RedirectResponse(HERE, status_code=303)
    flash.say(response, "saved")
    return response


@router.post(f"{HERE}/holds/{{key}}/release")
def release(
    request: Request,
    session: Administrator,
    key: str,
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    app, case = application(request), Key(keys.parse(key))
    return _done(HERE, lambda: lift_hold(app, session.actor, key=case, reason=reason))


def _done(to: str, act: Callable[[], object]) -> Response:
    response = RedirectResponse(to, status_code=303)
    try:
        act()
    except (Conflict, Forbidden, NotFound, InvalidInput) as refused:
        flash.say(response, "refused", what=why(refused))
    else:
        flash.say(response, "saved")
    return response
