"""The register of letters: those of a case, all of them, revoking, and making one again."""

from __future__ import annotations

from engine.model.actor import Actor
from engine.model.errors import Conflict, InvalidInput, NotFound
from engine.model.keys import Key
from engine.model.letters import Letter
from engine.model.page import Page
from engine.model.permissions import Action, require
from engine.model.problems import Problem
from engine.service.acting import acting
from engine.service.app import App
from engine.service.cases.case_access import may_see_case
from engine.storage.exchange.queue import MAKE_LETTERS
from engine.storage.history import acts
from engine.storage.papers import letters
from engine.text import tell

_LONGEST_REASON = 500


def letters_of_case(app: App, actor: Actor, *, instance_key: Key) -> tuple[Letter, ...]:
    """A case's letters, for whoever may see the case. Raises :class:`NotFound`."""
    with app.database.unit_of_work() as work:
        if not may_see_case(work, actor, instance_key):
            raise NotFound(what=tell("事项"), key=str(instance_key))
        return letters.of_instance(work, instance_key)


def search_letters(
    app: App, actor: Actor, *, text: str = "", limit: int = 50, before: Key | None = None
) -> Page[Letter]:
    """The register, the newest first; administrators only."""
    require(actor, Action.MANAGE_LETTERS)
    with app.database.unit_of_work() as work:
        return letters.search(
            work, text=text.strip()[:100], limit=max(1, min(limit, 200)), before=before
        )


def revoke_letter(app: App, actor: Actor, *, key: Key, reason: str) -> Letter:
    """Take a letter back; its number stays used, and the public page says so.

    Raises :class:`InvalidInput` without a reason, :class:`Conflict`, :class:`NotFound`.
    """
    because = " ".join(reason.split())[:_LONGEST_REASON]
    if not because:
        problem = Problem(element_id="reason", rule="reason", message=tell("请填写撤销原因。"))
        raise InvalidInput(problems=(problem,))
    with acting(app, actor) as (work, me):
        require(me, Action.REVOKE_LETTER)
        if letters.get(work, key) is None:
            raise NotFound(what=tell("文书"), key=str(key))
        if not letters.revoke(work, key, because=because, now=app.now()):
            raise Conflict(what=tell("此文书"), reason=tell("已经撤销"))
        revoked = letters.get(work, key)
        if revoked is None:
            raise NotFound(what=tell("文书"), key=str(key))
        facts = {"letter": revoked.symbol, "reason": because}
        acts.record(work, stream="letters", actor=me, kind="revoke", facts=facts, at=app.now())
        work.commit()
    return revoked


def make_again(app: App, actor: Actor, *, key: Key) -> None:
    """Try once more to make the PDF of one that failed. Raises :class:`Conflict`."""
    with acting(app, actor) as (work, me):
        require(me, Action.MANAGE_LETTERS)
        if not letters.open_again(work, key, now=app.now()):
            raise Conflict(what=tell("此文书"), reason=tell("没有失败，或正在重新生成"))
        app.queue.defer(work, MAKE_LETTERS, [{}])
        work.commit()
