"""自动去重: the same person's next identical approval is taken as given, and the record says so.

Worked out in the transaction of the approval itself, so that nothing can come between; each task
is a command of its own in the journal, said to be the system's, and a fault in it leaves the
approval as it is.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.model.actor import SYSTEM, Actor
from engine.model.commands import Complete
from engine.model.counting import plan_of
from engine.model.deduplication import WORDS, Repeated, marked, taken_as_given
from engine.model.errors import BanshiError, Forbidden, InvalidInput
from engine.model.execution import Locked, OpenTask
from engine.model.journal import say
from engine.model.outcomes import outcome_field
from engine.model.permissions import Action, may, require
from engine.model.signatures import SignatureRule, rule_of
from engine.model.states import TaskState
from engine.model.voting import Unreadable
from engine.service.acting import acting
from engine.service.app import App
from engine.service.bundles import Pinned
from engine.service.papers.forms import Checked
from engine.service.standing import as_of_now, task_facts
from engine.service.stepping import Act, advance, require_written
from engine.storage.commands.changes import Changes, NewTask, TaskEnd
from engine.storage.commands.locking import lock
from engine.storage.database import UnitOfWork
from engine.storage.history import acts
from engine.storage.instances import switches
from engine.storage.notifications import announcements

_LOG = logging.getLogger(__name__)

SWITCH = "deduplication"
_LONGEST_CHAIN = 20
_BETWEEN = frozenset({"userTask", "exclusiveGateway", "parallelGateway", "inclusiveGateway"})

#: Checks what the person would submit by the next task's form.
Check = Callable[[UnitOfWork, Actor, Locked, OpenTask, Mapping[str, Any]], Checked]


@dataclass(frozen=True, kw_only=True)
class Given:
    """An approval as it was given. ``element_id``: where; ``variables``: all that was said."""

    element_id: str
    properties: Mapping[str, str]
    outcome: str
    variables: Mapping[str, Any]
    at: datetime
    seated: bool = False

    @property
    def only_words(self) -> bool:
        own = outcome_field(self.properties)
        return set(self.variables) <= WORDS | {own}


def deduplicate(  # noqa: PLR0917 - what was given, and where it goes on
    app: App,
    work: UnitOfWork,
    actor: Actor,
    pinned: Pinned,
    given: Given,
    written: Changes,
    check: Check,
) -> None:
    """Complete what opened with the approval and is the same person's to approve again. Costs
    nothing where the diagram asks for nothing of the kind."""
    for _ in range(_LONGEST_CHAIN):
        task = _next(pinned, written)
        if task is None or not switches.is_on(work, SWITCH):
            return
        try:
            with announcements.apart(work):
                done = _repeat(app, work, actor, pinned, given, written, task, check)
        except BanshiError as refused:
            _LOG.info("the approval of %s does not repeat itself: %s", task.key, refused)
            return
        if done is None:
            return
        given, written = done


def _next(pinned: Pinned, written: Changes) -> NewTask | None:
    """The one task that opened; several at once are nothing to take as given."""
    opened = [task for task in written.tasks if task.state is TaskState.CREATED]
    if len(opened) != 1 or not marked(opened[0].properties, pinned.definition.properties):
        return None
    return opened[0]


def _repeat(  # noqa: PLR0917 - what was given, and where it goes on
    app: App,
    work: UnitOfWork,
    actor: Actor,
    pinned: Pinned,
    given: Given,
    written: Changes,
    opened: NewTask,
    check: Check,
) -> tuple[Given, Changes] | None:
    now = app.now()
    locked = lock(
        work,
        instance_key=written.instance_key,
        element_key=opened.key,
        actor=actor,
        now=now,
        task=True,
    )
    task = locked.task
    if task is None or task.state is not TaskState.CREATED:
        return None
    me = as_of_now(actor, locked)
    checked = _checked(work, me, locked, task, given, check)
    broken, again = switches.broken(work, task.key, task.element_id)
    facts = Repeated(
        marked=True,
        approved=_approved(given.outcome, given.properties, task.properties),
        only_words=given.only_words and checked is not None,
        straight=_straight(written),
        by_proxy=me.on_behalf_of is not None or actor.on_behalf_of is not None,
        broken=broken,
        again=again,
        separated=task.separation is not None,
        signed=rule_of(task.properties) is not SignatureRule.NONE,
        decides=bool(task.properties.get("banshi:decision", "").strip()),
        several=task.seated or given.seated,
        may=bool(may(me, Action.COMPLETE_TASK, task_facts(me, locked, task))),
    )
    if checked is None or not taken_as_given(facts):
        return None
    done = require_written(
        advance(
            app,
            work,
            at=locked.head,
            state=locked.state,
            pinned=pinned,
            command=Complete(element_key=task.key, variables=checked.variables),
            act=_act(app, task, given, me, checked),
            actor=SYSTEM,
            gate=TaskEnd(key=task.key, by=me.natural, outcome=given.outcome),
            now=now,
        )
    )
    after = Given(
        element_id=task.element_id,
        properties=task.properties,
        outcome=given.outcome,
        variables=checked.variables,
        at=given.at,
    )
    return after, done


def _checked(  # noqa: PLR0917
    work: UnitOfWork, me: Actor, locked: Locked, task: OpenTask, given: Given, check: Check
) -> Checked | None:
    """The same words as the next form takes them; None where it asks for anything else."""
    name = outcome_field(task.properties)
    said = {n: given.variables[n] for n in WORDS if given.variables.get(n) is not None}
    try:
        checked = check(work, me, locked, task, {name: given.outcome, **said})
    except (InvalidInput, Forbidden):
        return None
    return checked if set(checked.variables) <= WORDS | {name} else None


def _approved(outcome: str, given: Mapping[str, str], task: Mapping[str, str]) -> bool:
    try:
        return outcome in plan_of(given).approves & plan_of(task).approves
    except Unreadable:
        return False


def _straight(written: Changes) -> bool:
    """Nothing but gateways was passed, nothing was sent or set to work."""
    visits = all(visit.element_type in _BETWEEN for visit in written.visits)
    return visits and not (written.jobs or written.deliveries)


def _act(app: App, task: OpenTask, given: Given, me: Actor, checked: Checked) -> Act:
    since = given.at.astimezone(app.settings.timezone)
    return Act(
        kind="auto-complete",
        element_key=task.key,
        element_id=task.element_id,
        facts={
            "outcome": given.outcome,
            "to": me.username,
            "node": given.element_id,
            "since": f"{since:%Y-%m-%d %H:%M}",
        },
        said=(say("submission", dict(checked.variables)),),
    )


def deduplication(app: App, actor: Actor) -> bool:
    """Whether it is switched on; administrators only."""
    with acting(app, actor) as (work, me):
        require(me, Action.MANAGE_AUTOMATION)
        return switches.is_on(work, SWITCH)


def switch_deduplication(app: App, actor: Actor, *, on: bool) -> None:
    """Administrators only."""
    with acting(app, actor) as (work, me):
        require(me, Action.MANAGE_AUTOMATION)
        switches.switch(work, SWITCH, on=on, by=me.username, now=app.now())
        acts.record(
            work,
            stream="settings",
            actor=me,
            kind="switch",
            facts={"name": SWITCH, "on": on},
            at=app.now(),
        )
        work.commit()
