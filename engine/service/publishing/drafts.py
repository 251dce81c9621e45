"""Editing a diagram, decision or form before it is published."""

from __future__ import annotations

import re
import unicodedata

from engine.model.actor import Actor
from engine.model.definitions import DiagramDraft, ResourceKind
from engine.model.errors import Conflict, InvalidInput, NotFound, TooLarge
from engine.model.keys import Key
from engine.model.permissions import Action, require
from engine.model.problems import Problem
from engine.model.states import PublicationState
from engine.service.acting import acting
from engine.service.app import App
from engine.service.publishing import resource
from engine.service.publishing.blank import blank
from engine.storage.database import UnitOfWork
from engine.storage.history import acts
from engine.storage.publishing import definitions, publications
from engine.text import tell

_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}")


def open_draft(
    app: App,
    actor: Actor,
    *,
    kind: ResourceKind = ResourceKind.BPMN,
    definition_key: Key | None = None,
    new_id: str = "",
    new_name: str = "",
    content: str | None = None,
    resource_name: str = "",
) -> DiagramDraft:
    """Begin to edit: a published version (``definition_key``), an uploaded file (``content``), or
    something new. Where the same thing is being edited already, that draft is given instead.

    Raises :class:`NotFound`, :class:`InvalidInput`, :class:`Conflict` for an upload while a draft
    of the same id is open.
    """
    with acting(app, actor) as (work, me):
        require(me, Action.EDIT_DRAFT)
        name, text = _beginning(
            work,
            kind=kind,
            definition_key=definition_key,
            new_id=new_id,
            new_name=new_name,
            content=content,
            resource_name=resource_name,
        )
        own = resource.identify(kind, text.encode())
        if own is None:
            raise _invalid("content", "draft-content", tell("文件中没有可识别的流程、决策或表单。"))
        already = publications.find_open(work, kind, own.id)
        if already is not None and content is not None:
            raise Conflict(
                what=tell("“{already}”的草稿", already=already.name),
                reason=tell("{edited_by}正在编辑它", edited_by=already.edited_by),
            )
        if already is not None:
            return already
        draft = publications.add(
            work,
            kind=kind,
            resource_id=own.id,
            name=own.name,
            resource=name if name.endswith(f".{kind}") else f"{own.id}.{kind}",
            content=text,
            base_key=definition_key,
            actor=me,
            now=app.now(),
        )
        work.commit()
    return draft


def save_diagram_draft(
    app: App, actor: Actor, *, draft_key: Key, xml: str, revision: int
) -> DiagramDraft:
    """Keep what was drawn, whether it could be published or not; a proposal is void with it.

    Raises :class:`Conflict` where somebody saved in between, :class:`NotFound`,
    :class:`TooLarge`.
    """
    if len(xml.encode()) > resource.LARGEST:
        raise TooLarge(what=tell("草稿"), limit="4 MB")
    with acting(app, actor) as (work, me):
        require(me, Action.EDIT_DRAFT)
        found = _found(work, draft_key).draft
        own = resource.identify(found.kind, xml.encode())
        saved = publications.save(
            work,
            draft_key,
            revision=revision,
            content=xml,
            resource_id=own.id if own else found.process_id,
            name=own.name if own else found.name,
            actor=me,
            now=app.now(),
        )
        if saved is None:
            raise stale(_found(work, draft_key).draft)
        work.commit()
    return saved


def get_draft(app: App, actor: Actor, *, draft_key: Key) -> DiagramDraft:
    require(actor, Action.EDIT_DRAFT)
    with app.database.unit_of_work() as work:
        return _found(work, draft_key).draft


def list_drafts(app: App, actor: Actor) -> tuple[DiagramDraft, ...]:
    """What is being edited or waits to be published, the last edited first."""
    require(actor, Action.EDIT_DRAFT)
    with app.database.unit_of_work() as work:
        return publications.list_drafts(work)


def discard_draft(app: App, actor: Actor, *, draft_key: Key, note: str = "") -> None:
    """Give up a draft, one's own or another's; it stays on record."""
    with acting(app, actor) as (work, me):
        require(me, Action.EDIT_DRAFT)
        draft = _found(work, draft_key).draft
        done = publications.decide(
            work,
            draft_key,
            revision=draft.revision,
            state=PublicationState.DISCARDED,
            actor=me,
            note=note,
            deployment=None,
            now=app.now(),
        )
        if done is None:
            raise stale(draft)
        acts.record(
            work,
            stream="publications",
            actor=me,
            kind="discard",
            facts={"draft": str(draft_key), "id": draft.process_id, "note": note},
            at=app.now(),
        )
        work.commit()


def stale(draft: DiagramDraft) -> Conflict:
    """Why a draft cannot be written: somebody else was faster, or it is closed."""
    reason = {
        PublicationState.PUBLISHED: tell("它已发布"),
        PublicationState.DISCARDED: tell("它已被放弃"),
    }.get(draft.state, tell("{edited_by}保存了较新的内容", edited_by=draft.edited_by))
    return Conflict(what=tell("“{draft}”的草稿", draft=draft.name), reason=reason)


def _beginning(
    work: UnitOfWork,
    *,
    kind: ResourceKind,
    definition_key: Key | None,
    new_id: str,
    new_name: str,
    content: str | None,
    resource_name: str,
) -> tuple[str, str]:
    """The name of the file, and its text."""
    if definition_key is not None:
        found = definitions.content_of(work, kind, definition_key)
        if found is None:
            raise NotFound(what=tell("流程、决策或表单"), key=str(definition_key))
        return found[0], found[1].decode("utf-8-sig")
    if content is not None:
        if len(content.encode()) > resource.LARGEST:
            raise TooLarge(what=tell("文件"), limit="4 MB")
        return resource_name, content
    name = unicodedata.normalize("NFC", new_name).strip()
    if not _ID.fullmatch(new_id):
        raise _invalid(
            "id", "draft-id", tell("标识应以字母开头，由字母、数字、. _ - 组成，最多 100 位。")
        )
    if not 1 <= len(name) <= 100 or not name.isprintable():
        raise _invalid("name", "draft-name", tell("名称应为 1–100 个可见字符。"))
    return f"{new_id}.{kind}", blank(kind, identity=new_id, name=name)


def _found(work: UnitOfWork, draft_key: Key) -> publications.Edited:
    found = publications.get(work, draft_key)
    if found is None:
        raise NotFound(what=tell("草稿"), key=str(draft_key))
    return found


def _invalid(field: str, rule: str, message: str) -> InvalidInput:
    return InvalidInput(problems=(Problem(element_id=field, rule=rule, message=message),))
