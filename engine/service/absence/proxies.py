"""代理: name somebody who does one's tasks during an absence, revoke it, list them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from engine.model.actor import Actor
from engine.model.errors import Conflict, InvalidInput, NotFound
from engine.model.keys import Key
from engine.model.permissions import Action, require
from engine.model.problems import Problem
from engine.model.proxies import Proxy, ProxyFacts
from engine.service.acting import acting
from engine.service.app import App
from engine.service.said import reason as checked_text
from engine.storage.absence import proxies
from engine.storage.database import UnitOfWork, next_key
from engine.storage.history import acts
from engine.storage.identity import people
from engine.storage.publishing import definitions
from engine.text import several, tell

#: Nobody is away for longer than this; whoever leaves for good hands over (离岗交接).
LONGEST = timedelta(days=366)


def name_proxy(
    app: App,
    actor: Actor,
    *,
    principal: str,
    proxy: str,
    starts_at: datetime,
    ends_at: datetime,
    process_ids: Sequence[str] = (),
    reason: str = "",
) -> Proxy:
    """By the principal or an administrator; ``process_ids`` empty: in all services.

    The same pair has one proxy at a time in a service. A proxy's own proxy does not act for the
    principal. Raises Forbidden, InvalidInput (unknown people, oneself, a period that is over or
    overlaps, unknown services).
    """
    words = checked_text(reason, what=tell("代理原因")) if reason.strip() else ""
    with acting(app, actor) as (work, me):
        require(me, Action.NAME_PROXY, ProxyFacts(principal=principal))
        wanted = Proxy(
            key=next_key(work),
            principal=principal,
            proxy=proxy,
            process_ids=tuple(dict.fromkeys(process_ids)),
            starts_at=starts_at,
            ends_at=ends_at,
            reason=words,
            created_by=me.username,
            created_at=app.now(),
        )
        _require_people(work, wanted)
        _require_period(wanted, app.now())
        _require_services(work, wanted)
        proxies.alone_with(work, principal)
        _require_alone(app, work, wanted)
        proxies.add(work, wanted)
        _on_record(app, work, me, "name-proxy", wanted)
        found = proxies.get(work, wanted.key) or wanted
        work.commit()
    return found


def revoke_proxy(app: App, actor: Actor, *, key: Key) -> Proxy:
    """It ends now. Raises Forbidden (neither principal nor administrator; over), NotFound."""
    with acting(app, actor) as (work, me):
        proxy = proxies.get(work, key)
        if proxy is None or not (me.administrator or me.username in {proxy.principal, proxy.proxy}):
            raise NotFound(what=tell("代理"), key=str(key))
        over = proxy.state(app.now()) in {"revoked", "over"}
        require(me, Action.REVOKE_PROXY, ProxyFacts(principal=proxy.principal, over=over))
        if not proxies.revoke(work, key, by=me.username, now=app.now()):
            raise Conflict(what=tell("此代理"), reason=tell("已撤销"))
        _on_record(app, work, me, "revoke-proxy", proxy)
        found = proxies.get(work, key) or proxy
        work.commit()
    return found


def list_proxies(
    app: App, actor: Actor, *, username: str | None = None, live: bool = False
) -> tuple[Proxy, ...]:
    """Where the person (without a name: the actor) is principal or proxy, the latest first;
    administrators see everybody's. ``live``: not over yet."""
    if username is None and not actor.administrator:
        username = actor.username
    if username != actor.username:
        require(actor, Action.NAME_PROXY, ProxyFacts(principal=username or ""))
    with app.database.unit_of_work() as work:
        return proxies.search(work, people=None if username is None else [username], live=live)


def _require_people(work: UnitOfWork, wanted: Proxy) -> None:
    for field, name in (("principal", wanted.principal), ("proxy", wanted.proxy)):
        person = people.get_person(work, username=name)
        if person is None or not person.active:
            raise _wrong(field, tell("没有在岗人员“{name}”，请重新选择。", name=name))
    if wanted.principal == wanted.proxy:
        raise _wrong("proxy", tell("不能指定本人为自己的代理人。"))


def _require_period(wanted: Proxy, now: datetime) -> None:
    for field, moment in (("startDate", wanted.starts_at), ("endDate", wanted.ends_at)):
        if moment.tzinfo is None:
            raise _wrong(field, tell("时间应写明时区，如 2025-03-10T17:00:00+08:00。"))
    if wanted.ends_at <= wanted.starts_at:
        raise _wrong("endDate", tell("结束时间应晚于开始时间。"))
    if wanted.ends_at <= now:
        raise _wrong("endDate", tell("代理期间已经过去，请重新填写。"))
    if wanted.ends_at - wanted.starts_at > LONGEST:
        raise _wrong("endDate", tell("代理期间最长一年；长期离岗请办理离岗交接。"))


def _require_services(work: UnitOfWork, wanted: Proxy) -> None:
    known = definitions.process_names(work, wanted.process_ids)
    unknown = [each for each in wanted.process_ids if each not in known]
    if unknown:
        raise _wrong(
            "processDefinitionIds",
            tell("没有流程“{unknown}”，请重新选择。", unknown=several(unknown)),
        )


def _require_alone(app: App, work: UnitOfWork, wanted: Proxy) -> None:
    for other in proxies.overlapping(work, wanted):
        if other.shares_services(wanted):
            zone = app.settings.timezone
            raise _wrong(
                "startDate",
                tell(
                    "{proxy_name}在 {starts_at:%Y-%m-%d %H:%M} 至 {ends_at:%Y-%m-%d %H:%M} 已是{principal_name}的代理人，"
                    "期间不能重叠；请先撤销原来的代理。",
                    proxy_name=other.proxy_name,
                    starts_at=other.starts_at.astimezone(zone),
                    ends_at=other.ends_at.astimezone(zone),
                    principal_name=other.principal_name,
                ),
            )


def _on_record(app: App, work: UnitOfWork, me: Actor, kind: str, proxy: Proxy) -> None:
    acts.record(
        work,
        stream="proxies",
        actor=me,
        kind=kind,
        facts={
            "proxy": str(proxy.key),
            "principal": proxy.principal,
            "by": proxy.proxy,
            "from": proxy.starts_at.isoformat(),
            "until": proxy.ends_at.isoformat(),
            "services": list(proxy.process_ids),
        },
        at=app.now(),
    )


def _wrong(field: str, message: str) -> InvalidInput:
    return InvalidInput(problems=(Problem(element_id=field, rule=field, message=message),))
