"""What a person was told, and what was sent to the outside (ours)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from api import auth
from api.exact import ExactRoute
from api.rest.answers import answer, done
from api.rest.parameters import Administrator, Caller
from api.rest.shapes import Answer, Ask, Flag, KeyOut, KeyText, Whole
from engine.model.errors import NotFound
from engine.model.notices import Dispatch, Notice
from engine.model.notifications import Channel, DispatchState, NoticeKind
from engine.service.notifications.dead_letters import list_dispatches, retry_dispatch
from engine.service.worklists.notices import list_notices, read_notice, read_notices
from engine.text import tell

router = APIRouter(tags=["通知"], route_class=ExactRoute)

Limit = Annotated[Whole, Field(ge=1, le=200)]


class NoticeOut(Answer):
    """``kind``: of :class:`NoticeKind`; the keys are null where it is about none."""

    notice_key: KeyOut
    kind: NoticeKind
    text: str
    case_number: str
    process_instance_key: KeyOut | None
    user_task_key: KeyOut | None
    created_at: datetime
    read_at: datetime | None


class NoticesOut(Answer):
    items: list[NoticeOut]


class NoticeSearch(Ask):
    """``before``: key of a notice, to go back in time from."""

    unread: Flag = False
    before: KeyText | None = None
    limit: Limit = 50


class ReadAsk(Ask):
    up_to: KeyText


class DispatchOut(Answer):
    dispatch_key: KeyOut
    kind: NoticeKind
    channel: Channel
    state: DispatchState
    recipient: str
    address: str
    case_number: str
    process_instance_key: KeyOut | None
    attempts: int
    next_attempt_at: datetime
    last_error: str
    created_at: datetime
    ended_at: datetime | None


class DispatchesOut(Answer):
    items: list[DispatchOut]
    total: int
    total_capped: bool


class DispatchSearch(Ask):
    states: list[DispatchState] = Field([DispatchState.DEAD], min_length=1, max_length=10)
    before: KeyText | None = None
    limit: Limit = 50


@router.post("/notices/search", summary="我的通知", response_model=NoticesOut)
def search(request: Request, actor: Caller, ask: NoticeSearch | None = None) -> Response:
    wanted = ask or NoticeSearch()
    found = list_notices(
        auth.application(request),
        actor,
        limit=wanted.limit,
        before=wanted.before,
        unread=wanted.unread,
    )
    return answer(NoticesOut(items=[notice_out(notice) for notice in found]))


@router.post("/notices/reading", summary="把通知标为已读", status_code=204)
def read(request: Request, actor: Caller, ask: ReadAsk) -> Response:
    read_notices(auth.application(request), actor, up_to=ask.up_to)
    return done()


@router.post("/notices/{noticeKey}/reading", summary="把一条通知标为已读", status_code=204)
def read_one(request: Request, actor: Caller, noticeKey: KeyText) -> Response:  # noqa: N803
    if not read_notice(auth.application(request), actor, key=noticeKey):
        raise NotFound(what=tell("未读通知"), key=str(noticeKey))
    return done()


@router.post("/dispatches/search", summary="外发消息", response_model=DispatchesOut)
def search_dispatches(
    request: Request, actor: Administrator, ask: DispatchSearch | None = None
) -> Response:
    wanted = ask or DispatchSearch()
    found = list_dispatches(
        auth.application(request),
        actor,
        states=wanted.states,
        limit=wanted.limit,
        before=wanted.before,
    )
    items = [dispatch_out(dispatch) for dispatch in found.items]
    return answer(DispatchesOut(items=items, total=found.total, total_capped=found.total_capped))


@router.post("/dispatches/{dispatchKey}/retry", summary="重新发送", status_code=204)
def retry(request: Request, actor: Administrator, dispatchKey: KeyText) -> Response:  # noqa: N803
    retry_dispatch(auth.application(request), actor, key=dispatchKey)
    return done()


def notice_out(notice: Notice) -> NoticeOut:
    return NoticeOut(
        notice_key=notice.key,
        kind=notice.kind,
        text=notice.text,
        case_number=notice.case_number,
        process_instance_key=notice.instance_key,
        user_task_key=notice.task_key,
        created_at=notice.created_at,
        read_at=notice.read_at,
    )


def dispatch_out(dispatch: Dispatch) -> DispatchOut:
    return DispatchOut(
        dispatch_key=dispatch.key,
        kind=dispatch.kind,
        channel=dispatch.channel,
        state=dispatch.state,
        recipient=dispatch.recipient,
        address=dispatch.address,
        case_number=dispatch.case_number,
        process_instance_key=dispatch.instance_key,
        attempts=dispatch.attempts,
        next_attempt_at=dispatch.next_attempt_at,
        last_error=dispatch.last_error,
        created_at=dispatch.created_at,
        ended_at=dispatch.ended_at,
    )
