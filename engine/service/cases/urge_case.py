"""催办: the applicant, or somebody who handled the case before, presses those it waits for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from engine.model import keys
from engine.model.actor import Actor
from engine.model.copies import Urge
from engine.model.errors import TooSoon
from engine.model.journal import say
from engine.model.keys import Key
from engine.model.notifications import Announcement, NoticeKind
from engine.model.permissions import Action, require
from engine.service.app import App
from engine.service.cases.case_access import viewer
from engine.service.cases.case_standing import facts_of, moment_words, others, urge_again_at
from engine.service.repeats import request
from engine.service.said import reason as checked_reason
from engine.service.standing import as_of_now
from engine.service.stepping import Act, record, require_written
from engine.storage.commands.changes import NewUrge
from engine.storage.commands.locking import lock
from engine.storage.instances import cases
from engine.storage.worklists import tasks
from engine.text import tell


def urge_case(
    app: App, actor: Actor, *, key: Key, note: str = "", idempotency_key: str | None = None
) -> Urge:
    """Tell whoever has or may take the open tasks; it shows on them. Of two at once, one wins.

    Raises Forbidden (neither applicant nor earlier handler; nothing waits for somebody else),
    TooSoon (says when one may press again), NotFound.
    """
    words = checked_reason(note, what=tell("催办说明"), longest=200) if note.strip() else ""
    asked = request("urge-case", idempotency_key, key, {"note": words})
    now = app.now()
    with app.database.unit_of_work() as work:
        locked = lock(work, instance_key=key, element_key=key, actor=actor, now=now, position=False)
        me = as_of_now(actor, locked)
        if asked is not None and (before := asked.answered(work, me)) is not None:
            return _urge(me, key, before)
        pinned = app.bundles.of_instance(work, locked.head.bundle_key)
        related = cases.relation(work, viewer(work, me), key)
        waiting = tasks.open_tasks_of(work, key)
        facts = facts_of(app, me, locked, pinned, related=related, open_tasks=waiting)
        require(me, Action.URGE_CASE, replace(facts, urge_again=""))
        again = urge_again_at(app, pinned, related.urged_at)
        if again is not None:
            raise TooSoon(again=moment_words(app, again), again_at=again)
        pressed = tuple(task.key for task in others(waiting, me))
        made = Urge(
            key=keys.part(key, locked.head.counter + 1),
            instance_key=key,
            username=me.username,
            name=me.name,
            note=words,
            tasks=pressed,
            created_at=now,
        )
        answer = {
            "key": str(made.key),
            "note": words,
            "tasks": [str(task) for task in pressed],
            "at": now.isoformat(),
        }
        require_written(
            record(
                work,
                head=locked.head,
                act=Act(
                    kind="urge",
                    facts={"tasks": [str(task) for task in pressed]},
                    said=(say("words", {"reason": words}),) if words else (),
                ),
                actor=me,
                gate=None,
                now=now,
                keys_taken=1,
                urges=[NewUrge(key=made.key, username=me.username, note=words, tasks=pressed)],
                also=[
                    Announcement(
                        kind=NoticeKind.TASK_URGED,
                        instance_key=key,
                        task_key=task,
                        skip=me.key,
                    )
                    for task in pressed
                ],
                remembered=asked.remembered(me, answer) if asked else None,
            )
        )
        work.commit()
    return made


def _urge(me: Actor, key: Key, answer: Mapping[str, Any]) -> Urge:
    """The urge that this very request made the first time."""
    return Urge(
        key=Key(int(answer["key"])),
        instance_key=key,
        username=me.username,
        name=me.name,
        note=answer["note"],
        tasks=tuple(Key(int(task)) for task in answer["tasks"]),
        created_at=datetime.fromisoformat(answer["at"]),
    )
