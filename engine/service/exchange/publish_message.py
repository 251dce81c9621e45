"""Messages and signals from outside: published for whoever waits, or waits soon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from engine.model.actor import Actor
from engine.model.commands import Trigger
from engine.model.effects import SubscriptionKind
from engine.model.errors import Conflict, InvalidInput, NotFound
from engine.model.journal import say
from engine.model.keys import Key
from engine.model.permissions import Action, require
from engine.model.problems import Problem
from engine.service.acting import acting
from engine.service.app import App
from engine.service.cases.opening import Applicant, open_instance
from engine.service.cases.start_case import own_unit
from engine.service.papers import forms
from engine.service.standing import as_of_now
from engine.service.stepping import Act, advance, require_written
from engine.storage.commands.changes import SubscriptionEnd
from engine.storage.commands.locking import lock
from engine.storage.database import UnitOfWork
from engine.storage.exchange import messages
from engine.storage.exchange.messages import Waiting
from engine.storage.exchange.queue import DELIVER
from engine.text import tell

_LONGEST_NAME = 200
_LONGEST_LIFE = timedelta(days=366)


@dataclass(frozen=True, kw_only=True)
class Correlated:
    """Where a message arrived."""

    message_key: Key
    instance_key: Key


def publish_message(
    app: App,
    actor: Actor,
    *,
    name: str,
    correlation_key: str = "",
    variables: Mapping[str, Any] | None = None,
    ttl: timedelta = timedelta(0),
    message_id: str | None = None,
) -> Key:
    """Publish a message; it is kept for ``ttl`` for those who do not wait yet.

    Reaches one instance of each process. Raises Forbidden, InvalidInput, and Conflict where a
    message with this id, name and correlation key is kept already.
    """
    _require_name("name", name)
    _require_name("correlationKey", correlation_key, empty=True)
    values = forms.unchecked(variables or {}).variables
    if not timedelta(0) <= ttl <= _LONGEST_LIFE:
        raise _wrong("timeToLive", tell("消息保留时间应在 0 到 366 天之间。"))
    now = app.now()
    with acting(app, actor) as (work, me):
        require(me, Action.PUBLISH_EVENT)
        key = messages.add_message(
            work,
            name=name,
            correlation_key=correlation_key,
            message_id=message_id,
            variables=values,
            now=now,
            # whoever waits already gets it even if it is not kept: the outbox has a copy
            expires_at=now + ttl,
        )
        if key is None:
            raise Conflict(
                what=tell("此消息"),
                reason=tell("编号为“{message_id}”的消息已经发布过", message_id=message_id),
            )
        messages.send(
            work,
            kind=SubscriptionKind.MESSAGE,
            name=name,
            correlation_key=correlation_key,
            variables=values,
            now=now,
            message_key=key,
        )
        app.queue.defer(work, DELIVER, [{}])
        work.commit()
    return key


def broadcast_signal(
    app: App, actor: Actor, *, name: str, variables: Mapping[str, Any] | None = None
) -> Key:
    """Broadcast a signal to all who wait for it now. Raises Forbidden, InvalidInput."""
    _require_name("signalName", name)
    values = forms.unchecked(variables or {}).variables
    with acting(app, actor) as (work, me):
        require(me, Action.PUBLISH_EVENT)
        key = messages.send(
            work,
            kind=SubscriptionKind.SIGNAL,
            name=name,
            correlation_key="",
            variables=values,
            now=app.now(),
        )
        app.queue.defer(work, DELIVER, [{}])
        work.commit()
    return key


def correlate_message(
    app: App,
    actor: Actor,
    *,
    name: str,
    correlation_key: str = "",
    variables: Mapping[str, Any] | None = None,
) -> Correlated:
    """Hand a message to the instance that waits for it, or start one, before this returns.

    Raises NotFound where nobody waits for it, Forbidden, InvalidInput.
    """
    _require_name("name", name)
    values = forms.unchecked(variables or {}).variables
    with acting(app, actor) as (work, me):
        require(me, Action.PUBLISH_EVENT)
        key = messages.add_message(
            work,
            name=name,
            correlation_key=correlation_key,
            message_id=None,
            variables=values,
            now=app.now(),
            expires_at=app.now(),
        )
        instance = _correlate(
            app, work, me, name=name, correlation_key=correlation_key, values=values
        )
        work.commit()
    if key is None:
        raise AssertionError("a message without an id is always new")
    return Correlated(message_key=key, instance_key=instance)


def _correlate(
    app: App,
    work: UnitOfWork,
    me: Actor,
    *,
    name: str,
    correlation_key: str,
    values: Mapping[str, Any],
) -> Key:
    waiting = messages.find_waiting(work, name=name, correlation_key=correlation_key)
    if waiting is not None:
        trigger_waiting(app, work, me, waiting, name=name, values=values, kind="message")
        return waiting.instance_key
    start = messages.find_start(work, name=name)
    if start is None:
        raise NotFound(what=tell("等待此消息的事项"), key=name)
    definition_key, event_id = start
    pinned = app.bundles.resolve(definition_key=definition_key)
    changes = open_instance(
        app,
        work,
        pinned=pinned,
        variables=values,
        applicant=Applicant.of(me),
        unit=own_unit(work, me, pinned),
        actor=me,
        act=Act(kind="message", facts={"name": name}, said=(say("variables", dict(values)),)),
        now=app.now(),
        event_id=event_id,
    )
    return changes.instance_key


def trigger_waiting(
    app: App,
    work: UnitOfWork,
    me: Actor,
    waiting: Waiting,
    *,
    name: str,
    values: Mapping[str, Any],
    kind: str,
    delivery: Key | None = None,
) -> None:
    """Let the event arrive at an open subscription; raises Conflict where it closed meanwhile."""
    now = app.now()
    locked = lock(
        work,
        instance_key=waiting.instance_key,
        element_key=waiting.element_key,
        actor=me,
        now=now,
    )
    me = as_of_now(me, locked)
    require_written(
        advance(
            app,
            work,
            at=locked.head,
            state=locked.state,
            pinned=app.bundles.of_instance(work, locked.head.bundle_key),
            command=Trigger(
                element_key=waiting.element_key, event_id=waiting.event_id, variables=values
            ),
            act=Act(
                kind=kind,
                element_key=waiting.element_key,
                element_id=waiting.event_id,
                facts={"name": name},
                said=(say("variables", dict(values)),) if values else (),
            ),
            actor=me,
            gate=SubscriptionEnd(key=waiting.key, stays=not waiting.interrupting),
            now=now,
            delivery=delivery,
        )
    )


def _require_name(field: str, text: str, *, empty: bool = False) -> None:
    if (not text and not empty) or len(text) > _LONGEST_NAME or "\x00" in text:
        raise _wrong(
            field,
            tell(
                "{field} 应为不超过 {longest_name} 字的文本。",
                field=field,
                longest_name=_LONGEST_NAME,
            ),
        )


def _wrong(field: str, message: str) -> InvalidInput:
    return InvalidInput(problems=(Problem(element_id=field, rule=field, message=message),))
