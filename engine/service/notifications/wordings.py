"""The bureau's own texts of notices."""

from __future__ import annotations

from collections.abc import Mapping

from engine.model.actor import Actor
from engine.model.errors import InvalidInput
from engine.model.notices import Wording
from engine.model.notifications import NoticeKind
from engine.model.permissions import Action, require
from engine.model.problems import Problem
from engine.service.acting import acting
from engine.service.app import App
from engine.service.notifications.wording import LANGUAGES, check_wording
from engine.service.placeholders import PlaceholderError
from engine.storage.history import acts
from engine.storage.notifications import outgoing
from engine.text import tell

_LONGEST = 5_000


def own_wordings(app: App, actor: Actor) -> Mapping[tuple[NoticeKind, str], Wording]:
    """Those that are set, by kind and language; administrators only."""
    require(actor, Action.MANAGE_OUTGOING)
    with app.database.unit_of_work() as work:
        return outgoing.wordings(work)


def set_wording(app: App, actor: Actor, *, wording: Wording) -> None:
    """Keep it; texts that are all empty bring back the usual ones. Raises :class:`InvalidInput`."""
    problems = []
    if wording.language not in LANGUAGES:
        problems.append(
            Problem(element_id="language", rule="language", message=tell("语言应为中文或英文。"))
        )
    for field in ("line", "subject", "body"):
        text = getattr(wording, field)
        try:
            check_wording(text, app.functions)
        except PlaceholderError as wrong:
            problems.append(Problem(element_id=field, rule="feel", message=str(wrong)))
        if len(text) > _LONGEST:
            problems.append(
                Problem(
                    element_id=field,
                    rule="length",
                    message=tell("不超过 {longest} 个字。", longest=_LONGEST),
                )
            )
    if problems:
        raise InvalidInput(problems=tuple(problems))
    with acting(app, actor) as (work, me):
        require(me, Action.MANAGE_OUTGOING)
        outgoing.set_wording(work, wording, by=me.name, now=app.now())
        facts = {"kind": wording.kind.value, "language": wording.language}
        acts.record(work, stream="outgoing", actor=me, kind="wording", facts=facts, at=app.now())
        work.commit()
