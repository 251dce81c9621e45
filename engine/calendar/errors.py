"""What can be wrong with a calendar, or with what is asked of it."""

from __future__ import annotations


class CalendarError(ValueError):
    """A table that contradicts itself, or a count that no deadline has. The message is Chinese."""
