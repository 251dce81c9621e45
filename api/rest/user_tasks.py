"""User tasks (待办)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from api import auth
from api.exact import ExactRoute
from api.language import said
from api.rest.answers import answer, done
from api.rest.parameters import Caller, Once
from api.rest.process_definitions import FormResultOut, form_out
from api.rest.searching import (
    Filter,
    Found,
    KeyFilter,
    MomentFilter,
    SearchAsk,
    TextFilter,
    WholeFilter,
    found,
)
from api.rest.shapes import (
    TENANT,
    Answer,
    Ask,
    Flag,
    KeyOut,
    KeyText,
    Moment,
    Name,
    ShortText,
    Variables,
    Whole,
)
from api.rest.variables import VariableOut, VariableSearch, variable_out
from engine.model.errors import Conflict, NotFound
from engine.model.records import UserTask
from engine.model.search import Condition
from engine.model.signatures import Signature
from engine.service.cases.pages import TaskPage
from engine.service.searching import search_tasks, search_variables
from engine.service.tasks.assign_task import assign_task
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.complete_task import complete_task
from engine.service.tasks.get_task import get_task
from engine.service.tasks.release_task import release_task
from engine.service.tasks.task_page import task_page
from engine.service.tasks.update_task import KEEP, Keep, update_task
from engine.text import tell

router = APIRouter(tags=["待办任务"], route_class=ExactRoute, prefix="/user-tasks")


class UserTaskFilter(Filter):
    state: TextFilter | None = None
    assignee: TextFilter | None = None
    priority: WholeFilter | None = None
    element_id: TextFilter | None = None
    name: TextFilter | None = None
    candidate_group: TextFilter | None = None
    candidate_user: TextFilter | None = None
    process_definition_id: TextFilter | None = None
    creation_date: MomentFilter | None = None
    completion_date: MomentFilter | None = None
    follow_up_date: MomentFilter | None = None
    due_date: MomentFilter | None = None
    user_task_key: KeyFilter | None = None
    element_instance_key: KeyFilter | None = None
    process_definition_key: KeyFilter | None = None
    process_instance_key: KeyFilter | None = None


class UserTaskSearch(SearchAsk):
    filter: UserTaskFilter = UserTaskFilter()


class UserTaskOut(Answer):
    """``duePending``: the deadline depends on a calendar that is not published yet.

    ``state``: while listeners are asked about a change, ``ASSIGNING`` or ``UPDATING``; searching
    by state finds such a task as ``CREATED``.
    """

    user_task_key: KeyOut
    name: str
    state: str
    assignee: str | None
    element_id: str
    element_instance_key: KeyOut
    candidate_groups: list[str]
    candidate_users: list[str]
    process_definition_id: str
    process_definition_key: KeyOut
    process_instance_key: KeyOut
    root_process_instance_key: KeyOut
    process_name: str
    form_key: KeyOut | None
    external_form_reference: str | None = None
    creation_date: datetime
    completion_date: datetime | None
    due_date: datetime | None
    due_pending: bool
    clock_stopped: str | None = None
    follow_up_date: datetime | None
    priority: int
    custom_headers: dict[str, str]
    tags: list[str]
    tenant_id: str = TENANT
    case_number: str
    case_title: str
    outcome: str | None
    urged: int = 0
    urged_date: datetime | None = None


class UserTaskDetailOut(UserTaskOut):
    """``refusals``: why not, for each operation that is not allowed."""

    allowed_operations: list[str]
    refusals: dict[str, str]


class SignatureAsk(Ask):
    """One of the two: an uploaded PNG of one's own hand, or one's own name."""

    document_id: KeyText | None = None
    name: ShortText = ""

    def signature(self) -> Signature:
        return Signature(document=self.document_id, name=self.name)


class AssignmentAsk(Ask):
    assignee: Name
    allow_override: Flag | None = None
    action: ShortText | None = None


class CompletionAsk(Ask):
    variables: Variables | None = None
    signature: SignatureAsk | None = None
    action: ShortText | None = None


class Changeset(Ask):
    """What is not given, or null, stays; an empty text or list takes the value away."""

    due_date: Moment | Literal[""] | None = None
    follow_up_date: Moment | Literal[""] | None = None
    candidate_users: Annotated[list[Name] | None, Field(max_length=200)] = None
    candidate_groups: Annotated[list[Name] | None, Field(max_length=200)] = None
    priority: Annotated[Whole, Field(ge=0, le=100)] | None = None


class UpdateAsk(Ask):
    changeset: Changeset | None = None
    action: ShortText | None = None


@router.post("/search", summary="查询待办", response_model=Found[UserTaskOut])
def search(request: Request, actor: Caller, ask: UserTaskSearch | None = None) -> Response:
    """Those that one may see: one's own, one's groups', and those of one's cases."""
    query = (ask or UserTaskSearch()).query()
    return answer(found(search_tasks(auth.application(request), actor, query=query), task_out))


@router.get("/{userTaskKey}", summary="待办任务", response_model=UserTaskDetailOut)
def get(request: Request, actor: Caller, userTaskKey: KeyText) -> Response:  # noqa: N803
    """With what one may do with it now; nothing where one may see no more than that it is there."""
    app = auth.application(request)
    task = get_task(app, actor, key=userTaskKey)
    try:
        page: TaskPage | None = task_page(app, actor, key=userTaskKey)
    except NotFound:
        page = None
    return answer(
        UserTaskDetailOut(
            **dict(task_out(task)),
            allowed_operations=sorted(page.allowed_actions) if page else [],
            refusals={act: said(why) for act, why in page.refusals.items()} if page else {},
        )
    )


@router.patch("/{userTaskKey}", summary="调整待办", status_code=204)
def update(
    request: Request,
    actor: Caller,
    userTaskKey: KeyText,  # noqa: N803
    ask: UpdateAsk | None = None,
) -> Response:
    """Due and follow-up dates, priority and candidates; administrators only."""
    changes = (ask.changeset if ask else None) or Changeset()
    update_task(
        auth.application(request),
        actor,
        key=userTaskKey,
        due_at=_date(changes.due_date),
        follow_up_at=_date(changes.follow_up_date),
        priority=KEEP if changes.priority is None else changes.priority,
        candidate_groups=KEEP if changes.candidate_groups is None else changes.candidate_groups,
        candidate_users=KEEP if changes.candidate_users is None else changes.candidate_users,
    )
    return done()


@router.post("/{userTaskKey}/assignment", summary="分派或签收", status_code=204)
def assign(
    request: Request,
    actor: Caller,
    userTaskKey: KeyText,  # noqa: N803
    ask: AssignmentAsk,
) -> Response:
    """To oneself: a claim (only where nobody has it). To somebody else: a transfer."""
    app = auth.application(request)
    if ask.assignee == actor.username and not actor.administrator:
        claim_task(app, actor, key=userTaskKey)
        return done()
    if ask.allow_override is False:
        task = get_task(app, actor, key=userTaskKey)
        if task.assignee is not None and task.assignee != ask.assignee:
            raise Conflict(
                what=tell("此任务"),
                reason=tell(
                    "已由{assignee_name}签收", assignee_name=task.assignee_name or task.assignee
                ),
            )
    assign_task(app, actor, key=userTaskKey, assignee=ask.assignee)
    return done()


@router.delete("/{userTaskKey}/assignee", summary="退签", status_code=204)
def unassign(request: Request, actor: Caller, userTaskKey: KeyText) -> Response:  # noqa: N803
    """Give the task back to its candidates."""
    release_task(auth.application(request), actor, key=userTaskKey)
    return done()


@router.post("/{userTaskKey}/completion", summary="办理", status_code=204)
def complete(
    request: Request,
    actor: Caller,
    userTaskKey: KeyText,  # noqa: N803
    ask: CompletionAsk | None = None,
    idempotency_key: Once = None,
) -> Response:
    """The variables are checked by the task's form, where it has one."""
    complete_task(
        auth.application(request),
        actor,
        key=userTaskKey,
        submission=(ask.variables if ask else None) or {},
        signature=ask.signature.signature() if ask and ask.signature else None,
        idempotency_key=idempotency_key,
    )
    return done()


