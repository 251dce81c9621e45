"""Case numbers: gapless per series and year, never reused (approval.md, Numbering)."""

from __future__ import annotations

from engine.storage.database import UnitOfWork


def take_number(work: UnitOfWork, series: str, year: int) -> int:
    """The next number. Others who open a case in the series wait until this one commits."""
    row = work.hot(
        """insert into case_series (series, year, last) values (%s, %s, 1)
           on conflict (series, year) do update set last = case_series.last + 1 returning last""",
        [series, year],
    ).fetchone()
    return int(row[0])
