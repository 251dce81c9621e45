"""From an announcement to notices in the application and dispatches to the outside.

Each is worked out in the transaction that takes it out of the outbox, so that nobody is told twice
and nobody forgotten.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from engine.feel.values import Date
from engine.model import codec
from engine.model.keys import Key
from engine.model.notices import Endpoint, Wording
from engine.model.notifications import ABOUT_OPEN_TASK, Announcement, Channel, NoticeKind, slot
from engine.service.app import App
from engine.service.notifications.audience import audience
from engine.service.notifications.wording import Texts, Wordings
from engine.service.privacy.sight import hiding_from_all
from engine.storage.database import UnitOfWork
from engine.storage.notifications import announcements, dispatches, outgoing
from engine.storage.notifications.announcements import Announced, Subject
from engine.storage.notifications.dispatches import NewDispatch
from engine.storage.notifications.recipients import Recipient, recipients
from engine.storage.worklists import notices

_log = logging.getLogger(__name__)

#: So many are worked out in one transaction.
BATCH = 50

FIRST_BACK_OFF = timedelta(seconds=10)
LONGEST_BACK_OFF = timedelta(minutes=30)

#: Where to go for what is not about a case's own page.
_PLACES = {
    NoticeKind.PUBLICATION: "/admin/publications",
    NoticeKind.INCIDENT: "/admin/incidents",
}


def fan_out(app: App, *, limit: int = 500) -> int:
    """Work out what was announced, oldest first; returns how many announcements were taken."""
    taken = 0
    while taken < limit:
        done = _round(app, min(BATCH, limit - taken))
        if not done:
            break
        taken += done
    return taken


def _round(app: App, limit: int) -> int:
    """Some of them in one transaction; one that fails is put off and leaves nothing behind."""
    with app.database.unit_of_work() as work:
        found = announcements.take(work, now=app.now(), limit=limit)
        settings = _Settings(work)
        for each in found:
            try:
                with announcements.apart(work):
                    _tell(app, work, settings, each)
            except Exception as error:  # noqa: BLE001 - one never stops the others
                _log.exception("announcement %s could not be worked out", each.key)
                wait = min(FIRST_BACK_OFF * (1 << min(each.failures, 12)), LONGEST_BACK_OFF)
                why = f"{type(error).__name__}: {error}"
                announcements.put_off(work, each.key, until=app.now() + wait, because=why)
        work.commit()
    return len(found)


class _Settings:
    """The bureau's settings, read once a round and only where they are asked for."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._endpoints: dict[NoticeKind, tuple[Endpoint, ...]] = {}

    @cached_property
    def wordings(self) -> Mapping[tuple[NoticeKind, str], Wording]:
        return outgoing.wordings(self._work)

    @cached_property
    def mail_leaves(self) -> bool:
        return outgoing.mail_leaves(self._work)

    def endpoints(self, kind: NoticeKind) -> tuple[Endpoint, ...]:
        if kind not in self._endpoints:
            self._endpoints[kind] = outgoing.endpoints_for(self._work, kind)
        return self._endpoints[kind]


def _tell(app: App, work: UnitOfWork, settings: _Settings, found: Announced) -> None:
    announcements.drop(work, found.key)
    told = found.announcement
    about = (
        announcements.subject(work, told.instance_key, told.task_key)
        if told.instance_key is not None
        else None
    )
    if told.kind in ABOUT_OPEN_TASK and (about is None or not about.task_open):
        return  # done before anybody was told
    telling = _Telling(
        app=app,
        work=work,
        settings=settings,
        found=found,
        people=recipients(work, audience(app, work, told, about)),
        wordings=Wordings(app, settings.wordings, lambda: _variables(app, work, told)),
        values=_values(app, told, about),
    )
    telling.in_app()
    dispatches.add(
        work,
        [*telling.mails(), *telling.to_endpoints()],
        cause=found.key,
        instance=told.instance_key,
        task=told.task_key,
        now=app.now(),
    )


