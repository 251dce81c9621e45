"""Everything that a user task's page shows, in one go and few queries."""

from __future__ import annotations

from collections.abc import Mapping

from engine.model import keys
from engine.model.actor import Actor
from engine.model.case_rules import TaskFacts
from engine.model.errors import NotFound
from engine.model.execution import Locked, OpenTask
from engine.model.keys import Key
from engine.model.people import Person
from engine.model.permissions import Action, may
from engine.model.records import FormDraft, Phrase, UserTask
from engine.model.seat_rules import remove_some
from engine.model.seats import engaged
from engine.model.signatures import rule_of
from engine.model.states import TaskState
from engine.model.verdict import Verdict
from engine.service.app import App
from engine.service.cases.case_access import keep_out, viewer
from engine.service.cases.case_page import CaseView, verdicts
from engine.service.cases.pages import CasePage, OpenForm, SeatView, TaskPage
from engine.service.papers import forms
from engine.service.papers.form_drafts import desk_of
from engine.service.privacy.sight import of_task_form
from engine.service.privacy.veiling import veiled_seats
from engine.service.seats.remove_sign import removal_facts
from engine.service.seats.seat_views import seat_views, seated_people, targets, votes
from engine.service.standing import comment_facts, is_near, standing_in, task_facts
from engine.service.tasks.assign_task import fitting
from engine.service.tasks.complete_task import visible
from engine.service.tasks.get_task import load_task
from engine.service.tasks.taking_back import History, history, step_facts
from engine.storage.commands.locking import look
from engine.storage.instances import cases
from engine.storage.worklists import assignees
from engine.text import tell

#: What a page offers, by the name under which the pages know it.
TASK_ACTIONS: Mapping[str, Action] = {
    "claim": Action.CLAIM_TASK,
    "release": Action.RELEASE_TASK,
    "assign": Action.ASSIGN_TASK,
    "complete": Action.COMPLETE_TASK,
    "update": Action.UPDATE_TASK,
    "delegate": Action.DELEGATE_TASK,
    "resolve": Action.RESOLVE_TASK,
    "call-back": Action.CALL_BACK_TASK,
    "add-sign": Action.ADD_SIGN,
    "return": Action.RETURN_TASK,
    "copy": Action.COPY_CASE,
}


#: What asks for somebody to be named.
_NAMING = frozenset({"assign", "delegate", "add-sign"})


def task_page(app: App, actor: Actor, *, key: Key) -> TaskPage:
    """Raises NotFound, also where the task is none of the actor's business."""
    instance_key = keys.instance_of(key)
    with app.database.unit_of_work() as work:
        found = look(
            work, instance_key=instance_key, element_key=key, actor=actor, now=app.now(), task=True
        )
        task = found.task
        if task is None:
            raise NotFound(what=tell("任务"), key=str(key))
        keep_out(
            work, actor, instance_key, what=tell("任务"), recused=actor.natural in found.head.barred
        )
        me = standing_in(actor, found)
        near = is_near(me, task)
        handles = near or cases.handles(work, viewer(work, actor), instance_key)
        readable = TaskFacts(assignee=task.assignee, candidate=near, takes_part=handles)
        if not may(me, Action.READ_TASK, readable):
            raise NotFound(what=tell("任务"), key=str(key))
        past = history(app, work, found)
        view = CaseView(
            app=app,
            work=work,
            actor=actor,
            found=found,
            handles=handles,
            to_name=_people(me, task, past),
            way=(past.visits, past.troubled),
            here=(task.element_id,) if near and task.state is TaskState.CREATED else (),
        )
        case = view.page()
        places = targets(app, work, past, task) if task.state is TaskState.CREATED else ()
        allowed, refusals = _verdicts(view, me, task, past, returnable=bool(places))
        draft, phrases = _desk(view, task) if "complete" in allowed else (None, ())
        return TaskPage(
            task=_record(view, case, task),
            case=case,
            form=_form(view, case, task, near=near, filled="complete" in allowed),
            draft=draft,
            allowed_actions=allowed,
            refusals=refusals,
            assignees=_assignees(view, me, task) if allowed & _NAMING else (),
            seats=_seats(view),
            rule=task.properties.get("banshi:completionRule") or None,
            votes=votes(task),
            return_targets=places if "return" in allowed else (),
            phrases=phrases,
            signature=rule_of(task.properties),
            on_behalf_of=_principal(view, me),
            denied=_denied(case, key),
            mentionable=_mentionable(view, me, task, past) if "comment" in allowed else {},
        )


