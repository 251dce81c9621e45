"""The administrators' templates of letters: proposed by one, published by another."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import date

from engine.feel import Registry
from engine.model.actor import Actor
from engine.model.errors import Conflict, InvalidInput, NotFound
from engine.model.keys import Key
from engine.model.letters import Content, Template, TemplateState, TemplateVersion
from engine.model.notifications import Announcement, NoticeKind
from engine.model.permissions import Action, Proposal, require
from engine.model.problems import Problem
from engine.service.acting import acting
from engine.service.app import App
from engine.service.letters.typesetting import Sheet, typeset
from engine.service.placeholders import PlaceholderError, check, outlined
from engine.storage.database import UnitOfWork
from engine.storage.history import acts
from engine.storage.notifications import announcements
from engine.storage.papers import letter_templates
from engine.text import tell

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SERIES = re.compile(r"[\u4e00-\u9fff]{1,12}")
_LONGEST = 8_000
_PLAIN = frozenset({"id", "name", "series"})
_NEEDED = {
    "name": tell("名称"),
    "title": tell("标题"),
    "body": tell("正文"),
    "unit": tell("落款单位"),
}


def list_templates(app: App, actor: Actor) -> tuple[TemplateVersion, ...]:
    """All versions of all templates, the newest of each first; administrators only."""
    require(actor, Action.MANAGE_LETTERS)
    with app.database.unit_of_work() as work:
        return letter_templates.versions(work)


def get_template(app: App, actor: Actor, *, key: Key) -> TemplateVersion:
    require(actor, Action.MANAGE_LETTERS)
    with app.database.unit_of_work() as work:
        return _found(letter_templates.get(work, key), key)


def propose_template(
    app: App, actor: Actor, *, template: Template, effective_from: date, note: str = ""
) -> TemplateVersion:
    """A new version, for another administrator to publish. Raises :class:`InvalidInput`."""
    problems = template_problems(template, app.functions)
    if problems:
        raise InvalidInput(problems=problems)
    with acting(app, actor) as (work, me):
        require(me, Action.MANAGE_LETTERS)
        proposed = letter_templates.propose(
            work, template, effective_from=effective_from, note=note[:1000], by=me, now=app.now()
        )
        _note(app, work, me, "propose", proposed)
        announcements.add(
            work,
            [Announcement(kind=NoticeKind.PUBLICATION, facts={"name": template.name}, skip=me.key)],
            now=app.now(),
        )
        work.commit()
    return proposed


def publish_template(app: App, actor: Actor, *, key: Key) -> TemplateVersion:
    """Put a proposed version into force from its day on.

    The publisher is another person than the proposer, but in a demonstration. Raises
    :class:`Forbidden`, :class:`Conflict` where it was decided already, :class:`NotFound`.
    """
    with acting(app, actor) as (work, me):
        require(me, Action.MANAGE_LETTERS)
        proposed = _found(letter_templates.get(work, key, lock=True), key)
        require(
            me,
            Action.PUBLISH,
            Proposal(proposed_by=proposed.drafted_by, four_eyes=not app.settings.demo),
        )
        return _decide(app, work, me, proposed, TemplateState.PUBLISHED)


def discard_template(app: App, actor: Actor, *, key: Key) -> TemplateVersion:
    """Drop a proposed version; its number is not used again."""
    with acting(app, actor) as (work, me):
        require(me, Action.MANAGE_LETTERS)
        proposed = _found(letter_templates.get(work, key, lock=True), key)
        return _decide(app, work, me, proposed, TemplateState.DISCARDED)


def preview_template(app: App, actor: Actor, *, key: Key) -> bytes:
    """A specimen as PDF, with each placeholder's expression in its place."""
    version = get_template(app, actor, key=key)
    template = version.template
    body = outlined(template.body)
    content = Content(
        title=outlined(template.title),
        addressee=outlined(template.addressee),
        paragraphs=tuple(" ".join(line.split()) for line in body.splitlines() if line.strip()),
        remedy=outlined(template.remedy),
        unit=outlined(template.unit),
    )
    return typeset(
        app.settings,
        Sheet(
            content=content,
            symbol=f"{template.series}〔{version.effective_from.year}〕×号",
            code="0" * 20,
            issued_at=app.local_now(),
            sample=True,
        ),
    )


def template_problems(template: Template, functions: Registry) -> tuple[Problem, ...]:
    """What keeps a template from being used, by field."""
    found = []
    if not _ID.fullmatch(template.id) or len(template.id) > 80:
        found.append(_problem("id", tell("编号应为小写字母、数字和短横线，例如 venture-award。")))
    if not _SERIES.fullmatch(template.series):
        found.append(_problem("series", tell("发文字号应为 1 至 12 个汉字，例如“潍民创投”。")))
    for field, name in _NEEDED.items():
        if not getattr(template, field).strip():
            found.append(_problem(field, tell("请填写{name}。", name=name)))
    for part, text in asdict(template).items():
        if len(text) > _LONGEST:
            found.append(_problem(part, tell("不超过 {longest} 个字。", longest=_LONGEST)))
        if part not in _PLAIN:
            try:
                check(text, functions)
            except PlaceholderError as wrong:
                found.append(_problem(part, str(wrong)))
    return tuple(found)


def _decide(
    app: App, work: UnitOfWork, me: Actor, proposed: TemplateVersion, state: TemplateState
) -> TemplateVersion:
    if not letter_templates.decide(work, proposed.key, state=state, by=me, now=app.now()):
        raise Conflict(what=tell("此文书模板"), reason=tell("已有他人先行确认或作废"))
    _note(app, work, me, state.value.lower(), proposed)
    decided = _found(letter_templates.get(work, proposed.key), proposed.key)
    work.commit()
    return decided


def _note(app: App, work: UnitOfWork, me: Actor, kind: str, version: TemplateVersion) -> None:
    acts.record(
        work,
        stream="letters",
        actor=me,
        kind=kind,
        facts={"template": version.template.id, "version": version.version},
        at=app.now(),
    )


def _found(version: TemplateVersion | None, key: Key) -> TemplateVersion:
    if version is None:
        raise NotFound(what=tell("文书模板"), key=str(key))
    return version


def _problem(field: str, message: str) -> Problem:
    return Problem(element_id=field, rule=field, message=message)
