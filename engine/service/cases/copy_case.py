"""抄送: whoever has a task sends its case to colleagues to read; they never act on it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from engine.model import keys
from engine.model.actor import Actor
from engine.model.copies import CarbonCopy, Reader
from engine.model.errors import Forbidden, InvalidInput
from engine.model.execution import Locked
from engine.model.journal import say
from engine.model.keys import Key
from engine.model.permissions import Action, require
from engine.model.problems import Problem
from engine.service.app import App
from engine.service.cases.copying import announcement
from engine.service.refusals import note_refusal
from engine.service.repeats import request
from engine.service.said import reason as checked_reason
from engine.service.standing import as_of_now, open_task, task_facts
from engine.service.stepping import Act, record, require_written
from engine.storage.commands.changes import NewCopy
from engine.storage.commands.locking import lock
from engine.storage.database import UnitOfWork
from engine.storage.instances import copies
from engine.text import tell

#: One copies a case to no more people than this at once.
MOST = 50


def copy_case(
    app: App,
    actor: Actor,
    *,
    task_key: Key,
    people: Collection[str],
    note: str = "",
    idempotency_key: str | None = None,
) -> tuple[CarbonCopy, ...]:
    """The copies as they stand now; whoever had one already has it anew, unread, with this note.

    ``people``: usernames of staff; never the applicant, nor anybody recused. Raises Forbidden (not
    the task's holder), InvalidInput (whom it cannot go to, each by name), AlreadyHandled, NotFound.
    """
    words = checked_reason(note, what=tell("抄送附言")) if note.strip() else ""
    named = tuple(dict.fromkeys(name.strip() for name in people if name.strip()))
    _require_some(named)
    instance_key = keys.instance_of(task_key)
    asked = request("copy-case", idempotency_key, task_key, {"people": named, "note": words})
    try:
        with app.database.unit_of_work() as work:
            locked = lock(
                work,
                instance_key=instance_key,
                element_key=task_key,
                actor=actor,
                now=app.now(),
                task=True,
                position=False,
            )
            me = as_of_now(actor, locked)
            if asked is not None and asked.answered(work, me) is not None:
                return _made(work, instance_key, named)
            task = open_task(locked)
            require(me, Action.COPY_CASE, task_facts(me, locked, task))
            _require_fit(me, locked, copies.readers(work, named), named)
            require_written(
                record(
                    work,
                    head=locked.head,
                    act=Act(
                        kind="copy",
                        element_key=task_key,
                        element_id=task.element_id,
                        facts={"people": list(named)},
                        said=(say("words", {"reason": words}),) if words else (),
                    ),
                    actor=me,
                    gate=None,
                    now=app.now(),
                    copies=[
                        NewCopy(
                            username=name,
                            copied_by=me.natural,
                            element_id=task.element_id,
                            note=words,
                        )
                        for name in named
                    ],
                    also=[announcement(instance_key, named, skip=me.key)],
                    remembered=asked.remembered(me, {"key": str(task_key)}) if asked else None,
                )
            )
            made = _made(work, instance_key, named)
            work.commit()
    except Forbidden as refusal:
        note_refusal(app, actor, refusal, task_key=task_key)
        raise
    return made


def _made(work: UnitOfWork, instance_key: Key, named: Collection[str]) -> tuple[CarbonCopy, ...]:
    return tuple(c for c in copies.copies_of(work, instance_key) if c.username in named)


def _require_some(named: Collection[str]) -> None:
    message = ""
    if not named:
        message = tell("请选择抄送给谁。")
    elif len(named) > MOST:
        message = tell("一次最多抄送 {most} 人，现在是 {count} 人。", most=MOST, count=len(named))
    if message:
        raise InvalidInput(problems=(Problem(element_id="people", rule="people", message=message),))


def _require_fit(
    me: Actor, locked: Locked, found: dict[str, Reader], named: Collection[str]
) -> None:
    problems = tuple(
        Problem(element_id="people", rule=rule, message=message)
        for name in named
        for rule, message in _unfit(me, locked, found.get(name), name)
    )
    if problems:
        raise InvalidInput(problems=problems)


def _unfit(
    me: Actor, locked: Locked, reader: Reader | None, name: str
) -> Iterator[tuple[str, str]]:
    if reader is None:
        yield "person", tell("没有在岗人员“{name}”，请重新选择。", name=name)
    elif name == locked.head.applicant:
        yield (
            "applicant",
            tell("{reader}是本事项的申请人，可以自己查看，不用抄送。", reader=reader.name),
        )
    elif name in locked.head.barred:
        yield "recused", tell("{reader}须回避本事项，不能抄送。", reader=reader.name)
    elif not reader.staff:
        yield "staff", tell("{reader}不是工作人员，不能抄送。", reader=reader.name)
    elif name in {me.username, me.natural}:
        yield "self", tell("不用抄送给自己。")
