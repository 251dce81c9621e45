"""Who may see a case: its applicant, whoever has or had to do with it, administrators."""

from __future__ import annotations

from engine.model.actor import Actor
from engine.model.case_rules import CaseFacts
from engine.model.keys import Key
from engine.model.permissions import Action, may
from engine.model.records import Document
from engine.model.states import DocumentPurpose
from engine.storage import cases
from engine.storage.database import UnitOfWork
from engine.storage.tasks import Viewer


def viewer(actor: Actor) -> Viewer:
    """The actor as searches look at him."""
    return Viewer(
        key=actor.key,
        username=actor.username,
        groups=sorted(str(membership) for membership in actor.memberships),
    )


def seen_by(actor: Actor) -> Viewer | None:
    """What a search is narrowed to; None for administrators, who see all."""
    return None if actor.administrator else viewer(actor)


def may_see_case(work: UnitOfWork, actor: Actor, instance_key: Key) -> bool:
    """Whether the actor may look at the case (and open its documents)."""
    if actor.administrator:
        return True
    facts = CaseFacts(takes_part=cases.takes_part(work, viewer(actor), instance_key))
    return bool(may(actor, Action.READ_CASE, facts))


def may_see_file(work: UnitOfWork, actor: Actor, document: Document) -> bool:
    """Whether the actor may look at a file of a case: materials, like the case; what goes with
    comments and signatures is for those who handle it."""
    if document.instance_key is None:
        return False
    if document.purpose is DocumentPurpose.MATERIAL:
        return may_see_case(work, actor, document.instance_key)
    if actor.administrator:
        return True
    return cases.handles_others(work, viewer(actor), actor.key, document.instance_key)
