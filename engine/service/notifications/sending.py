"""Sends what is due: lease, send outside of any transaction, write down how it went.

A dispatch is sent at least once: a worker that is killed after sending and before writing it down
sends again, under the same id (``Message-ID``, ``webhook-id``), by which receivers can tell.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Sequence
from datetime import timedelta

from engine.model.notifications import Channel, DispatchState
from engine.service.app import App
from engine.service.notifications import secrets
from engine.service.notifications.digest import digest
from engine.service.notifications.failures import NotSent
from engine.service.notifications.mail import Mail, send_mail
from engine.service.notifications.services import send_to_service
from engine.service.notifications.webhook import Call, send_webhook
from engine.storage.notifications import dispatches, outgoing
from engine.storage.notifications.dispatches import Leased
from engine.text import tell

_log = logging.getLogger(__name__)

#: How long a worker has for one; longer than any channel's own deadline.
LEASE = timedelta(minutes=5)

#: After so many failures somebody has to look at it.
ATTEMPTS = 10
FIRST_BACK_OFF = timedelta(seconds=30)
LONGEST_BACK_OFF = timedelta(hours=2)

#: One round of sending per process at a time: slow receivers hold one thread, not all of them.
_sending = threading.Lock()


def send_due(app: App, *, limit: int = 200) -> int:
    """Send what is due; returns how many leases were taken (bundled mail counts as one)."""
    if not _sending.acquire(blocking=False):
        return 0
    try:
        taken = 0
        while taken < limit and _one(app):
            taken += 1
        return taken
    finally:
        _sending.release()


def _one(app: App) -> bool:
    now = app.now()
    with app.database.unit_of_work() as work:
        leased = dispatches.lease(work, now=now, until=now + LEASE)
        if not leased:
            return False
        gone = dispatches.drop_obsolete(work, [each.key for each in leased], now=now)
        work.commit()
    wanted = [each for each in leased if each.key not in gone]
    if wanted:
        _settle(app, wanted, _attempt(app, wanted))
    return True


def _attempt(app: App, leased: Sequence[Leased]) -> NotSent | None:
    """None where it was sent, else why not."""
    try:
        if leased[0].channel is Channel.EMAIL:
            _mail(app, leased)
        else:
            _call(app, leased[0])
    except NotSent as failure:
        return failure
    except Exception as error:  # noqa: BLE001 - a channel may fail in any way
        _log.exception("dispatch %s failed", leased[0].key)
        return NotSent(tell("发送时出错：{kind}: {error}", kind=type(error).__name__, error=error))
    return None


def _settle(app: App, leased: Sequence[Leased], failure: NotSent | None) -> None:
    now = app.now()
    with app.database.unit_of_work() as work:
        if failure is None:
            dispatches.settle(work, leased, state=DispatchState.SENT, now=now)
        else:
            _log.warning("dispatch %s not sent: %s", leased[0].key, failure.message)
            for each in leased:
                dead = failure.for_good or each.attempt >= ATTEMPTS
                dispatches.settle(
                    work,
                    [each],
                    state=DispatchState.DEAD if dead else DispatchState.FAILED,
                    now=now,
                    next_attempt_at=now + back_off(each.attempt),
                    error=failure.message,
                )
        work.commit()


def back_off(attempt: int) -> timedelta:
    """The wait after the ``attempt``-th failure."""
    return min(FIRST_BACK_OFF * (1 << min(attempt - 1, 12)), LONGEST_BACK_OFF)


def _mail(app: App, leased: Sequence[Leased]) -> None:
    with app.database.unit_of_work() as work:
        found = outgoing.mail_server(work)
    if found is None or not found[0].active:
        raise NotSent(tell("没有启用邮件服务器，请在“外发渠道”中设置。"))
    server, sealed = found
    first = leased[0]
    subject, body = (
        (first.subject, first.body)
        if len(leased) == 1
        else digest(leased, link=f"{app.settings.public_url}/notices")
    )
    send_mail(
        server,
        secrets.opened(app, sealed, secrets.MAIL) if sealed is not None else "",
        Mail(id=f"{first.key}", to=first.address, subject=subject, body=body, at=app.local_now()),
    )


def _call(app: App, leased: Leased) -> None:
    key = leased.endpoint_key
    with app.database.unit_of_work() as work:
        found = outgoing.sealed_endpoint(work, key) if key is not None else None
        allowed = outgoing.allowed_hosts(work)
    if found is None or key is None:
        raise NotSent(tell("此外发地址已被删除。"), for_good=True)
    if not found.endpoint.active:
        raise NotSent(tell("此外发地址已停用。"), for_good=True)
    url = secrets.opened(app, found.url, secrets.url_of(key))
    if found.secret is None:
        send_to_service(url, title="办事", body=leased.line)
        return
    send_webhook(
        Call(
            id=str(leased.key),
            url=url,
            secret=secrets.opened(app, found.secret, secrets.secret_of(key)),
            body=payload(leased),
            timestamp=int(app.now().timestamp()),
        ),
        allowed=allowed,
    )


def payload(leased: Leased) -> bytes:
    """The body of a webhook; keys are decimal texts, as everywhere in the JSON API."""
    data: dict[str, object] = {"text": leased.line}
    if leased.instance_key is not None:
        data["processInstanceKey"] = str(leased.instance_key)
    if leased.task_key is not None:
        data["userTaskKey"] = str(leased.task_key)
    if leased.body:
        data["recipients"] = leased.body.split()
    event = {
        "type": leased.kind.value,
        "timestamp": leased.created_at.isoformat(),
        "data": data,
    }
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
