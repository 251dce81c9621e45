"""Order an operation on many cases: which ones, what is done to each, how many that would be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from api.auth import PageSession
from api.language import gettext as _
from api.pages import flash, paging
from api.pages.admin import element_words, mapping
from api.pages.admin.batches import kind_words
from api.pages.frame import Frame
from api.pages.rendering import respond
from api.pages.visit import Administrator, administration, application
from engine.model.batches import BatchKind
from engine.model.definitions import ProcessDefinition
from engine.model.errors import BanshiError
from engine.model.search import Condition
from engine.service.administration.migration_report import Target, migration_targets
from engine.service.administration.start_batch import Order, selected, start_batch
from engine.service.publishing.read_definitions import list_definitions, list_versions

router = APIRouter()

#: Migration has a page of its own.
KINDS = {
    "suspend": BatchKind.SUSPEND,
    "resume": BatchKind.RESUME,
    "resolve": BatchKind.RESOLVE_INCIDENT,
    "move": BatchKind.MODIFY,
    "cancel": BatchKind.CANCEL,
}


@dataclass(frozen=True, kw_only=True)
class NewBatchPage:
    """``count``: how many cases that would be; ``chosen``: a service was chosen;
    ``half``: what is to be moved is not chosen yet."""

    template: ClassVar[str] = "admin/new_batch.html"

    frame: Frame
    kinds: tuple[paging.Choice, ...]
    services: tuple[paging.Choice, ...]
    versions: tuple[paging.Choice, ...]
    elements: tuple[paging.Choice, ...]
    targets: tuple[paging.Choice, ...]
    moving: bool
    chosen: bool
    half: bool
    what: str
    words: str
    count: int
    hidden: tuple[tuple[str, str], ...]
    problem: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """What the address or form says. ``element``: where the cases stand; ``to``: where they go."""

    kind: BatchKind
    process: str
    version: str
    element: str
    to: str
    fields: Mapping[str, str]

    @property
    def half(self) -> bool:
        """To move, one has to say from where and where to."""
        return self.kind is BatchKind.MODIFY and not (self.element and self.to)

    @property
    def order(self) -> Order:
        moves = ((self.element, self.to),) if self.element and self.to else ()
        return Order(kind=self.kind, moves=moves if self.kind is BatchKind.MODIFY else ())

    def conditions(self, versions: tuple[ProcessDefinition, ...]) -> tuple[Condition, ...]:
        found = [Condition(field="processDefinitionId", value=self.process)]
        one = next((v for v in versions if str(v.key) == self.version), None)
        if one is not None:
            found.append(Condition(field="processDefinitionKey", value=one.key))
        if self.element:
            found.append(Condition(field="elementId", value=self.element))
        return tuple(found)


def asked(fields: Mapping[str, str]) -> _Asked:
    """What was chosen."""
    names = ("kind", "process", "version", "element", "to")
    return _Asked(
        kind=KINDS.get(fields.get("kind", ""), BatchKind.SUSPEND),
        process=fields.get("process", ""),
        version=fields.get("version", ""),
        element=fields.get("element", ""),
        to=fields.get("to", ""),
        fields={name: fields[name] for name in names if fields.get(name)},
    )


def view(
    request: Request,
    session: PageSession,
    wanted: _Asked,
    *,
    problem: str = "",
    reason: str = "",
) -> NewBatchPage:
    """The form for what was chosen so far."""
    app, actor = application(request), session.actor
    services = list_definitions(app, actor).items
    versions: tuple[ProcessDefinition, ...] = ()
    targets: tuple[Target, ...] = ()
    count = 0
    if any(s.process_id == wanted.process for s in services):
        versions = list_versions(app, actor, process_id=wanted.process)
        shown = next((v for v in versions if str(v.key) == wanted.version), versions[0])
        targets = migration_targets(app, actor, definition_key=shown.key)
        conditions = wanted.conditions(versions)
        try:
            count = (
                0
                if wanted.half
                else len(selected(app, actor, kind=wanted.kind, conditions=conditions))
            )
        except BanshiError as refused:
            problem = problem or refused.message
    return NewBatchPage(
        frame=administration(request, session, title=_("新的批量处理"), side="batches"),
        kinds=paging.choices(
            [(name, kind_words(kind)) for name, kind in KINDS.items()],
            wanted.fields.get("kind", "suspend"),
        ),
        services=paging.choices(
            [("", _("请选择")), *((s.process_id, s.name) for s in services)], wanted.process
        ),
        versions=paging.choices(
            [("", _("全部版本")), *((str(v.key), f"v{v.version}") for v in versions)],
            wanted.version,
        ),
        elements=paging.choices([("", _("不限")), *_standing(targets)], wanted.element),
        targets=paging.choices([("", _("请选择")), *_standing(targets)], wanted.to),
        moving=wanted.kind is BatchKind.MODIFY,
        chosen=bool(versions),
        half=wanted.half,
        what=kind_words(wanted.kind),
        words=in_words(wanted, versions, targets),
        count=count,
        hidden=tuple(wanted.fields.items()),
        problem=problem,
        reason=reason,
    )


def _standing(targets: tuple[Target, ...]) -> list[tuple[str, str]]:
    return [
        (
            target.element_id,
            _("{name}（{kind}）").format(name=target.name, kind=element_words.kind(target.type)),
        )
        for target in targets
        if target.type not in element_words.NO_TARGETS
    ]


def in_words(
    wanted: _Asked, versions: tuple[ProcessDefinition, ...], targets: tuple[Target, ...]
) -> str:
    """Which cases these are, as it is kept with the batch."""
    if not versions:
        return ""
    named = {target.element_id: target.name for target in targets}
    version = next((f"v{v.version}" for v in versions if str(v.key) == wanted.version), "")
    text = _("“{name}”{version}的在办事项").format(name=versions[0].name, version=version)
    if wanted.element:
        text += _("，停在“{element}”").format(element=named.get(wanted.element, wanted.element))
    if wanted.kind is BatchKind.MODIFY and wanted.to:
        text += _("，移到“{element}”").format(element=named.get(wanted.to, wanted.to))
    return text


@router.get("/admin/new-batch")
def show(request: Request, session: Administrator) -> Response:
    """Choose, and see how many cases that would be."""
    return respond(request, view(request, session, asked(request.query_params)))


@router.post("/admin/new-batch")
def start(
    request: Request,
    session: Administrator,
    fields: Annotated[dict[str, str], Depends(mapping.sent)],
) -> Response:
    """Order it, and go on to its progress."""
    app, actor, wanted = application(request), session.actor, asked(fields)
    reason = fields.get("reason", "")
    try:
        versions = list_versions(app, actor, process_id=wanted.process)
        targets = migration_targets(app, actor, definition_key=versions[0].key) if versions else ()
        key = start_batch(
            app,
            actor,
            order=wanted.order,
            conditions=wanted.conditions(versions) if versions else (),
            reason=reason,
            selection=in_words(wanted, versions, targets),
        )
    except BanshiError as refused:
        page = view(request, session, wanted, problem=refused.message, reason=reason)
        return respond(request, page, status=422)
    response = RedirectResponse(f"/admin/batches/{key}", status_code=303)
    flash.say(response, "batch-started")
    return response
