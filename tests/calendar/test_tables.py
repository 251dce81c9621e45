"""Tables of rest days: read, written back, refused when they contradict themselves."""

from __future__ import annotations

from typing import Any

import pytest

from engine.calendar import (
    CalendarError,
    from_tables,
    notice_from_table,
    shipped_tables,
    table_from_notice,
)


def table(**changes: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "year": 2031,
        "number": "测试〔2030〕1号",
        "title": "测试",
        "published": "2030-11-01",
        "holidays": [
            {"name": "元旦", "first": "2031-01-01", "last": "2031-01-03", "make_up": ["2031-01-05"]}
        ],
    }
    return base | changes


def holiday(**changes: Any) -> list[dict[str, Any]]:
    return [dict(table()["holidays"][0]) | changes]


def test_tables_come_back_as_they_were() -> None:
    for shipped in shipped_tables():
        notice = notice_from_table(shipped)
        assert notice_from_table(table_from_notice(notice)) == notice
        assert table_from_notice(notice) == {**shipped, "amends": False}


@pytest.mark.parametrize(
    ("faulty", "words"),
    [
        (table(year="2031"), "年份"),
        (table(year=True), "年份"),
        (table(number=" "), "number"),
        (table(published="2030-13-01"), "2030-13-01"),
        (table(published="1 Nov"), "日期"),
        (table(holidays=[]), "没有列出"),
        (table(holidays="元旦"), "没有列出"),
        (table(holidays=["元旦"]), "写法"),
        (table(amends="yes"), "amends"),
        (table(colour="red"), "colour"),
        (table(holidays=holiday(last="2030-12-31")), "颠倒"),
        (table(holidays=holiday(last="2031-03-01")), "太长"),
        (table(holidays=holiday(make_up=["2031-01-02"])), "既写成放假又写成上班"),
        (table(holidays=holiday(make_up=["2031-01-06"])), "本来就上班"),
        (table(holidays=holiday(make_up="2031-01-05")), "列表"),
        (table(holidays=holiday(make_up=["2031-01-05", "2031-01-05"])), "两次调休"),
        (table(holidays=holiday() + holiday()), "两次放假"),
        (table(holidays=holiday(first="2041-01-01", last="2041-01-02")), "不在 2031 年前后"),
        (table(holidays=holiday(days=3)), "days"),
    ],
)
def test_faulty_tables_are_refused_by_name(faulty: dict[str, Any], words: str) -> None:
    with pytest.raises(CalendarError, match=words):
        from_tables([faulty])


def test_two_notices_for_a_year_need_one_to_be_a_supplement() -> None:
    with pytest.raises(CalendarError, match="两份"):
        from_tables([table(), table(number="测试〔2030〕2号")])


@pytest.mark.parametrize("text", ["1-1", "13-01", "02-30", ""])
def test_fixed_holidays_are_month_and_day(text: str) -> None:
    with pytest.raises(CalendarError, match="法定放假日"):
        from_tables([table()], statutory=[text])
