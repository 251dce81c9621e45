"""Bring the cases that run on older versions of a service to another one: dry run, then a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from api.auth import PageSession
from api.language import gettext as _
from api.pages import flash, paging
from api.pages.admin import mapping
from api.pages.frame import Frame
from api.pages.rendering import respond
from api.pages.visit import Administrator, administration, application
from engine.model import keys
from engine.model.batches import BatchKind
from engine.model.definitions import ProcessDefinition
from engine.model.errors import BanshiError, NotFound
from engine.model.keys import Key
from engine.model.search import Condition, Operator
from engine.service.administration.migration_report import migration_report, migration_targets
from engine.service.administration.start_batch import Order, selected, start_batch
from engine.service.publishing.read_definitions import list_versions

router = APIRouter()


@dataclass(frozen=True, kw_only=True)
class BulkMigratePage:
    """``report`` None: nobody runs on the versions chosen."""

    template: ClassVar[str] = "admin/bulk_migrate.html"

    frame: Frame
    name: str
    href: str
    sources: tuple[paging.Choice, ...]
    targets: tuple[paging.Choice, ...]
    source: str
    target: str
    words: str
    report: mapping.ReportView | None
    problem: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class _Choice:
    """From which version (None: all others) to which."""

    versions: tuple[ProcessDefinition, ...]
    source: ProcessDefinition | None
    target: ProcessDefinition

    @property
    def conditions(self) -> tuple[Condition, ...]:
        own = Condition(field="processDefinitionId", value=self.target.process_id)
        if self.source is not None:
            return (own, Condition(field="processDefinitionKey", value=self.source.key))
        return (
            own,
            Condition(field="processDefinitionKey", operator=Operator.NEQ, value=self.target.key),
        )

    @property
    def words(self) -> str:
        """Which cases these are."""
        return (
            _("“{name}”中在 v{version} 上办理的事项")
            if self.source is not None
            else _("“{name}”中不在 v{target} 上办理的全部事项")
        ).format(
            name=self.target.name,
            version=self.source.version if self.source else "",
            target=self.target.version,
        )


def chosen(
    request: Request, session: PageSession, process_id: str, fields: Mapping[str, str]
) -> _Choice:
    """What the address or form chose; the latest version where it did not. Raises NotFound."""
    versions = list_versions(application(request), session.actor, process_id=process_id)
    if not versions:
        raise NotFound(what=_("流程"), key=process_id)
    target = _version(versions, fields.get("to", "")) or next(v for v in versions if v.latest)
    return _Choice(
        versions=versions, source=_version(versions, fields.get("from", "")), target=target
    )


def _version(versions: Sequence[ProcessDefinition], key: str) -> ProcessDefinition | None:
    return next((v for v in versions if str(v.key) == key), None)


def view(
    request: Request,
    session: PageSession,
    choice: _Choice,
    named: Mapping[str, str],
    *,
    problem: str = "",
    reason: str = "",
) -> BulkMigratePage:
    """The wizard with its dry run."""
    app, actor = application(request), session.actor
    which = selected(app, actor, kind=BatchKind.MIGRATE, conditions=choice.conditions)
    report = None
    if which:
        found = migration_report(
            app, actor, keys=which, definition_key=choice.target.key, mapping=named
        )
        targets = migration_targets(app, actor, definition_key=choice.target.key)
        report = mapping.report_view(found, targets, named)
    process_id = choice.target.process_id
    older = [
        (str(v.key), _("v{version}，在办 {n} 件").format(version=v.version, n=v.active_instances))
        for v in choice.versions
        if v.key != choice.target.key
    ]
    listed = [
        (
            str(v.key),
            (_("v{version}（现行）") if v.latest else "v{version}").format(version=v.version),
        )
        for v in choice.versions
    ]
    source = str(choice.source.key) if choice.source else ""
    return BulkMigratePage(
        frame=administration(
            request,
            session,
            title=_("批量迁移 {name}").format(name=choice.target.name),
            side="services",
        ),
        name=choice.target.name,
        href=f"/admin/services/{process_id}",
        sources=paging.choices([("", _("所有其他版本")), *older], source),
        targets=paging.choices(listed, str(choice.target.key)),
        source=source,
        target=str(choice.target.key),
        words=choice.words,
        report=report,
        problem=problem,
        reason=reason,
    )


@router.get("/admin/services/{process_id}/migrate")
def show(
    request: Request,
    session: Administrator,
    process_id: str,
) -> Response:
    """The dry run; nothing is changed."""
    choice = chosen(request, session, process_id, request.query_params)
    named = mapping.asked(request.query_params)
    return respond(request, view(request, session, choice, named))


@router.post("/admin/services/{process_id}/migrate")
def start(
    request: Request,
    session: Administrator,
    process_id: str,
    fields: Annotated[dict[str, str], Depends(mapping.sent)],
) -> Response:
    """Order the batch, and go on to its progress."""
    choice = chosen(request, session, process_id, fields)
    named, reason = mapping.asked(fields), fields.get("reason", "")
    try:
        key: Key = start_batch(
            application(request),
            session.actor,
            order=Order(kind=BatchKind.MIGRATE, definition_key=choice.target.key, mapping=named),
            conditions=choice.conditions,
            reason=reason,
            selection=choice.words,
        )
    except BanshiError as refused:
        page = view(request, session, choice, named, problem=refused.message, reason=reason)
        return respond(request, page, status=422)
    response = RedirectResponse(f"/admin/batches/{keys.parse(str(key))}", status_code=303)
    flash.say(response, "batch-started")
    return response
