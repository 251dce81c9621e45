"""Putting recusals in force, and looking at what they leave behind."""

from __future__ import annotations

from typing import Any

from engine.service.recusal.decide_recusal import decide_recusal
from engine.service.recusal.recuse import ask_recusal, declare_recusal
from tests.service.tasks.test_operations_matrix import Stage


def recuse(stage: Stage, username: str) -> None:
    """In force for the stage's case, as an administrator decides."""
    actor = stage.people[username]
    if actor.administrator:
        declare_recusal(stage.app, actor, key=stage.case, reason="与申请人有利害关系")
        return
    asked = ask_recusal(
        stage.app, stage.people["zhangsan"], key=stage.case, username=username, reason="是亲戚"
    )
    decide_recusal(stage.app, stage.people["guanli"], key=asked.key, grant=True, note="属实")


def ask(stage: Stage, query: str) -> list[Any]:
    with stage.app.database.unit_of_work() as work:
        return list(work.hot(query).fetchall())


def incidents(stage: Stage) -> list[str]:
    return [row[0] for row in ask(stage, "select message from incident where state = 'ACTIVE'")]
