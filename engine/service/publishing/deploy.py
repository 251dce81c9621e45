"""Publish diagrams, decisions and forms as new versions: all of them, or none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from engine.model.actor import Actor
from engine.model.definitions import Deployment, Resource, ResourceKind
from engine.model.effects import SubscriptionKind
from engine.model.errors import InvalidInput, Refused
from engine.model.keys import Key
from engine.model.permissions import Action, require
from engine.model.problems import Problem, Severity
from engine.runtime import Definition, bound, next_timer
from engine.service.acting import acting
from engine.service.app import App
from engine.service.publishing import resource as files
from engine.service.publishing.resource import Known, Read
from engine.storage.database import UnitOfWork
from engine.storage.history import acts
from engine.storage.papers import letter_templates
from engine.storage.publishing import definitions, deployments
from engine.text import tell

__all__ = ["Resource", "deploy", "deploy_within", "known_ids", "read_all", "starters_of"]

#: More files than this are deployed in several steps.
MOST = 200


def deploy(app: App, actor: Actor, *, resources: Sequence[Resource], note: str = "") -> Deployment:
    """Administrators only. A file that is the latest version already keeps its version; where all
    of them are, nothing happens, and the deployment that they came with is given.

    Raises :class:`Refused` for the first file with errors (all its problems by element), and
    :class:`InvalidInput` where there is no file, or two say the same.
    """
    require(actor, Action.DEPLOY)
    read = read_all(app, resources)
    with acting(app, actor) as (work, me):
        require(me, Action.DEPLOY)
        deployment = deploy_within(app, work, me, read=read, note=note)
        work.commit()
    return deployment


def read_all(app: App, resources: Sequence[Resource]) -> tuple[Read, ...]:
    """Read every file, before any transaction begins; raises as :func:`deploy` does."""
    if not resources:
        raise _invalid("resources-none", tell("请至少选择一个文件。"))
    if len(resources) > MOST:
        raise _invalid("resources-many", tell("一次最多部署 {most} 个文件。", most=MOST))
    read = tuple(files.read(resource, functions=app.functions) for resource in resources)
    seen: set[tuple[ResourceKind, str]] = set()
    for found in read:
        twice = {(found.kind, identity) for identity in found.ids} & seen
        if twice:
            listed = "、".join(sorted(identity for _, identity in twice))
            raise _invalid(
                "resources-twice", tell("“{listed}”在这些文件中出现了两次。", listed=listed)
            )
        seen |= {(found.kind, identity) for identity in found.ids}
    return read


def deploy_within(
    app: App, work: UnitOfWork, actor: Actor, *, read: Sequence[Read], note: str
) -> Deployment:
    """The same inside a unit of work that the caller commits; rights are the caller's matter."""
    deployments.lock_deployments(work)
    warnings = _check(app, work, read)
    changed = _with_those_bound([r for r in read if not _unchanged(work, r)], read)
    if not changed:
        first = deployments.latest_versions(work, read[0].kind, read[0].ids)
        already, at = deployments.deployment_of(work, next(iter(first.values())).resource_key)
        return _result(work, already, read, now=at, warnings=warnings)
    now = app.now()
    deployment = deployments.add_deployment(
        work, actor_key=actor.key, actor_name=actor.name, note=note, now=now
    )
    for found in changed:
        _add(app, work, deployment, found, by=actor, now=now)
    acts.record(
        work,
        stream="publications",
        actor=actor,
        kind="deploy",
        facts={
            "deployment": str(deployment),
            "note": note,
            "files": {found.resource.name: found.sha256.hex() for found in changed},
        },
        at=now,
    )
    return _result(work, deployment, read, now=now, warnings=warnings)


def known_ids(work: UnitOfWork, read: Sequence[Read] = ()) -> Known:
    """What diagrams may refer to: everything deployed, and everything that comes along."""
    coming = {kind: [i for r in read if r.kind is kind for i in r.ids] for kind in ResourceKind}
    ids = {kind: deployments.known_ids(work, kind).union(coming[kind]) for kind in ResourceKind}
    return Known(
        forms=ids[ResourceKind.FORM],
        decisions=ids[ResourceKind.DMN],
        processes=ids[ResourceKind.BPMN],
        letters=letter_templates.published_ids(work),
    )


def _check(app: App, work: UnitOfWork, read: Sequence[Read]) -> tuple[Problem, ...]:
    """Raise :class:`Refused` for errors; the warnings of all files."""
    known = known_ids(work, read)
    warnings: list[Problem] = []
    for found in read:
        problems = files.lint(found, known, functions=app.functions)
        errors = tuple(p for p in problems if p.severity is Severity.ERROR)
        if errors:
            raise Refused(resource=found.resource.name, problems=errors)
        warnings += problems
    return tuple(warnings)


def _with_those_bound(changed: list[Read], read: Sequence[Read]) -> list[Read]:
    """The changed files, and those bound to one of them by deployment: they mean what came along."""
    found = list(changed)
    grown = True
    while grown:
        names = {(r.kind, i) for r in found for i in r.ids}
        more = [r for r in read if r not in found and names & _bound_to(r)]
        found += more
        grown = bool(more)
    return [r for r in read if r in found]


