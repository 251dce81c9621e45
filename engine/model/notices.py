"""What the system told whom, and by which way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.model.keys import Key
from engine.model.notifications import Channel, DispatchState, NoticeKind


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What the system told a person about a case."""

    key: Key
    instance_key: Key | None
    case_number: str
    text: str
    created_at: datetime
    read_at: datetime | None
    kind: NoticeKind = NoticeKind.MESSAGE
    task_key: Key | None = None


@dataclass(frozen=True, kw_only=True)
class Dispatch:
    """One message to the outside. ``recipient``: the person's or the endpoint's name."""

    key: Key
    kind: NoticeKind
    channel: Channel
    state: DispatchState
    recipient: str
    address: str
    instance_key: Key | None
    case_number: str
    attempts: int
    next_attempt_at: datetime
    last_error: str
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """The SMTP server. ``security``: ``none``, ``starttls`` or ``tls``."""

    host: str
    port: int
    security: str
    username: str
    sender: str
    sender_name: str
    active: bool
    has_password: bool = False


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A system of the bureau's that is told. ``shown_url``: without what must stay secret."""

    key: Key
    channel: Channel
    name: str
    shown_url: str
    kinds: frozenset[NoticeKind]
    with_recipients: bool
    active: bool


@dataclass(frozen=True, kw_only=True)
class Wording:
    """The texts of a kind in one language, with FEEL placeholders ``{= … }``; "" = the usual."""

    kind: NoticeKind
    language: str
    line: str = ""
    subject: str = ""
    body: str = ""
