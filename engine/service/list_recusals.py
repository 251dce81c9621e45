"""Recusals as they are looked at: of a case, waiting for a decision, one's own."""

from __future__ import annotations

from engine.model.actor import Actor
from engine.model.errors import Forbidden, NotFound
from engine.model.keys import Key
from engine.model.permissions import Action, may
from engine.model.recusals import Recusal, RecusalFacts, RecusalState
from engine.service.app import App
from engine.service.case_access import keep_out, may_see_case, viewer
from engine.service.get_case import load_case
from engine.service.recuse import leads
from engine.storage import cases, recusals


def case_recusals(app: App, actor: Actor, *, key: Key) -> tuple[Recusal, ...]:
    """All of a case, for those who handle it and administrators; an applicant sees those that he
    asked for. Raises NotFound, Forbidden (recused himself)."""
    with app.database.unit_of_work() as work:
        load_case(app, work, key)
        keep_out(work, actor, key, what="事项")
        if not may_see_case(work, actor, key):
            raise NotFound(what="事项", key=str(key))
        found = recusals.search(work, instance_key=key)
        if actor.administrator or cases.handles(work, viewer(work, actor), key):
            return found
    return tuple(each for each in found if each.asked_by == actor.username)


def pending_recusals(app: App, actor: Actor) -> tuple[Recusal, ...]:
    """Those that wait for the actor's decision, the latest first."""
    with app.database.unit_of_work() as work:
        found = recusals.search(work, besides=actor.username, states=(RecusalState.ASKED,))
        if actor.administrator:
            return found
        return tuple(
            each
            for each in found
            if may(
                actor,
                Action.DECIDE_RECUSAL,
                RecusalFacts(
                    running=True,
                    person=each.username,
                    leads=leads(app, work, actor, load_case(app, work, each.instance_key).unit),
                    standing=each.state,
                ),
            )
        )


def recusals_in_force(app: App, actor: Actor) -> tuple[Recusal, ...]:
    """All that are in force, for administrators. Raises Forbidden."""
    if not actor.administrator:
        raise Forbidden(action="查看回避", reason="此操作仅限管理员。")
    with app.database.unit_of_work() as work:
        return recusals.search(work, besides=actor.username, states=(RecusalState.IN_FORCE,))


def my_recusals(app: App, actor: Actor) -> tuple[Recusal, ...]:
    """The cases that the actor must keep away from, by number: all that he is told."""
    with app.database.unit_of_work() as work:
        return recusals.search(work, username=actor.username, states=(RecusalState.IN_FORCE,))
