"""Say what is wrong with a diagram, decision or form, without publishing it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from engine.feel import Registry
from engine.model.actor import Actor
from engine.model.definitions import Resource, ResourceKind
from engine.model.errors import Refused
from engine.model.permissions import Action, require
from engine.model.problems import Problem
from engine.service.app import App
from engine.service.publishing import resource as files
from engine.service.publishing.deploy import known_ids
from engine.service.publishing.resource import Known, Read


def lint(app: App, actor: Actor, *, name: str, content: bytes) -> tuple[Problem, ...]:
    """Errors and warnings by element id, errors first; () where all is well. ``name`` tells the
    kind by its ending. References to what is not deployed are warned of."""
    require(actor, Action.EDIT_DRAFT)
    try:
        found = files.read(Resource(name=name, content=content), functions=app.functions)
    except Refused as refused:
        return refused.problems
    with app.database.unit_of_work() as work:
        known = known_ids(work, [found])
    return files.lint(found, known, functions=app.functions)


def check_files(
    contents: Mapping[str, bytes],
    *,
    functions: Registry | None = None,
    letters: Collection[str] | None = None,
) -> Iterator[tuple[str, tuple[Problem, ...]]]:
    """The problems of each file, with no database at hand: the files may refer to one another.

    References to a kind of which no file is given are not checked; ``letters``: ids of the
    templates that are given.
    """
    read: dict[str, Read] = {}
    refused: dict[str, tuple[Problem, ...]] = {}
    for name, content in contents.items():
        try:
            read[name] = files.read(Resource(name=name, content=content), functions=functions)
        except Refused as fault:
            refused[name] = fault.problems
    known = replace(_known_among(read), letters=letters or None)
    for name in contents:
        yield (
            name,
            refused[name]
            if name in refused
            else files.lint(read[name], known, functions=functions),
        )


def _known_among(read: Mapping[str, Read]) -> Known:
    ids = {
        kind: frozenset(i for found in read.values() if found.kind is kind for i in found.ids)
        for kind in ResourceKind
    }
    return Known(
        forms=ids[ResourceKind.FORM] or None,
        decisions=ids[ResourceKind.DMN] or None,
        processes=ids[ResourceKind.BPMN] or None,
    )