@dataclass(frozen=True, kw_only=True)
class _Telling:
    """One announcement with all that is needed to tell it."""

    app: App
    work: UnitOfWork
    settings: _Settings
    found: Announced
    people: Sequence[Recipient]
    wordings: Wordings
    values: Mapping[str, Any]

    @property
    def kind(self) -> NoticeKind:
        return self.found.announcement.kind

    def texts(self, language: str) -> Texts:
        return self.wordings.texts(self.kind, language, self.values)

    def in_app(self) -> None:
        """A notice of the diagram's own is there already, written by its handler."""
        if self.kind is NoticeKind.MESSAGE:
            return
        by_language: dict[str, set[Key]] = {}
        for person in self.people:
            if person.preferences.wants(self.kind, Channel.IN_APP):
                by_language.setdefault(person.preferences.language, set()).add(person.key)
        for language, those in by_language.items():
            notices.add_notices(
                self.work,
                people=those,
                instance=self.found.announcement.instance_key,
                task=self.found.announcement.task_key,
                kind=self.kind,
                cause=self.found.key,
                text=self.texts(language).line,
                now=self.app.now(),
            )

    def mails(self) -> list[NewDispatch]:
        """One for each person who wants mail of this kind and has an address."""
        wanting = [
            person
            for person in self.people
            if person.email and person.preferences.wants(self.kind, Channel.EMAIL)
        ]
        if not wanting or not self.settings.mail_leaves:
            return []
        return [self._mail(person) for person in wanting]

    def _mail(self, person: Recipient) -> NewDispatch:
        texts = self.texts(person.preferences.language)
        works = self.app.calendars.current.is_working_day
        leaves = slot(person.preferences, self.kind, self.app.local_now(), works)
        return NewDispatch(
            kind=self.kind,
            channel=Channel.EMAIL,
            address=person.email,
            line=texts.line,
            subject=texts.subject,
            body=texts.body,
            at=leaves.at,
            bundled=leaves.bundled,
            person_key=person.key,
            language=person.preferences.language,
        )

    def to_endpoints(self) -> list[NewDispatch]:
        """One for each system that is told of this kind, in Chinese."""
        wanting = self.settings.endpoints(self.kind)
        if not wanting:
            return []
        texts = self.texts("zh")
        return [
            NewDispatch(
                kind=self.kind,
                channel=endpoint.channel,
                address=endpoint.shown_url,
                line=texts.line,
                subject=texts.line,
                body=_usernames(endpoint, self.people),
                at=self.app.now(),
                endpoint_key=endpoint.key,
            )
            for endpoint in wanting
        ]


def _values(app: App, told: Announcement, about: Subject | None) -> Mapping[str, Any]:
    """What the texts may use: nothing personal, but for variables that a bureau asks for."""
    base = app.settings.public_url.rstrip("/")
    path = _PLACES.get(told.kind, f"/cases/{told.instance_key}")
    if about is not None and about.task_open and told.kind in ABOUT_OPEN_TASK:
        path = f"/tasks/{told.task_key}"
    due = about.due_at.astimezone(app.settings.timezone).date() if about and about.due_at else None
    return {
        "case": {
            "number": about.number if about else "",
            "service": about.service if about else "",
            "unit": about.unit_name if about else "",
            "result": (about.result if about else "") or "已办结",
        },
        "task": {
            "name": (about.task_name if about else None) or "",
            "due": Date.from_python(due) if due else None,
        },
        "facts": {"name": "", "title": "", "symbol": "", "why": "", **told.facts},
        "message": told.facts.get("message", ""),
        "link": base + path,
    }


def _variables(app: App, work: UnitOfWork, told: Announcement) -> Mapping[str, Any]:
    """The case's variables, personal data masked: what is sent out is out of our hands."""
    if told.instance_key is None:
        return {}
    stored = announcements.root_variables(work, told.instance_key)
    values = {name: codec.decode(text) for name, text in stored.items()}
    hide = hiding_from_all(app, work, told.instance_key, values)
    return {name: hide.value(value, (name,)) for name, value in values.items()} if hide else {}


def _usernames(endpoint: Endpoint, people: Sequence[Recipient]) -> str:
    """To whom, for systems that hand it on; a space between two."""
    return " ".join(p.username for p in people) if endpoint.with_recipients else ""
