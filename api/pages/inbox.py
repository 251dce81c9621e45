"""The inbox: 待办、待认领、已办、我发起的、抄送我的, with search, filters, order and due colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from api.language import gettext as _
from api.pages import cases, flash, inbox_filters, paging
from api.pages.frame import Frame, Link, frame, local
from api.pages.inbox_filters import Asked, FilterBar, address, bar
from api.pages.inbox_rows import CopyRow, TaskRow, copy_rows, task_rows
from api.pages.rendering import respond
from api.pages.visit import Checked, Session, application, capped, visitor
from engine.model import keys
from engine.model.actor import Actor
from engine.model.errors import AlreadyHandled, Conflict, Forbidden
from engine.model.filters import SavedFilter, View
from engine.model.page import Page
from engine.service.app import App
from engine.service.cases.copies import copied_cases
from engine.service.cases.get_case import my_cases
from engine.service.tasks.batch import batch_forms
from engine.service.tasks.claim_task import claim_task
from engine.service.worklists.desk import DeskCounts, desk_counts
from engine.service.worklists.inbox import (
    ListOwner,
    as_worker,
    inbox,
    inbox_services,
    inbox_steps,
    inbox_units,
)
from engine.service.worklists.saved_filters import saved_filters

router = APIRouter()
PAGE = 25

#: Which count of ``/events`` a view shows beside its name.
COUNTED = {"todo": "inbox", "claimable": "claimable", "copies": "copies"}


@dataclass(frozen=True, kw_only=True)
class InboxPage:
    """One of ``rows``, ``cases`` and ``copies`` is what the view lists.

    ``watched``: the count that says whether the list has changed since ("" = none), ``shown``: that
    count when it was drawn. ``batch``: what the ticked ones can be used for (``complete``,
    ``claim``, "" = nothing is ticked here). ``filtered``: whether search or filters are on.
    """

    template: ClassVar[str] = "inbox.html"

    frame: Frame
    view: str
    views: tuple[Link, ...]
    bar: FilterBar
    rows: tuple[TaskRow, ...]
    cases: tuple[cases.CaseRow, ...]
    copies: tuple[CopyRow, ...]
    total: str
    pager: paging.Pager
    filtered: bool
    here: str
    batch: str
    watched: str
    shown: int


@dataclass(frozen=True, kw_only=True)
class _Listed:
    """What a view lists, as far as the page needs it."""

    page: Page[Any]
    rows: tuple[TaskRow, ...] = ()
    cases: tuple[cases.CaseRow, ...] = ()
    copies: tuple[CopyRow, ...] = ()


def view_links(view: str, counts: DeskCounts) -> tuple[Link, ...]:
    """The tabs above the list, with how much waits in each."""
    waiting = {"inbox": counts.todo, "claimable": counts.claimable, "copies": counts.copies}
    labels = {
        "todo": _("待办"),
        "claimable": _("待认领"),
        "done": _("已办"),
        "started": _("我发起的"),
        "copies": _("抄送我的"),
    }
    return tuple(
        Link(
            label=label,
            href=f"/tasks?view={value}",
            current=value == view,
            count=capped(waiting.get(COUNTED.get(value, ""), 0)),
            counter=COUNTED.get(value, ""),
        )
        for value, label in labels.items()
    )


@router.get("/tasks")
def show(
    request: Request,
    session: Session,
    query: Annotated[inbox_filters.Query, Query()],
) -> Response:
    """One view of the inbox; without any word about which, the one that the person prefers."""
    app, actor = application(request), session.actor
    saved = saved_filters(app, actor)
    if not request.query_params.keys() - {"lang"}:
        preferred = next((each for each in saved if each.preferred), None)
        if preferred is not None and preferred.valid:
            return RedirectResponse(address(preferred.view, preferred.query), status_code=303)
    asked = Asked.of(request, query.view or "todo")
    worker = as_worker(app, actor)
    counts = desk_counts(app, actor, worker=worker)
    listed = _listed(app, actor, worker, asked.view, query)
    page = InboxPage(
        frame=frame(
            request,
            visitor(request, session, counts=counts),
            title=_title(asked.view),
            section="tasks",
        ),
        view=asked.view,
        views=view_links(asked.view, counts),
        bar=_bar(app, actor, worker, asked, saved),
        rows=listed.rows,
        cases=listed.cases,
        copies=listed.copies,
        total=paging.total(listed.page),
        pager=paging.pager(request, listed.page, PAGE),
        filtered=asked.narrowed,
        here=paging.with_query(request),
        batch={"todo": "complete", "claimable": "claim"}.get(asked.view, ""),
        watched=COUNTED.get(asked.view, ""),
        shown={"todo": counts.todo, "claimable": counts.claimable, "copies": counts.copies}.get(
            asked.view, 0
        ),
    )
    return respond(request, page)


def _title(view: str) -> str:
    return next(link.label for link in view_links(view, _NONE) if link.current)


_NONE = DeskCounts(todo=0, claimable=0, copies=0, notices=0)


def _listed(
    app: App, actor: Actor, worker: ListOwner, view: View, query: inbox_filters.Query
) -> _Listed:
    search, cursor, now = query.q.strip(), query.cursor, app.now()
    if view == "started":
        mine = my_cases(app, actor, search=search, state=query.state, cursor=cursor, limit=PAGE)
        return _Listed(page=mine, cases=cases.rows(mine.items, now))
    if view == "copies":
        unread = {"1": True, "0": False}.get(query.unread)
        copied = copied_cases(app, actor, unread=unread, search=search, cursor=cursor, limit=PAGE)
        return _Listed(page=copied, copies=copy_rows(copied.items, now))
    found = inbox(
        app,
        actor,
        view=view,
        search=search,
        process_id=query.process.strip() or None,
        due=query.due or None,
        unit=query.unit.strip() or None,
        step=query.step.strip() or None,
        urgent=query.urgent == "1",
        sort=query.sort or "due",
        cursor=cursor,
        limit=PAGE,
        worker=worker,
    )
    picks = batch_forms(app, actor, found.items) if view == "todo" else {}
    return _Listed(page=found, rows=task_rows(found.items, view, now, picks))


def _bar(
    app: App, actor: Actor, worker: ListOwner, asked: Asked, saved: tuple[SavedFilter, ...]
) -> FilterBar:
    tasks = asked.view in {"todo", "claimable", "done"}
    process = asked.get("process")
    return bar(
        asked,
        services=inbox_services(app, actor, worker=worker) if tasks else (),
        steps=inbox_steps(app, process) if process and asked.view != "done" else (),
        units=inbox_units(app, actor) if tasks else (),
        saved=saved,
    )


@router.post("/tasks/{key}/claim")
def claim(
    request: Request,
    session: Checked,
    key: str,
    back: Annotated[str, Form()] = "",
) -> Response:
    """Claim from the list or from the task's own page, and go back there."""
    response = RedirectResponse(local(back, f"/tasks/{key}"), status_code=303)
    try:
        claimed = claim_task(application(request), session.actor, key=keys.parse(key))
    except (AlreadyHandled, Conflict, Forbidden) as refused:
        flash.say(response, "refused", what=refused.message)
    else:
        said = "asked" if claimed.pending else "claimed"
        flash.say(response, said, what=f"{claimed.case_number} {claimed.name}")
    return response
