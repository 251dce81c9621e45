"""How a person wants to be told: channels by kind, quiet hours, digest."""

from __future__ import annotations

from engine.model.actor import Actor
from engine.model.errors import InvalidInput
from engine.model.notifications import PERSONAL, NoticeKind, Preferences
from engine.model.problems import Problem
from engine.service.acting import acting
from engine.service.app import App
from engine.service.notifications.wording import LANGUAGES
from engine.storage.notifications import recipients
from engine.text import tell

#: What people without administration never get, and need not be asked about.
FOR_ADMINISTRATORS = frozenset({NoticeKind.PUBLICATION, NoticeKind.INCIDENT})


def my_preferences(app: App, actor: Actor) -> Preferences:
    """One's own, or what is usual."""
    with app.database.unit_of_work() as work:
        return recipients.preferences(work, actor.key)


def set_my_preferences(app: App, actor: Actor, *, wanted: Preferences) -> None:
    """Settle one's own. Raises :class:`InvalidInput`."""
    problems = [*_problems(wanted)]
    if problems:
        raise InvalidInput(problems=tuple(problems))
    with acting(app, actor) as (work, me):
        recipients.set_preferences(work, me.key, wanted, now=app.now())
        work.commit()


def _problems(wanted: Preferences) -> list[Problem]:
    found = []
    if (wanted.quiet_from is None) != (wanted.quiet_to is None):
        found.append(_problem("quiet_to", tell("免打扰时段请把开始和结束时间都填上，或都留空。")))
    if wanted.language not in LANGUAGES:
        found.append(_problem("language", tell("通知语言应为中文或英文。")))
    if any(not chosen <= set(PERSONAL) for chosen in wanted.channels.values()):
        found.append(_problem("channels", tell("通知方式只能选站内或电子邮件。")))
    return found


def _problem(field: str, message: str) -> Problem:
    return Problem(element_id=field, rule=field, message=message)
