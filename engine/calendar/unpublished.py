"""Answers that depend on a holiday notice the State Council has not published yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from engine.text import tell


@dataclass(frozen=True, kw_only=True)
class Unpublished:
    """A day that can't be known yet: the count runs into a year without a published calendar.

    `earliest` is a bound, not a guess: the day can never be earlier, since every unpublished day
    was counted as a working day (but for the holidays that the law itself fixes by date). Show it
    as 待国办公布 and count again when the calendar of `year` arrives.
    """

    year: int
    earliest: date

    @property
    def text(self) -> str:
        return tell(
            "待国办公布（{year} 年放假安排未公布，不早于 {earliest}）",
            year=self.year,
            earliest=self.earliest.isoformat(),
        )

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, kw_only=True)
class UnpublishedCount:
    """A number of working days that can't be known yet; it is at least `at_least`.

    `at_least` counts the published working days only.
    """

    year: int
    at_least: int

    @property
    def text(self) -> str:
        return tell(
            "至少 {at_least} 个工作日（{year} 年放假安排待国办公布）",
            at_least=self.at_least,
            year=self.year,
        )

    def __str__(self) -> str:
        return self.text
