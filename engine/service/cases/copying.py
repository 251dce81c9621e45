"""Copies that the diagram asks for (抄送): ``banshi:copyTo`` on user tasks, service tasks, end events.

Its value names usernames and groups (``role@unit``, or a role to be found upwards of the case's
unit), with ``;`` between them, or is a FEEL expression (``=…``) that gives a text or a list of
them. ``banshi:copyOn``: ``completed`` (usual) or ``opened``. Whoever may not read the case (people
recused, the applicant, outsiders of the administration) is left out: a copy never stops a case. An
expression that cannot be evaluated is an incident beside it, and sends its copies when it can.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.feel import FeelError
from engine.feel import compile as compile_feel
from engine.model import keys
from engine.model.commands import Command, Complete
from engine.model.effects import IncidentRaised
from engine.model.errors import Conflict
from engine.model.execution import Locked
from engine.model.keys import Key
from engine.model.notifications import Announcement, NoticeKind
from engine.model.states import VisitState
from engine.model.step import State
from engine.service.app import App
from engine.service.bundles import Pinned
from engine.service.clock.task_deadlines import NOT_COPIED
from engine.service.letters.binding import ends_work, known_after
from engine.service.tasks.assignment import Case, resolve_group
from engine.storage.commands.changes import Changes, NewCopy
from engine.storage.commands.loading import load_variables
from engine.storage.database import UnitOfWork
from engine.storage.instances import copies
from engine.storage.recusal import barring
from engine.text import tell

_log = logging.getLogger(__name__)

COPY_TO = "banshi:copyTo"
COPY_ON = "banshi:copyOn"

#: No rule of a diagram copies a case to more people than this.
MOST = 200


class _Unclear(Exception):
    """Nobody can tell to whom: it says why."""


def copy_by_rule(
    app: App,
    work: UnitOfWork,
    *,
    changes: Changes,
    pinned: Pinned,
    case: Case,
    state: State,
    command: Command,
    element_id: str | None,
) -> tuple[str, ...]:
    """Add the copies that this step gives rise to; the usernames, for the journal."""
    asked = pinned.marked(COPY_TO)
    if not asked:
        return ()
    known = known_after(changes, state)
    if isinstance(command, Complete):
        known |= command.variables
    found: dict[str, NewCopy] = {}
    for at, key in dict(_reached(changes, pinned, command, element_id)).items():
        if at not in asked:
            continue
        try:
            found |= _copies(app, work, case, at, asked[at], known)
        except _Unclear as fault:
            _raise(changes, key, at, pinned.element_name(at), fault)
    if found:
        barred = (
            barring.recused_people(work, changes.instance_key)
            if changes.opens is None
            else barring.related_people(work, case.applicant)
        )
        found = {name: copy for name, copy in found.items() if name not in barred}
    if not found:
        return ()
    changes.copies += found.values()
    changes.announcements.append(announcement(changes.instance_key, found))
    return tuple(sorted(found))


def copies_again(
    app: App, work: UnitOfWork, locked: Locked, element_id: str
) -> tuple[NewCopy, ...]:
    """The copies that a node should have given rise to. Raises Conflict: nobody can tell to whom."""
    head = locked.head
    asked = app.bundles.of_instance(work, head.bundle_key).marked(COPY_TO).get(element_id, "")
    known = load_variables(work, head.key, [head.key])[
        head.key
    ]  # those of inner scopes are gone with them
    try:
        found = _copies(app, work, Case.of(head), element_id, asked, known)
    except _Unclear as fault:
        why = tell("抄送对象仍不能确定：{why}", why=str(fault))
        raise Conflict(what=tell("此环节"), reason=why) from fault
    barred = barring.recused_people(work, head.key)
    return tuple(copy for name, copy in found.items() if name not in barred)


def _copies(  # noqa: PLR0917 - what the two above know
    app: App, work: UnitOfWork, case: Case, at: str, asked: str, known: Mapping[str, Any]
) -> dict[str, NewCopy]:
    people = _people(app, work, case, asked, known)
    return {name: NewCopy(username=name, copied_by="", element_id=at, note="") for name in people}


def _raise(changes: Changes, key: Key, element_id: str, name: str, fault: _Unclear) -> None:
    changes.counter += 1
    changes.incidents.append(
        IncidentRaised(
            key=keys.part(changes.instance_key, changes.counter),
            element_key=key,
            element_id=element_id,
            kind=NOT_COPIED,
            message=tell("“{name}”的抄送对象不能确定：{why}", name=name, why=str(fault)),
        )
    )
    changes.announcements.append(
        Announcement(
            kind=NoticeKind.INCIDENT,
            instance_key=changes.instance_key,
            facts={"element": element_id, "kind": NOT_COPIED},
        )
    )


def announcement(
    instance_key: Key, people: Iterable[str], *, skip: Key | None = None
) -> Announcement:
    """Word of a copy for these people."""
    return Announcement(
        kind=NoticeKind.CASE_COPIED,
        instance_key=instance_key,
        facts={"to": " ".join(sorted(people))},
        skip=skip,
    )


def _reached(
    changes: Changes, pinned: Pinned, command: Command, element_id: str | None
) -> Iterator[tuple[str, Key]]:
    """The nodes at whose stage (opened, completed) this step has arrived, each with its stay."""
    when = pinned.marked(COPY_ON)
    for visit in changes.visits:
        opened = when.get(visit.element_id) == "opened"
        if opened or visit.state is VisitState.COMPLETED:
            yield visit.element_id, visit.key
    if ends_work(command, changes) and element_id and when.get(element_id) != "opened":
        yield element_id, command.element_key


def _people(
    app: App,
    work: UnitOfWork,
    case: Case,
    asked: str,
    known: Mapping[str, Any],
) -> tuple[str, ...]:
    texts = _texts(app, asked, known)
    groups = [g for g in (resolve_group(app, work, case, text) for text in texts) if g is not None]
    named = copies.readers(work, texts)
    readers = [*named.values(), *copies.readers_in(work, groups)]
    fit = sorted({r.username for r in readers if r.staff and r.username != case.applicant})
    if len(fit) > MOST:
        _log.warning("banshi:copyTo %r names %s people", asked, len(fit))
    return tuple(fit[:MOST])


def _texts(app: App, asked: str, known: Mapping[str, Any]) -> list[str]:
    """The names; None stands for nobody."""
    value: Any = asked
    if asked.startswith("="):
        try:
            expression = compile_feel(asked[1:], names=known.keys(), functions=app.functions)
            value = expression.evaluate(known, clock=app.local_now)
        except FeelError as fault:
            raise _Unclear(str(fault)) from fault
    listed = value.replace("；", ";").split(";") if isinstance(value, str) else value
    if value is None:
        return []
    if not isinstance(listed, list):
        raise _Unclear(tell("结果不是文字，也不是列表"))
    return list(dict.fromkeys(t.strip() for t in listed if isinstance(t, str) and t.strip()))[:MOST]
