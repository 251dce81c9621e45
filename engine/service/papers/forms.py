"""Deployed forms in use: opened for an actor with what surrounds them, and submissions checked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from engine.feel.values import Date, from_host
from engine.forms import Context, Document, Form, Kind, Veil
from engine.forms.components import Field, Files, walk
from engine.model.actor import Actor
from engine.model.errors import InvalidInput
from engine.model.keys import Key
from engine.model.problems import Problem
from engine.model.problems import Severity as ProblemSeverity
from engine.model.records import Document as Filed
from engine.model.states import DocumentPurpose
from engine.service.app import App
from engine.service.cases.pages import OpenForm
from engine.storage.database import UnitOfWork
from engine.storage.papers import documents as stored
from engine.storage.worklists import form_lookups
from engine.text import tell


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A submission that passed: ``variables`` to store, ``documents`` that it refers to."""

    variables: Mapping[str, Any]
    documents: tuple[Key, ...] = ()


def open_form(
    app: App,
    work: UnitOfWork,
    actor: Actor,
    form_key: Key,
    *,
    variables: Mapping[str, Any],
    instance_key: Key | None,
    masked: frozenset[Kind] = frozenset(),
    veil: Veil | None = None,
    documents: Collection[Filed] | None = None,
    staged: Collection[Filed] | None = None,
) -> OpenForm:
    """The form with the case's variables and what the conventions add, as this actor sees it.

    ``documents``: the case's, where the caller has them already; ``staged``: the actor's own that
    are not sent yet, likewise (none for a form that is only read).
    """
    definition, form = app.bundles.form(work, form_key)
    context = Context(
        now=app.local_now(),
        zone=app.settings.timezone,
        data={**variables, **_surroundings(app, work, actor, form.outside_names)},
        documents=_documents(work, form, actor, instance_key, filed=documents, staged=staged),
        masked=masked,
        veil=veil,
    )
    return OpenForm(definition=definition, form=form, context=context)


def check(opened: OpenForm, submission: Mapping[str, Any]) -> Checked:
    """The submission as variables; raises InvalidInput with every problem, by path.

    A field that the form hides now loses the value that an earlier submission gave it.
    """
    checked = opened.form.validate(submission, opened.context)
    if checked.errors:
        raise InvalidInput(
            problems=tuple(
                Problem(element_id=p.path, rule=p.code, message=p.message) for p in checked.errors
            )
        )
    variables = dict(checked.data)
    for path in checked.hidden:
        if "." not in path and path in opened.context.data and path not in variables:
            variables[path] = None
    named = _strings(checked.data) & opened.context.documents.keys()
    return Checked(variables=variables, documents=tuple(sorted(Key(int(key)) for key in named)))


def unchecked(submission: Mapping[str, Any]) -> Checked:
    """A submission where there is no form: its variables as they are.

    Raises InvalidInput for what cannot be stored.
    """
    variables: dict[str, Any] = {}
    for name, value in submission.items():
        try:
            variables[name] = from_host(value)
        except (TypeError, ValueError) as error:
            raise InvalidInput(
                problems=(
                    Problem(
                        severity=ProblemSeverity.ERROR,
                        element_id=str(name),
                        rule="value",
                        message=tell("变量“{name}”的值不能保存：{error}", name=name, error=error),
                    ),
                )
            ) from None
    return Checked(variables=variables)


def _surroundings(
    app: App, work: UnitOfWork, actor: Actor, names: Collection[str]
) -> dict[str, Any]:
    """``today``, ``units``, ``people`` and ``me``; the last three where the form reads them."""
    found: dict[str, Any] = {"today": Date.from_python(app.local_now().date())}
    if "units" in names:
        found["units"] = app.directory.units(work)
    if "people" in names:
        found["people"] = form_lookups.people_by_role(work)
    if "me" in names:
        unit = min((m.unit for m in actor.memberships), default=None)
        found["me"] = {"username": actor.username, "name": actor.name, "unit": unit}
    return found


def _documents(
    work: UnitOfWork,
    form: Form,
    actor: Actor,
    instance_key: Key | None,
    *,
    filed: Collection[Filed] | None,
    staged: Collection[Filed] | None,
) -> dict[str, Document]:
    """What file fields may refer to: the case's documents and the actor's own staged ones."""
    if not any(isinstance(c, Field) and isinstance(c.spec, Files) for c in walk(form.components)):
        return {}
    found = list(stored.staged_by(work, actor.key) if staged is None else staged)
    if filed is not None:
        found += filed
    elif instance_key is not None:
        found += stored.of_instance(work, instance_key)
    found = [each for each in found if each.purpose is DocumentPurpose.MATERIAL]
    return {
        str(document.key): Document(
            key=str(document.key),
            name=document.name,
            size=document.size,
            media_type=document.media_type,
            url=f"/documents/{document.key}",
        )
        for document in found
    }


def _strings(value: Any) -> set[str]:
    match value:
        case str():
            return {value}
        case dict():
            return set().union(*map(_strings, value.values()))
        case list():
            return set().union(*map(_strings, value))
        case _:
            return set()
