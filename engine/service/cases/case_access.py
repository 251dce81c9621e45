"""Who may see a case: its applicant, whoever has or had to do with it, administrators."""

from __future__ import annotations

from engine.model.actor import Actor
from engine.model.case_rules import CaseFacts
from engine.model.errors import Forbidden, NotFound
from engine.model.keys import Key
from engine.model.permissions import Action, may
from engine.model.records import Document
from engine.model.recusals import RECUSED
from engine.model.states import DocumentPurpose
from engine.storage.absence import proxies
from engine.storage.database import UnitOfWork
from engine.storage.instances import cases
from engine.storage.recusal import barring
from engine.storage.worklists.tasks import Viewer
from engine.text import tell


def viewed_groups(actor: Actor) -> list[str]:
    return sorted(str(membership) for membership in actor.memberships)


def viewer(
    work: UnitOfWork, actor: Actor, *, everything: bool = False, alone: bool = False
) -> Viewer:
    """The actor as searches look at him: himself, and (unless ``alone``) as a proxy of whom he
    stands in for now; nothing of the cases that he must keep away from."""
    return Viewer(
        key=actor.key,
        username=actor.natural,
        groups=viewed_groups(actor),
        today=work.today,
        principals=() if alone or everything else proxies.represented_by(work, actor.natural),
        everything=everything,
    )


def seen_by(work: UnitOfWork, actor: Actor) -> Viewer:
    """What a search is narrowed to: administrators see all but what they must keep away from."""
    return viewer(work, actor, everything=actor.administrator)


def keep_out(
    work: UnitOfWork, actor: Actor, instance_key: Key, *, what: str, recused: bool | None = None
) -> None:
    """Raise Forbidden where the actor is recused, which tells him that and no more; to whoever has
    nothing to do with the case anyway there is none (NotFound). ``recused``: where it is known."""
    if recused is None:
        recused = barring.is_recused(work, actor.natural, instance_key)
    if not recused:
        return
    known = Viewer(key=actor.key, username=actor.natural, groups=viewed_groups(actor))
    if (
        actor.administrator
        or barring.has_recusal(work, actor.natural, instance_key)
        or cases.takes_part(work, known, instance_key)
    ):
        raise Forbidden(action=tell("查看此{what}", what=what), reason=RECUSED)
    raise NotFound(what=what, key=str(instance_key))


def may_see_case(
    work: UnitOfWork, actor: Actor, instance_key: Key, *, sees: Viewer | None = None
) -> bool:
    """Whether the actor may look at the case (and open its documents); ``sees``: as ``viewer`` has
    it, where the caller has asked for it."""
    if sees is None or actor.administrator:
        sees = seen_by(work, actor)
    facts = CaseFacts(takes_part=cases.takes_part(work, sees, instance_key))
    return bool(facts.takes_part and may(actor, Action.READ_CASE, facts))


def may_see_file(work: UnitOfWork, actor: Actor, document: Document) -> bool:
    """Whether the actor may look at a file of a case: materials, like the case; what goes with
    comments and signatures is for those who handle it."""
    if document.instance_key is None:
        return False
    if document.purpose is DocumentPurpose.MATERIAL:
        return may_see_case(work, actor, document.instance_key)
    if actor.administrator:
        return may_see_case(work, actor, document.instance_key)
    return cases.handles_others(work, viewer(work, actor), actor.key, document.instance_key)
