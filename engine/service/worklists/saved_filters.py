"""A person's saved filters of the inbox: save, rename, order, prefer, delete. His own only."""

from __future__ import annotations

from collections.abc import Mapping

from engine.model.actor import Actor
from engine.model.errors import Conflict, InvalidInput, NotFound
from engine.model.filters import LONGEST_NAME, MOST, SavedFilter, View, misfits, query_of
from engine.model.keys import Key
from engine.model.problems import Problem
from engine.service.app import App
from engine.storage.worklists import saved_filters as stored
from engine.text import several, tell


def saved_filters(app: App, actor: Actor) -> tuple[SavedFilter, ...]:
    """In the actor's order."""
    with app.database.unit_of_work() as work:
        return stored.list_filters(work, owner=actor.key)


def save_filter(
    app: App,
    actor: Actor,
    *,
    name: str,
    view: View,
    fields: Mapping[str, str],
    preferred: bool = False,
) -> SavedFilter:
    """Keep a filter under a name; one of the same name gets this content. Raises InvalidInput."""
    name = _name(name)
    if wrong := misfits(fields):
        raise _wrong(
            tell("筛选条件“{fields}”的取值无效，请重新选择后再保存。", fields=several(wrong))
        )
    with app.database.unit_of_work() as work:
        stored.alone_with(work, actor.key)
        known = stored.list_filters(work, owner=actor.key)
        if len(known) >= MOST and name not in {each.name for each in known}:
            raise _wrong(tell("最多保存 {most} 个筛选，请先删除不用的。", most=MOST))
        saved = stored.save_filter(
            work, owner=actor.key, name=name, view=view, query=query_of(fields), now=app.now()
        )
        if preferred:
            stored.prefer_filter(work, owner=actor.key, key=saved.key)
        work.commit()
    return saved


def rename_filter(app: App, actor: Actor, *, key: Key, name: str) -> None:
    """Raises InvalidInput, NotFound, Conflict (the name is taken)."""
    name = _name(name)
    with app.database.unit_of_work() as work:
        stored.alone_with(work, actor.key)
        known = stored.list_filters(work, owner=actor.key)
        if any(each.name == name and each.key != key for each in known):
            reason = tell("已有名为“{name}”的筛选，请换一个名称", name=name)
            raise Conflict(what=tell("筛选"), reason=reason)
        if not stored.rename_filter(work, owner=actor.key, key=key, name=name):
            raise _missing(key)
        work.commit()


def delete_filter(app: App, actor: Actor, *, key: Key) -> None:
    """Raises NotFound."""
    with app.database.unit_of_work() as work:
        if not stored.delete_filter(work, owner=actor.key, key=key):
            raise _missing(key)
        work.commit()


def prefer_filter(app: App, actor: Actor, *, key: Key | None) -> None:
    """Open the inbox with this one, or (None) with all that waits. Raises NotFound."""
    with app.database.unit_of_work() as work:
        stored.alone_with(work, actor.key)
        if not stored.prefer_filter(work, owner=actor.key, key=key):
            raise _missing(key)
        work.commit()


def move_filter(app: App, actor: Actor, *, key: Key, up: bool) -> None:
    """One place up or down; at the end it stays. Raises NotFound."""
    with app.database.unit_of_work() as work:
        stored.alone_with(work, actor.key)
        keys = [each.key for each in stored.list_filters(work, owner=actor.key)]
        if key not in keys:
            raise _missing(key)
        at = keys.index(key)
        to = max(0, min(len(keys) - 1, at - 1 if up else at + 1))
        keys.insert(to, keys.pop(at))
        stored.order_filters(work, owner=actor.key, keys=keys)
        work.commit()


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise _wrong(tell("名称应为 1–{most} 个字。", most=LONGEST_NAME))
    return name


def _wrong(message: str) -> InvalidInput:
    return InvalidInput(problems=(Problem(element_id="name", rule="name", message=message),))


def _missing(key: Key | None) -> NotFound:
    return NotFound(what=tell("筛选"), key=str(key))
