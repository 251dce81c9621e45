"""Deployed decisions, and trying them and expressions out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field, model_validator

from api import auth
from api.exact import ExactResponse, ExactRoute
from api.rest.answers import answer
from api.rest.parameters import Administrator, Caller
from api.rest.searching import Filter, Found, KeyFilter, SearchAsk, TextFilter, WholeFilter, found
from api.rest.shapes import (
    TENANT,
    Answer,
    Ask,
    Flag,
    KeyOut,
    KeyText,
    Name,
    Tenant,
    Text,
    ValueOut,
    Variables,
)
from engine.dmn import Explanation, MatchedRule, Model
from engine.dmn.definitions import DecisionTable, LiteralExpression
from engine.model.definitions import DecisionDefinition
from engine.service.publishing.evaluate import Decided, evaluate_decision, evaluate_expression
from engine.service.publishing.read_definitions import decision_xml, get_decision, search_decisions
from engine.text import tell

router = APIRouter(tags=["决策与表达式"], route_class=ExactRoute)


class DecisionFilter(Filter):
    decision_definition_id: TextFilter | None = None
    name: TextFilter | None = None
    version: WholeFilter | None = None
    decision_requirements_id: TextFilter | None = None
    decision_definition_key: KeyFilter | None = None
    decision_requirements_key: KeyFilter | None = None
    is_latest_version: Flag | None = None


class DecisionSearch(SearchAsk):
    filter: DecisionFilter = DecisionFilter()


class DecisionOut(Answer):
    decision_definition_id: str
    decision_definition_key: KeyOut
    name: str
    version: int
    decision_requirements_id: str
    decision_requirements_name: str
    decision_requirements_key: KeyOut
    tenant_id: str = TENANT


class EvaluationAsk(Ask):
    """By key, or the latest version of an id."""

    decision_definition_id: Name | None = None
    decision_definition_key: KeyText | None = None
    variables: Variables = Field(default_factory=dict)
    tenant_id: Tenant = "<default>"

    @model_validator(mode="after")
    def _names_one(self) -> EvaluationAsk:
        if (self.decision_definition_id is None) == (self.decision_definition_key is None):
            raise ValueError(tell("decisionDefinitionId 与 decisionDefinitionKey 应恰好给出一个"))
        return self


class EvaluatedOutputOut(Answer):
    output_id: str
    output_name: str
    output_value: str
    rule_id: str
    rule_index: int


class MatchedOut(Answer):
    """A row of a decision table that held; ``text`` says it to people, which Camunda does not."""

    rule_id: str
    rule_index: int
    text: str
    evaluated_outputs: list[EvaluatedOutputOut]


class EvaluatedInputOut(Answer):
    input_id: str
    input_name: str
    input_value: str


class EvaluatedDecisionOut(Answer):
    """``output``: the value as JSON text, as in Camunda; so are those of inputs and outputs."""

    decision_definition_id: str
    decision_definition_name: str
    decision_definition_version: int
    decision_definition_key: KeyOut
    decision_definition_type: str
    decision_evaluation_instance_key: str
    output: str
    tenant_id: str = TENANT
    matched_rules: list[MatchedOut]
    evaluated_inputs: list[EvaluatedInputOut]


class EvaluationOut(Answer):
    """``output``: the value as JSON text, as in Camunda. ``matchedRules``, ``explanation`` and
    ``warnings`` are told beside what Camunda tells."""

    decision_definition_id: str
    decision_definition_name: str
    decision_definition_version: int
    decision_definition_key: KeyOut
    decision_requirements_id: str
    decision_requirements_key: KeyOut
    decision_evaluation_key: KeyOut
    decision_instance_key: KeyOut
    output: str
    failed_decision_definition_id: str | None = None
    failure_message: str | None = None
    tenant_id: str = TENANT
    evaluated_decisions: list[EvaluatedDecisionOut]
    matched_rules: list[MatchedOut]
    explanation: str
    warnings: list[str]


class ExpressionAsk(Ask):
    expression: Annotated[Text, Field(min_length=1)]
    variables: Variables = Field(default_factory=dict)
    tenant_id: Tenant = "<default>"


class WarningOut(Answer):
    message: str


class ExpressionOut(Answer):
    expression: str
    result: ValueOut
    warnings: list[WarningOut]


@router.post(
    "/decision-definitions/search", summary="查询决策定义", response_model=Found[DecisionOut]
)
def search(
    request: Request,
    actor: Caller,
    ask: DecisionSearch | None = None,
) -> Response:
    """Staff only."""
    query = (ask or DecisionSearch()).query()
    return answer(found(search_decisions(auth.application(request), actor, query=query), _decision))


@router.post("/decision-definitions/evaluation", summary="试算决策", response_model=EvaluationOut)
def evaluate(request: Request, actor: Administrator, ask: EvaluationAsk) -> Response:
    """What the decision says to these values, and which rules said so."""
    decided = evaluate_decision(
        auth.application(request),
        actor,
        key=ask.decision_definition_key,
        decision_id=ask.decision_definition_id,
        variables=ask.variables,
    )
    return answer(_evaluation(decided))


@router.get(
    "/decision-definitions/{decisionDefinitionKey}", summary="决策定义", response_model=DecisionOut
)
def get(
    request: Request,
    actor: Caller,
    decisionDefinitionKey: KeyText,  # noqa: N803 - as in Camunda's reference
) -> Response:
    decision = get_decision(auth.application(request), actor, key=decisionDefinitionKey)
    return answer(_decision(decision))


@router.get(
    "/decision-definitions/{decisionDefinitionKey}/xml",
    summary="决策文件",
    response_class=Response,
    responses={200: {"content": {"text/xml": {}}}},
)
def xml(
    request: Request,
    actor: Caller,
    decisionDefinitionKey: KeyText,  # noqa: N803 - as in Camunda's reference
) -> Response:
    """The DMN file as it was deployed."""
    text = decision_xml(auth.application(request), actor, key=decisionDefinitionKey)
    return Response(text, media_type="text/xml; charset=utf-8")


@router.post("/expression/evaluation", summary="试算表达式", response_model=ExpressionOut)
def evaluate_feel(request: Request, actor: Administrator, ask: ExpressionAsk) -> Response:
    """The value of a FEEL expression with these variables."""
    evaluated = evaluate_expression(
        auth.application(request), actor, expression=ask.expression, variables=ask.variables
    )
    return answer(
        ExpressionOut(
            expression=ask.expression,
            result=evaluated.value,
            warnings=[WarningOut(message=warning) for warning in evaluated.warnings],
        )
    )


def _decision(decision: DecisionDefinition) -> DecisionOut:
    return DecisionOut(
        decision_definition_id=decision.decision_id,
        decision_definition_key=decision.key,
        name=decision.name,
        version=decision.version,
        decision_requirements_id=decision.requirements_id,
        decision_requirements_name=decision.requirements_name,
        decision_requirements_key=decision.requirements_key,
    )


def _evaluation(decided: Decided) -> EvaluationOut:
    decision, result = decided.decision, decided.result
    return EvaluationOut(
        decision_definition_id=decision.decision_id,
        decision_definition_name=decision.name,
        decision_definition_version=decision.version,
        decision_definition_key=decision.key,
        decision_requirements_id=decision.requirements_id,
        decision_requirements_key=decision.requirements_key,
        decision_evaluation_key=decided.key,
        decision_instance_key=decided.key,
        output=_json(result.value),
        evaluated_decisions=[
            _evaluated(decided, number, one) for number, one in enumerate(result.evaluated, 1)
        ],
        matched_rules=[_matched(decided.model, rule) for rule in result.matched_rules],
        explanation=result.explanation.text,
        warnings=list(result.warnings),
    )


def _evaluated(decided: Decided, number: int, explained: Explanation) -> EvaluatedDecisionOut:
    asked, sibling = decided.decision, decided.siblings.get(explained.id)
    tables = decided.model.tables
    return EvaluatedDecisionOut(
        decision_definition_id=explained.id,
        decision_definition_name=explained.name,
        decision_definition_version=sibling.version if sibling else asked.version,
        decision_definition_key=sibling.key if sibling else asked.key,
        decision_definition_type=_type(decided.model, explained.id),
        decision_evaluation_instance_key=f"{decided.key}-{number}",
        output=_json(explained.value),
        matched_rules=[_matched(decided.model, rule) for rule in explained.rules],
        evaluated_inputs=[
            EvaluatedInputOut(input_id=clause.id, input_name=label, input_value=_json(value))
            for table in explained.tables
            for clause, (label, value) in zip(
                tables[table.table_id].inputs, table.inputs, strict=True
            )
        ],
    )


def _matched(model: Model, rule: MatchedRule) -> MatchedOut:
    clauses = model.tables[rule.table_id].outputs
    return MatchedOut(
        rule_id=rule.rule_id,
        rule_index=rule.index,
        text=rule.text,
        evaluated_outputs=[
            EvaluatedOutputOut(
                output_id=clause.id,
                output_name=clause.name or label,
                output_value=_json(value),
                rule_id=rule.rule_id,
                rule_index=rule.index,
            )
            for clause, (label, value) in zip(clauses, rule.outputs, strict=True)
        ],
    )


def _type(model: Model, decision_id: str) -> str:
    logic = model.logic(decision_id)
    if isinstance(logic, DecisionTable):
        return "DECISION_TABLE"
    return "LITERAL_EXPRESSION" if isinstance(logic, LiteralExpression) else "UNKNOWN"


def _json(value: object) -> str:
    return bytes(ExactResponse(value).body).decode()
