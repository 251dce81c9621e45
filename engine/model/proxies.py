"""Absence proxies (代理): somebody does a person's tasks while he is away. Pure.

The seat stays the principal's; the record says “C 代 A”. A proxy's proxy does not act for the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.model.actor import Actor
from engine.model.keys import Key
from engine.model.verdict import ALLOWED, Verdict, refused
from engine.text import tell


@dataclass(frozen=True, kw_only=True)
class Proxy:
    """``starts_at`` ≤ t < ``ends_at``. ``principal``, ``proxy``, ``created_by``: usernames;
    ``process_ids`` empty: in all services."""

    key: Key
    principal: str
    proxy: str
    starts_at: datetime
    ends_at: datetime
    created_by: str
    created_at: datetime
    process_ids: tuple[str, ...] = ()
    reason: str = ""
    revoked_by: str | None = None
    revoked_at: datetime | None = None
    principal_name: str = ""
    proxy_name: str = ""

    def state(self, now: datetime) -> str:
        """``revoked``, ``planned``, ``live`` or ``over``."""
        if self.revoked_at is not None:
            return "revoked"
        if now < self.starts_at:
            return "planned"
        return "live" if now < self.ends_at else "over"

    def shares_services(self, other: Proxy) -> bool:
        mine, theirs = set(self.process_ids), set(other.process_ids)
        return not mine or not theirs or bool(mine & theirs)


@dataclass(frozen=True, kw_only=True)
class ProxyFacts:
    """``principal``: a username. ``over``: revoked or past its end."""

    principal: str
    over: bool = False


def name(actor: Actor, facts: ProxyFacts) -> Verdict:
    if actor.administrator or facts.principal == actor.username:
        return ALLOWED
    return refused(tell("只有本人或管理员可以设置代理。"))


def revoke(actor: Actor, facts: ProxyFacts) -> Verdict:
    if not (may := name(actor, facts)):
        return refused(tell("只有被代理人或管理员可以撤销代理。")) if may.reason else may
    return refused(tell("此代理已撤销或已到期。")) if facts.over else ALLOWED
