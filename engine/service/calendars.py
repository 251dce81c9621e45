"""The State Council's calendar as this process knows it."""

from __future__ import annotations

from engine.calendar import Calendar, shipped_calendar


class Calendars:
    """Holds the calendar in force; replaced whole when another year is published."""

    def __init__(self, calendar: Calendar | None = None) -> None:
        self._calendar = calendar or shipped_calendar()

    @property
    def current(self) -> Calendar:
        return self._calendar

    def replace(self, calendar: Calendar) -> None:
        self._calendar = calendar
