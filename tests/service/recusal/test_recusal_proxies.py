"""Recusal of one person and of whose proxy he is: each is asked of the right one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.model.actor import Actor
from engine.model.keys import Key
from engine.model.search import Query
from engine.service.absence.proxies import name_proxy
from engine.service.app import App
from engine.service.cases.start_case import start_case
from engine.service.recusal.recuse import declare_recusal
from engine.service.searching import search_instances, search_tasks
from engine.service.tasks.claim_task import claim_task
from engine.service.worklists.inbox import inbox
from tests.service import diagrams
from tests.world import World, add_person

PLAIN = diagrams.process(
    "plain",
    diagrams.start(),
    diagrams.user_task("work", "办理", groups="clerk@weifang"),
    diagrams.end("done", "办结"),
    diagrams.flow("start", "work"),
    diagrams.flow("work", "done"),
)


@pytest.fixture
def case(app: App, world: World) -> Key:
    """A task that lisi has."""
    diagrams.put(app, PLAIN)
    key = start_case(app, world.zhangsan, process_id="plain", submission={}).key
    (task,) = inbox(app, world.lisi).items
    claim_task(app, world.lisi, key=task.key)
    return key


def stand_in(app: App, principal: Actor, proxy: Actor) -> None:
    name_proxy(
        app,
        principal,
        principal=principal.username,
        proxy=proxy.username,
        starts_at=app.now(),
        ends_at=app.now() + timedelta(days=1),
    )


def seen(app: App, actor: Actor) -> tuple[int, int]:
    """How many cases and tasks a search shows him."""
    return (
        len(search_instances(app, actor, query=Query()).items),
        len(search_tasks(app, actor, query=Query()).items),
    )


def test_a_recused_proxy_sees_nothing_through_his_principal(
    app: App, world: World, case: Key
) -> None:
    declare_recusal(app, world.wangwu, key=case, reason="亲属")
    assert seen(app, world.wangwu) == (0, 0)
    stand_in(app, world.lisi, world.wangwu)
    assert seen(app, world.wangwu) == (0, 0)


def test_a_recused_principal_takes_nothing_from_his_proxy(
    app: App, world: World, case: Key
) -> None:
    clerk5 = add_person(app, "clerk5", "经办五", "clerk@weifang")
    stand_in(app, clerk5, world.lisi)
    declare_recusal(app, clerk5, key=case, reason="亲属")
    assert seen(app, world.lisi) == (1, 1)
