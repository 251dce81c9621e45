"""批量审批、批量签收: many user tasks with one decision, each its own command.

One that fails stops none of the others; what came of each is told line by line.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from engine.model.actor import Actor
from engine.model.errors import BanshiError, InvalidInput, NotFound
from engine.model.execution import Locked, OpenTask
from engine.model.keys import Key
from engine.model.outcomes import outcome_field
from engine.model.permissions import Action, may
from engine.model.problems import Problem
from engine.model.records import UserTask
from engine.model.signatures import SignatureRule, rule_of
from engine.service.app import App
from engine.service.standing import task_facts
from engine.service.tasks.batch_forms import OPINION, BatchForm, BatchOutcome, batch_form
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.complete_task import complete_task
from engine.service.tasks.get_task import lit
from engine.storage.database import UnitOfWork
from engine.storage.worklists import tasks
from engine.storage.worklists.glancing import glance
from engine.text import several, tell

_LOG = logging.getLogger("banshi.batch")

#: So many at once.
LARGEST = 100
LONGEST_OPINION = 2000
_UNFORESEEN = tell("系统出错，此件没有办理，请稍后重试。")


@dataclass(frozen=True, kw_only=True)
class BatchLine:
    """One of the tasks and what came of it, or will. ``task`` None: there is none that one may see.

    ``reason``: why not, in Chinese; ``outcomes``: what it can be given together with others.
    """

    key: Key
    task: UserTask | None
    done: bool = False
    reason: str = ""
    error: BanshiError | None = None
    outcomes: tuple[BatchOutcome, ...] = ()
    opinion_required: bool = False


@dataclass(frozen=True, kw_only=True)
class BatchPlan:
    """What a batch can do, before it is done. ``outcomes``: of all lines together, by value."""

    lines: tuple[BatchLine, ...]

    @property
    def outcomes(self) -> tuple[BatchOutcome, ...]:
        """Each outcome that some line can be given; the labels of its forms joined."""
        labels: dict[str, list[str]] = {}
        for line in self.lines:
            for outcome in line.outcomes:
                known = labels.setdefault(outcome.value, [])
                if outcome.label not in known:
                    known.append(outcome.label)
        return tuple(BatchOutcome(value=v, label="／".join(named)) for v, named in labels.items())


def batch_forms(
    app: App, actor: Actor, found: Sequence[UserTask]
) -> dict[Key, tuple[tuple[BatchOutcome, ...], str]]:
    """For a list: what each task could be given with others (none), and else why not.

    By form and standing as the list knows it; costs nothing once a form is compiled.
    """
    with app.database.unit_of_work() as work:
        forms = _Forms(app, work)
        listed: dict[Key, tuple[tuple[BatchOutcome, ...], str]] = {}
        for task in found:
            form = forms.of(task)
            others = task.assignee not in {None, actor.username}
            reason = tell("此任务由他人办理。") if others else form.reason
            listed[task.key] = (() if reason else form.open_outcomes, reason)
        return listed


def plan_completion(app: App, actor: Actor, *, keys: Sequence[Key]) -> BatchPlan:
    """What 批量审批 of these tasks could do: read by the same rules, and nothing changed."""
    wanted = _wanted(keys)

    def look(forms: _Forms, at: Locked, task: OpenTask) -> tuple[BatchForm | None, str]:
        verdict = may(actor, Action.COMPLETE_TASK, task_facts(actor, at, task))
        if not verdict:
            return None, verdict.reason
        form = forms.of(task)
        return form, form.reason

    return _plan(app, actor, wanted, look)


def plan_claim(app: App, actor: Actor, *, keys: Sequence[Key]) -> BatchPlan:
    """What 批量签收 of these tasks could do."""

    def look(_forms: _Forms, at: Locked, task: OpenTask) -> tuple[BatchForm | None, str]:
        verdict = may(actor, Action.CLAIM_TASK, task_facts(actor, at, task))
        return None, "" if verdict else verdict.reason

    return _plan(app, actor, _wanted(keys), look)


def batch_complete(
    app: App,
    actor: Actor,
    *,
    keys: Sequence[Key],
    outcome: str,
    opinion: str = "",
    idempotency_key: str | None = None,
) -> tuple[BatchLine, ...]:
    """Give all of these tasks the same outcome and opinion, in the order given.

    Each is a command of its own with its own transaction; with ``idempotency_key`` the same batch
    sent again does nothing twice. Raises InvalidInput only for what is wrong with the whole.
    """
    if len(opinion) > LONGEST_OPINION:
        raise _wrong(
            "opinion",
            tell("意见太长，最多 {longest_opinion} 字。", longest_opinion=LONGEST_OPINION),
        )
    if not outcome:
        raise _wrong("outcome", tell("请选择结论。"))
    wanted = _wanted(keys)
    forms = _forms(app, actor, wanted)

    def complete(key: Key) -> UserTask:
        form = forms.get(key)
        if form is None:
            raise NotFound(what=tell("任务"), key=str(key))
        if refusal := form.refusal(outcome):
            raise _wrong("outcome", refusal)
        given = {form.field: outcome, **({OPINION: opinion} if form.opinion else {})}
        once = f"{idempotency_key}:{key}" if idempotency_key else None
        return complete_task(app, actor, key=key, submission=given, idempotency_key=once)

    return _each(app, actor, wanted, complete)


def batch_claim(app: App, actor: Actor, *, keys: Sequence[Key]) -> tuple[BatchLine, ...]:
    """Claim these tasks, each by a command of its own."""
    return _each(app, actor, _wanted(keys), lambda key: claim_task(app, actor, key=key))


@dataclass(frozen=True)
class _Forms:
    """What the forms of one batch allow, each version looked at once."""

    app: App
    work: UnitOfWork
    known: dict[tuple[Key, str], BatchForm] = field(default_factory=dict)

    def of(self, task: UserTask | OpenTask) -> BatchForm:
        """What can be given to many, by the task's form and its properties."""
        name = outcome_field(task.properties)
        if rule_of(task.properties) is SignatureRule.REQUIRED:
            return BatchForm(field=name, reason=tell("此环节须签名，请打开逐件办理。"))
        if task.form_key is None:
            reason = (
                tell("此环节的表单未部署。")
                if task.form_id
                else tell("此环节没有表单，请打开逐件办理。")
            )
            return BatchForm(field=name, reason=reason)
        at = (task.form_key, name)
        if at not in self.known:
            _, form = self.app.bundles.form(self.work, task.form_key)
            self.known[at] = batch_form(form, name)
        return self.known[at]


