"""Personal data that leaves for external workers: which fields, of which case, to whom.

个人信息保护法 arts. 23, 51, 54–55: what is given to others is limited to what they need, and leaves
a trace. A worker needs clear values; it says by ``fetchVariables`` which. Each hand-over is an act
of its own stream, chained as the record is, and is told with who looked at the case.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine.forms import Kind
from engine.model.actor import Actor
from engine.model.keys import Key
from engine.model.records import Job
from engine.service.app import App
from engine.service.privacy.sight import outside
from engine.storage.database import UnitOfWork
from engine.storage.history import acts, privacy
from engine.storage.history.privacy import NewUnmasking

STREAM = "disclosures"

#: Under which purpose it stands in the list of who looked at what.
PURPOSE = "系统对接"


@dataclass(frozen=True, kw_only=True)
class Disclosed:
    """Of one case: the variables that hold personal data, and what kinds."""

    fields: frozenset[str] = frozenset()
    kinds: frozenset[Kind] = frozenset()


def note_disclosures(
    app: App,
    work: UnitOfWork,
    worker: Actor,
    leased: Collection[Job],
    seen: Mapping[Key, Mapping[str, Any]],
    *,
    bundles: Mapping[Key, Key],
    now: datetime,
) -> None:
    """Note what these jobs' variables (``seen``: job → name → value) tell of people.

    ``bundles``: case → bundle. Writes nothing, and asks the database nothing, where no form of the
    cases has anything personal, or none of it was asked for.
    """
    found: dict[Key, Disclosed] = {}
    for job in leased:
        told = _disclosed(app, work, bundles[job.instance_key], seen[job.key])
        if told.fields:
            before = found.get(job.instance_key, Disclosed())
            found[job.instance_key] = Disclosed(
                fields=before.fields | told.fields, kinds=before.kinds | told.kinds
            )
    if not found:
        return
    kind, name = next((job.type, job.worker) for job in leased)
    privacy.add_unmaskings(
        work,
        [
            NewUnmasking(
                instance_key=key,
                person_key=worker.key,
                username=worker.username,
                purpose=PURPOSE,
                note=f"系统任务 {kind}（{name}）：{'、'.join(sorted(told.fields))}",
                kinds=tuple(k.value for k in Kind if k in told.kinds),
                at=now,
                until=now + timedelta.resolution,  # nothing is unmasked on pages
            )
            for key, told in sorted(found.items())
        ],
    )
    facts = {
        "type": kind,
        "worker": name,
        "cases": {str(key): sorted(told.fields) for key, told in sorted(found.items())},
    }
    acts.record(work, stream=STREAM, actor=worker, kind="activate", facts=facts, at=now)


def _disclosed(
    app: App, work: UnitOfWork, bundle_key: Key, variables: Mapping[str, Any]
) -> Disclosed:
    pinned = app.bundles.of_instance(work, bundle_key)
    if not variables or not app.bundles.sensitive(work, pinned):
        return Disclosed()
    over = outside(app, work, pinned, variables)
    fields = frozenset(name for name, value in variables.items() if over.hides(value, (name,)))
    return Disclosed(fields=fields, kinds=frozenset(over.found) if fields else frozenset())
