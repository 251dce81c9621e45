"""Deadlines: a reminder before, word of it when one has gone by, and to whom that is escalated."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from engine.calendar import Unpublished, end_of_day
from engine.model.notifications import Announcement, NoticeKind
from engine.service.app import App
from engine.storage.notifications import announcements, reminders

#: ``banshi:remindBefore`` beyond this is not looked for, in working days.
FURTHEST = 30

#: The frequent look goes no further back; what fell out of it (a deadline that was moved into the
#: past, a worker that was away) the thorough one finds.
RECENT = timedelta(days=3)


def remind(app: App, *, limit: int = 500, thorough: bool = False) -> int:
    """Announce what came near or went by since the last time; returns how many tasks it were.

    ``thorough``: look at every open task that is overdue, however long.
    """
    now = app.now()
    since = None if thorough else now - RECENT
    with app.database.unit_of_work() as work:
        late = reminders.note_overdue(work, since=since, now=now, limit=limit)
        near = reminders.note_nearing(work, until=_horizons(app), now=now, limit=limit)
        told = [
            Announcement(
                kind=NoticeKind.TASK_REMINDER,
                instance_key=task.instance_key,
                task_key=task.task_key,
            )
            for task in near
        ]
        for task in late:
            told.append(
                Announcement(
                    kind=NoticeKind.TASK_OVERDUE,
                    instance_key=task.instance_key,
                    task_key=task.task_key,
                )
            )
            if task.escalate_to:
                told.append(
                    Announcement(
                        kind=NoticeKind.TASK_ESCALATED,
                        instance_key=task.instance_key,
                        task_key=task.task_key,
                        facts={"role": task.escalate_to},
                    )
                )
        announcements.add(work, told, now=now)
        work.commit()
    return len(late) + len(near)


def _horizons(app: App) -> list[tuple[int, datetime]]:
    """For each number of working days, the end of the last day that is no further away.

    Whatever is due by then was due to be reminded of by now: the day itself does not count, as
    deadlines are counted (Civil Code, article 201).
    """
    zone, calendar = app.settings.timezone, app.calendars.current
    today = app.local_now().date()
    found: list[tuple[int, datetime]] = []
    for days in range(1, FURTHEST + 1):
        day = calendar.add_working_days(today, days)
        if isinstance(day, Unpublished):
            break
        following = calendar.next_working_day(day + timedelta(days=1))
        last = day if isinstance(following, Unpublished) else following - timedelta(days=1)
        found.append((days, end_of_day(last, zone).astimezone(UTC)))
    return found
