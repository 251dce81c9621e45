"""Deployed processes."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from api import auth
from api.exact import ExactRoute
from api.rest.answers import answer, done
from api.rest.parameters import Caller
from api.rest.searching import Filter, Found, KeyFilter, SearchAsk, TextFilter, WholeFilter, found
from api.rest.shapes import TENANT, Answer, Flag, KeyOut, KeyText
from engine.model.definitions import FormDefinition, ProcessDefinition
from engine.service.publishing.read_definitions import (
    definition_xml,
    get_definition,
    search_definitions,
    start_form_of,
)

router = APIRouter(tags=["流程定义"], route_class=ExactRoute, prefix="/process-definitions")


class ProcessDefinitionFilter(Filter):
    name: TextFilter | None = None
    is_latest_version: Flag | None = None
    resource_name: TextFilter | None = None
    version: WholeFilter | None = None
    version_tag: TextFilter | None = None
    process_definition_id: TextFilter | None = None
    process_definition_key: KeyFilter | None = None
    has_start_form: Flag | None = None


class ProcessDefinitionSearch(SearchAsk):
    filter: ProcessDefinitionFilter = ProcessDefinitionFilter()


class ProcessDefinitionOut(Answer):
    name: str
    resource_name: str
    version: int
    version_tag: str | None
    process_definition_id: str
    process_definition_key: KeyOut
    tenant_id: str = TENANT
    has_start_form: bool
    description: str
    properties: dict[str, str]


class FormResultOut(Answer):
    """``schema``: the form-js schema as JSON text."""

    form_id: str
    form_key: KeyOut
    version: int
    schema_: str = Field(serialization_alias="schema")
    tenant_id: str = TENANT


@router.post("/search", summary="查询流程定义", response_model=Found[ProcessDefinitionOut])
def search(
    request: Request,
    actor: Caller,
    ask: ProcessDefinitionSearch | None = None,
) -> Response:
    """Staff find all of them, others those they may start."""
    query = (ask or ProcessDefinitionSearch()).query()
    page = search_definitions(auth.application(request), actor, query=query)
    return answer(found(page, _definition))


@router.get("/{processDefinitionKey}", summary="流程定义", response_model=ProcessDefinitionOut)
def get(
    request: Request,
    actor: Caller,
    processDefinitionKey: KeyText,  # noqa: N803 - as in Camunda's reference
) -> Response:
    definition = get_definition(auth.application(request), actor, key=processDefinitionKey)
    return answer(_definition(definition))


@router.get(
    "/{processDefinitionKey}/xml",
    summary="流程图",
    response_class=Response,
    responses={200: {"content": {"text/xml": {}}}},
)
def xml(
    request: Request,
    actor: Caller,
    processDefinitionKey: KeyText,  # noqa: N803 - as in Camunda's reference
) -> Response:
    """The BPMN file as it was deployed."""
    text = definition_xml(auth.application(request), actor, key=processDefinitionKey)
    return Response(text, media_type="text/xml; charset=utf-8")


@router.get("/{processDefinitionKey}/form", summary="申请表单", response_model=FormResultOut)
def form(
    request: Request,
    actor: Caller,
    processDefinitionKey: KeyText,  # noqa: N803 - as in Camunda's reference
) -> Response:
    """The form that the process starts with; 204 where it starts without."""
    start = start_form_of(auth.application(request), actor, key=processDefinitionKey)
    return answer(form_out(start)) if start else done()


def form_out(form: FormDefinition) -> FormResultOut:
    return FormResultOut(
        form_id=form.form_id, form_key=form.key, version=form.version, schema_=form.schema
    )


def _definition(definition: ProcessDefinition) -> ProcessDefinitionOut:
    return ProcessDefinitionOut(
        name=definition.name,
        resource_name=definition.resource,
        version=definition.version,
        version_tag=definition.version_tag or None,
        process_definition_id=definition.process_id,
        process_definition_key=definition.key,
        has_start_form=definition.start_form is not None,
        description=definition.description,
        properties=dict(definition.properties),
    )
