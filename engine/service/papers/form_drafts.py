"""What somebody has typed into a form so far: kept exactly as typed, encrypted, for him alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from engine.feel.values import from_host
from engine.model import codec
from engine.model.actor import Actor
from engine.model.errors import Conflict, TooLarge
from engine.model.keys import Key
from engine.model.permissions import Action, require
from engine.model.records import FormDraft, Phrase
from engine.service import sealing
from engine.service.acting import acting
from engine.service.app import App
from engine.storage.database import UnitOfWork
from engine.storage.worklists import drafts
from engine.text import tell

#: A form that is larger than this was not typed by a person.
LARGEST = 1024 * 1024


def save_form_draft(
    app: App,
    actor: Actor,
    *,
    process_id: str,
    task_key: Key | None = None,
    fields: Mapping[str, Any],
    revision: int | None = None,
) -> FormDraft:
    """Keep the fields of a start form, or of a task's form; whatever they hold, nothing is checked.

    ``revision``: the one this was typed on top of (0: none); :class:`Conflict` where another
    window saved in between. None: whatever there is is written over. Raises :class:`TooLarge`.
    """
    content = codec.encode(from_host(dict(fields))).encode()
    if len(content) > LARGEST:
        raise TooLarge(what=tell("草稿"), limit="1 MB")
    with acting(app, actor) as (work, me):
        require(me, Action.KEEP_DRAFT)
        saved = drafts.save(
            work,
            owner=me.key,
            process_id=process_id,
            task_key=task_key,
            content=sealing.seal(
                content, key=app.secrets.data_key, context=_context(me.key, process_id, task_key)
            ),
            revision=revision,
            now=app.now(),
        )
        if saved is None:
            raise Conflict(what=tell("草稿"), reason=tell("您在另一个窗口保存了较新的内容"))
        work.commit()
    return _opened(app, saved)


def load_form_draft(
    app: App, actor: Actor, *, process_id: str, task_key: Key | None = None
) -> FormDraft | None:
    with app.database.unit_of_work() as work:
        return draft_of(app, work, actor, process_id=process_id, task_key=task_key)


def draft_of(
    app: App, work: UnitOfWork, actor: Actor, *, process_id: str, task_key: Key | None
) -> FormDraft | None:
    """The same in the caller's unit of work."""
    found = drafts.load(work, owner=actor.key, process_id=process_id, task_key=task_key)
    return _opened(app, found) if found else None


def desk_of(
    app: App, work: UnitOfWork, actor: Actor, *, process_id: str, task_key: Key
) -> tuple[FormDraft | None, tuple[Phrase, ...]]:
    """The task's draft and the actor's usual phrases, in the caller's unit of work."""
    found, phrases = drafts.desk(work, owner=actor.key, process_id=process_id, task_key=task_key)
    return (_opened(app, found) if found else None), phrases


def delete_form_draft(
    app: App, actor: Actor, *, process_id: str, task_key: Key | None = None
) -> None:
    """Drop the draft; harmless where there is none."""
    with acting(app, actor) as (work, me):
        drafts.delete(work, owner=me.key, process_id=process_id, task_key=task_key)
        work.commit()


def my_drafts(app: App, actor: Actor) -> tuple[FormDraft, ...]:
    """The actor's own drafts, the last saved first."""
    with app.database.unit_of_work() as work:
        found = drafts.of_owner(work, actor.key)
    return tuple(_opened(app, draft) for draft in found)


def _opened(app: App, draft: drafts.SealedDraft) -> FormDraft:
    content = sealing.unseal(
        draft.content,
        key=app.secrets.data_key,
        context=_context(draft.owner, draft.process_id, draft.task_key),
    )
    return FormDraft(
        key=draft.key,
        owner=draft.owner,
        process_id=draft.process_id,
        task_key=draft.task_key,
        fields=cast("Mapping[str, Any]", codec.decode(content)),
        saved_at=draft.saved_at,
        revision=draft.revision,
    )


def _context(owner: Key, process_id: str, task_key: Key | None) -> str:
    return f"form-draft:{owner}:{process_id}:{task_key or ''}"
