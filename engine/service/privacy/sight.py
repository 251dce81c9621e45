"""What of a case's personal data one person sees in clear, and the veil over the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.forms import Context, Kind, Sensitive, Veil, veil_over
from engine.model.actor import SYSTEM, Actor
from engine.model.keys import SPAN, Key
from engine.service.app import App
from engine.service.bundles import Pinned
from engine.service.cases.case_access import viewer
from engine.storage.database import UnitOfWork
from engine.storage.history import privacy
from engine.storage.history.privacy import Standing

#: The property of a user task or lane that says what it needs in clear: kinds, or ``all``.
PROPERTY = "banshi:privacy"

EVERYTHING = frozenset(Kind)
#: What whoever handles a case sees masked unless his node needs it.
HANDLER_MASKED = EVERYTHING - {Kind.ADDRESS}


@dataclass(frozen=True, kw_only=True)
class Sight:
    """``masked``: kinds hidden from the person; ``until``: when a live unmasking ends."""

    masked: frozenset[Kind]
    until: datetime | None = None


def kinds_named(text: str) -> frozenset[Kind]:
    """``identity;bank`` or ``all``; unknown words name nothing (the lint says so)."""
    words = {word.strip() for word in text.replace(",", ";").split(";")}
    return EVERYTHING if "all" in words else frozenset(k for k in Kind if k.value in words)


def sight(pinned: Pinned, standing: Standing, *, here: Iterable[str] = ()) -> Sight:
    """``here``: elements that the person is working on besides those whose tasks he has."""
    if standing.own:
        return Sight(masked=frozenset())
    masked = EVERYTHING
    if standing.handles:
        needed = (_needed(pinned, element) for element in {*standing.holds, *here})
        masked = HANDLER_MASKED.difference(*needed)
    return Sight(
        masked=masked - {Kind(k) for k in standing.unmasked if k in set(Kind)},
        until=standing.until,
    )


def _needed(pinned: Pinned, element_id: str) -> frozenset[Kind]:
    for definition in pinned.bundle.processes.values():
        node = definition.node(element_id)
        if node is not None:
            of_lane = node.lane.privacy if node.lane is not None else ""
            return kinds_named(node.properties.get(PROPERTY, "") or of_lane)
    return frozenset()


def places(app: App, work: UnitOfWork, pinned: Pinned) -> tuple[Sensitive, ...]:
    """The sensitive fields of all forms of a case."""
    return app.bundles.sensitive(work, pinned)


def veil(
    app: App, work: UnitOfWork, pinned: Pinned, masked: frozenset[Kind], *data: Any
) -> Veil | None:
    """What ``masked`` hides of a case; ``data``: where its clear values are (variables …).

    None where nothing is masked, or no form of the case has anything sensitive.
    """
    known = app.bundles.sensitive(work, pinned) if masked else ()
    return veil_over(known, masked, *data, key_unit=SPAN) if known else None


def veils(
    app: App, work: UnitOfWork, actor: Actor, keys: Sequence[Key]
) -> Mapping[Key, Veil | None]:
    """The veil over each of these cases for this person; None where nothing is masked."""
    if actor.key == SYSTEM.key:
        return dict.fromkeys(keys)
    wanted = list(dict.fromkeys(keys))
    found = privacy.standings(work, viewer(work, actor), actor.key, wanted, now=app.now())
    pinned = {k: app.bundles.of_instance(work, s.bundle_key) for k, s in found.items()}
    sights = {key: sight(pinned[key], standing) for key, standing in found.items()}
    veiled = [key for key, seen in sights.items() if seen.masked]
    values = privacy.values_of(work, veiled) if veiled else {}
    made: dict[Key, Veil | None] = dict.fromkeys(sights)
    for key in veiled:
        made[key] = veil(app, work, pinned[key], sights[key].masked, *values.get(key, []))
    return made


def of_task_form(
    app: App,
    work: UnitOfWork,
    actor: Actor,
    *,
    form_key: Key,
    pinned: Pinned,
    element_id: str,
    instance_key: Key,
    own: bool,
    variables: Mapping[str, Any],
    unmasked: Iterable[str] | None = None,
) -> tuple[frozenset[Kind], Veil | None]:
    """What the form of a task hides from whoever works on it: the page that shows it and the
    command that takes it back must agree, or what was hidden would be taken for deleted.

    ``unmasked``: kinds that are shown to him now, where the caller knows; else the database is
    asked, and only where there is something to hide.
    """
    known = () if own else app.bundles.sensitive(work, pinned)
    if not known:
        return frozenset(), None
    masked = HANDLER_MASKED - _needed(pinned, element_id)
    hiding = veil_over(known, masked, variables, key_unit=SPAN)
    _, form = app.bundles.form(work, form_key)
    context = Context(
        now=app.local_now(),
        zone=app.settings.timezone,
        data=variables,
        masked=masked,
        veil=hiding,
    )
    if not form.conceals(context):
        return masked, hiding
    if unmasked is None:
        unmasked = privacy.unmasked(work, instance_key, person=actor.key, now=app.now())
    masked -= {Kind(kind) for kind in unmasked}
    return masked, veil_over(known, masked, variables, key_unit=SPAN) if masked else None


def hiding_from_all(app: App, work: UnitOfWork, key: Key, *data: Any) -> Veil | None:
    """The same of a case by its key; None where there is no such case."""
    bundles = privacy.bundles_of(work, [key])
    if key not in bundles:
        return None
    return outside(app, work, app.bundles.of_instance(work, bundles[key]), *data)


def outside(app: App, work: UnitOfWork, pinned: Pinned, *data: Any) -> Veil:
    """Over what is stored for all to read, or sent out: the case's own data, all kinds of it."""
    return veil_over(
        app.bundles.sensitive(work, pinned), EVERYTHING, *data, key_unit=SPAN, shapes=False
    )
