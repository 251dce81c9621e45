"""Opens an instance: number, title, unit, the ``case`` variable, and the first step.

Used by whoever starts a case from a form, and by messages, signals and timers that start one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.feel import FeelError
from engine.feel import compile as compile_feel
from engine.feel.values import DateTime, from_host
from engine.model.actor import Actor
from engine.model.commands import Start
from engine.model.errors import InvalidInput
from engine.model.keys import Key
from engine.model.problems import Problem
from engine.model.step import State
from engine.service.app import App
from engine.service.bundles import Pinned
from engine.service.clock.deadlines import Due, statutory_of
from engine.service.privacy.sight import outside
from engine.service.stepping import Act, Opening, advance, require_written
from engine.storage.commands.changes import Changes, NewInstance, Remembered, UsedDraft
from engine.storage.database import UnitOfWork, next_key
from engine.storage.instances.numbering import take_number
from engine.storage.recusal.barring import related_people
from engine.text import tell

_LONGEST_TITLE = 200


@dataclass(frozen=True, kw_only=True)
class Applicant:
    """Whose case it is. Cases that no person starts belong to the system."""

    key: Key
    username: str
    name: str

    @classmethod
    def of(cls, actor: Actor) -> Applicant:
        return cls(key=actor.key, username=actor.username, name=actor.name)


def open_instance(
    app: App,
    work: UnitOfWork,
    *,
    pinned: Pinned,
    variables: Mapping[str, Any],
    applicant: Applicant,
    unit: str | None,
    actor: Actor,
    act: Act,
    now: datetime,
    event_id: str | None = None,
    remembered: Remembered | None = None,
    draft: UsedDraft | None = None,
    delivery: Key | None = None,
) -> Changes:
    """Everything but the commit. Raises InvalidInput where the case has no unit to belong to."""
    key = next_key(work)
    unit = _unit(app, work, pinned, variables, unit)
    number = _number(app, work, pinned)
    own = {
        "key": str(key),
        "number": number,
        "applicant": applicant.username,
        "applicantName": applicant.name,
        "unit": unit,
        "unitName": app.directory.unit_name(work, unit),
        "startedAt": DateTime.from_python(now.astimezone(app.settings.timezone)),
    }
    known = {**variables, "case": from_host(own)}
    title = _title(app, work, pinned, known)
    statutory = statutory_of(app, pinned.definition.properties, started_at=now) or Due()
    opening = Opening(
        key=key,
        barred=related_people(work, applicant.username),
        row=NewInstance(
            definition_key=pinned.process.key,
            bundle_key=pinned.key,
            process_id=pinned.process.process_id,
            number=number,
            title=title,
            search=" ".join((number, title, applicant.name, pinned.process.name)).casefold(),
            applicant_key=applicant.key,
            applicant=applicant.username,
            applicant_name=applicant.name,
            unit=unit,
            statutory_rule=statutory.stored_rule,
            statutory_due_at=statutory.at,
            statutory_pending=statutory.pending,
        ),
    )
    return require_written(
        advance(
            app,
            work,
            at=opening,
            state=State(instance_key=key, counter=0),
            pinned=pinned,
            command=Start(variables=known, element_id=event_id),
            act=act,
            actor=actor,
            now=now,
            remembered=remembered,
            draft=draft,
            delivery=delivery,
        )
    )


def _number(app: App, work: UnitOfWork, pinned: Pinned) -> str:
    series = pinned.process.properties.get("banshi:series", "").strip()
    if not series:
        return ""
    year = app.local_now().year
    return f"{series}-{year}-{take_number(work, series, year):04d}"


def _unit(
    app: App, work: UnitOfWork, pinned: Pinned, variables: Mapping[str, Any], given: str | None
) -> str:
    expression = pinned.process.properties.get("banshi:unit", "")
    unit = _text(app, expression, variables) or given
    if not unit or not app.directory.ancestors(work, unit):
        message = tell("没有可以受理此事项的单位，请选择所属的县区、街道或村居。")
        raise InvalidInput(problems=(Problem(element_id="unit", rule="unit", message=message),))
    return unit


def _title(app: App, work: UnitOfWork, pinned: Pinned, variables: Mapping[str, Any]) -> str:
    """Worked out of masked values: titles stand in lists, notices and searches."""
    source = pinned.process.properties.get("banshi:title", "")
    if source.strip().startswith("=") and app.bundles.sensitive(work, pinned):
        variables = outside(app, work, pinned, variables).value(variables)
    text = _text(app, source, variables)
    return (text or pinned.process.name)[:_LONGEST_TITLE].replace("\x00", "")


def _text(app: App, source: str, variables: Mapping[str, Any]) -> str | None:
    """The text that an expression gives (``=…``), or the text itself; None where it gives none."""
    source = source.strip()
    if not source.startswith("="):
        return source or None
    try:
        compiled = compile_feel(source[1:], names=variables.keys(), functions=app.functions)
        value = compiled.evaluate(variables, clock=app.local_now)
    except FeelError:
        return None
    return value if isinstance(value, str) and value.strip() else None
