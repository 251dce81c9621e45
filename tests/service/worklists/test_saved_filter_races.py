"""Two changes of one person's saved filters at the same instant."""

from __future__ import annotations

import pytest

from engine.model.errors import Conflict
from engine.model.filters import MOST
from engine.model.keys import Key
from engine.service.app import App
from engine.service.worklists.saved_filters import (
    prefer_filter,
    rename_filter,
    save_filter,
    saved_filters,
)
from tests.service.staging import race
from tests.world import World


def kept(app: App, world: World, *names: str) -> list[Key]:
    return [
        save_filter(app, world.lisi, name=name, view="todo", fields={"q": name}).key
        for name in names
    ]


def test_two_are_renamed_to_one_name(
    app: App, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first has it; the second is told so."""
    one, two = kept(app, world, "甲", "乙")
    first, second = race(
        monkeypatch,
        app.database,
        lambda: rename_filter(app, world.lisi, key=one, name="急件"),
        lambda: rename_filter(app, world.lisi, key=two, name="急件"),
    )
    assert first.error is None
    assert isinstance(second.error, Conflict)
    assert "已有名为“急件”的筛选" in second.error.message
    assert [each.name for each in saved_filters(app, world.lisi)] == ["急件", "乙"]


def test_two_are_made_the_default(app: App, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """One is the default afterwards, the later one."""
    one, two = kept(app, world, "甲", "乙")
    first, second = race(
        monkeypatch,
        app.database,
        lambda: prefer_filter(app, world.lisi, key=one),
        lambda: prefer_filter(app, world.lisi, key=two),
    )
    assert (first.error, second.error) == (None, None)
    assert [each.name for each in saved_filters(app, world.lisi) if each.preferred] == ["乙"]


def test_the_last_place_is_taken_once(
    app: App, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(app, world, *(f"第{n}个" for n in range(MOST - 1)))
    race(
        monkeypatch,
        app.database,
        lambda: kept(app, world, "甲"),
        lambda: kept(app, world, "乙"),
    )
    names = [each.name for each in saved_filters(app, world.lisi)]
    assert len(names) == MOST
    assert names[-1] == "甲"


def test_other_peoples_filters_do_not_wait(
    app: App, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = race(
        monkeypatch,
        app.database,
        lambda: kept(app, world, "甲"),
        lambda: save_filter(app, world.zhangsan, name="甲", view="started", fields={"q": "甲"}),
    )
    assert (first.error, second.error) == (None, None)
