"""Reads XML into a small tree: no DTD, no entities, bounded in size, depth and number of elements.

Only ``xml.parsers.expat`` is used, with every door to the outside shut; each element keeps its
line, so that messages can say where.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

from engine.dmn.errors import DmnError

__all__ = ["MAX_BYTES", "MAX_DEPTH", "MAX_ELEMENTS", "Element", "read_markup"]

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 120
MAX_ELEMENTS = 200_000


@dataclass(slots=True)
class Element:
    """One element: its namespace and local name, attributes by local name (by ``{uri}name`` when
    they have a namespace), character data, children, line and the prefixes in force there."""

    namespace: str
    name: str
    attributes: dict[str, str]
    line: int
    prefixes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The element's own character data, as written."""
        return "".join(self.pieces)

    @property
    def id(self) -> str | None:
        """The ``id`` attribute."""
        return self.attributes.get("id")

    def get(self, attribute: str, default: str = "") -> str:
        """An attribute by local name, or ``default``."""
        return self.attributes.get(attribute, default)

    def all(self, *names: str) -> Iterator[Element]:
        """Children with one of these local names and this element's namespace, in order."""
        return (c for c in self.children if c.name in names and c.namespace == self.namespace)

    def first(self, *names: str) -> Element | None:
        """The first of ``all(*names)``."""
        return next(self.all(*names), None)


class _Builder:
    """Expat's handlers: grows the tree, refuses what the bounds forbid."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self.stack: list[Element] = []
        self.count = 0
        self.scopes: list[dict[str, str]] = [{}]
        self.declared: dict[str, str] = {}
        self.parser = expat.ParserCreate("utf-8", namespace_separator=" ")

    def prepare(self, *, encoding: str | None) -> expat.XMLParserType:
        parser = expat.ParserCreate(encoding, namespace_separator=" ")
        parser.buffer_text = True
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.characters
        parser.StartNamespaceDeclHandler = self.declare
        parser.StartDoctypeDeclHandler = self.refuse
        parser.EntityDeclHandler = self.refuse
        parser.UnparsedEntityDeclHandler = self.refuse
        parser.ExternalEntityRefHandler = self.refuse
        parser.SkippedEntityHandler = self.refuse
        self.parser = parser
        return parser

    def refuse(self, *_: object) -> NoReturn:
        line = self.parser.CurrentLineNumber
        raise DmnError("文件里不允许有 DTD 或实体声明，请删去 <!DOCTYPE …>。", line=line)

    def declare(self, prefix: str | None, uri: str | None) -> None:
        self.declared[prefix or ""] = uri or ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        line = self.parser.CurrentLineNumber
        self.count += 1
        if self.count > MAX_ELEMENTS:
            raise DmnError(f"文件太大：元素超过 {MAX_ELEMENTS} 个。", line=line)
        if len(self.stack) >= MAX_DEPTH:
            raise DmnError(f"元素嵌套太深：超过 {MAX_DEPTH} 层。", line=line)
        scope = self.scopes[-1]
        if self.declared:
            scope = {**scope, **self.declared}
            self.declared = {}
        self.scopes.append(scope)
        uri, _, local = name.rpartition(" ")
        named = {_attribute(key): value for key, value in attributes.items()}
        element = Element(uri, local, named, line, scope)
        if self.stack:
            self.stack[-1].children.append(element)
        else:
            self.root = element
        self.stack.append(element)

    def end(self, _name: str) -> None:
        self.stack.pop()
        self.scopes.pop()

    def characters(self, data: str) -> None:
        self.stack[-1].pieces.append(data)


def _attribute(name: str) -> str:
    uri, _, local = name.rpartition(" ")
    return f"{{{uri}}}{local}" if uri else local


def read_markup(xml: bytes | str) -> Element:
    """Parse ``xml`` and return its root element.

    Raises ``DmnError`` for text that is not well-formed, has a DTD or entities, or passes the
    bounds ``MAX_BYTES``, ``MAX_DEPTH`` and ``MAX_ELEMENTS``.
    """
    if len(xml) > MAX_BYTES:
        raise DmnError(f"文件太大：超过 {MAX_BYTES // 1024 // 1024} MB。")
    try:
        data = xml.encode("utf-8") if isinstance(xml, str) else xml
    except UnicodeEncodeError as error:
        raise DmnError("文件里有不成对的代理字符，不是合法的文本。") from error
    builder = _Builder()
    parser = builder.prepare(encoding="utf-8" if isinstance(xml, str) else None)
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        reason = expat.errors.messages.get(error.code, str(error.code))
        raise DmnError(f"不是合法的 XML（{reason}）。", line=error.lineno) from error
    except (LookupError, ValueError) as error:
        raise DmnError("文件的字符编码无法识别，请用 UTF-8 保存。") from error
    if builder.root is None:
        raise DmnError("文件是空的。")
    return builder.root
