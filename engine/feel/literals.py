"""The values that texts stand for: `@"…"` and the temporal conversion functions."""

from __future__ import annotations

from engine.feel.temporal import Date, DateTime, DayTimeDuration, Time, YearMonthDuration
from engine.feel.values import Value

#: Longer texts are neither dates nor durations.
MAX_LENGTH = 200


def duration(text: str) -> DayTimeDuration | YearMonthDuration | None:
    """Either duration."""
    if len(text) > MAX_LENGTH:
        return None
    return DayTimeDuration.parse(text) or YearMonthDuration.parse(text)


def temporal_literal(text: str) -> Value:
    """Date, date and time, time or duration (DMN 1.5, grammar rule 65); null for other texts."""
    if len(text) > MAX_LENGTH:
        return None
    if "P" in text[:2]:
        return duration(text)
    return Date.parse(text) or Time.parse(text) or (DateTime.parse(text) if "T" in text else None)
