"""Working days, natural days, months and years; deadlines. Pure: tables come in as values.

calendar = from_tables(tables)                # or shipped_calendar()
due = Deadline.parse("30个工作日").due(accepted_on, calendar)
if isinstance(due, Unpublished):
    show(due.text)                            # 待国办公布（2027 年……，不早于 2027-01-12）
else:
    left = calendar.working_days_between(today, due)
"""

from engine.calendar.calendar import Calendar, DayKind
from engine.calendar.deadline import Deadline, Stop, Unit, end_of_day
from engine.calendar.errors import CalendarError
from engine.calendar.feel_functions import Function, Parameter, describe, functions
from engine.calendar.notice import Notice
from engine.calendar.periods import MAX_COUNT
from engine.calendar.shipped import shipped_calendar, shipped_statutory, shipped_tables
from engine.calendar.tables import from_tables, notice_from_table, table_from_notice
from engine.calendar.unpublished import Unpublished, UnpublishedCount

__all__ = [
    "MAX_COUNT",
    "Calendar",
    "CalendarError",
    "DayKind",
    "Deadline",
    "Function",
    "Notice",
    "Parameter",
    "Stop",
    "Unit",
    "Unpublished",
    "UnpublishedCount",
    "describe",
    "end_of_day",
    "from_tables",
    "functions",
    "notice_from_table",
    "shipped_calendar",
    "shipped_statutory",
    "shipped_tables",
    "table_from_notice",
]
