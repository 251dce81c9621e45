"""Variables of cases."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import auth
from api.exact import ExactResponse, ExactRoute
from api.rest.answers import answer, done
from api.rest.parameters import Administrator, Caller
from api.rest.searching import Filter, Found, KeyFilter, SearchAsk, TextFilter, found
from api.rest.shapes import TENANT, Answer, Ask, Flag, KeyOut, KeyText, Text, Variables
from engine.model.errors import NotFound
from engine.model.records import Variable
from engine.model.search import Condition, Query
from engine.service.administration.set_variables import set_variables
from engine.service.searching import search_variables
from engine.text import tell

router = APIRouter(tags=["变量"], route_class=ExactRoute)


class VariableFilter(Filter):
    name: TextFilter | None = None
    value: TextFilter | None = None
    variable_key: KeyFilter | None = None
    scope_key: KeyFilter | None = None
    process_instance_key: KeyFilter | None = None


class VariableSearch(SearchAsk):
    filter: VariableFilter = VariableFilter()


class VariableOut(Answer):
    """``value``: JSON text, never cut short."""

    variable_key: KeyOut
    name: str
    value: str
    is_truncated: bool = False
    scope_key: KeyOut
    process_instance_key: KeyOut
    tenant_id: str = TENANT


class SetVariablesAsk(Ask):
    """``reason`` (ours): why an administrator changes them; it goes into the case's record."""

    variables: Variables
    local: Flag = False
    reason: Text = ""


@router.post("/variables/search", summary="查询变量", response_model=Found[VariableOut])
def search(
    request: Request,
    actor: Caller,
    ask: VariableSearch | None = None,
) -> Response:
    """Of the cases that one may see."""
    query = (ask or VariableSearch()).query()
    page = search_variables(auth.application(request), actor, query=query)
    return answer(found(page, variable_out))


@router.get("/variables/{variableKey}", summary="变量", response_model=VariableOut)
def get(
    request: Request,
    actor: Caller,
    variableKey: KeyText,  # noqa: N803
) -> Response:
    query = Query(conditions=(Condition(field="variableKey", value=variableKey),))
    page = search_variables(auth.application(request), actor, query=query)
    if not page.items:
        raise NotFound(what=tell("变量"), key=str(variableKey))
    return answer(variable_out(page.items[0]))


@router.put(
    "/element-instances/{elementInstanceKey}/variables", summary="更正变量", status_code=204
)
def put(
    request: Request,
    actor: Administrator,
    elementInstanceKey: KeyText,  # noqa: N803
    ask: SetVariablesAsk,
) -> Response:
    """Write variables into a scope: a case's key, or that of a subprocess in it."""
    set_variables(
        auth.application(request),
        actor,
        scope_key=elementInstanceKey,
        variables=ask.variables,
        reason=ask.reason,
    )
    return done()


def variable_out(variable: Variable) -> VariableOut:
    return VariableOut(
        variable_key=variable.key,
        name=variable.name,
        value=bytes(ExactResponse(variable.value).body).decode(),
        scope_key=variable.scope_key,
        process_instance_key=variable.instance_key,
    )
