"""A scope of an instance in memory, and the bytes it is saved as.

The bytes: one for the format's version, one for the kind, then JSON: the live tokens and what the
scope remembers. Never the specification, never variables, never what is over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

import orjson

from engine.model.errors import SnapshotUnreadable
from engine.model.keys import Key
from engine.model.step import Scope

if TYPE_CHECKING:
    from engine.runtime.definition import Definition, FlowScope, Node
    from engine.runtime.tree import Token, Tree

#: The version of the snapshot's format.
VERSION = 1


class Kind(StrEnum):
    """Its value is the second byte of a snapshot."""

    PROCESS = "p"
    SUBPROCESS = "s"
    BODY = "m"


def kind_of(snapshot: bytes) -> Kind:
    """The kind of a saved scope; raises :class:`SnapshotUnreadable`."""
    if len(snapshot) < 2 or snapshot[0] != VERSION:
        raise SnapshotUnreadable(found=snapshot[0] if snapshot else 0, known=VERSION)
    return Kind(chr(snapshot[1]))


@dataclass(kw_only=True, eq=False)
class LiveScope:
    """``data``: what the scope remembers (waits of its event subprocesses, the counters of a
    multi-instance body). ``saved``: what it was loaded from (None: new).

    Entries of ``data``: ``w`` waits of event subprocesses, ``b`` a multi-instance body's state,
    ``c`` scopes below that wait for conditions, ``g`` complex gateways waiting for their reset,
    ``e`` the element it was entered at (None: its start), ``mod`` tokens were moved in it by hand
    or it was migrated: parallel joins no longer wait for what cannot come.
    """

    key: Key
    parent_key: Key | None
    process_id: str
    element_id: str | None
    kind: Kind
    definition: Definition
    make_tree: Callable[[FlowScope], Tree]
    data: dict[str, Any]
    tokens: list[list[Any]]
    saved: bytes | None = None
    over: bool = False

    @property
    def flow(self) -> FlowScope:
        """The flow nodes that run here (a body has none of its own)."""
        return self.definition.scopes["" if self.kind is Kind.PROCESS else self.element_id or ""]

    @cached_property
    def tree(self) -> Tree:
        tree = self.make_tree(self.flow)
        for key, node_id, state, data in self.tokens:
            tree.restore(Key(key), node_id, state, data)
        return tree

    def snapshot(self) -> bytes:
        if "tree" in self.__dict__:
            tokens = [[t.id, t.node.id, t.state, t.internal_data] for t in self.tree.tokens]
        else:
            tokens = self.tokens
        body = orjson.dumps([tokens, self._saved_data()])
        return bytes((VERSION, ord(self.kind.value))) + body

    def _saved_data(self) -> dict[str, Any]:
        """Without what follows from the rest: inner instances that are as they usually are."""
        inner = self.data.get("x")
        if inner is None:
            return self.data
        usual = {"k": self.data["b"].get("u")}
        differing = {key: data for key, data in inner.items() if data != usual}
        data = {name: value for name, value in self.data.items() if name != "x"}
        return data | ({"x": differing} if differing else {})

    def row(self) -> Scope:
        return Scope(
            key=self.key,
            parent_key=self.parent_key,
            process_id=self.process_id,
            element_id=self.element_id,
            snapshot=self.snapshot(),
        )


@dataclass(kw_only=True, eq=False)
class Instance:
    """An element instance: a token at an activity or event, or an inner instance of a body.

    ``data`` is saved with it; ``token`` is None for an inner instance.
    """

    key: Key
    node: Node
    scope: LiveScope
    data: dict[str, Any]
    token: Token | None

    @property
    def inner(self) -> bool:
        return self.token is None