@router.get("/{userTaskKey}/form", summary="办理表单", response_model=FormResultOut)
def form(request: Request, actor: Caller, userTaskKey: KeyText) -> Response:  # noqa: N803
    """The form as the case is pinned to it; 204 where the task has none."""
    page = task_page(auth.application(request), actor, key=userTaskKey)
    return answer(form_out(page.form.definition)) if page.form else done()


@router.post(
    "/{userTaskKey}/variables/search", summary="任务变量", response_model=Found[VariableOut]
)
def variables(
    request: Request,
    actor: Caller,
    userTaskKey: KeyText,  # noqa: N803
    ask: VariableSearch | None = None,
) -> Response:
    """The variables of the task's case, as far as one may see them."""
    app = auth.application(request)
    task = get_task(app, actor, key=userTaskKey)
    query = (ask or VariableSearch()).query(
        Condition(field="processInstanceKey", value=task.instance_key)
    )
    return answer(found(search_variables(app, actor, query=query), variable_out))


def _date(given: datetime | str | None) -> datetime | Keep | None:
    """Not given: as it is. Empty: none."""
    if given is None:
        return KEEP
    return given if isinstance(given, datetime) else None


def task_out(task: UserTask) -> UserTaskOut:
    return UserTaskOut(
        user_task_key=task.key,
        name=task.name,
        state=task.pending.upper() or task.state.value,
        assignee=task.assignee,
        element_id=task.element_id,
        element_instance_key=task.key,
        candidate_groups=list(task.candidate_groups),
        candidate_users=list(task.candidate_users),
        process_definition_id=task.process_id,
        process_definition_key=task.definition_key,
        process_instance_key=task.instance_key,
        root_process_instance_key=task.instance_key,
        process_name=task.process_name,
        form_key=task.form_key,
        creation_date=task.created_at,
        completion_date=task.ended_at,
        due_date=task.due_at,
        due_pending=task.due_pending,
        clock_stopped=task.stopped.value if task.stopped else None,
        follow_up_date=task.follow_up_at,
        priority=task.priority,
        custom_headers={},
        tags=[],
        case_number=task.case_number,
        case_title=task.case_title,
        outcome=task.outcome,
        urged=task.urged,
        urged_date=task.urged_at,
    )
