"""One holiday notice of the State Council: which days rest, which weekend days work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType

from engine.calendar.errors import CalendarError
from engine.text import tell

SATURDAY = 5


def _nothing() -> Mapping[date, str]:
    return MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What one official notice decides, with its reference.

    A notice for `year` may also decide days of the neighbouring years (the holiday of 1 January
    often takes the end of December with it). A later notice wins over an earlier one, so a
    supplement (`amends`) of the same year changes only the days that it names.
    """

    #: The year the notice is about; a calendar knows a year when it holds a notice about it.
    year: int
    #: The official number, as 国办发明电〔2025〕7号.
    number: str
    title: str
    published: date
    #: Day → name of the holiday, whole stretches with their weekends.
    rest: Mapping[date, str] = field(default_factory=_nothing)
    #: Weekend day that works → name of the holiday it makes up for.
    make_up: Mapping[date, str] = field(default_factory=_nothing)
    #: True for a supplement: alone it does not make the year known.
    amends: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "rest", MappingProxyType(dict(self.rest)))
        object.__setattr__(self, "make_up", MappingProxyType(dict(self.make_up)))
        if not self.number:
            raise CalendarError(tell("{year} 年的放假安排没有写发文字号，请补上。", year=self.year))
        both = sorted(self.rest.keys() & self.make_up.keys())
        if both:
            raise CalendarError(
                tell(
                    "{number}：{both} 既写成放假又写成上班。",
                    number=self.number,
                    both=both[0].isoformat(),
                )
            )
        for day in (*self.rest, *self.make_up):
            if abs(day.year - self.year) > 1:
                raise CalendarError(
                    tell(
                        "{number}：{day} 不在 {year} 年前后。",
                        number=self.number,
                        day=day.isoformat(),
                        year=self.year,
                    )
                )
        for day in self.make_up:
            if day.weekday() < SATURDAY and not self.amends:
                raise CalendarError(
                    tell(
                        "{number}：{day} 本来就上班，不是调休。",
                        number=self.number,
                        day=day.isoformat(),
                    )
                )

    def __hash__(self) -> int:
        return hash((self.year, self.number, self.published))


def days_between(first: date, last: date) -> list[date]:
    """Every day from `first` to `last`, both included; CalendarError when they are swapped."""
    if last < first:
        raise CalendarError(
            tell("日期颠倒：{first} 晚于 {last}。", first=first.isoformat(), last=last.isoformat())
        )
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
