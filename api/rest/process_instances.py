"""Process instances: the cases (事项)."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field, model_validator

from api import auth
from api.exact import ExactRoute
from api.rest.answers import answer, done
from api.rest.incidents import IncidentOut, IncidentSearch, incident_out
from api.rest.parameters import Administrator, Caller, Once
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
    Name,
    ShortText,
    Tenant,
    Text,
    Variables,
    Whole,
)
from engine.model.errors import InvalidInput
from engine.model.problems import Problem
from engine.model.records import Instance
from engine.model.search import Condition
from engine.service.cases.end_case import cancel_case, withdraw_case
from engine.service.cases.get_case import get_case
from engine.service.cases.start_case import start_case
from engine.service.searching import search_incidents, search_instances
from engine.text import tell

router = APIRouter(tags=["流程实例"], route_class=ExactRoute, prefix="/process-instances")


class CreationAsk(Ask):
    """By id (the latest version) or by key. ``unit`` (ours): the unit that the case belongs to."""

    process_definition_id: Name | None = None
    process_definition_key: KeyText | None = None
    process_definition_version: Whole = -1
    variables: Variables = Field(default_factory=dict)
    unit: ShortText | None = None
    tenant_id: Tenant = "<default>"
    await_completion: Flag = False
    operation_reference: Whole | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> CreationAsk:
        if (self.process_definition_id is None) == (self.process_definition_key is None):
            raise ValueError(tell("processDefinitionId 与 processDefinitionKey 应恰好给出一个"))
        if self.await_completion:
            raise ValueError(tell("不支持 awaitCompletion：审批事项不会在一次请求内办结"))
        if self.process_definition_version != -1:
            raise ValueError(tell("按版本发起请使用 processDefinitionKey"))
        return self


class CreationOut(Answer):
    process_definition_id: str
    process_definition_version: int
    process_definition_key: KeyOut
    process_instance_key: KeyOut
    variables: dict[str, str]
    tenant_id: str = TENANT
    tags: list[str]
    case_number: str


class InstanceFilter(Filter):
    process_instance_key: KeyFilter | None = None
    process_definition_id: TextFilter | None = None
    process_definition_name: TextFilter | None = None
    process_definition_version: WholeFilter | None = None
    process_definition_version_tag: TextFilter | None = None
    process_definition_key: KeyFilter | None = None
    start_date: MomentFilter | None = None
    end_date: MomentFilter | None = None
    state: TextFilter | None = None
    has_incident: Flag | None = None
    element_id: TextFilter | None = None
    case_number: TextFilter | None = None
    title: TextFilter | None = None
    unit: TextFilter | None = None


class InstanceSearch(SearchAsk):
    filter: InstanceFilter = InstanceFilter()


class InstanceOut(Answer):
    process_instance_key: KeyOut
    process_definition_id: str
    process_definition_name: str
    process_definition_version: int
    process_definition_version_tag: str | None = None
    process_definition_key: KeyOut
    parent_process_instance_key: KeyOut | None = None
    parent_element_instance_key: KeyOut | None = None
    start_date: datetime
    end_date: datetime | None
    state: str
    has_incident: bool
    tenant_id: str = TENANT
    tags: list[str]
    case_number: str
    title: str
    applicant_name: str
    unit: str
    result: str
    current: list[str]
    statutory_due_date: datetime | None = None
    statutory_due_pending: bool = False
    clock_stopped: str | None = None
    clock_stop_date: datetime | None = None


class CancellationAsk(Ask):
    """``reason`` is ours: it goes into the case's record."""

    operation_reference: Whole | None = None
    reason: Text = ""


class WithdrawalAsk(Ask):
    reason: Text


@router.post("", summary="发起事项", response_model=CreationOut)
def create(
    request: Request,
    actor: Caller,
    ask: CreationAsk,
    idempotency_key: Once = None,
) -> Response:
    """The variables are checked by the start form, where the process has one."""
    case = start_case(
        auth.application(request),
        actor,
        process_id=ask.process_definition_id,
        definition_key=ask.process_definition_key,
        submission=ask.variables,
        unit=ask.unit,
        idempotency_key=idempotency_key,
    )
    return answer(
        CreationOut(
            process_definition_id=case.process_id,
            process_definition_version=case.version,
            process_definition_key=case.definition_key,
            process_instance_key=case.key,
            variables={},
            tags=[],
            case_number=case.number,
        )
    )


@router.post("/search", summary="查询事项", response_model=Found[InstanceOut])
def search(request: Request, actor: Caller, ask: InstanceSearch | None = None) -> Response:
    """Those that one may see: one's own, and those one has to do with."""
    query = (ask or InstanceSearch()).query()
    return answer(
        found(search_instances(auth.application(request), actor, query=query), instance_out)
    )


@router.get("/{processInstanceKey}", summary="事项", response_model=InstanceOut)
def get(request: Request, actor: Caller, processInstanceKey: KeyText) -> Response:  # noqa: N803
    return answer(instance_out(get_case(auth.application(request), actor, key=processInstanceKey)))


@router.post("/{processInstanceKey}/cancellation", summary="终止事项", status_code=204)
def cancel(
    request: Request,
    actor: Administrator,
    processInstanceKey: KeyText,  # noqa: N803
    ask: CancellationAsk | None = None,
) -> Response:
    """By an administrator, with a reason."""
    reason = (ask.reason if ask else "").strip()
    if not reason:
        raise InvalidInput(
            problems=(
                Problem(
                    element_id="reason", rule="reason-missing", message=tell("请写明终止的理由。")
                ),
            )
        )
    cancel_case(auth.application(request), actor, key=processInstanceKey, reason=reason)
    return done()


@router.post("/{processInstanceKey}/withdrawal", summary="撤销申请", status_code=204)
def withdraw(
    request: Request,
    actor: Caller,
    processInstanceKey: KeyText,  # noqa: N803
    ask: WithdrawalAsk,
) -> Response:
    """By the applicant, before the decision (ours)."""
    withdraw_case(auth.application(request), actor, key=processInstanceKey, reason=ask.reason)
    return done()


@router.post(
    "/{processInstanceKey}/incidents/search",
    summary="事项的异常",
    response_model=Found[IncidentOut],
)
def incidents(
    request: Request,
    actor: Caller,
    processInstanceKey: KeyText,  # noqa: N803
    ask: IncidentSearch | None = None,
) -> Response:
    query = (ask or IncidentSearch()).query(
        Condition(field="processInstanceKey", value=processInstanceKey)
    )
    return answer(
        found(search_incidents(auth.application(request), actor, query=query), incident_out)
    )


def instance_out(case: Instance) -> InstanceOut:
    return InstanceOut(
        process_instance_key=case.key,
        process_definition_id=case.process_id,
        process_definition_name=case.process_name,
        process_definition_version=case.version,
        process_definition_key=case.definition_key,
        start_date=case.started_at,
        end_date=case.ended_at,
        state=case.state.value,
        has_incident=case.incident,
        tags=[],
        case_number=case.number,
        title=case.title,
        applicant_name=case.applicant_name,
        unit=case.unit,
        result=case.result,
        current=list(case.current),
        statutory_due_date=case.statutory_due_at,
        statutory_due_pending=case.statutory_pending,
        clock_stopped=case.stopped.value if case.stopped else None,
        clock_stop_date=case.stopped_at,
    )
