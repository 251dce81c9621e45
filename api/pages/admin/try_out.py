"""Try a FEEL expression with variables of one's own: its value, its type, and why."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import exact
from api.auth import PageSession
from api.language import gettext as _
from api.language import said
from api.pages import words
from api.pages.admin import explained
from api.pages.frame import Frame
from api.pages.rendering import respond
from api.pages.typed import Sent, Typed
from api.pages.visit import Administrator, administration, application
from engine.feel import FeelFunction, Registry, Value
from engine.model.actor import Actor
from engine.model.errors import InvalidInput
from engine.model.problems import Problem
from engine.service.app import App
from engine.service.publishing.evaluate import Evaluated, evaluate_expression

router = APIRouter()

#: Rows for variables, at most.
MOST = 100

_ROW = re.compile(r"variables\[(\d{1,4})\]\.(name|value)")


@dataclass(frozen=True, kw_only=True)
class VariableRow:
    """A variable as typed: its name, and its value as one writes it in FEEL."""

    name: str
    value: str
    error: str = ""


_BLANK = VariableRow(name="", value="")


@dataclass(frozen=True, kw_only=True)
class Example:
    """An expression to start from, and what it shows."""

    text: str
    meaning: str


@dataclass(frozen=True, kw_only=True)
class FunctionLine:
    """A function that expressions can call."""

    call: str
    doc: str


@dataclass(frozen=True, kw_only=True)
class TriedExpression:
    """What came of it. ``warnings``: why parts of it are null."""

    value: explained.ValueView
    warnings: tuple[str, ...]
    why: tuple[explained.WhyStep, ...]


@dataclass(frozen=True, kw_only=True)
class TryOutPage:
    """``marked``: the expression with the place where it is wrong, () where it is not."""

    template: ClassVar[str] = "admin/try_out.html"

    frame: Frame
    expression: str
    variables: tuple[VariableRow, ...]
    blank: VariableRow
    most: int
    json: str
    problems: tuple[words.Trouble, ...]
    errors: Mapping[str, str]
    marked: tuple[explained.SourceLine, ...]
    result: TriedExpression | None
    examples: tuple[Example, ...]
    functions: tuple[FunctionLine, ...]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What was typed."""

    expression: str = ""
    variables: tuple[VariableRow, ...] = ()
    json: str = ""


@dataclass(kw_only=True)
class Faults:
    """What is wrong with what was typed, by field of the page."""

    found: list[Problem] = field(default_factory=list)

    def add(self, where: str, message: str) -> None:
        """Note a fault of a field."""
        self.found.append(Problem(element_id=where, rule="try-out", message=message))


def examples() -> tuple[Example, ...]:
    """Expressions of the kind that diagrams and tables have."""
    return (
        Example(text="amount <= 100000 and score >= 60", meaning=_("条件")),
        Example(
            text='if level = "city" then amount * 0.8 else amount * 0.5',
            meaning=_("分情形计算"),
        ),
        Example(text="round half up(meals * 2.5 * (1 - 0.05), 2)", meaning=_("金额四舍五入到分")),
        Example(text='sum(budget[kind = "labour"].amount)', meaning=_("明细中某一类的合计")),
        Example(text="every row in budget satisfies row.amount > 0", meaning=_("每一行都符合条件")),
        Example(text="years and months duration(birthday, today()).years", meaning=_("周岁")),
        Example(text="working days after(today(), 5)", meaning=_("五个工作日之后的日期")),
    )


@cache
def functions(registry: Registry) -> tuple[FunctionLine, ...]:
    """All functions by name; those of the bureau (working days …) are among them."""
    return tuple(
        FunctionLine(call=_call(name, function), doc=function.doc)
        for name, function in sorted(registry.functions.items())
    )


def _call(name: str, function: FeelFunction) -> str:
    parameters = (p.name + ("?" if p.optional else "") for p in function.parameters)
    return f"{name}({', '.join(parameters)})"


def asked(sent: Typed) -> Asked:
    """What a browser sent: rows in the order of their numbers, empty ones left out."""
    rows: dict[int, dict[str, str]] = {}
    for name, text in sent.pairs:
        match = _ROW.fullmatch(name)
        if match:
            rows.setdefault(int(match[1]), {})[match[2]] = text
    variables = (
        VariableRow(name=row.get("name", "").strip(), value=row.get("value", "").strip())
        for _number, row in sorted(rows.items())
    )
    return Asked(
        expression=sent.first("expression"),
        variables=tuple(v for v in variables if v.name or v.value)[:MOST],
        json=sent.first("json"),
    )


