"""A plain case, and people who stand in for others in it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from engine.model.actor import Actor
from engine.model.proxies import Proxy
from engine.service.absence.proxies import name_proxy
from engine.service.app import App
from tests.service import diagrams

PLAIN = diagrams.process(
    "plain",
    diagrams.start(),
    diagrams.user_task("work", "办理", groups="clerk@weifang"),
    diagrams.user_task("last", "审批", groups="leader@weifang"),
    diagrams.end("done", "办结"),
    diagrams.flow("start", "work"),
    diagrams.flow("work", "last"),
    diagrams.flow("last", "done"),
)

SEPARATED = diagrams.process(
    "apart",
    diagrams.start(),
    diagrams.user_task("first", "初审", groups="clerk@weifang", separation="g"),
    diagrams.user_task("second", "复核", groups="clerk@weifang", separation="g"),
    diagrams.end(),
    diagrams.flow("start", "first"),
    diagrams.flow("first", "second"),
    diagrams.flow("second", "end"),
)

VOTE = diagrams.process(
    "vote",
    diagrams.start(),
    diagrams.user_task(
        "work", "表决", completionRule="all", seats='=["zhuanjia1", "zhuanjia2", "zhuanjia3"]'
    ),
    diagrams.end(),
    diagrams.flow("start", "work"),
    diagrams.flow("work", "end"),
)


def stand_in(
    app: App, principal: Actor, proxy: Actor, *, days: int = 7, services: tuple[str, ...] = ()
) -> Proxy:
    return name_proxy(
        app,
        principal,
        principal=principal.username,
        proxy=proxy.username,
        starts_at=app.now(),
        ends_at=app.now() + timedelta(days=days),
        process_ids=services,
        reason="外出学习",
    )


def rows(app: App, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with app.database.unit_of_work() as work:
        return list(work.hot(query, list(parameters)))
