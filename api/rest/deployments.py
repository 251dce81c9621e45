"""Deploying diagrams, decisions and forms."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import Response

from api import auth
from api.exact import ExactRoute
from api.language import said
from api.rest.answers import answer
from api.rest.parameters import Administrator
from api.rest.shapes import TENANT, Answer, KeyOut
from engine.model.definitions import (
    DecisionDefinition,
    Deployment,
    FormDefinition,
    ProcessDefinition,
    Resource,
)
from engine.model.errors import TooLarge
from engine.model.problems import Problem
from engine.service.publishing import resource as files
from engine.service.publishing.deploy import deploy
from engine.service.publishing.lint import lint
from engine.text import tell

router = APIRouter(tags=["部署"], route_class=ExactRoute)


class ProcessOut(Answer):
    process_definition_id: str
    process_definition_version: int
    process_definition_key: KeyOut
    resource_name: str
    tenant_id: str = TENANT


class DecisionOut(Answer):
    decision_definition_id: str
    version: int
    name: str
    decision_requirements_id: str
    decision_definition_key: KeyOut
    decision_requirements_key: KeyOut
    tenant_id: str = TENANT


class RequirementsOut(Answer):
    decision_requirements_id: str
    decision_requirements_name: str
    version: int
    resource_name: str
    decision_requirements_key: KeyOut
    tenant_id: str = TENANT


class FormOut(Answer):
    form_id: str
    version: int
    resource_name: str
    form_key: KeyOut
    tenant_id: str = TENANT


class DeployedOut(Answer):
    """One of the four is set."""

    process_definition: ProcessOut | None = None
    decision_definition: DecisionOut | None = None
    decision_requirements: RequirementsOut | None = None
    form: FormOut | None = None


class ProblemOut(Answer):
    severity: str
    element_id: str
    rule: str
    message: str
    line: int | None


class DeploymentOut(Answer):
    deployment_key: KeyOut
    tenant_id: str = TENANT
    deployments: list[DeployedOut]
    warnings: list[ProblemOut]


class ProblemsOut(Answer):
    items: list[ProblemOut]


@router.post("/deployments", summary="部署资源", response_model=DeploymentOut)
def create_deployment(
    request: Request,
    actor: Administrator,
    resources: Annotated[list[UploadFile], File(description=".bpmn、.dmn、.form 文件")],
    note: Annotated[str, Form(max_length=500)] = "",
    tenantId: Annotated[str, Form(pattern="^<default>$")] = TENANT,  # noqa: ARG001, N803 - Camunda's
) -> Response:
    """All files become new versions, or none; a file that has not changed keeps its version."""
    deployment = deploy(
        auth.application(request), actor, resources=[_file(r) for r in resources], note=note
    )
    return answer(_deployment(deployment))


@router.post("/deployments/validation", summary="检查资源", response_model=ProblemsOut)
def validate_resource(
    request: Request,
    actor: Administrator,
    resource: Annotated[UploadFile, File(description=".bpmn、.dmn 或 .form 文件")],
) -> Response:
    """Everything that is wrong with a file, without deploying it."""
    given = _file(resource)
    problems = lint(auth.application(request), actor, name=given.name, content=given.content)
    return answer(ProblemsOut(items=[problem_out(p) for p in problems]))


def problem_out(problem: Problem) -> ProblemOut:
    return ProblemOut(
        severity=problem.severity.value,
        element_id=problem.element_id,
        rule=problem.rule,
        message=said(problem.message),
        line=problem.line,
    )


def _file(upload: UploadFile) -> Resource:
    name = (upload.filename or "").replace("\\", "/").rsplit("/", 1)[-1][:200]
    content = upload.file.read(files.LARGEST + 1)
    if len(content) > files.LARGEST:
        raise TooLarge(what=tell("文件“{name}”", name=name), limit="4 MB")
    return Resource(name="".join(c for c in name if c.isprintable()), content=content)


def _deployment(deployment: Deployment) -> DeploymentOut:
    graphs = {d.requirements_key: d for d in deployment.decisions}
    return DeploymentOut(
        deployment_key=deployment.key,
        deployments=[
            *(DeployedOut(process_definition=_process(p)) for p in deployment.processes),
            *(DeployedOut(decision_definition=_decision(d)) for d in deployment.decisions),
            *(DeployedOut(decision_requirements=_graph(d)) for d in graphs.values()),
            *(DeployedOut(form=_form(f)) for f in deployment.forms),
        ],
        warnings=[problem_out(p) for p in deployment.warnings],
    )


def _process(process: ProcessDefinition) -> ProcessOut:
    return ProcessOut(
        process_definition_id=process.process_id,
        process_definition_version=process.version,
        process_definition_key=process.key,
        resource_name=process.resource,
    )


def _decision(decision: DecisionDefinition) -> DecisionOut:
    return DecisionOut(
        decision_definition_id=decision.decision_id,
        version=decision.version,
        name=decision.name,
        decision_requirements_id=decision.requirements_id,
        decision_definition_key=decision.key,
        decision_requirements_key=decision.requirements_key,
    )


def _graph(decision: DecisionDefinition) -> RequirementsOut:
    return RequirementsOut(
        decision_requirements_id=decision.requirements_id,
        decision_requirements_name=decision.requirements_name,
        version=decision.version,
        resource_name=decision.resource,
        decision_requirements_key=decision.requirements_key,
    )


def _form(form: FormDefinition) -> FormOut:
    return FormOut(
        form_id=form.form_id,
        version=form.version,
        resource_name=form.resource,
        form_key=form.key,
    )
