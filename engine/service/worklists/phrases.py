"""Usual phrases (常用语): each person's own, beside the general ones that the pages offer."""

from __future__ import annotations

from engine.model.actor import Actor
from engine.model.errors import InvalidInput, NotFound
from engine.model.keys import Key
from engine.model.permissions import Action, require
from engine.model.problems import Problem
from engine.model.records import Phrase
from engine.service.acting import acting
from engine.service.app import App
from engine.service.said import reason as checked_text
from engine.storage.worklists import phrases
from engine.text import tell

LONGEST = 200
MOST = 50


def list_phrases(app: App, actor: Actor) -> tuple[Phrase, ...]:
    """One's own, in the order in which they were kept."""
    with app.database.unit_of_work() as work:
        return phrases.of_owner(work, actor.key)


def add_phrase(app: App, actor: Actor, *, text: str) -> None:
    """Keep a phrase; one that is there already stays one. Raises InvalidInput (empty, too long,
    too many)."""
    words = checked_text(" ".join(text.split()), what=tell("常用语"), longest=LONGEST)
    with acting(app, actor) as (work, me):
        require(me, Action.KEEP_PHRASE)
        own = phrases.of_owner(work, me.key)
        if len(own) >= MOST and words not in {each.text for each in own}:
            message = tell("常用语最多 {most} 条，请先删除不用的。", most=MOST)
            raise InvalidInput(
                problems=(Problem(element_id="text", rule="number", message=message),)
            )
        phrases.add(work, owner=me.key, text=words, now=app.now())
        work.commit()


def remove_phrase(app: App, actor: Actor, *, key: Key) -> None:
    """Raises NotFound, also for somebody else's."""
    with acting(app, actor) as (work, me):
        require(me, Action.KEEP_PHRASE)
        if not phrases.remove(work, owner=me.key, key=key):
            raise NotFound(what=tell("常用语"), key=str(key))
        work.commit()
