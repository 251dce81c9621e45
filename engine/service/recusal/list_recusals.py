"""Recusals as they are looked at: of a case, waiting for a decision, one's own."""

from __future__ import annotations

from dataclasses import dataclass

from engine.model.actor import Actor
from engine.model.errors import Forbidden, NotFound
from engine.model.keys import Key
from engine.model.people import Person
from engine.model.permissions import Action, may
from engine.model.records import Instance
from engine.model.recusals import Recusal, RecusalFacts, RecusalState
from engine.model.verdict import Verdict
from engine.service.app import App
from engine.service.cases.case_access import keep_out, may_see_case, viewer
from engine.service.cases.get_case import load_case
from engine.service.recusal.recuse import facts_of, leads
from engine.storage.commands.locking import look
from engine.storage.database import UnitOfWork
from engine.storage.instances import cases
from engine.storage.instances.cases import Relation
from engine.storage.recusal import recusals
from engine.text import tell


def case_recusals(app: App, actor: Actor, *, key: Key) -> tuple[Recusal, ...]:
    """All of a case, for those who handle it and administrators; an applicant sees those that he
    asked for. Raises NotFound, Forbidden (recused himself)."""
    with app.database.unit_of_work() as work:
        return _seen(app, work, actor, key).listed


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """A case with what its reader may know of its recusals, and what he has to do with it."""

    case: Instance
    related: Relation
    listed: tuple[Recusal, ...]


def _seen(app: App, work: UnitOfWork, actor: Actor, key: Key) -> _Seen:
    case = load_case(app, work, key)
    keep_out(work, actor, key, what=tell("事项"))
    sees = viewer(work, actor)
    if not may_see_case(work, actor, key, sees=sees):
        raise NotFound(what=tell("事项"), key=str(key))
    listed = recusals.search(work, instance_key=key)
    related = cases.relation(work, sees, key)
    if not (actor.administrator or related.handles):
        listed = tuple(each for each in listed if each.asked_by == actor.username)
    return _Seen(case=case, related=related, listed=listed)


@dataclass(frozen=True, kw_only=True)
class RecusalDoor:
    """What one may do about recusal at a case. ``people``: whose recusal he may ask for;
    ``listed``: those that he may know of; ``decides``: whether he decides on them."""

    case: Instance
    declare: Verdict
    people: tuple[Person, ...]
    listed: tuple[Recusal, ...]
    decides: bool


def recusal_door(app: App, actor: Actor, *, key: Key) -> RecusalDoor:
    """Raises NotFound, Forbidden (recused himself). Applicants choose among those who have or had
    a task of theirs, whoever handles the case among all who could take one."""
    with app.database.unit_of_work() as work:
        seen = _seen(app, work, actor, key)
        listed = seen.listed
        found = look(work, instance_key=key, element_key=key, actor=actor, now=app.now())
        mine = facts_of(app, work, actor, found, actor.username, related=seen.related)
        insider = actor.administrator or seen.related.handles
        concerned = recusals.concerned(work, key, named=not insider) if mine.running else ()
        standing = {r.username for r in listed if r.state in _STANDING}
        askable = mine.takes_part or actor.administrator
        return RecusalDoor(
            case=seen.case,
            declare=may(actor, Action.DECLARE_RECUSAL, mine),
            people=tuple(
                person
                for person in (concerned if askable else ())
                if person.username not in {actor.username, found.head.applicant, *standing}
            ),
            listed=listed,
            decides=actor.administrator or mine.leads,
        )


_STANDING = frozenset({RecusalState.ASKED, RecusalState.IN_FORCE})


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
        raise Forbidden(action=tell("查看回避"), reason=tell("此操作仅限管理员。"))
    with app.database.unit_of_work() as work:
        return recusals.search(work, besides=actor.username, states=(RecusalState.IN_FORCE,))


def my_recusals(app: App, actor: Actor) -> tuple[Recusal, ...]:
    """The cases that the actor must keep away from, by number: all that he is told."""
    with app.database.unit_of_work() as work:
        return recusals.search(work, username=actor.username, states=(RecusalState.IN_FORCE,))
