"""Compiled definitions, and the bundle of versions that an instance is pinned to.

What is deployed never changes, so everything here is kept for as long as the process lives, up to
a bound. ``latest`` is resolved when an instance starts (design.md, decision 12): through all
processes, decisions and forms that the diagram refers to, and those refer to in turn.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any, Generic, TypeVar

import engine.dmn
from engine.feel import Registry
from engine.forms import Form, Sensitive
from engine.forms import parse as parse_form
from engine.model import codec
from engine.model.definitions import FormDefinition
from engine.model.errors import Conflict, NotFound
from engine.model.keys import Key
from engine.runtime import Bundle, Definition, bound, compile_definition, plain
from engine.storage.database import Database, UnitOfWork
from engine.storage.instances import pins
from engine.storage.instances.pins import Pin, PinnedProcess
from engine.text import tell

_LARGEST = 500

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, kw_only=True)
class Pinned:
    """A bundle ready to step, with the keys of its forms and the process that it is of."""

    key: Key
    bundle: Bundle
    process: PinnedProcess
    forms: Mapping[str, Key]

    @property
    def definition(self) -> Definition:
        return self.bundle.processes[self.bundle.process_id]

    def element_name(self, element_id: str | None) -> str:
        """The Chinese name of a flow node of any process of the bundle, or its id."""
        for definition in self.bundle.processes.values():
            found = definition.node(element_id or "")
            if found is not None:
                return found.name or found.id
        return element_id or ""

    def marked(self, name: str) -> Mapping[str, str]:
        """The flow nodes of any process of the bundle that carry this property: id → its value."""
        if name not in self._marks:
            self._marks[name] = {
                node.id: node.properties[name].strip()
                for definition in self.bundle.processes.values()
                for node in definition.nodes.values()
                if node.properties.get(name, "").strip()
            }
        return self._marks[name]

    @cached_property
    def _marks(self) -> dict[str, Mapping[str, str]]:
        return {}

    def decision_name(self, decision_id: str) -> str:
        """The decision's name, or its id."""
        models = (m for name, m in self.bundle.decisions.items() if plain(name) == decision_id)
        decision = next(
            (m.decisions[decision_id] for m in models if decision_id in m.decisions), None
        )
        return decision.name if decision is not None else decision_id


