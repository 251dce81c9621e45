"""迁移版本: a running case goes on by another version of its process, as of now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.model.actor import Actor
from engine.model.errors import CannotMigrate, InvalidInput
from engine.model.journal import say
from engine.model.keys import Key
from engine.model.permissions import Action, require
from engine.model.problems import Problem
from engine.model.records import Instance
from engine.service.administration.migration import Plan, checked_mapping, plan
from engine.service.app import App
from engine.service.bundles import Pinned
from engine.service.cases.get_case import load_case
from engine.service.clock.clock_tokens import follow_tokens
from engine.service.repeats import Request, request
from engine.service.said import reason as checked_reason
from engine.service.standing import as_of_now, case_facts
from engine.service.stepping import (
    Act,
    lock_messages,
    offer_messages,
    record,
    require_written,
)
from engine.storage.commands import moving
from engine.storage.commands.changes import Changes
from engine.storage.commands.locking import lock
from engine.storage.database import UnitOfWork
from engine.text import tell


def migrate_case(
    app: App,
    actor: Actor,
    *,
    key: Key,
    definition_key: Key,
    mapping: Mapping[str, str] | None = None,
    reason: str,
    idempotency_key: str | None = None,
) -> Instance:
    """Let a case go on by another version, with the latest forms, decisions and called processes.

    ``mapping``: old → new element id where they differ. Administrators only, also while it is
    suspended. A case that is there already stays as it is. Raises Forbidden, NotFound,
    InvalidInput (no version of this process, unknown elements), CannotMigrate (with every reason).
    """
    words = checked_reason(reason, what=tell("迁移原因"))
    body = {"target": str(definition_key), "mapping": dict(mapping or {}), "reason": words}
    asked = request("migrate-case", idempotency_key, key, body)
    new = app.bundles.resolve(definition_key=definition_key)
    with app.database.unit_of_work() as work:
        migrate_in(
            app, work, actor, key=key, new=new, mapping=mapping or {}, words=words, asked=asked
        )
        case = load_case(app, work, key)
        work.commit()
    return case


def migrate_in(
    app: App,
    work: UnitOfWork,
    actor: Actor,
    *,
    key: Key,
    new: Pinned,
    mapping: Mapping[str, str],
    words: str,
    asked: Request | None = None,
    facts: Mapping[str, Any] | None = None,
) -> bool:
    """The same in the caller's transaction; False where it was there already."""
    now = app.now()
    locked = lock(work, instance_key=key, element_key=key, actor=actor, now=now, position=False)
    me = as_of_now(actor, locked)
    if asked is not None and asked.answered(work, me) is not None:
        return False
    head = locked.head
    require(me, Action.CHANGE_CASE, case_facts(me, locked))
    require_same_process(new, head.process_id)
    if head.bundle_key == new.key:
        return False
    old = app.bundles.of_instance(work, head.bundle_key)
    wanted = checked_mapping(old, new, mapping)
    standing = moving.standing(work, [key])[0]
    found = plan(app, work, standing, old=old, new=new, mapping=wanted)
    if not found.possible:
        raise CannotMigrate(problems=found.problems)
    renamed = set(wanted.values())
    lock_messages(work, found.subscriptions)
    moving.move(work, key, found.move)
    written = require_written(
        record(
            work,
            head=head,
            act=Act(
                kind="migrate",
                facts={
                    "from": old.process.version,
                    "version": new.process.version,
                    "definition": str(new.process.key),
                    "mapping": wanted,
                    "renamed": {
                        str(at): name for at, name in found.move.moved.items() if name in renamed
                    },
                    **(facts or {}),
                },
                said=(say("reason", words),),
            ),
            actor=me,
            gate=None,
            now=now,
            keys_taken=found.counter - head.counter,
            remembered=asked.remembered(me, {"key": str(key)}) if asked else None,
            adapt=lambda changes: _await(app, work, new, found, changes),
        )
    )
    offer_messages(app, work, written)
    return True


def _await(app: App, work: UnitOfWork, new: Pinned, found: Plan, changes: Changes) -> None:
    """What is waited for no longer, and newly; timers of a clock that stands still begin with it."""
    changes.waits_closed = list(found.closed)
    changes.timers = list(found.timers)
    changes.subscriptions = list(found.subscriptions)
    changes.subscription_process = new.process.process_id
    timers = {timer.key: timer for timer in found.timers}
    follow_tokens(
        app, work, new, changes, visits={}, tasks={}, timers=timers, next_key=_no_stop_begins
    )


def _no_stop_begins() -> Key:
    raise AssertionError("a migration enters no element")


def require_same_process(new: Pinned, process_id: str) -> None:
    """Raise InvalidInput unless the version is one of this process."""
    if new.process.process_id != process_id:
        message = tell(
            "只能迁移到同一流程的其他版本，“{process}”是另一个流程。", process=new.process.name
        )
        raise InvalidInput(
            problems=(
                Problem(
                    element_id="targetProcessDefinitionKey", rule="target-process", message=message
                ),
            )
        )
