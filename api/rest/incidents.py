"""Incidents: places where a case cannot go on by itself."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import auth
from api.exact import ExactRoute
from api.rest.answers import answer, done
from api.rest.parameters import Administrator, Caller
from api.rest.searching import Filter, Found, KeyFilter, MomentFilter, SearchAsk, TextFilter, found
from api.rest.shapes import TENANT, Answer, Ask, KeyOut, KeyText, Whole
from engine.model.errors import NotFound
from engine.model.records import Incident
from engine.model.search import Condition, Query
from engine.service.administration.resolve_incident import resolve_incident
from engine.service.searching import search_incidents
from engine.text import tell

router = APIRouter(tags=["异常"], route_class=ExactRoute, prefix="/incidents")


class IncidentFilter(Filter):
    incident_key: KeyFilter | None = None
    process_definition_id: TextFilter | None = None
    process_definition_key: KeyFilter | None = None
    process_instance_key: KeyFilter | None = None
    error_type: TextFilter | None = None
    error_message: TextFilter | None = None
    element_id: TextFilter | None = None
    element_instance_key: KeyFilter | None = None
    creation_time: MomentFilter | None = None
    state: TextFilter | None = None
    job_key: KeyFilter | None = None


class IncidentSearch(SearchAsk):
    filter: IncidentFilter = IncidentFilter()


class IncidentOut(Answer):
    incident_key: KeyOut
    process_instance_key: KeyOut
    element_instance_key: KeyOut
    element_id: str
    element_name: str
    process_name: str
    case_number: str
    error_type: str
    error_message: str
    creation_time: datetime
    state: str
    job_key: KeyOut | None
    tenant_id: str = TENANT


class ResolutionAsk(Ask):
    operation_reference: Whole | None = None


@router.post("/search", summary="查询异常", response_model=Found[IncidentOut])
def search(request: Request, actor: Caller, ask: IncidentSearch | None = None) -> Response:
    query = (ask or IncidentSearch()).query()
    page = search_incidents(auth.application(request), actor, query=query)
    return answer(found(page, incident_out))


@router.get("/{incidentKey}", summary="异常", response_model=IncidentOut)
def get(request: Request, actor: Caller, incidentKey: KeyText) -> Response:  # noqa: N803
    query = Query(conditions=(Condition(field="incidentKey", value=incidentKey),))
    page = search_incidents(auth.application(request), actor, query=query)
    if not page.items:
        raise NotFound(what=tell("异常"), key=str(incidentKey))
    return answer(incident_out(page.items[0]))


@router.post("/{incidentKey}/resolution", summary="重试", status_code=204)
def resolve(
    request: Request,
    actor: Administrator,
    incidentKey: KeyText,  # noqa: N803
    ask: ResolutionAsk | None = None,  # noqa: ARG001 - Camunda's clients send one
) -> Response:
    """Try again what could not go on."""
    resolve_incident(auth.application(request), actor, key=incidentKey)
    return done()


def incident_out(incident: Incident) -> IncidentOut:
    return IncidentOut(
        incident_key=incident.key,
        process_instance_key=incident.instance_key,
        element_instance_key=incident.element_key,
        element_id=incident.element_id,
        element_name=incident.element_name,
        process_name=incident.process_name,
        case_number=incident.case_number,
        error_type=incident.kind,
        error_message=incident.message,
        creation_time=incident.raised_at,
        state=incident.state.value,
        job_key=incident.job_key,
    )
