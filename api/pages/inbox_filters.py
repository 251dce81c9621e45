"""How the inbox is narrowed, and the filters that a person has saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from fastapi import Request
from pydantic import BaseModel

from api.language import gettext as _
from api.pages import paging
from engine.model.filters import (
    CaseState,
    Due,
    SavedFilter,
    Sort,
    Unread,
    Urgent,
    View,
    query_of,
)
from engine.model.people import Unit

#: What each view can be narrowed by, beside search.
NARROWED_BY: Mapping[str, tuple[str, ...]] = {
    "todo": ("process", "step", "due", "unit", "urgent", "sort"),
    "claimable": ("process", "step", "due", "unit", "urgent", "sort"),
    "done": ("process", "unit"),
    "started": ("state",),
    "copies": ("unread",),
}


class Query(BaseModel):
    """The address of the inbox, held to the values that mean something; a drop-down at rest sends
    an empty text. Without a view it is the one that the person prefers."""

    view: View | None = None
    cursor: str | None = None
    q: str = ""
    process: str = ""
    step: str = ""
    unit: str = ""
    due: Due | Literal[""] = ""
    sort: Sort | Literal[""] = ""
    state: CaseState | Literal[""] = ""
    unread: Unread | Literal[""] = ""
    urgent: Urgent | Literal[""] = ""


@dataclass(frozen=True, kw_only=True)
class Select:
    """A drop-down of the filter bar."""

    name: str
    label: str
    choices: tuple[paging.Choice, ...]


@dataclass(frozen=True, kw_only=True)
class SavedChip:
    """A saved filter above the list; ``href`` "": it means nothing any more."""

    label: str
    href: str
    current: bool
    preferred: bool


@dataclass(frozen=True, kw_only=True)
class FilterBar:
    """``usual``: always shown; ``more``: behind “更多筛选”, which is open where one is on.

    ``saved``: the person's filters; ``keep``: the present filter as hidden fields of the form that
    saves it (empty: there is nothing to save); ``clear``: the view without any ("" = none is on).
    """

    query: str
    usual: tuple[Select, ...]
    more: tuple[Select, ...]
    urgent: bool | None
    more_open: bool
    saved: tuple[SavedChip, ...]
    keep: tuple[tuple[str, str], ...]
    clear: str


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the address of the page asks for, the fields of its view only."""

    view: View
    fields: Mapping[str, str]

    @classmethod
    def of(cls, request: Request, view: View) -> Asked:
        allowed = {"q", *NARROWED_BY[view]}
        kept = {n: v.strip() for n, v in request.query_params.items() if n in allowed and v.strip()}
        return cls(view=view, fields=kept)

    def get(self, name: str) -> str:
        return self.fields.get(name, "")

    @property
    def narrowed(self) -> bool:
        """Whether search or a filter is on (an empty list then says so)."""
        return any(name != "sort" for name in self.fields)


def bar(
    asked: Asked,
    *,
    services: tuple[tuple[str, str], ...],
    steps: tuple[str, ...],
    units: tuple[Unit, ...],
    saved: tuple[SavedFilter, ...],
) -> FilterBar:
    """The bar of a view; a drop-down with nothing to choose from is left out."""
    offered = NARROWED_BY[asked.view]
    listed = {
        "process": (_("服务"), [("", _("全部服务")), *services]),
        "state": (
            _("状态"),
            [("", _("全部状态")), ("active", _("办理中")), ("ended", _("已办结"))],
        ),
        "unread": (_("阅读状态"), [("", _("全部")), ("1", _("未读")), ("0", _("已读"))]),
        "due": (
            _("期限"),
            [
                ("", _("全部期限")),
                ("overdue", _("已超期")),
                ("today", _("今天到期")),
                ("soon", _("一周内")),
            ],
        ),
        "sort": (
            _("排序"),
            [
                ("", _("最急的在前")),
                ("oldest", _("最早收到在前")),
                ("created", _("最近收到在前")),
                ("priority", _("优先级高的在前")),
            ],
        ),
        "step": (_("环节"), [("", _("全部环节")), *((step, step) for step in steps)]),
        "unit": (_("所属单位"), [("", _("全部单位")), *((u.key, u.name) for u in units)]),
    }

    def select(name: str) -> Select:
        label, options = listed[name]
        return Select(name=name, label=label, choices=paging.choices(options, asked.get(name)))

    def useful(name: str) -> bool:
        return name in offered and (len(listed[name][1]) > 1 or bool(asked.get(name)))

    more = tuple(select(name) for name in ("step", "unit") if useful(name))
    query = query_of(asked.fields)
    return FilterBar(
        query=asked.get("q"),
        usual=tuple(
            select(name) for name in ("process", "state", "unread", "due", "sort") if useful(name)
        ),
        more=more,
        urgent=asked.get("urgent") == "1" if "urgent" in offered else None,
        more_open=any(asked.get(name) for name in ("step", "unit", "urgent")),
        saved=tuple(_chip(each, asked.view, query) for each in saved),
        keep=tuple(sorted(asked.fields.items())) if query else (),
        clear=f"/tasks?view={asked.view}" if query else "",
    )


def address(view: str, query: str) -> str:
    """Where a filter leads."""
    return f"/tasks?view={view}" + (f"&{query}" if query else "")


def _chip(each: SavedFilter, view: str, query: str) -> SavedChip:
    return SavedChip(
        label=each.name,
        href=address(each.view, each.query) if each.valid else "",
        current=(each.view, each.query) == (view, query),
        preferred=each.preferred,
    )
