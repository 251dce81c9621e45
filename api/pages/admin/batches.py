"""Operations on many cases: those under way and done, the progress of one, and ordering another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.language import gettext as _
from api.pages import flash, paging, when, words
from api.pages.frame import Frame
from api.pages.rendering import respond
from api.pages.visit import Administrator, administration, application
from engine.model import keys
from engine.model.actor import Actor
from engine.model.batches import Batch, BatchItem, BatchKind, BatchState, ItemState
from engine.model.errors import Conflict
from engine.model.search import Condition, Operator, Query, Window
from engine.service.administration import batches as service
from engine.service.app import App

router = APIRouter()
PAGE = 50


@dataclass(frozen=True, kw_only=True)
class BatchRow:
    """A batch as a line."""

    href: str
    kind: str
    selection: str
    reason: str
    progress: str
    badge: words.Badge
    started: str
    by: str


@dataclass(frozen=True, kw_only=True)
class BatchesPage:
    """The list, the latest first."""

    template: ClassVar[str] = "admin/batches.html"

    frame: Frame
    rows: tuple[BatchRow, ...]
    total: str
    pager: paging.Pager


@dataclass(frozen=True, kw_only=True)
class ItemRow:
    """A case of a batch. ``message``: why it failed or was passed over."""

    href: str
    number: str
    title: str
    badge: words.Badge
    message: str
    at: str


@dataclass(frozen=True, kw_only=True)
class BatchPage:
    """The progress of one. ``percent``: of its cases that are through with it."""

    template: ClassVar[str] = "admin/batch.html"

    frame: Frame
    kind: str
    href: str
    badge: words.Badge
    selection: str
    reason: str
    started: str
    ended: str
    by: str
    total: int
    percent: int
    counts: tuple[tuple[str, int], ...]
    running: bool
    held_up: bool
    failed: bool
    shown: tuple[paging.Choice, ...]
    rows: tuple[ItemRow, ...]
    pager: paging.Pager


def kind_words(kind: BatchKind) -> str:
    """What is done to each case."""
    return {
        BatchKind.MIGRATE: _("迁移版本"),
        BatchKind.MODIFY: _("移动位置"),
        BatchKind.CANCEL: _("终止事项"),
        BatchKind.RESOLVE_INCIDENT: _("重试异常"),
        BatchKind.SUSPEND: _("暂停办理"),
        BatchKind.RESUME: _("恢复办理"),
    }[kind]


def state_badge(state: BatchState) -> words.Badge:
    """Where a batch stands."""
    return {
        BatchState.ACTIVE: words.Badge(text=_("进行中"), tone="active"),
        BatchState.SUSPENDED: words.Badge(text=_("已暂停"), tone="waiting"),
        BatchState.COMPLETED: words.Badge(text=_("已完成"), tone="approved"),
        BatchState.PARTIALLY_COMPLETED: words.Badge(text=_("部分失败"), tone="returned"),
        BatchState.CANCELED: words.Badge(text=_("已停止"), tone="plain"),
    }[state]


def item_badge(state: ItemState) -> words.Badge:
    """What became of a case."""
    return {
        ItemState.ACTIVE: words.Badge(text=_("等待处理"), tone="plain"),
        ItemState.COMPLETED: words.Badge(text=_("已处理"), tone="approved"),
        ItemState.SKIPPED: words.Badge(text=_("略过"), tone="plain"),
        ItemState.FAILED: words.Badge(text=_("失败"), tone="rejected"),
        ItemState.CANCELED: words.Badge(text=_("未处理"), tone="plain"),
    }[state]


def batch_rows(found: Sequence[Batch], now: datetime) -> tuple[BatchRow, ...]:
    """The batches as lines."""
    return tuple(
        BatchRow(
            href=f"/admin/batches/{batch.key}",
            kind=kind_words(batch.kind),
            selection=batch.selection,
            reason=batch.reason,
            progress=_("{done} / {total} 件").format(
                done=batch.total - batch.open, total=batch.total
            ),
            badge=state_badge(batch.state),
            started=when.ago(batch.created_at, now),
            by=batch.created_by,
        )
        for batch in found
    )


def item_rows(found: Sequence[BatchItem]) -> tuple[ItemRow, ...]:
    """The cases of a batch as lines."""
    return tuple(
        ItemRow(
            href=f"/admin/instances/{item.instance_key}",
            number=item.number or str(item.instance_key),
            title=item.title,
            badge=item_badge(item.state),
            message=item.message,
            at=when.minute(item.processed_at),
        )
        for item in found
    )


_ALL = "all"
#: What a list of items can be narrowed to.
_SHOWN: Mapping[str, tuple[ItemState, ...]] = {
    "failed": (ItemState.FAILED,),
    "skipped": (ItemState.SKIPPED,),
    "done": (ItemState.COMPLETED,),
    "open": (ItemState.ACTIVE, ItemState.CANCELED),
}


@router.get("/admin/batches")
def show(
    request: Request,
    session: Administrator,
    cursor: str | None = None,
) -> Response:
    """All batches."""
    app = application(request)
    found = service.search_batches(
        app, session.actor, query=Query(window=Window(limit=PAGE, after=cursor))
    )
    page = BatchesPage(
        frame=administration(request, session, title=_("批量处理"), side="batches"),
        rows=batch_rows(found.items, app.now()),
        total=paging.total(found),
        pager=paging.pager(request, found, PAGE),
    )
    return respond(request, page)


@router.get("/admin/batches/{key}")
def one(
    request: Request,
    session: Administrator,
    key: str,
    *,
    show: str = "",
    cursor: str | None = None,
) -> Response:
    """One batch: how far it is, and what failed."""
    app, batch_key = application(request), keys.parse(key)
    batch = service.get_batch(app, session.actor, key=batch_key)
    shown = show if show in {*_SHOWN, _ALL} else ("failed" if batch.failed else _ALL)
    conditions = [Condition(field="batchOperationKey", value=batch_key)]
    if shown != _ALL:
        conditions.append(Condition(field="state", operator=Operator.IN, value=_SHOWN[shown]))
    found = service.search_batch_items(
        app,
        session.actor,
        query=Query(conditions=tuple(conditions), window=Window(limit=PAGE, after=cursor)),
    )
    page = BatchPage(
        frame=administration(
            request,
            session,
            title=_("批量{kind}").format(kind=kind_words(batch.kind)),
            side="batches",
        ),
        kind=kind_words(batch.kind),
        href=f"/admin/batches/{batch_key}",
        badge=state_badge(batch.state),
        selection=batch.selection,
        reason=batch.reason,
        started=when.minute(batch.created_at),
        ended=when.minute(batch.ended_at),
        by=batch.created_by,
        total=batch.total,
        percent=100 * (batch.total - batch.open) // max(batch.total, 1),
        counts=tuple(
            (item_badge(state).text, count) for state, count in sorted(batch.counts.items())
        ),
        running=batch.state is BatchState.ACTIVE,
        held_up=batch.state is BatchState.SUSPENDED,
        failed=batch.state is BatchState.PARTIALLY_COMPLETED,
        shown=shown_choices(request, shown),
        rows=item_rows(found.items),
        pager=paging.pager(request, found, PAGE),
    )
    return respond(request, page)


def shown_choices(request: Request, shown: str) -> tuple[paging.Choice, ...]:
    """The chips above the list of cases."""
    listed = [
        (_ALL, _("全部")),
        ("failed", _("失败")),
        ("skipped", _("略过")),
        ("done", _("已处理")),
        ("open", _("未处理")),
    ]
    return tuple(
        paging.Choice(
            value=value,
            label=label,
            chosen=value == shown,
            href=paging.with_query(request, show=value, cursor=None),
        )
        for value, label in listed
    )


_TURNS: Mapping[str, Callable[..., None]] = {
    "suspend": service.suspend_batch,
    "resume": service.resume_batch,
    "cancel": service.cancel_batch,
    "retry": service.retry_batch,
}


@router.post("/admin/batches/{key}/turn")
def turn(
    request: Request,
    session: Administrator,
    key: str,
    to: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Hold it up, let it go on, stop it, or try again what failed."""
    batch_key = keys.parse(key)
    response = RedirectResponse(f"/admin/batches/{batch_key}", status_code=303)
    try:
        _turn(application(request), session.actor, str(batch_key), to)
    except Conflict as refused:
        flash.say(response, "refused", what=refused.message)
    return response


def _turn(app: App, actor: Actor, key: str, to: str) -> None:
    act = _TURNS.get(to)
    if act is not None:
        act(app, actor, key=keys.parse(key))
