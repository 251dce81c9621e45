"""Checks templates against the dataclasses they are given: a small type inference over Jinja's AST.

Every attribute that a template reads of its ``page`` (through loops, macros and parents) must
exist on the type found there; what was read is noted, so that unread fields are found as well.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from typing import Any, Union, get_args, get_origin

from jinja2 import Environment, nodes

UNKNOWN = object()
Scope = dict[str, Any]


@dataclass
class Checker:
    """Walks one template after another; ``errors`` and ``read`` gather over all of them."""

    environment: Environment
    errors: list[str] = field(default_factory=list)
    read: set[tuple[type, str]] = field(default_factory=set)
    _seen: set[tuple[str, str, tuple[Any, ...]]] = field(default_factory=set)
    _template: str = ""

    def page(self, template: str, view: type) -> None:
        """Check a page's template, and those it extends, against its view."""
        blocks: dict[str, tuple[str, nodes.Block]] = {}
        chain: list[tuple[str, nodes.Template]] = []
        name: str | None = template
        while name is not None:
            tree = self._parse(name)
            chain.append((name, tree))
            for block in tree.find_all(nodes.Block):
                blocks.setdefault(block.name, (name, block))
            parent = next(iter(tree.find_all(nodes.Extends)), None)
            name = typing.cast(nodes.Const, parent.template).value if parent else None
        root_name, root = chain[-1]
        scopes = {name: self._top(name, tree) | {"page": view} for name, tree in chain}
        self._body(root.body, scopes[root_name], root_name)
        for name, block in blocks.values():
            self._body(block.body, dict(scopes[name]), name)

    def _parse(self, name: str) -> nodes.Template:
        source, _, _ = self.environment.loader.get_source(self.environment, name)  # type: ignore[union-attr]
        return self.environment.parse(source, name)

    def _top(self, name: str, tree: nodes.Template) -> Scope:
        """Macros of the template and those it imports, by name."""
        found: Scope = {}
        for imported in tree.find_all(nodes.FromImport):
            other = typing.cast(nodes.Const, imported.template).value
            macros = self._top(other, self._parse(other))
            for wanted in imported.names:
                own, alias = wanted if isinstance(wanted, tuple) else (wanted, wanted)
                found[alias] = macros[own]
        for macro in tree.find_all(nodes.Macro):
            found[macro.name] = (name, macro, found)
        return found

    def _body(self, body: Iterable[nodes.Node], scope: Scope, template: str) -> None:
        for node in body:
            before, self._template = self._template, template
            self._statement(node, scope, template)
            self._template = before

    def _statement(self, node: nodes.Node, scope: Scope, template: str) -> None:
        match node:
            case nodes.Output():
                for part in node.nodes:
                    self.infer(part, scope)
            case nodes.If():
                self.infer(node.test, scope)
                self._body(node.body, dict(scope), template)
                self._body(node.elif_, dict(scope), template)
                self._body(node.else_, dict(scope), template)
            case nodes.For():
                inner = dict(scope) | {"loop": UNKNOWN}
                self._bind(node.target, element(self.infer(node.iter, scope)), inner)
                self._body(node.body, inner, template)
                self._body(node.else_, dict(scope), template)
            case nodes.Assign():
                self._bind(node.target, self.infer(node.node, scope), scope)
            case nodes.Block() | nodes.Macro() | nodes.FromImport() | nodes.Extends():
                pass  # blocks are walked by page(), macros where they are called
            case _:
                for child in node.iter_child_nodes():
                    if isinstance(child, nodes.Expr):
                        self.infer(child, scope)
                    else:
                        self._statement(child, scope, template)

    def _bind(self, target: nodes.Node, value: Any, scope: Scope) -> None:
        if isinstance(target, nodes.Tuple):
            parts = get_args(value) if get_origin(value) is tuple else ()
            for index, item in enumerate(target.items):
                self._bind(item, parts[index] if index < len(parts) else UNKNOWN, scope)
        elif isinstance(target, nodes.Name):
            scope[target.name] = value

    def infer(self, node: nodes.Node, scope: Scope) -> Any:
        """The type of an expression, or UNKNOWN; notes and checks the attributes it reads."""
        match node:
            case nodes.Name():
                found = scope.get(node.name, UNKNOWN)
            case nodes.Getattr():
                found = self._attribute(self.infer(node.node, scope), node.attr, node.lineno)
            case nodes.Getitem():
                self.infer(node.arg, scope)
                found = element(self.infer(node.node, scope))
            case nodes.Call():
                found = self._call(node, scope)
            case nodes.Filter(name="list" | "sort" | "reverse") if node.node is not None:
                found = self.infer(node.node, scope)
            case nodes.CondExpr():
                kinds = [self.infer(child, scope) for child in node.iter_child_nodes()]
                found = kinds[1]
            case _:
                for child in node.iter_child_nodes():
                    self.infer(child, scope)
                found = UNKNOWN
        return found

    def _call(self, node: nodes.Call, scope: Scope) -> Any:
        given = [self.infer(argument, scope) for argument in node.args]
        named = {argument.key: self.infer(argument.value, scope) for argument in node.kwargs}
        target = scope.get(node.node.name) if isinstance(node.node, nodes.Name) else None
        if isinstance(target, tuple) and len(target) == 3:
            template, macro, macros = target
            self._macro(template, macro, dict(macros), given, named)
            return UNKNOWN
        return self.infer(node.node, scope)

    def _macro(
        self,
        template: str,
        macro: nodes.Macro,
        scope: Scope,
        given: Sequence[Any],
        named: Mapping[str, Any],
    ) -> None:
        names = [argument.name for argument in macro.args]
        bound = dict.fromkeys(names, UNKNOWN) | dict(zip(names, given, strict=False)) | dict(named)
        once = (template, macro.name, tuple(str(bound[name]) for name in names))
        if once in self._seen:
            return
        self._seen.add(once)
        self._body(macro.body, scope | bound, template)

    def _attribute(self, of: Any, name: str, line: int) -> Any:
        kinds = [kind for kind in alternatives(of) if kind is not type(None)]
        if not kinds or any(not is_known(kind) for kind in kinds):
            return UNKNOWN
        found = [(kind, members(kind)) for kind in kinds]
        having = [(kind, listed[name]) for kind, listed in found if name in listed]
        if not having:
            said = " | ".join(kind.__name__ for kind in kinds)
            self.errors.append(f"{self._template}:{line}: {said} has no {name!r}")
            return UNKNOWN
        self.read.update((kind, name) for kind, _ in having)
        return having[0][1] if len(having) == 1 else Union[tuple(t for _, t in having)]  # noqa: UP007


