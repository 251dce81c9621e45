"""Start a case: the form is checked, the versions pinned, the number taken, the first step done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.model.actor import Actor
from engine.model.errors import Conflict, NotFound
from engine.model.journal import say
from engine.model.keys import Key, parse
from engine.model.permissions import Action, DefinitionFacts, require
from engine.model.records import Instance
from engine.runtime import plain
from engine.service.acting import as_of_now
from engine.service.app import App
from engine.service.bundles import Pinned
from engine.service.cases.get_case import load_case
from engine.service.cases.opening import Applicant, open_instance
from engine.service.papers import forms
from engine.service.repeats import Request, request
from engine.service.stepping import Act
from engine.storage.commands import idempotency
from engine.storage.commands.changes import UsedDraft
from engine.storage.database import UnitOfWork
from engine.storage.instances import tree_root
from engine.storage.papers import documents
from engine.text import tell


def start_case(
    app: App,
    actor: Actor,
    *,
    process_id: str | None = None,
    definition_key: Key | None = None,
    submission: Mapping[str, Any],
    unit: str | None = None,
    idempotency_key: str | None = None,
    raw_variables: bool = False,
) -> Instance:
    """Open a case of the latest version of ``process_id``, or of one version.

    ``unit``: where the case belongs, if the diagram does not say; else the actor's own unit.
    ``raw_variables``: administrators may start past the form. Raises NotFound, Forbidden,
    InvalidInput (by path of the form), IdempotencyMismatch.
    """
    pinned = app.bundles.resolve(process_id=process_id, definition_key=definition_key)
    target = process_id or str(definition_key)
    asked = request("start-case", idempotency_key, target, submission)
    with app.database.unit_of_work() as work:
        me = as_of_now(app, work, actor)
        require(me, Action.START_PROCESS, DefinitionFacts(starters=pinned.process.starters))
        if asked is not None and (given := _claimed(app, work, me, asked)) is not None:
            return load_case(app, work, given)
        opened = _open(app, work, me, pinned, submission, unit=unit, raw=raw_variables)
        if asked is not None:
            _answer(work, me, asked, opened)
        case = load_case(app, work, opened)
        work.commit()
    return case


def _open(
    app: App,
    work: UnitOfWork,
    me: Actor,
    pinned: Pinned,
    submission: Mapping[str, Any],
    *,
    unit: str | None,
    raw: bool,
) -> Key:
    now = app.now()
    checked = _check(app, work, me, pinned, submission, raw=raw)
    changes = open_instance(
        app,
        work,
        pinned=pinned,
        variables=checked.variables,
        applicant=Applicant.of(me),
        unit=unit or own_unit(work, me, pinned),
        actor=me,
        act=Act(
            kind="start",
            facts={
                "process": pinned.process.process_id,
                "version": pinned.process.version,
                "bundle": str(pinned.key),
            },
            said=(say("submission", dict(checked.variables)),) if checked.variables else (),
        ),
        now=now,
        draft=UsedDraft(owner=me.key, process_id=pinned.process.process_id, task=Key(0)),
    )
    documents.bind(
        work,
        keys=checked.documents,
        instance_key=changes.instance_key,
        owner_key=me.key,
        now=now,
    )
    return changes.instance_key


def _check(
    app: App,
    work: UnitOfWork,
    me: Actor,
    pinned: Pinned,
    submission: Mapping[str, Any],
    *,
    raw: bool,
) -> forms.Checked:
    if pinned.process.start_form is None or (raw and me.administrator):
        return forms.unchecked(submission)
    form_key = pinned.forms.get(pinned.process.start_form)
    if form_key is None:
        raise NotFound(what=tell("开始表单"), key=plain(pinned.process.start_form))
    opened = forms.open_form(app, work, me, form_key, variables={}, instance_key=None)
    return forms.check(opened, submission)


def own_unit(work: UnitOfWork, me: Actor, pinned: Pinned) -> str | None:
    """The unit of the role by which the actor may start this, else of any role of his.

    Administrators without a role open cases for the bureau as a whole.
    """
    starters = set(pinned.process.starters)
    fitting = sorted(m.unit for m in me.memberships if m.role in starters)
    own = next(iter(fitting or sorted(m.unit for m in me.memberships)), None)
    return tree_root.root_unit(work) if own is None and me.administrator else own


def _claimed(app: App, work: UnitOfWork, me: Actor, asked: Request) -> Key | None:
    """The case that this very request opened before; None where it is the first of its kind.

    The key is taken at once, so that a second request that comes meanwhile waits for this one.
    """
    now = app.now()
    if idempotency.keep(work, asked.remembered(me, None), now=now):
        return None
    answer = asked.answered(work, me)
    if answer is None:
        raise Conflict(what=tell("此请求"), reason=tell("同一请求正在办理中"))
    return parse(answer["key"])


def _answer(work: UnitOfWork, me: Actor, asked: Request, opened: Key) -> None:
    idempotency.answer(work, asked.remembered(me, {"key": str(opened)}))
