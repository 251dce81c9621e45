"""Processes that start by the clock: once, again and again, and only the latest version."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.service.app import App
from engine.service.exchange import sweep as sweeping
from engine.service.exchange.sweep import fire_due_starts
from engine.service.worklists.inbox import inbox
from tests.conftest import SettableClock
from tests.service import diagrams
from tests.service.exchange.test_sweep import timer
from tests.storage.changes import count
from tests.world import World

DAY = timedelta(days=1)


def yearly(kind: str, text: str, task: str = "核对名单") -> bytes:
    return diagrams.process(
        "yearly",
        diagrams.start(inside=timer(kind, text)),
        diagrams.user_task("work", task, groups="clerk@weifang"),
        diagrams.end("done"),
        diagrams.flow("start", "work"),
        diagrams.flow("work", "done"),
    )


@pytest.mark.parametrize(
    ("kind", "text", "days"),
    [
        ("timeDate", "2025-03-05T09:00:00+08:00", [2]),
        ("timeCycle", "R3/P1D", [1, 2, 3]),
        ("timeCycle", "0 0 9 * * *", [1, 2, 3, 4, 5]),
    ],
)
def test_a_case_starts_when_its_time_comes(
    app: App, world: World, clock: SettableClock, kind: str, text: str, days: list[int]
) -> None:
    diagrams.put(app, yearly(kind, text))
    started = []
    for day in range(1, 6):
        clock.advance(DAY)
        started += [day] * fire_due_starts(app, limit=10)
        assert fire_due_starts(app, limit=10) == 0
    assert started == days
    tasks = inbox(app, world.lisi).items
    assert [(t.name, t.applicant_name) for t in tasks] == [("核对名单", "系统")] * len(days)


def test_a_new_version_takes_over_the_clock(app: App, world: World, clock: SettableClock) -> None:
    diagrams.put(app, yearly("timeCycle", "R/P1D"))
    diagrams.put(app, yearly("timeCycle", "R/P1D", task="新环节"))
    assert count(app.database, "select count(*) from start_timer") == 1
    clock.advance(DAY)
    assert fire_due_starts(app, limit=10) == 1
    assert [t.name for t in inbox(app, world.lisi).items] == ["新环节"]


def test_missed_starts_are_not_made_up_for_but_for_one(
    app: App, world: World, clock: SettableClock
) -> None:
    diagrams.put(app, yearly("timeCycle", "R/P1D"))
    clock.advance(10 * DAY)
    assert fire_due_starts(app, limit=100) <= 2


def test_a_start_that_fails_is_put_off_and_stops_no_other(
    app: App, world: World, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    diagrams.put(app, yearly("timeCycle", "R/P1D"))
    clock.advance(DAY)
    with monkeypatch.context() as patch:
        patch.setattr(sweeping, "open_instance", lambda *_, **__: 1 / 0)
        assert fire_due_starts(app, limit=10) == 1
    assert count(app.database, "select count(*) from instance") == 0
    clock.advance(timedelta(minutes=2))
    assert fire_due_starts(app, limit=10) == 1
    assert count(app.database, "select count(*) from instance") == 1