def _plan(
    app: App,
    actor: Actor,
    wanted: tuple[Key, ...],
    look: Callable[[_Forms, Locked, OpenTask], tuple[BatchForm | None, str]],
) -> BatchPlan:
    with app.database.unit_of_work() as work:
        records = {task.key: lit(app, task) for task in tasks.tasks_by_keys(work, wanted)}
        found = glance(work, wanted, actor=actor, now=app.now())
        forms = _Forms(app, work)
        lines = []
        for key in wanted:
            at, record = found.get(key), records.get(key)
            if at is None or at.task is None or record is None or not _visible(actor, at):
                error = NotFound(what=tell("任务"), key=str(key))
                lines.append(BatchLine(key=key, task=None, reason=error.message, error=error))
                continue
            form, reason = look(forms, at, at.task)
            lines.append(
                BatchLine(
                    key=key,
                    task=record,
                    reason=reason,
                    outcomes=form.open_outcomes if form and not reason else (),
                    opinion_required=bool(form and form.opinion_required),
                )
            )
    return BatchPlan(lines=tuple(lines))


def _visible(actor: Actor, at: Locked) -> bool:
    """Whether a line may say what the task is: who could act on it may, whoever else may not."""
    return at.task is not None and bool(
        may(actor, Action.READ_TASK, task_facts(actor, at, at.task))
    )


def _forms(app: App, actor: Actor, wanted: Sequence[Key]) -> dict[Key, BatchForm]:
    """By task; those that the actor may not see are missing."""
    with app.database.unit_of_work() as work:
        forms = _Forms(app, work)
        return {
            key: forms.of(at.task)
            for key, at in glance(work, wanted, actor=actor, now=app.now()).items()
            if at.task is not None and _visible(actor, at)
        }


def _each(
    app: App, actor: Actor, wanted: tuple[Key, ...], act: Callable[[Key], UserTask]
) -> tuple[BatchLine, ...]:
    done: dict[Key, UserTask] = {}
    refused: dict[Key, BanshiError] = {}
    failed: set[Key] = set()
    for key in wanted:
        try:
            done[key] = act(key)
        except BanshiError as error:
            refused[key] = error
        except Exception:  # noqa: BLE001 - the next one is done all the same
            _LOG.exception("a task of a batch could not be handled: %s", key)
            failed.add(key)
    with_records = _readable(app, actor, [key for key in wanted if key not in done])
    return tuple(
        BatchLine(
            key=key,
            task=done.get(key) or with_records.get(key),
            done=key in done,
            reason=_reason(refused.get(key)) if key not in failed else _UNFORESEEN,
            error=refused.get(key),
        )
        for key in wanted
    )


def _readable(app: App, actor: Actor, keys: Sequence[Key]) -> dict[Key, UserTask]:
    """The records of what was not done, as far as the actor may see them."""
    with app.database.unit_of_work() as work:
        found = glance(work, keys, actor=actor, now=app.now())
        shown = [key for key in keys if key in found and _visible(actor, found[key])]
        return {task.key: lit(app, task) for task in tasks.tasks_by_keys(work, shown)}


def _reason(error: BanshiError | None) -> str:
    if error is None:
        return ""
    if isinstance(error, InvalidInput) and error.problems:
        return several((problem.message for problem in error.problems[:3]), "")
    return error.message


def _wanted(keys: Sequence[Key]) -> tuple[Key, ...]:
    wanted = tuple(dict.fromkeys(keys))
    if not wanted:
        raise _wrong("userTaskKeys", tell("请先勾选要办理的任务。"))
    if len(wanted) > LARGEST:
        raise _wrong(
            "userTaskKeys", tell("一次最多办理 {largest} 件，请分批办理。", largest=LARGEST)
        )
    return wanted


def _wrong(field: str, message: str) -> InvalidInput:
    return InvalidInput(problems=(Problem(element_id=field, rule=field, message=message),))
