"""What surrounds every page: title, language, who is logged in, where one can go, what to say once.

Every view model holds one :class:`Frame`; ``layout.html`` shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from fastapi import Request

from api import language
from api.language import gettext as _
from api.pages import assets, flash


@dataclass(frozen=True, kw_only=True)
class Link:
    """A place to go. ``count``: what waits there (“3”, “99+”, "" where nothing does); ``counter``:
    the name under which ``/events`` sends that count ("" = it does not)."""

    label: str
    href: str
    icon: str = ""
    current: bool = False
    count: str = ""
    counter: str = ""


@dataclass(frozen=True, kw_only=True)
class LanguageLink:
    """This page in a language; ``code`` is its tag, ``label`` its own name for itself."""

    code: str
    label: str
    href: str
    current: bool


@dataclass(frozen=True, kw_only=True)
class Frame:
    """``bundles``: browser bundles the page needs beside ``app`` (``viewer``, ``modeler`` …)."""

    title: str
    language: str
    language_links: tuple[LanguageLink, ...]
    person_name: str
    unread: str
    csrf: str
    links: tuple[Link, ...]
    side_links: tuple[Link, ...]
    flashes: tuple[flash.Flash, ...]
    demo: bool
    icons: str
    styles: tuple[str, ...]
    scripts: tuple[str, ...]
    preloads: tuple[str, ...]
    wide: bool


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Who looks at the page: a person with a session, or nobody (log-in and error pages)."""

    name: str = ""
    administrator: bool = False
    csrf: str = ""
    counts: Mapping[str, str] = field(default_factory=dict)
    demo: bool = False
    unread: str = ""


def frame(
    request: Request,
    visitor: Visitor,
    *,
    title: str,
    section: str = "",
    side: str = "",
    bundles: tuple[str, ...] = (),
    wide: bool = False,
) -> Frame:
    """The frame of one page.

    ``section``: which link of the top bar is the current one; ``side``: which link of the
    administrators' side bar ("" = no side bar); ``wide``: use the whole width (editors).
    """
    built: assets.Assets = request.app.state.assets
    used = ("app", *bundles)
    return Frame(
        title=title,
        language=language.tag(),
        language_links=_language_links(request),
        person_name=visitor.name,
        unread=visitor.unread,
        csrf=visitor.csrf,
        links=_top_links(visitor, section) if visitor.name else (),
        side_links=_side_links(side) if side else (),
        flashes=flash.read(request),
        demo=visitor.demo,
        icons=built.address("icons.svg"),
        styles=_present(
            [*(built.address(f"{name}.css") for name in used), built.address("pages.css")]
        ),
        scripts=_present([built.address(f"{name}.js") for name in used]),
        preloads=_present([chunk for name in used for chunk in built.chunks(f"{name}.js")]),
        wide=wide,
    )


def here(request: Request) -> str:
    """Path and query of this page, to come back to."""
    query = request.url.query
    return request.url.path + (f"?{query}" if query else "")


def local(target: str | None, otherwise: str = "/") -> str:
    """A place to go back to, if it is one of ours (never another host); else ``otherwise``."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return otherwise
    return otherwise if any(ord(c) < 0x20 for c in target) else target


def _present(addresses: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(address for address in addresses if address))


def _language_links(request: Request) -> tuple[LanguageLink, ...]:
    names = {"zh": "中文", "en": "English"}
    kept = [(k, v) for k, v in request.query_params.multi_items() if k != "lang"]
    path = request.url.path if request.method == "GET" else "/"
    return tuple(
        LanguageLink(
            code=code,
            label=names[code],
            href=f"{path}?{urlencode([*kept, ('lang', code)])}",
            current=code == language.current(),
        )
        for code in language.LANGUAGES
    )


def _top_links(visitor: Visitor, section: str) -> tuple[Link, ...]:
    listed = [
        ("hall", _("办事大厅"), "/", "layout-dashboard"),
        ("tasks", _("待办"), "/tasks", "inbox"),
        ("cases", _("我的事项"), "/cases", "folder"),
    ]
    if visitor.administrator:
        listed.append(("admin", _("系统管理"), "/admin", "settings"))
    return tuple(
        Link(
            label=label,
            href=href,
            icon=icon,
            current=key == section,
            count=visitor.counts.get(key, ""),
            counter="inbox" if key == "tasks" else "",
        )
        for key, label, href, icon in listed
    )


def _side_links(side: str) -> tuple[Link, ...]:
    listed = [
        ("services", _("流程与版本"), "/admin/services", "route"),
        ("publications", _("待确认的发布"), "/admin/publications", "circle-check"),
        ("forms", _("表单"), "/admin/forms", "forms"),
        ("decisions", _("决策表"), "/admin/decisions", "table"),
        ("try-out", _("试算"), "/admin/try-out", "player-play"),
        ("instances", _("事项查询"), "/admin/instances", "search"),
        ("incidents", _("异常处理"), "/admin/incidents", "alert-triangle"),
        ("batches", _("批量处理"), "/admin/batches", "list-check"),
        ("letters", _("文书"), "/admin/letters", "rubber-stamp"),
        ("outgoing", _("外发渠道"), "/admin/outgoing", "send"),
        ("disposals", _("到期销毁"), "/admin/disposals", "trash"),
        ("unmaskings", _("查阅记录"), "/admin/unmaskings", "eye"),
        ("people", _("人员与岗位"), "/admin/people", "users"),
        ("relations", _("亲属与任职关系"), "/admin/relations", "shield-check"),
        ("units", _("单位"), "/admin/units", "sitemap"),
        ("calendar", _("工作日历"), "/admin/calendar", "calendar"),
        ("automation", _("自动规则"), "/admin/automation", "clock"),
    ]
    return tuple(
        Link(label=label, href=href, icon=icon, current=key == side)
        for key, label, href, icon in listed
    )
