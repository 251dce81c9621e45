"""The notices that come with the software. A bureau adds later ones as tables of its own."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from engine.calendar.calendar import Calendar
from engine.calendar.tables import from_tables


def shipped_tables() -> list[dict[str, Any]]:
    """The shipped notices as tables, oldest first."""
    folder = files("engine.calendar") / "data"
    names = sorted(f.name for f in folder.iterdir() if f.name[:4].isdigit())
    return [json.loads((folder / name).read_text(encoding="utf-8")) for name in names]


def shipped_statutory() -> list[str]:
    """Month and day of the holidays that the law fixes by date."""
    text = (files("engine.calendar") / "data" / "statutory.json").read_text(encoding="utf-8")
    days = json.loads(text)["days"]
    return [str(day) for day in days]


def shipped_calendar() -> Calendar:
    """The calendar of the shipped notices."""
    return from_tables(shipped_tables(), statutory=shipped_statutory())
