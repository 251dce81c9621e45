"""Dates, times and deadlines in the words people use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from api.language import current, ngettext
from api.language import gettext as _
from engine.model.clock import StopKind
from engine.model.records import Light

ZONE = ZoneInfo("Asia/Shanghai")


def day(at: datetime | None) -> str:
    """2025年3月7日, or in English 7 Mar 2025; "" for None."""
    if at is None:
        return ""
    return on(at.astimezone(ZONE).date())


def on(found: date) -> str:
    """A day of the calendar in the same words."""
    if current() == "zh":
        return f"{found.year}年{found.month}月{found.day}日"
    return f"{found.day} {found:%b %Y}"


def short(at: datetime | None, now: datetime) -> str:
    """3月7日 for this year's days, else with the year; "" for None."""
    if at is None:
        return ""
    local = at.astimezone(ZONE)
    if local.year != now.astimezone(ZONE).year:
        return day(at)
    return f"{local.month}月{local.day}日" if current() == "zh" else f"{local.day} {local:%b}"


def minute(at: datetime | None) -> str:
    """2025-03-07 14:30, in Shanghai; "" for None."""
    return f"{at.astimezone(ZONE):%Y-%m-%d %H:%M}" if at else ""


def ago(at: datetime, now: datetime) -> str:
    """今天 14:30、昨天 09:05、3月7日 14:30, or with the year when it is not this one's."""
    local, today = at.astimezone(ZONE), now.astimezone(ZONE)
    clock = f"{local:%H:%M}"
    days = (today.date() - local.date()).days
    if days == 0:
        return _("今天 {clock}").format(clock=clock)
    if days == 1:
        return _("昨天 {clock}").format(clock=clock)
    return f"{short(at, now)} {clock}"


@dataclass(frozen=True, kw_only=True)
class Due:
    """A deadline as every list and page shows it: words first, colour beside them.

    ``light``: ``none``, ``green``, ``amber``, ``red``; ``text``: how long is left; ``date``: until
    when; ``icon`` repeats the colour in shape.
    """

    light: str
    text: str
    date: str
    icon: str


_ICONS = {
    Light.NONE: "calendar",
    Light.GREEN: "clock",
    Light.AMBER: "hourglass",
    Light.RED: "alert-triangle",
}


def due(
    *,
    at: datetime | None,
    pending: bool,
    light: Light,
    working_days: int | None,
    stopped: StopKind | None = None,
) -> Due:
    """The deadline in words.

    ``stopped``: it stands still with the case's clock (计时中止).

    ``working_days``: how many are left, 0 = today, negative = overdue by so many, None = no
    deadline or not yet known. ``pending``: it lies beyond the published calendar (待国办公布).
    """
    if stopped is not None:
        return Due(light=Light.NONE.value, text=stopped_text(stopped), date="", icon="hourglass")
    return Due(
        light=light.value,
        text=_left(at=at, pending=pending, working_days=working_days),
        date="" if pending else day(at),
        icon=_ICONS[light],
    )


def stopped_text(kind: StopKind) -> str:
    """计时中止（补正）."""
    return _("计时中止（{why}）").format(why=stop_word(kind))


def stop_word(kind: StopKind) -> str:
    """What a clock is stopped for."""
    return {
        StopKind.SUPPLEMENT: _("补正"),
        StopKind.ANNOUNCEMENT: _("公告"),
        StopKind.INSPECTION: _("检测检验"),
        StopKind.EXPERT: _("专家评审"),
        StopKind.OTHER: _("其他"),
    }[kind]


def _left(*, at: datetime | None, pending: bool, working_days: int | None) -> str:
    if pending:
        return _("期限待国办公布日历后确定")
    if at is None:
        return _("无期限")
    if working_days is None:
        return _("{date}前").format(date=day(at))
    if working_days < 0:
        late = -working_days
        return ngettext("已超期 {n} 个工作日", "已超期 {n} 个工作日", late).format(n=late)
    if working_days == 0:
        return _("今天到期")
    return ngettext("还剩 {n} 个工作日", "还剩 {n} 个工作日", working_days).format(n=working_days)


def size(octets: int) -> str:
    """A file's size: 312 KB, 4.2 MB."""
    if octets < 1024 * 1024:
        return f"{max(1, round(octets / 1024))} KB"
    return f"{octets / 1024 / 1024:.1f} MB"