def given(app: App, actor: Actor, typed_in: Asked, faults: Faults) -> dict[str, Any]:
    """The variables out of the rows and the JSON text; what is wrong goes to ``faults``."""
    variables = _from_json(typed_in.json, faults)
    for number, row in enumerate(typed_in.variables):
        where = f"variables[{number}]"
        if not row.name:
            faults.add(where, _("请填写变量名。"))
        elif row.name in variables:
            faults.add(where, _("变量“{name}”给了两次，请删去一个。").format(name=row.name))
        else:
            variables[row.name] = written(app, actor, row.value, faults, where)
    return variables


def written(app: App, actor: Actor, text: str, faults: Faults, where: str) -> Value:
    """A value written in FEEL; nothing typed is null."""
    if not text:
        return None
    try:
        found = evaluate_expression(app, actor, expression=text, variables={})
    except InvalidInput as refused:
        message = said(refused.problems[0].message).rstrip("。.")
        faults.add(where, _("{fault}；文本要加英文双引号。").format(fault=message))
        return None
    if found.warnings:
        faults.add(
            where, _("{fault}；文本要加英文双引号。").format(fault=found.warnings[0].rstrip("。"))
        )
    return found.value


def _from_json(text: str, faults: Faults) -> dict[str, Any]:
    if not text.strip():
        return {}
    try:
        read = exact.read(text.encode(errors="replace"))
    except json.JSONDecodeError as fault:
        faults.add("json", _json_fault(fault))
        return {}
    if not isinstance(read, dict):
        faults.add("json", _('JSON 的最外层应是对象，例如 {"amount": 100}。'))
        return {}
    return read


def _json_fault(fault: json.JSONDecodeError) -> str:
    """Where the text goes wrong; the parser's own words are English, ours are kept."""
    if not fault.msg.isascii():
        return _("JSON 有误：{fault}。").format(fault=fault.msg)
    return _("JSON 第 {line} 行第 {column} 列写得不对，请检查引号、逗号和括号。").format(
        line=fault.lineno, column=fault.colno
    )


def view(
    request: Request,
    session: PageSession,
    typed_in: Asked,
    *,
    evaluated: Evaluated | None = None,
    faults: Sequence[Problem] = (),
) -> TryOutPage:
    """The page, with what came of the last try."""
    errors = {problem.element_id: problem.message for problem in reversed(faults)}
    ids = {where: _id(where) for where in errors}
    syntax = next((p for p in faults if p.element_id == "expression" and p.line), None)
    rows = [
        VariableRow(name=row.name, value=row.value, error=errors.get(f"variables[{n}]", ""))
        for n, row in enumerate(typed_in.variables)
    ]
    spare = 1 if len(rows) < MOST else 0
    return TryOutPage(
        frame=administration(request, session, title=_("试算"), side="try-out"),
        expression=typed_in.expression,
        variables=(*rows, *[_BLANK] * spare),
        blank=_BLANK,
        most=MOST,
        json=typed_in.json,
        problems=words.troubles(faults, ids),
        errors=errors,
        marked=explained.marked(typed_in.expression, syntax.line or 1, syntax.column or 1)
        if syntax
        else (),
        result=_tried(evaluated) if evaluated else None,
        examples=examples(),
        functions=functions(application(request).functions),
    )


def _id(where: str) -> str:
    match = _ROW.fullmatch(f"{where}.value")
    return f"variables-{match[1]}-value" if match else where


def _tried(evaluated: Evaluated) -> TriedExpression:
    why = evaluated.explanation
    return TriedExpression(
        value=explained.value(evaluated.value),
        warnings=tuple(dict.fromkeys(evaluated.warnings)),
        why=explained.parts(why) if why and why.children else (),
    )


@router.get("/admin/try-out")
def show(request: Request, session: Administrator) -> Response:
    """An empty page."""
    return respond(request, view(request, session, Asked()))


@router.post("/admin/try-out")
def evaluate(
    request: Request,
    session: Administrator,
    sent: Sent,
) -> Response:
    """Evaluate; nothing is kept."""
    app, typed_in, faults = application(request), asked(sent), Faults()
    variables = given(app, session.actor, typed_in, faults)
    if not typed_in.expression.strip():
        faults.add("expression", _("请填写表达式。"))
    evaluated = None
    if not faults.found:
        try:
            evaluated = evaluate_expression(
                app,
                session.actor,
                expression=typed_in.expression,
                variables=variables,
                explain=True,
            )
        except InvalidInput as refused:
            faults.found.extend(refused.problems)
    page = view(request, session, typed_in, evaluated=evaluated, faults=faults.found)
    return respond(request, page, status=422 if faults.found else 200)