def _denied(case: CasePage, key: Key) -> str:
    """Why what was last done with the task was refused by its listeners."""
    last = next((e for e in reversed(case.entries) if e.element_key == key), None)
    if last is None or last.kind != "job-denied":
        return ""
    return str(last.said.get("reason") or tell("没有说明原因"))


def _people(me: Actor, task: OpenTask, past: History) -> frozenset[str]:
    """Everybody whom the page names beside the journal."""
    principal = {me.on_behalf_of} if me.on_behalf_of else set()
    return frozenset(_taking_part(task, past) | principal)


def _taking_part(task: OpenTask, past: History) -> frozenset[str]:
    """Whoever has this task or a seat of it, or did another one of the case."""
    holder = {task.assignee} if task.assignee else set()
    return frozenset(seated_people(task) | {row.by for row in past.past if row.by} | holder)


def _mentionable(view: CaseView, me: Actor, task: OpenTask, past: History) -> dict[str, str]:
    """The colleagues who take part, by name: not the reader, nor whoever must keep away."""
    head = view.found.head
    others = _taking_part(task, past) - {me.natural, me.username, head.applicant} - set(head.barred)
    names = view.app.directory.names(view.work, others)
    return dict(sorted(names.items(), key=lambda row: (row[1], row[0])))


def _principal(view: CaseView, me: Actor) -> str:
    """For whom the actor stands in here, by name."""
    if me.on_behalf_of is None:
        return ""
    names = view.app.directory.names(view.work, {me.on_behalf_of})
    return names.get(me.on_behalf_of, me.on_behalf_of)


def _verdicts(
    view: CaseView, me: Actor, task: OpenTask, past: History, *, returnable: bool
) -> tuple[frozenset[str], dict[str, str]]:
    """What the actor may do, and why not the rest. ``returnable``: there is a step to return to."""
    found = view.found
    facts = task_facts(me, found, task)
    said = comment_facts(me, found, task, handles=view.handles)
    allowed, refusals = verdicts(
        {
            **{n: may(me, a, facts) for n, a in TASK_ACTIONS.items()},
            "remove-sign": _removal(me, found, task),
            "withdraw-step": may(me, Action.WITHDRAW_STEP, step_facts(found, past)),
            "comment": may(me, Action.COMMENT_TASK, said),
        }
    )
    if "return" in allowed and not returnable:
        allowed -= {"return"}
        refusals["return"] = tell("此任务之前没有可以退回的环节。")
    return allowed, refusals


def _removal(actor: Actor, found: Locked, task: OpenTask) -> Verdict:
    """Whether there is an added seat that the actor may take away."""
    added = (s for s in task.seats if s.added_by)
    facts = tuple(removal_facts(actor, found, task, seat, given=True) for seat in added)
    return remove_some(actor, facts)


def _record(view: CaseView, case: CasePage, task: OpenTask) -> UserTask:
    shown = next((t for t in case.tasks if t.key == task.key), None)
    return shown or load_task(view.app, view.work, task.key)


def _seats(view: CaseView) -> tuple[SeatView, ...]:
    me = standing_in(view.actor, view.found)
    seen = seat_views(view.app, view.work, me, view.found, insider=view.insider)
    veil = view.veil
    return seen if veil is None else veiled_seats(seen, veil)


def _form(
    view: CaseView, case: CasePage, task: OpenTask, *, near: bool, filled: bool
) -> OpenForm | None:
    """``filled``: the actor fills it in, and does not only read it."""
    if task.form_key is None:
        return None
    variables = visible(view.found)
    masked, veil = view.sight.masked, view.veil
    if near:
        masked, veil = of_task_form(
            view.app,
            view.work,
            view.actor,
            form_key=task.form_key,
            pinned=view.pinned,
            element_id=task.element_id,
            instance_key=view.found.head.key,
            own=view.own,
            variables=variables,
            unmasked=view.glance.unmasked,
        )
    return forms.open_form(
        view.app,
        view.work,
        view.actor,
        task.form_key,
        variables=variables,
        instance_key=view.found.head.key,
        masked=masked,
        veil=veil,
        documents=case.documents,
        staged=None if filled else (),
    )


def _desk(view: CaseView, task: OpenTask) -> tuple[FormDraft | None, tuple[Phrase, ...]]:
    if task.form_key is None:
        return None, ()
    return desk_of(view.app, view.work, view.actor, process_id=task.process_id, task_key=task.key)


def _assignees(view: CaseView, me: Actor, task: OpenTask) -> tuple[Person, ...]:
    head = view.found.head
    people = assignees.colleagues(view.work, task=task, instance_key=head.key, by=me.username)
    people = tuple(p for p in people if p.person.username not in engaged(task.seats))
    return fitting(people, applicant=head.applicant, own_lane=task.lane_kind == "applicant")