def _bound_to(found: Read) -> set[tuple[ResourceKind, str]]:
    """What the processes of a file mean by ``bindingType`` = ``deployment``."""
    return {
        (kind, bound(name).id)
        for process in found.processes
        for kind, names in (
            (ResourceKind.FORM, process.form_ids | {process.start_form or ""}),
            (ResourceKind.DMN, process.decision_ids),
            (ResourceKind.BPMN, process.process_ids),
        )
        for name in names
        if bound(name).process is not None
    }


def _unchanged(work: UnitOfWork, found: Read) -> bool:
    """Whether all definitions of the file have this very file as their latest version."""
    latest = deployments.latest_versions(work, found.kind, found.ids)
    return found.ids == latest.keys() and all(
        version.sha256 == found.sha256 and version.resource == found.resource.name
        for version in latest.values()
    )


def _add(
    app: App, work: UnitOfWork, deployment: Key, found: Read, *, by: Actor, now: datetime
) -> None:
    resource_key = deployments.add_resource(
        work,
        deployment=deployment,
        kind=found.kind,
        name=found.resource.name,
        sha256=found.sha256,
        content=found.resource.content,
    )
    latest = deployments.latest_versions(work, found.kind, found.ids)
    versions = {i: latest[i].version + 1 if i in latest else 1 for i in found.ids}
    for process in found.processes:
        _add_process(app, work, process, versions[process.process_id], resource_key, by=by, now=now)
    for named in (*found.decisions, *found.forms):
        graph = (
            {"requirements_id": found.own.id, "requirements_name": found.own.name}
            if found.kind is ResourceKind.DMN
            else {}
        )
        deployments.add_definition(
            work,
            found.kind,
            identity=named.id,
            version=versions[named.id],
            name=named.name,
            resource_key=resource_key,
            version_tag=named.tag,
            **graph,
        )


def _add_process(
    app: App,
    work: UnitOfWork,
    process: Definition,
    version: int,
    resource_key: Key,
    *,
    by: Actor,
    now: datetime,
) -> None:
    key = deployments.add_definition(
        work,
        ResourceKind.BPMN,
        identity=process.process_id,
        version=version,
        name=process.name or process.process_id,
        resource_key=resource_key,
        version_tag=process.version_tag or "",
        start_form=process.start_form,
        description=process.documentation or process.properties.get("banshi:summary", ""),
        starters=starters_of(process),
        properties=dict(process.properties),
        deployed_at=now,
        deployed_by=by.name,
    )
    deployments.replace_start_events(
        work,
        process_id=process.process_id,
        definition_key=key,
        events=_start_events(app, process),
    )


def starters_of(process: Definition) -> list[str]:
    """Who may start it: ``banshi:starters``, roles separated by commas, ``*`` = everybody."""
    listed = process.properties.get("banshi:starters", "").replace("，", ",").split(",")
    return sorted({role.strip() for role in listed if role.strip()})


def _start_events(app: App, process: Definition) -> Iterator[deployments.StartEvent]:
    for event in process.start_events:
        if event.kind in set(SubscriptionKind):
            yield deployments.StartEvent(
                event_id=event.id, kind=SubscriptionKind(event.kind), name=event.name or ""
            )
        elif event.kind == "timer":
            due = _first_due(app, process, event.id)
            if due is not None:
                yield deployments.StartEvent(event_id=event.id, due_at=due[0], repetitions=due[1])


def _first_due(app: App, process: Definition, event_id: str) -> tuple[datetime, int | None] | None:
    """When a timer start event comes first, and how often after that."""
    try:
        return next_timer(process, event_id, app.environment())
    except ValueError as error:
        problem = Problem(
            element_id=event_id,
            rule="timer-start",
            message=tell(
                "定时开始事件“{event_id}”无法确定时间：{error}。请改正。",
                event_id=event_id,
                error=error,
            ),
        )
        raise Refused(resource=process.process_id, problems=(problem,)) from error


def _result(
    work: UnitOfWork,
    deployment: Key,
    read: Sequence[Read],
    *,
    now: datetime,
    warnings: tuple[Problem, ...],
) -> Deployment:
    keys = {
        kind: [
            version.key
            for found in read
            if found.kind is kind
            for version in deployments.latest_versions(work, kind, found.ids).values()
        ]
        for kind in ResourceKind
    }
    processes = [definitions.get_process(work, key) for key in keys[ResourceKind.BPMN]]
    decisions = [definitions.get_decision(work, key=key) for key in keys[ResourceKind.DMN]]
    forms = [definitions.get_form(work, key=key) for key in keys[ResourceKind.FORM]]
    return Deployment(
        key=deployment,
        deployed_at=now,
        processes=tuple(p for p in processes if p),
        decisions=tuple(d for d in decisions if d),
        forms=tuple(f for f in forms if f),
        warnings=warnings,
    )


def _invalid(rule: str, message: str) -> InvalidInput:
    return InvalidInput(problems=(Problem(element_id="resources", rule=rule, message=message),))
