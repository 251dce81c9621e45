"""Type expressions (DMN 1.5, grammar rule 52) and `typeRef` texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.feel.cursor import Cursor
from engine.feel.lattice import (
    NAMES,
    ContextType,
    FunctionType,
    ListType,
    RangeType,
    Type,
)
from engine.feel.lexer import NAME
from engine.feel.names import NameIndex, is_word, spelled

_KNOWN: Final = NameIndex(NAMES)
_NOTHING: Final = NameIndex()


def read_type(cursor: Cursor) -> Type | None:
    """Read a type at the cursor. None if a name in it names no type."""
    cursor.enter()
    try:
        word = cursor.token.text
        if cursor.token.kind == NAME and cursor.tokens[cursor.at + 1].text == "<":
            match word:
                case "list" | "range":
                    return _parametrised(cursor, ListType if word == "list" else RangeType)
                case "context":
                    return _context(cursor)
                case "function":
                    return _function(cursor)
        return _named(cursor)
    finally:
        cursor.depth -= 1


def _parametrised(cursor: Cursor, kind: type[ListType] | type[RangeType]) -> Type | None:
    cursor.at += 2
    item = read_type(cursor)
    cursor.expect(">")
    return None if item is None else kind(item)


def _context(cursor: Cursor) -> Type | None:
    cursor.at += 2
    entries: list[tuple[str, Type]] = []
    known = True
    while not cursor.sees(">"):
        name = cursor.declared_name(":")
        cursor.expect(":")
        entry = read_type(cursor)
        if entry is None:
            known = False
        else:
            entries.append((name, entry))
        if not cursor.take(","):
            break
    cursor.expect(">")
    return ContextType(tuple(entries)) if known else None


def _function(cursor: Cursor) -> Type | None:
    cursor.at += 2
    parameters: list[Type | None] = []
    while not cursor.sees(">"):
        parameters.append(read_type(cursor))
        if not cursor.take(","):
            break
    cursor.expect(">")
    cursor.expect("->")
    result = read_type(cursor)
    known = tuple(parameter for parameter in parameters if parameter is not None)
    return None if result is None or len(known) < len(parameters) else FunctionType(known, result)


def _named(cursor: Cursor) -> Type | None:
    own = NameIndex(cursor.types).match(cursor.tokens, cursor.at) if cursor.types else None
    standard = _KNOWN.match(cursor.tokens, cursor.at)
    if own is not None and (standard is None or own[0] >= standard[0]):
        cursor.at += own[0]
        return cursor.types[own[1]]
    if standard is not None:
        cursor.at += standard[0]
        return NAMES[standard[1]]
    first = cursor.at
    while is_word(cursor.token) or cursor.sees("function"):
        cursor.at += 1
        if cursor.at > first and cursor.sees(".") and is_word(cursor.tokens[cursor.at + 1]):
            cursor.at += 1
    if cursor.at == first:
        raise cursor.unexpected("类型")
    name = spelled(cursor.tokens[first : cursor.at])
    return cursor.types.get(name)


def parse_type(text: str, types: Mapping[str, Type] | None = None) -> Type | None:
    """The type that a `typeRef` or type expression names; None if there is no such type.

    `types` are further types by name, such as item definitions. FeelSyntaxError if the text is no
    type expression at all.
    """
    known = types or {}
    found = known.get(text) or NAMES.get(text)
    if found is not None:
        return found
    cursor = Cursor(text, names=(), builtins=_NOTHING, types=known)
    result = read_type(cursor)
    if cursor.token.text:
        raise cursor.unexpected()
    return result
