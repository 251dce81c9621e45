"""Works off the outbox: matches events with who waits for them, hands over one at a time.

Each event is handed over in a transaction of its own that locks one instance, so no two instances
are ever locked at once, and one that fails does not stop the others.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from engine.model.actor import SYSTEM
from engine.model.effects import SubscriptionKind
from engine.model.errors import BanshiError, Conflict
from engine.model.journal import say
from engine.model.keys import Key
from engine.service.app import App
from engine.service.cases.opening import Applicant, open_instance
from engine.service.exchange.publish_message import trigger_waiting
from engine.service.stepping import Act
from engine.storage.database import UnitOfWork
from engine.storage.exchange import messages
from engine.storage.exchange.messages import Delivery
from engine.storage.instances import tree_root

_log = logging.getLogger(__name__)

#: How long a message that a diagram throws is kept for those who do not wait yet.
THROWN_MESSAGE_LIFE = timedelta(hours=1)
FIRST_BACK_OFF = timedelta(seconds=2)
LONGEST_BACK_OFF = timedelta(minutes=10)


def deliver(app: App, *, limit: int = 200) -> int:
    """Hand over what is due, up to so many steps of it; returns how many were taken."""
    taken = 0
    while taken < limit and _one(app):
        taken += 1
    return taken


def _one(app: App) -> bool:
    with app.database.unit_of_work() as work:
        delivery = messages.take_delivery(work, now=app.now())
        if delivery is None:
            return False
        try:
            _hand_over(app, work, delivery)
        except BanshiError as error:
            failure: BanshiError | Exception = error
        except Exception as error:  # noqa: BLE001 - one bad case never stops the round
            _log.exception("delivery %s failed", delivery.key)
            failure = error
        else:
            work.commit()
            return True
    _put_off(app, delivery, failure)
    return True


def _hand_over(app: App, work: UnitOfWork, delivery: Delivery) -> None:
    if delivery.instance_key is None and delivery.definition_key is None:
        _match(work, delivery)
    elif delivery.instance_key is not None:
        _to_instance(app, work, delivery)
    else:
        _to_definition(app, work, delivery)


def _match(work: UnitOfWork, delivery: Delivery) -> None:
    message_key = delivery.message_key
    if delivery.kind is SubscriptionKind.MESSAGE:
        messages.lock_name(work, delivery.name, delivery.correlation_key)
        if message_key is None:
            message_key = messages.add_message(
                work,
                name=delivery.name,
                correlation_key=delivery.correlation_key,
                message_id=None,
                variables=delivery.variables,
                now=delivery.created_at,
                expires_at=delivery.created_at + THROWN_MESSAGE_LIFE,
            )
    messages.match(work, delivery, message_key)
    messages.drop_delivery(work, delivery.key)


def _to_instance(app: App, work: UnitOfWork, delivery: Delivery) -> None:
    if delivery.instance_key is None or delivery.subscription_key is None:
        raise AssertionError("an addressed delivery has an address")
    waiting = messages.waiting(work, delivery.instance_key, delivery.subscription_key)
    if waiting is None or not _first_time(work, delivery, waiting.process_id):
        messages.drop_delivery(work, delivery.key)
        return
    trigger_waiting(
        app,
        work,
        SYSTEM,
        waiting,
        name=delivery.name,
        values=delivery.variables,
        kind=str(delivery.kind),
        delivery=delivery.key,
    )


def _to_definition(app: App, work: UnitOfWork, delivery: Delivery) -> None:
    pinned = app.bundles.resolve(definition_key=delivery.definition_key)
    if not _first_time(work, delivery, pinned.process.process_id):
        messages.drop_delivery(work, delivery.key)
        return
    open_instance(
        app,
        work,
        pinned=pinned,
        variables=delivery.variables,
        applicant=Applicant.of(SYSTEM),
        unit=tree_root.root_unit(work),
        actor=SYSTEM,
        act=Act(
            kind=str(delivery.kind),
            facts={"name": delivery.name},
            said=(say("variables", dict(delivery.variables)),) if delivery.variables else (),
        ),
        now=app.now(),
        event_id=delivery.event_id,
        delivery=delivery.key,
    )


def _first_time(work: UnitOfWork, delivery: Delivery, process_id: str) -> bool:
    """Whether the message has not reached the process before; signals always go on."""
    if delivery.message_key is None:
        return True
    return messages.correlated(
        work,
        message_key=delivery.message_key,
        process_id=process_id,
        instance_key=delivery.instance_key or Key(0),
    )


def _put_off(app: App, delivery: Delivery, failure: Exception) -> None:
    """Later; a subscription that closed meanwhile is found closed then."""
    wait = min(FIRST_BACK_OFF * 2 ** min(delivery.failures, 12), LONGEST_BACK_OFF)
    if not isinstance(failure, Conflict):
        _log.warning("delivery %s put off for %s: %s", delivery.key, wait, failure)
    with app.database.unit_of_work() as work:
        messages.put_off_delivery(work, delivery.key, until=app.now() + wait, because=str(failure))
        work.commit()
