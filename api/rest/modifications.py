"""修改位置: move, add and cancel tokens of a running case."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field, model_validator

from api import auth
from api.exact import ExactRoute
from api.rest.answers import answer, done
from api.rest.parameters import Administrator, Once
from api.rest.shapes import (
    Answer,
    Ask,
    KeyOut,
    KeyText,
    Name,
    ShortText,
    Text,
    Variables,
    Whole,
)
from engine.model.keys import Key
from engine.service.administration.modify_case import (
    Activate,
    Modification,
    Preview,
    Shift,
    modify_case,
    preview_modification,
)
from engine.text import tell

router = APIRouter(tags=["流程实例"], route_class=ExactRoute, prefix="/process-instances")

_MANY = 1_000


class VariableInstruction(Ask):
    """``scopeId`` empty: the case's own variables; else it has to be the element's own id."""

    variables: Variables
    scope_id: ShortText = ""


class ActivateInstruction(Ask):
    element_id: Name
    variable_instructions: list[VariableInstruction] = Field(default=[], max_length=100)
    ancestor_element_instance_key: KeyText | Literal["-1"] | None = None

    @model_validator(mode="after")
    def _own_scope(self) -> ActivateInstruction:
        _require_own(self.variable_instructions, self.element_id)
        return self


class SourceElement(Ask):
    """By element id (all that are there) or by the key of one of them."""

    source_type: Literal["byId", "byKey"]
    source_element_id: Name | None = None
    source_element_instance_key: KeyText | None = None

    @model_validator(mode="after")
    def _as_its_type_says(self) -> SourceElement:
        given = self.source_element_id if self.source_type == "byId" else None
        given_key = self.source_element_instance_key if self.source_type == "byKey" else None
        if given is None and given_key is None:
            raise ValueError(tell("sourceElementInstruction 应按 sourceType 给出编号或键"))
        return self

    def source(self) -> Key | str:
        if self.source_type == "byKey":
            return self.source_element_instance_key or Key(0)
        return self.source_element_id or ""


class MoveInstruction(Ask):
    source_element_instruction: SourceElement
    target_element_id: Name
    variable_instructions: list[VariableInstruction] = Field(default=[], max_length=100)

    @model_validator(mode="after")
    def _own_scope(self) -> MoveInstruction:
        _require_own(self.variable_instructions, self.target_element_id)
        return self


class TerminateInstruction(Ask):
    element_instance_key: KeyText | None = None
    element_id: Name | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> TerminateInstruction:
        if (self.element_instance_key is None) == (self.element_id is None):
            raise ValueError(tell("elementInstanceKey 与 elementId 应恰好给出一个"))
        return self


class ModificationAsk(Ask):
    """``reason`` is ours: it goes into the case's record."""

    activate_instructions: list[ActivateInstruction] = Field(default=[], max_length=_MANY)
    move_instructions: list[MoveInstruction] = Field(default=[], max_length=_MANY)
    terminate_instructions: list[TerminateInstruction] = Field(default=[], max_length=_MANY)
    operation_reference: Whole | None = None
    reason: Text = ""

    def modification(self) -> Modification:
        asked = [i.variable_instructions for i in self.activate_instructions]
        asked += [i.variable_instructions for i in self.move_instructions]
        variables: dict[str, object] = {}
        for given in (one for each in asked for one in each if not one.scope_id):
            variables |= given.variables
        return Modification(
            activate=tuple(
                Activate(
                    element_id=each.element_id,
                    ancestor=_ancestor(each.ancestor_element_instance_key),
                    variables=_own(each.variable_instructions),
                )
                for each in self.activate_instructions
            ),
            move=tuple(
                Shift(
                    source=each.source_element_instruction.source(),
                    element_id=each.target_element_id,
                    variables=_own(each.variable_instructions),
                )
                for each in self.move_instructions
            ),
            terminate=tuple(
                each.element_instance_key or each.element_id or ""
                for each in self.terminate_instructions
            ),
            variables=variables,
        )


class PreviewTask(Answer):
    user_task_key: KeyOut
    element_id: str
    name: str
    handler: str


class PreviewElement(Answer):
    element_instance_key: KeyOut
    element_id: str
    element_name: str


class PreviewOut(Answer):
    """What would become of the case; nothing was changed."""

    canceled_user_tasks: list[PreviewTask]
    created_user_tasks: list[PreviewTask]
    terminated_elements: list[PreviewElement]
    activated_elements: list[PreviewElement]
    incidents: list[str]
    would_end: bool


@router.post("/{processInstanceKey}/modification", summary="修改位置", status_code=204)
def modify(
    request: Request,
    actor: Administrator,
    processInstanceKey: KeyText,  # noqa: N803
    ask: ModificationAsk,
    idempotency_key: Once = None,
) -> Response:
    """Move, add and cancel tokens."""
    modify_case(
        auth.application(request),
        actor,
        key=processInstanceKey,
        modification=ask.modification(),
        reason=ask.reason,
        idempotency_key=idempotency_key,
    )
    return done()


@router.post(
    "/{processInstanceKey}/modification-preview",
    summary="预览修改位置",
    response_model=PreviewOut,
)
def preview(
    request: Request,
    actor: Administrator,
    processInstanceKey: KeyText,  # noqa: N803
    ask: ModificationAsk,
) -> Response:
    """What a modification would do (ours)."""
    shown = preview_modification(
        auth.application(request), actor, key=processInstanceKey, modification=ask.modification()
    )
    return answer(preview_out(shown))


def preview_out(shown: Preview) -> PreviewOut:
    return PreviewOut(
        canceled_user_tasks=[
            PreviewTask(
                user_task_key=t.key, element_id=t.element_id, name=t.name, handler=t.handler
            )
            for t in shown.canceled
        ],
        created_user_tasks=[
            PreviewTask(
                user_task_key=t.key, element_id=t.element_id, name=t.name, handler=t.handler
            )
            for t in shown.opened
        ],
        terminated_elements=[
            PreviewElement(element_instance_key=p.key, element_id=p.element_id, element_name=p.name)
            for p in shown.left
        ],
        activated_elements=[
            PreviewElement(element_instance_key=p.key, element_id=p.element_id, element_name=p.name)
            for p in shown.entered
        ],
        incidents=list(shown.incidents),
        would_end=shown.ended,
    )


def _ancestor(key: Key | Literal["-1"] | None) -> Key | None:
    """``-1`` (Camunda's default) means wherever there is just one."""
    return None if isinstance(key, str) else key


def _own(given: list[VariableInstruction]) -> dict[str, object]:
    """The variables of the element itself."""
    found: dict[str, object] = {}
    for each in given:
        if each.scope_id:
            found |= each.variables
    return found


def _require_own(given: list[VariableInstruction], element_id: str) -> None:
    if any(each.scope_id not in {"", element_id} for each in given):
        raise ValueError(tell("scopeId 应为空（事项自身的变量）或所激活环节的编号"))
