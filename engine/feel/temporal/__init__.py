"""Dates, times and durations of FEEL (DMN 1.5, 10.3.2.3.4 to 10.3.2.3.8)."""

from engine.feel.temporal.date import Date
from engine.feel.temporal.datetime import DateTime
from engine.feel.temporal.duration import DayTimeDuration, YearMonthDuration
from engine.feel.temporal.time import Time

__all__ = ["Date", "DateTime", "DayTimeDuration", "Time", "YearMonthDuration"]