def is_known(kind: Any) -> bool:
    return isinstance(kind, type) and (is_dataclass(kind) or kind in {str, int, bool})


def alternatives(kind: Any) -> tuple[Any, ...]:
    """The members of a union, or the type alone."""
    if get_origin(kind) in {Union, types.UnionType}:
        return tuple(part for inner in get_args(kind) for part in alternatives(inner))
    return (kind,)


def element(kind: Any) -> Any:
    """What one gets by going through a value of this type."""
    for part in alternatives(kind):
        origin, arguments = get_origin(part), get_args(part)
        if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
            return arguments[0]
        if origin in {list, frozenset, set} and arguments:
            return arguments[0]
        if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
            return arguments[1] if len(arguments) == 2 else UNKNOWN
    return UNKNOWN


@cache
def members(kind: type) -> dict[str, Any]:
    """Fields, properties and methods of a type, with their types."""
    if kind in {str, int, bool}:
        return dict.fromkeys(dir(kind), UNKNOWN)
    hints = typing.get_type_hints(kind)
    found: dict[str, Any] = {f.name: hints[f.name] for f in fields(kind)}
    for name in dir(kind):
        attribute = getattr(kind, name, None)
        if isinstance(attribute, property) and attribute.fget is not None:
            found[name] = typing.get_type_hints(attribute.fget).get("return", UNKNOWN)
    return found
