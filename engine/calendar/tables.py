"""Notices as JSON-like tables, the form in which they are shipped, stored and edited.

One table is one notice::

    {"year": 2026, "number": "国办发明电〔2025〕7号", "title": "…", "published": "2025-11-04",
     "holidays": [{"name": "元旦", "first": "2026-01-01", "last": "2026-01-03",
                   "make_up": ["2026-01-04"]}],
     "amends": false}
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from engine.calendar.calendar import Calendar
from engine.calendar.errors import CalendarError
from engine.calendar.notice import Notice, days_between
from engine.text import tell

_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH_DAY = re.compile(r"([0-9]{2})-([0-9]{2})")
_KEYS = frozenset({"year", "number", "title", "published", "holidays", "amends"})
_HOLIDAY_KEYS = frozenset({"name", "first", "last", "make_up"})
_LONGEST_HOLIDAY = 31


def from_tables(tables: Iterable[Mapping[str, Any]], *, statutory: Iterable[str] = ()) -> Calendar:
    """The calendar of these notices.

    `statutory`: month and day (`01-01`) of holidays that the law fixes by date; they only serve
    the bound of what is not published yet. Raises CalendarError, naming the faulty table.
    """
    notices = tuple(notice_from_table(table) for table in tables)
    return Calendar(notices=notices, statutory=frozenset(map(_month_day, statutory)))


def notice_from_table(table: Mapping[str, Any]) -> Notice:
    """One notice out of its table; CalendarError when it is not well formed."""
    _refuse_unknown(table, _KEYS, tell("放假安排"))
    year = table.get("year")
    if not isinstance(year, int) or isinstance(year, bool) or not 1949 <= year <= 9998:
        raise CalendarError(tell("放假安排的年份不对：{year!r}。", year=year))
    number = _text(table, "number", tell("{year} 年放假安排", year=year))
    rest: dict[date, str] = {}
    make_up: dict[date, str] = {}
    holidays = table.get("holidays")
    if not isinstance(holidays, list) or not holidays:
        raise CalendarError(tell("{number} 没有列出节假日。", number=number))
    for holiday in holidays:
        if not isinstance(holiday, Mapping):
            raise CalendarError(tell("{number} 的节假日写法不对。", number=number))
        _add_holiday(holiday, number, rest, make_up)
    return Notice(
        year=year,
        number=number,
        title=_text(table, "title", number),
        published=_day(table.get("published"), number),
        rest=rest,
        make_up=make_up,
        amends=_flag(table.get("amends", False), number),
    )


def table_from_notice(notice: Notice) -> dict[str, Any]:
    """The table that reads back as this notice, one entry per run of days with one name."""
    holidays: list[dict[str, Any]] = []
    for day, name in sorted(notice.rest.items()):
        last = holidays[-1] if holidays else None
        if last and last["name"] == name and (day - last["last"]).days == 1:
            last["last"] = day
        else:
            holidays.append({"name": name, "first": day, "last": day, "make_up": []})
    for day, name in sorted(notice.make_up.items()):
        same = [h for h in holidays if h["name"] == name]
        if same:
            same[0]["make_up"].append(day.isoformat())
        else:
            holidays.append(
                {"name": name, "first": None, "last": None, "make_up": [day.isoformat()]}
            )
    for holiday in holidays:
        for end in ("first", "last"):
            holiday[end] = holiday[end].isoformat() if holiday[end] else None
    return {
        "year": notice.year,
        "number": notice.number,
        "title": notice.title,
        "published": notice.published.isoformat(),
        "holidays": holidays,
        "amends": notice.amends,
    }


def _add_holiday(
    holiday: Mapping[str, Any], number: str, rest: dict[date, str], make_up: dict[date, str]
) -> None:
    _refuse_unknown(holiday, _HOLIDAY_KEYS, number)
    name = _text(holiday, "name", number)
    if holiday.get("first") is not None or holiday.get("last") is not None:
        stretch = days_between(
            _day(holiday.get("first"), number), _day(holiday.get("last"), number)
        )
        if len(stretch) > _LONGEST_HOLIDAY:
            raise CalendarError(
                tell(
                    "{number}：{name}放假 {count} 天，太长，请核对起止日期。",
                    number=number,
                    name=name,
                    count=len(stretch),
                )
            )
        for day in stretch:
            if day in rest:
                raise CalendarError(
                    tell("{number}：{day} 写了两次放假。", number=number, day=day.isoformat())
                )
            rest[day] = name
    days = holiday.get("make_up", [])
    if not isinstance(days, list):
        raise CalendarError(
            tell("{number}：{name}的调休上班日应是一个列表。", number=number, name=name)
        )
    for text in days:
        day = _day(text, number)
        if day in make_up:
            raise CalendarError(
                tell("{number}：{day} 写了两次调休上班。", number=number, day=day.isoformat())
            )
        make_up[day] = name


def _refuse_unknown(table: Mapping[str, Any], known: frozenset[str], where: str) -> None:
    unknown = sorted(set(table) - known)
    if unknown:
        raise CalendarError(
            tell("{where}里有不认识的项：{unknown}。", where=where, unknown=unknown[0])
        )


def _text(table: Mapping[str, Any], key: str, where: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip() or len(value) > 200:
        raise CalendarError(
            tell("{where}缺少 {key}（文字，不超过 200 字）。", where=where, key=key)
        )
    return value


def _flag(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise CalendarError(tell("{where}：amends 应是 true 或 false。", where=where))
    return value


def _day(value: object, where: str) -> date:
    if isinstance(value, date):
        return value
    if isinstance(value, str) and _ISO.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise CalendarError(
        tell("{where}：日期 {value!r} 不对，应写成 2026-01-01 的样子。", where=where, value=value)
    )


def _month_day(value: str) -> tuple[int, int]:
    found = _MONTH_DAY.fullmatch(value)
    if not found:
        raise CalendarError(tell("法定放假日 {value!r} 不对，应写成 01-01 的样子。", value=value))
    month, day = int(found[1]), int(found[2])
    try:
        date(2000, month, day)
    except ValueError:
        raise CalendarError(tell("法定放假日 {value!r} 不存在。", value=value)) from None
    return month, day
