"""From draft to version: one administrator proposes, another one publishes (四眼原则)."""

from __future__ import annotations

from engine.model.actor import Actor
from engine.model.definitions import Deployment, DiagramDraft, Resource
from engine.model.errors import NotFound
from engine.model.keys import Key
from engine.model.notifications import Announcement, NoticeKind
from engine.model.permissions import Action, Proposal, require
from engine.model.states import PUBLICATION_TRANSITIONS, PublicationState
from engine.service.acting import acting
from engine.service.app import App
from engine.service.publishing.deploy import deploy_within, read_all
from engine.service.publishing.drafts import stale
from engine.storage.database import UnitOfWork
from engine.storage.history import acts
from engine.storage.notifications import announcements
from engine.storage.publishing import publications
from engine.text import tell


def propose_publication(
    app: App, actor: Actor, *, draft_key: Key, note: str = "", revision: int | None = None
) -> DiagramDraft:
    """Hand the draft to another administrator.

    Raises :class:`Refused` where it could not be published, :class:`Conflict` where it is not the
    revision that was looked at, or is closed.
    """
    require(actor, Action.EDIT_DRAFT)
    draft = _looked_at(app, draft_key, revision)
    read_all(app, [_file(draft)])
    with acting(app, actor) as (work, me):
        require(me, Action.EDIT_DRAFT)
        proposed = publications.propose(
            work, draft_key, revision=draft.revision, actor=me, note=note, now=app.now()
        )
        if proposed is None:
            raise stale(_now(work, draft_key))
        acts.record(
            work,
            stream="publications",
            actor=me,
            kind="propose",
            facts={"draft": str(draft_key), "id": draft.process_id, "note": note},
            at=app.now(),
        )
        announcements.add(
            work,
            [Announcement(kind=NoticeKind.PUBLICATION, facts={"name": draft.name}, skip=me.key)],
            now=app.now(),
        )
        work.commit()
    return proposed


def publish(
    app: App, actor: Actor, *, draft_key: Key, note: str = "", revision: int | None = None
) -> Deployment:
    """Make the draft the latest version; running cases keep theirs.

    The publisher is another administrator than the proposer; only in a demonstration may one
    person do both, or publish what was not proposed. Raises :class:`Forbidden`,
    :class:`Refused`, :class:`Conflict`, :class:`NotFound`.
    """
    require(actor, Action.EDIT_DRAFT)
    draft = _looked_at(app, draft_key, revision)
    read = read_all(app, [_file(draft)])
    with acting(app, actor) as (work, me):
        edited = publications.get(work, draft_key, lock=True)
        if edited is None:
            raise NotFound(what=tell("草稿"), key=str(draft_key))
        require(
            me,
            Action.PUBLISH,
            Proposal(proposed_by=edited.proposed_by, four_eyes=not app.settings.demo),
        )
        if (
            edited.draft.revision != draft.revision
            or PublicationState.PUBLISHED not in PUBLICATION_TRANSITIONS[edited.draft.state]
        ):
            raise stale(edited.draft)
        deployment = deploy_within(app, work, me, read=read, note=note or edited.draft.note)
        publications.decide(
            work,
            draft_key,
            revision=draft.revision,
            state=PublicationState.PUBLISHED,
            actor=me,
            note=note or edited.draft.note,
            deployment=deployment.key,
            now=app.now(),
        )
        work.commit()
    return deployment


def _looked_at(app: App, draft_key: Key, revision: int | None) -> DiagramDraft:
    with app.database.unit_of_work() as work:
        draft = _now(work, draft_key)
    if revision is not None and draft.revision != revision:
        raise stale(draft)
    return draft


def _now(work: UnitOfWork, draft_key: Key) -> DiagramDraft:
    found = publications.get(work, draft_key)
    if found is None:
        raise NotFound(what=tell("草稿"), key=str(draft_key))
    return found.draft


def _file(draft: DiagramDraft) -> Resource:
    return Resource(name=draft.resource, content=draft.xml.encode())
