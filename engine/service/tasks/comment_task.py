"""评论: something said on a task beside its decision, with files, and for some to be told of.

Whoever handles the case reads it; the applicant does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.model import keys
from engine.model.actor import Actor
from engine.model.errors import Forbidden, InvalidInput, NotFound
from engine.model.execution import Locked, OpenTask
from engine.model.journal import say
from engine.model.keys import Key
from engine.model.notifications import Announcement, NoticeKind
from engine.model.permissions import Action, require
from engine.model.problems import Problem
from engine.model.records import Entry, UserTask
from engine.model.states import DocumentPurpose
from engine.service.app import App
from engine.service.cases.case_access import viewer
from engine.service.refusals import note_refusal
from engine.service.repeats import Request, request
from engine.service.said import reason as checked_text
from engine.service.standing import as_of_now, comment_facts, is_near
from engine.service.stepping import Act, record, require_written
from engine.service.tasks.get_task import load_task
from engine.service.tasks.task_page import task_page
from engine.storage.commands.locking import lock
from engine.storage.database import UnitOfWork
from engine.storage.instances import cases
from engine.storage.papers import documents
from engine.storage.worklists import assignees
from engine.storage.worklists.tasks import Viewer
from engine.text import tell

LONGEST = 2000
MOST_FILES = 10
MOST_MENTIONS = 20


def comment_task(
    app: App,
    actor: Actor,
    *,
    key: Key,
    text: str,
    files: Sequence[Key] = (),
    mentions: Sequence[str] = (),
    idempotency_key: str | None = None,
) -> UserTask:
    """Say something on a task, open or not, for as long as its case is not over.

    ``files``: keys of the actor's own staged documents, which the case keeps by their hash;
    ``mentions``: usernames of colleagues who are told. Raises Forbidden, InvalidInput, NotFound.
    """
    words = checked_text(text, what=tell("评论内容"), longest=LONGEST)
    if len(files) > MOST_FILES:
        raise _wrong(
            "files",
            tell(
                "一次最多附 {most_files} 个文件，现在是 {count} 个。",
                most_files=MOST_FILES,
                count=len(files),
            ),
        )
    if len(mentions) > MOST_MENTIONS:
        raise _wrong(
            "mentions",
            tell(
                "一次最多提醒 {most_mentions} 人，现在是 {count} 人。",
                most_mentions=MOST_MENTIONS,
                count=len(mentions),
            ),
        )
    asked = request(
        "comment-task",
        idempotency_key,
        key,
        {"text": words, "files": [str(k) for k in files], "mentions": list(mentions)},
    )
    try:
        with app.database.unit_of_work() as work:
            commented = _comment(
                app,
                work,
                actor,
                key=key,
                words=words,
                files=tuple(dict.fromkeys(files)),
                mentions=tuple(dict.fromkeys(mentions)),
                asked=asked,
            )
            work.commit()
    except Forbidden as refusal:
        note_refusal(app, actor, refusal, task_key=key)
        raise
    return commented


def comments(app: App, actor: Actor, *, key: Key) -> tuple[Entry, ...]:
    """What was said on the task, oldest first; empty for whoever may not read it. NotFound."""
    entries = task_page(app, actor, key=key).case.entries
    return tuple(e for e in entries if e.kind == "comment" and e.element_key == key)


def _comment(
    app: App,
    work: UnitOfWork,
    actor: Actor,
    *,
    key: Key,
    words: str,
    files: tuple[Key, ...],
    mentions: tuple[str, ...],
    asked: Request | None,
) -> UserTask:
    now = app.now()
    instance_key = keys.instance_of(key)
    locked = lock(
        work,
        instance_key=instance_key,
        element_key=key,
        actor=actor,
        now=now,
        task=True,
        position=False,
    )
    me = as_of_now(actor, locked)
    if asked is not None and asked.answered(work, me) is not None:
        return load_task(app, work, key)
    task = locked.task
    if task is None:
        raise NotFound(what=tell("任务"), key=str(key))
    handles = is_near(me, task) or cases.handles(work, viewer(work, me), instance_key)
    require(me, Action.COMMENT_TASK, comment_facts(me, locked, task, handles=handles))
    _require_colleagues(work, locked, task, mentions)
    digests = documents.bind(
        work,
        keys=files,
        instance_key=instance_key,
        owner_key=me.key,
        now=now,
        purpose=DocumentPurpose.COMMENT,
    )
    facts: dict[str, Any] = {}
    if digests:
        facts["documents"] = [[str(file), digests[file]] for file in files]
    if mentions:
        facts["people"] = list(mentions)
    require_written(
        record(
            work,
            head=locked.head,
            act=Act(
                kind="comment",
                element_key=key,
                element_id=task.element_id,
                facts=facts,
                said=(say("words", {"comment": words}),),
            ),
            actor=me,
            gate=None,
            now=now,
            also=_told(locked, task, mentions, me),
            remembered=asked.remembered(me, {"key": str(key)}) if asked else None,
        )
    )
    return load_task(app, work, key)


def _require_colleagues(
    work: UnitOfWork, locked: Locked, task: OpenTask, mentions: tuple[str, ...]
) -> None:
    """Only those may be told who can read it: whoever has or had to do with the case."""
    for name in mentions:
        found = assignees.find(work, name, task=task, instance_key=locked.head.key, by=None)
        to = found.person if found else None
        applicant = name == locked.head.applicant and task.lane_kind != "applicant"
        if (
            to is None
            or applicant
            or not cases.handles(
                work, Viewer(key=to.key, username=name, groups=()), locked.head.key
            )
        ):
            raise _wrong(
                "mentions", tell("只能提醒参与办理此事项的人员，“{name}”不在其中。", name=name)
            )


def _told(
    locked: Locked, task: OpenTask, mentions: tuple[str, ...], me: Actor
) -> tuple[Announcement, ...]:
    if not mentions:
        return ()
    return (
        Announcement(
            kind=NoticeKind.TASK_COMMENTED,
            instance_key=locked.head.key,
            task_key=task.key,
            facts={"to": " ".join(mentions)},
            skip=me.key,
        ),
    )


def _wrong(field: str, message: str) -> InvalidInput:
    return InvalidInput(problems=(Problem(element_id=field, rule=field, message=message),))