class Bundles:
    """One per process of the operating system."""

    def __init__(self, database: Database, functions: Registry) -> None:
        self._database = database
        self._functions = functions
        self._resources: Kept[Key, tuple[Definition, ...]] = Kept()
        self._models: Kept[Key, engine.dmn.Model] = Kept()
        self._forms: Kept[Key, tuple[FormDefinition, Form]] = Kept()
        self._bundles: Kept[Key, Pinned] = Kept()
        self._latest: Kept[tuple[Key, int], Key] = Kept()
        self._sensitive: Kept[Key, tuple[Sensitive, ...]] = Kept()

    def of_instance(self, work: UnitOfWork, bundle_key: Key) -> Pinned:
        """The bundle that an instance was pinned to when it started."""
        return self._bundles.get(bundle_key, lambda: self._load(work, bundle_key))

    def resolve(
        self, *, process_id: str | None = None, definition_key: Key | None = None
    ) -> Pinned:
        """The bundle for an instance that starts now: of the latest version, or of a given one.

        Works in a transaction of its own, so that what is remembered here is never rolled back.
        Raises NotFound.
        """
        with self._database.unit_of_work() as work:
            process = (
                pins.process_by_key(work, definition_key)
                if definition_key is not None
                else pins.latest_process(work, process_id or "")
            )
            if process is None:
                raise NotFound(what=tell("流程"), key=process_id or str(definition_key))
            deployments = pins.count_deployments(work)
            key = self._latest.find((process.key, deployments))
            if key is None:
                key = self._pin(work, process)
                work.commit()
                self._latest.keep((process.key, deployments), key)
            return self.of_instance(work, key)

    def definition(self, work: UnitOfWork, process: PinnedProcess) -> Definition:
        """The compiled process alone (start form, start events), without what it calls."""
        return self._definitions(work, process.resource_key)[process.process_id]

    def form(self, work: UnitOfWork, form_key: Key) -> tuple[FormDefinition, Form]:
        """A deployed form, compiled; raises NotFound."""
        return self._forms.get(form_key, lambda: self._parse(work, form_key))

    def sensitive(self, work: UnitOfWork, pinned: Pinned) -> tuple[Sensitive, ...]:
        """The fields of all its forms whose values are not for everybody."""

        def gather() -> tuple[Sensitive, ...]:
            forms = (self.form(work, key)[1] for key in pinned.forms.values())
            return tuple(dict.fromkeys(place for form in forms for place in form.sensitive))

        return self._sensitive.get(pinned.key, gather)

    def _parse(self, work: UnitOfWork, form_key: Key) -> tuple[FormDefinition, Form]:
        definition = pins.form_by_key(work, form_key)
        if definition is None:
            raise NotFound(what=tell("表单"), key=str(form_key))
        return definition, parse_form(definition.schema, functions=self._functions)

    def _pin(self, work: UnitOfWork, process: PinnedProcess) -> Key:
        own = Pin(
            key=process.key,
            id=process.process_id,
            name=process.name,
            resource_key=process.resource_key,
        )
        pinned: dict[str, dict[str, Pin]] = {
            "process": {own.id: own},
            "decision": {},
            "form": {},
        }
        waiting = [own]
        while waiting:
            at = waiting.pop(0)
            definition = self._definitions(work, at.resource_key)[at.id]
            start = definition.start_form
            forms = definition.form_ids | ({start} if start else set())
            found = self._resolved(work, "process", definition.process_ids, at, pinned)
            waiting += found
            self._resolved(work, "decision", definition.decision_ids, at, pinned)
            self._resolved(work, "form", forms, at, pinned)
        wanted = {
            "process_id": process.process_id,
            "processes": _keys(pinned["process"]),
            "decisions": _keys(pinned["decision"]),
            "forms": _keys(pinned["form"]),
        }
        digest = hashlib.sha256(codec.encode(wanted, canonical=True).encode()).digest()
        return pins.keep_bundle(work, definition_key=process.key, digest=digest, pins=wanted)

    def _resolved(
        self,
        work: UnitOfWork,
        kind: str,
        names: Collection[str],
        asking: Pin,
        pinned: dict[str, dict[str, Pin]],
    ) -> list[Pin]:
        """Pin what a process refers to by the binding in its name; gives those that are new.

        What is not deployed stays out: its element stands in an incident when it is reached.
        Raises Conflict where one name would have to stand for two versions.
        """
        meant = {name: bound(name) for name in names}
        latest = {b.id for b in meant.values() if b.process is None and b.tag is None}
        with_it = {b.id for b in meant.values() if b.process is not None}
        newest = pins.latest(work, kind, latest - pinned[kind].keys())
        deployed = pins.deployed_with(work, kind, with_it, resource_key=asking.resource_key)
        fresh: list[Pin] = []
        for name, reference in sorted(meant.items()):
            if reference.process is not None:
                found = deployed.get(reference.id)
            elif reference.tag is not None:
                found = pins.tagged(work, kind, reference.id, reference.tag)
            else:
                found = newest.get(name)
            before = pinned[kind].get(name)
            if found is None or before == found:
                continue
            if before is not None:
                raise Conflict(
                    what=tell("流程"),
                    reason=tell(
                        "“{asking}”以两个版本参与此流程，各自绑定的“{reference}”版本不同，请统一绑定方式",
                        asking=asking.id,
                        reference=reference.id,
                    ),
                )
            pinned[kind][name] = found
            fresh.append(found)
        return fresh

    def _load(self, work: UnitOfWork, key: Key) -> Pinned:
        wanted = pins.load_bundle(work, key)
        if wanted is None:
            raise NotFound(what=tell("流程版本"), key=str(key))
        own = wanted["process_id"]
        process = pins.process_by_key(work, wanted["processes"][own])
        if process is None:
            raise NotFound(what=tell("流程版本"), key=str(wanted["processes"][own]))
        called = pins.by_keys(work, "process", set(wanted["processes"].values()))
        decided = pins.by_keys(work, "decision", set(wanted["decisions"].values()))
        bundle = Bundle(
            processes={
                name: self._definitions(work, called[at].resource_key)[called[at].id]
                for name, at in wanted["processes"].items()
            },
            decisions={
                name: self._model(work, decided[at].resource_key)
                for name, at in wanted["decisions"].items()
            },
            forms=frozenset(wanted["forms"]),
            process_id=own,
        )
        return Pinned(key=key, bundle=bundle, process=process, forms=wanted["forms"])

    def _definitions(self, work: UnitOfWork, resource_key: Key) -> Mapping[str, Definition]:
        found = self._resources.get(resource_key, lambda: self._compile(work, resource_key))
        return {definition.process_id: definition for definition in found}

    def _compile(self, work: UnitOfWork, resource_key: Key) -> tuple[Definition, ...]:
        content = pins.contents(work, [resource_key])[resource_key]
        return compile_definition(content, functions=self._functions)

    def _model(self, work: UnitOfWork, resource_key: Key) -> engine.dmn.Model:
        return self._models.get(resource_key, lambda: self._load_model(work, resource_key))

    def _load_model(self, work: UnitOfWork, resource_key: Key) -> engine.dmn.Model:
        content = pins.contents(work, [resource_key])[resource_key]
        return engine.dmn.load(content, functions=self._functions)


class Kept(Generic[K, V]):
    """The last used values, bounded; two threads may at worst make the same value twice."""

    def __init__(self, largest: int = _LARGEST) -> None:
        self._largest = largest
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = Lock()

    def find(self, key: K) -> V | None:
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key]

    def keep(self, key: K, value: V) -> None:
        with self._lock:
            self._values[key] = value
            while len(self._values) > self._largest:
                self._values.popitem(last=False)

    def get(self, key: K, make: Callable[[], V]) -> V:
        found = self.find(key)
        if found is None:
            found = make()
            self.keep(key, found)
        return found


def _keys(found: Mapping[str, Pin]) -> dict[str, Any]:
    return {name: found[name].key for name in sorted(found)}
