"""The linter: everything not executable is an error, what is suspicious a warning.

Errors come from reading the diagram (the same that refuse it at deploy); the warnings from the
rules of this package, one module for each kind.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from engine import feel
from engine.model.errors import Refused
from engine.model.problems import Problem, Severity
from engine.runtime.lint import (
    deadline_rules,
    flow_rules,
    metamodel,
    name_rules,
    people_rules,
    property_rules,
    seat_rules,
    soundness,
)
from engine.runtime.markup import parse
from engine.runtime.reader import read

__all__ = ["lint"]


def lint(
    xml: bytes | str,
    *,
    known_forms: Collection[str] | None = None,
    known_decisions: Collection[str] | None = None,
    known_processes: Collection[str] | None = None,
    form_fields: Mapping[str, Collection[str]] | None = None,
    functions: feel.Registry | None = None,
    resource: str = "",
) -> list[Problem]:
    """All findings of a diagram, errors first, each in the order of the file.

    ``known_…``: ids that references may name (None: not checked). ``form_fields``: the keys of
    each known form; with them, names of variables that nothing makes are found.
    """
    try:
        definitions, problems = read(xml, functions=functions, resource=resource)
    except Refused as refused:
        return list(refused.problems)
    found = list(problems)
    found.extend(property_rules.check(parse(xml, resource), functions=functions))
    found.extend(metamodel.check(xml))
    for definition in definitions:
        for scope in definition.scopes.values():
            found.extend(flow_rules.check(scope))
            found.extend(soundness.check(definition, scope))
        found.extend(
            people_rules.check(
                definition,
                known_forms=known_forms,
                known_decisions=known_decisions,
                known_processes=known_processes,
            )
        )
        found.extend(seat_rules.check(definition, functions=functions))
        found.extend(deadline_rules.check(definition, functions=functions))
        found.extend(property_rules.check_decision(definition))
        if form_fields is not None:
            found.extend(name_rules.check(definition, form_fields=form_fields))
    return sorted(found, key=lambda p: p.severity is not Severity.ERROR)
