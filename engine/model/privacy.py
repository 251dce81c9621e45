"""Looking at masked data in clear (查看完整信息): who, for which purpose, until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.model.actor import Actor
from engine.model.keys import Key
from engine.model.verdict import ALLOWED, Verdict, refused
from engine.text import tell


@dataclass(frozen=True, kw_only=True)
class Unmasking:
    """An audit row. ``kinds``: what was shown (``engine.forms.masks.Kind``), for as long as
    ``until``."""

    key: Key
    instance_key: Key
    case_number: str
    username: str
    name: str
    purpose: str
    note: str
    kinds: tuple[str, ...]
    at: datetime
    until: datetime


@dataclass(frozen=True, kw_only=True)
class UnmaskFacts:
    """``handles``: has, had or may take a task of the case; ``recused``: is to keep away from it."""

    handles: bool = False
    recused: bool = False


def unmask(actor: Actor, facts: UnmaskFacts) -> Verdict:
    """Whoever handles the case, and administrators; not who merely reads a copy of it.

    个人信息保护法 第 6 条 (明确、合理的目的，最小范围) and 第 51 条 (操作权限).
    """
    if facts.recused:
        return refused(tell("您已对此事项回避，不能查看。"))
    if facts.handles or actor.administrator:
        return ALLOWED
    return refused(tell("只有办理人员和管理员可以查看完整信息；抄送的人员只能查看隐去后的内容。"))
