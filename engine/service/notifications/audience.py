"""Whom an announcement is for."""

from __future__ import annotations

from dataclasses import replace

from engine.model.actor import Membership
from engine.model.effects import LaneKind
from engine.model.keys import Key
from engine.model.notifications import ABOUT_OPEN_TASK, Announcement, NoticeKind
from engine.service.app import App
from engine.storage.absence import proxies
from engine.storage.database import UnitOfWork
from engine.storage.notifications.announcements import Subject
from engine.storage.notifications.recipients import Audience
from engine.storage.recusal import barring

_FOR_ADMINISTRATORS = {NoticeKind.INCIDENT, NoticeKind.PUBLICATION}
_FOR_THE_APPLICANT = {
    NoticeKind.CASE_ENDED,
    NoticeKind.LETTER,
    NoticeKind.CLOCK_STOPPED,
    NoticeKind.CLOCK_RESUMED,
}


def audience(app: App, work: UnitOfWork, told: Announcement, about: Subject | None) -> Audience:
    """Those it names, else those whom its kind concerns, but for whoever did it himself; what waits
    for somebody is told to his proxies too, and nothing to whoever is recused from the case."""
    found = _concerned(app, work, told, about)
    if told.instance_key is None:
        return found
    if told.kind in ABOUT_OPEN_TASK:
        standing_in = proxies.proxies_of(
            work,
            usernames=found.usernames,
            groups=[str(group) for group in found.groups],
            instance_key=told.instance_key,
        )
        found = replace(found, usernames={*found.usernames, *standing_in})
    barred = barring.recused_people(work, told.instance_key).values()
    return replace(found, besides={*found.besides, *barred})


def _concerned(app: App, work: UnitOfWork, told: Announcement, about: Subject | None) -> Audience:
    besides = frozenset({told.skip} if told.skip is not None else ())
    if told.people:
        return Audience(people=told.people, besides=besides)
    if told.kind in _FOR_ADMINISTRATORS:
        return Audience(administrators=True, besides=besides)
    if about is None:
        return Audience()
    if told.kind in _FOR_THE_APPLICANT:
        return Audience(people={about.applicant_key} - {0}, besides=besides)
    if about.lane_kind != LaneKind.APPLICANT:
        besides |= {about.applicant_key}  # who may not handle it need not know of it
    if told.kind is NoticeKind.TASK_ESCALATED:
        return _above(app, work, told.facts.get("role", ""), about, besides)
    return _handlers(about, told.facts.get("to", "").split(), besides)


def _handlers(about: Subject, named: list[str], besides: frozenset[Key]) -> Audience:
    """Those whose turn it is now, else the assignee, else everybody who could take it."""
    if named:
        return Audience(usernames=set(named), besides=besides)
    if about.assignee:
        return Audience(usernames={about.assignee}, besides=besides)
    groups = [m for m in map(Membership.parse, about.groups) if m is not None]
    return Audience(usernames=about.users, groups=groups, besides=besides)


def _above(
    app: App, work: UnitOfWork, role: str, about: Subject, besides: frozenset[Key]
) -> Audience:
    """The role at the unit of those who have the task, or the nearest unit above where it is held."""
    group = Membership.parse(about.groups[0]) if about.groups else None
    start = group.unit if group else about.unit
    unit = app.directory.nearest(work, role, start, besides={about.applicant_key})
    groups = [Membership(role=role, unit=unit)] if unit else []
    return Audience(groups=groups, besides=besides)
