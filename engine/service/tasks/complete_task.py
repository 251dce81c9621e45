"""Complete a user task: the command that moves most cases.

One locking SELECT, one step, one writing statement, one commit (proven.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from engine.model import keys
from engine.model.actor import Actor
from engine.model.commands import Complete
from engine.model.errors import Forbidden, NotFound
from engine.model.execution import Locked, OpenTask
from engine.model.journal import say
from engine.model.keys import Key
from engine.model.outcomes import outcome_field
from engine.model.permissions import Action, require
from engine.model.records import UserTask
from engine.model.signatures import Signature, SignatureRule, rule_of
from engine.model.states import DocumentPurpose
from engine.service.app import App
from engine.service.papers import forms
from engine.service.privacy.sight import of_task_form
from engine.service.refusals import note_refusal
from engine.service.repeats import Request, request
from engine.service.seats.complete_seat import complete_seat
from engine.service.standing import as_of_now, handled, open_task, task_facts
from engine.service.stepping import Act, advance
from engine.service.tasks.asking import told
from engine.service.tasks.deduplicate import Given, deduplicate
from engine.service.tasks.get_task import load_task
from engine.service.tasks.signatures import signature_facts
from engine.service.tasks.task_records import task_record
from engine.storage.commands.changes import TaskEnd, UsedDraft
from engine.storage.commands.locking import lock
from engine.storage.database import UnitOfWork
from engine.storage.papers import documents
from engine.text import tell

_LONGEST_OUTCOME = 100


def complete_task(
    app: App,
    actor: Actor,
    *,
    key: Key,
    submission: Mapping[str, Any],
    idempotency_key: str | None = None,
    raw_variables: bool = False,
    signature: Signature | None = None,
) -> UserTask:
    """Complete the task with what was filled in; an unassigned one is claimed by it.

    Of a task with several seats the actor's own is completed: the task stays open until its
    completion rule has decided.

    ``raw_variables``: administrators may set variables past the form. ``signature``: of what is
    submitted, where the diagram asks for one (``banshi:signature``). Raises Forbidden (not the
    assignee nor a candidate, applicant, four eyes), AlreadyHandled, InvalidInput (by path), NotFound.
    """
    completion = _Completion(
        app=app,
        actor=actor,
        key=key,
        submission=submission,
        asked=request("complete-task", idempotency_key, key, submission),
        raw_variables=raw_variables,
        signature=signature,
        now=app.now(),
    )
    try:
        with app.database.unit_of_work() as work:
            record = completion.run(work)
            work.commit()
    except Forbidden as refusal:
        note_refusal(app, actor, refusal, task_key=key)
        raise
    return record


@dataclass(frozen=True, kw_only=True)
class _Completion:
    app: App
    actor: Actor
    key: Key
    submission: Mapping[str, Any]
    asked: Request | None
    raw_variables: bool
    signature: Signature | None
    now: datetime

    def run(self, work: UnitOfWork) -> UserTask:
        locked = lock(
            work,
            instance_key=keys.instance_of(self.key),
            element_key=self.key,
            actor=self.actor,
            now=self.now,
            task=True,
        )
        me = as_of_now(self.actor, locked)
        if self.asked is not None and self.asked.answered(work, me) is not None:
            return load_task(self.app, work, self.key)
        task = open_task(locked)
        require(me, Action.COMPLETE_TASK, task_facts(me, locked, task))
        checked = self._check(work, me, locked, task)
        outcome = _outcome(task, checked.variables)
        act = self._act(work, me, task, checked.variables, outcome)
        draft = (
            UsedDraft(owner=me.key, process_id=task.process_id, task=task.key)
            if task.form_key
            else None
        )
        remembered = self.asked.remembered(me, {"key": str(task.key)}) if self.asked else None
        if task.seated:
            complete_seat(
                self.app,
                work,
                locked=locked,
                task=task,
                me=me,
                variables=checked.variables,
                act=act,
                outcome=outcome,
                now=self.now,
                remembered=remembered,
                draft=draft,
            )
            self._bind(work, me, locked, checked)
            return load_task(self.app, work, task.key)
        pinned = self.app.bundles.of_instance(work, locked.head.bundle_key)
        written = advance(
            self.app,
            work,
            at=locked.head,
            state=locked.state,
            pinned=pinned,
            command=Complete(
                element_key=task.key,
                variables=checked.variables,
                task=told(pinned, task),
            ),
            act=act,
            actor=me,
            gate=TaskEnd(
                key=task.key,
                by=me.natural,
                outcome=outcome,
                on_behalf_of=me.on_behalf_of,
                unclaimed=task.assignee is None,
            ),
            now=self.now,
            remembered=remembered,
            draft=draft,
        )
        if written is None:
            raise handled(task)
        self._bind(work, me, locked, checked)
        if outcome is not None and not self.raw_variables and me.on_behalf_of is None:
            given = Given(
                element_id=task.element_id,
                properties=task.properties,
                outcome=outcome,
                variables=checked.variables,
                at=self.now,
            )
            deduplicate(self.app, work, self.actor, pinned, given, written, self._would_be)
        return task_record(
            self.app,
            work,
            locked,
            task,
            pinned,
            assignee_name=me.principal.name if me.principal else me.name,
            assignee=me.username,
            state=written.gate.state if isinstance(written.gate, TaskEnd) else task.state,
            ended_at=self.now,
            outcome=outcome,
        )

    def _would_be(
        self,
        work: UnitOfWork,
        me: Actor,
        locked: Locked,
        task: OpenTask,
        submission: Mapping[str, Any],
    ) -> forms.Checked:
        """What another submission of his for another task comes to."""
        return replace(self, submission=submission)._check(work, me, locked, task)  # noqa: SLF001

    def _act(
        self,
        work: UnitOfWork,
        me: Actor,
        task: OpenTask,
        variables: Mapping[str, Any],
        outcome: str | None,
    ) -> Act:
        """What the journal says of it, signed where that is asked for."""
        act = _act(task, variables, outcome)
        if self.signature is None and rule_of(task.properties) is SignatureRule.NONE:
            return act
        submitted = act.said[0] if act.said else say("submission", dict(variables))
        told = signature_facts(work, me, task, self.signature, submitted)
        return replace(act, facts={**act.facts, **told}, said=(submitted,))

    def _bind(self, work: UnitOfWork, me: Actor, locked: Locked, checked: forms.Checked) -> None:
        if self.signature is not None and self.signature.document is not None:
            documents.bind(
                work,
                keys=[self.signature.document],
                instance_key=locked.head.key,
                owner_key=me.key,
                now=self.now,
                purpose=DocumentPurpose.SIGNATURE,
            )
        documents.bind(
            work,
            keys=checked.documents,
            instance_key=locked.head.key,
            owner_key=me.key,
            now=self.now,
        )

    def _check(self, work: UnitOfWork, me: Actor, locked: Locked, task: OpenTask) -> forms.Checked:
        if task.form_id is None or (self.raw_variables and me.administrator):
            return forms.unchecked(self.submission)
        if task.form_key is None:
            raise NotFound(what=tell("表单"), key=task.form_id)
        variables = visible(locked)
        masked, veil = of_task_form(
            self.app,
            work,
            me,
            form_key=task.form_key,
            pinned=self.app.bundles.of_instance(work, locked.head.bundle_key),
            element_id=task.element_id,
            instance_key=locked.head.key,
            own=locked.head.applicant_key == me.key,
            variables=variables,
        )
        opened = forms.open_form(
            self.app,
            work,
            me,
            task.form_key,
            variables=variables,
            instance_key=locked.head.key,
            masked=masked,
            veil=veil,
        )
        return forms.check(opened, self.submission)


def visible(locked: Locked) -> dict[str, Any]:
    """The variables that a task or job sees: those of its chain of scopes, inner over outer ones."""
    seen: dict[str, Any] = {}
    for scope in locked.state.scopes:
        seen |= locked.state.variables.get(scope.key, {})
    if locked.task is not None:
        seen |= locked.state.variables.get(locked.task.key, {})
    if locked.job is not None:
        seen |= locked.state.variables.get(locked.job.element, {})
        seen |= locked.state.variables.get(locked.job.key, {})
    return seen


def _outcome(task: OpenTask, variables: Mapping[str, Any]) -> str | None:
    """The field that the diagram names as the outcome, where it is a short text."""
    value = variables.get(outcome_field(task.properties))
    return value if isinstance(value, str) and 0 < len(value) <= _LONGEST_OUTCOME else None


def _act(task: OpenTask, variables: Mapping[str, Any], outcome: str | None) -> Act:
    return Act(
        kind="complete",
        element_key=task.key,
        element_id=task.element_id,
        facts={"outcome": outcome} if outcome else {},
        said=(say("submission", dict(variables)),) if variables else (),
    )
