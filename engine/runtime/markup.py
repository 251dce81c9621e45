"""Reading XML that strangers wrote: no DTD, no entities, no network, a bounded size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml import etree

from engine.model.errors import Refused, TooLarge
from engine.model.problems import Problem

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
CAMUNDA7 = "http://camunda.org/schema/1.0/bpmn"

#: The largest diagram that is read, in bytes.
SIZE_LIMIT = 10_000_000

Element = etree._Element


def parse(xml: bytes | str, resource: str) -> Element:
    """The root element; raises :class:`Refused` or :class:`TooLarge`."""
    data = xml.encode("utf-8") if isinstance(xml, str) else xml
    if len(data) > SIZE_LIMIT:
        raise TooLarge(what="流程图文件", limit=f"{SIZE_LIMIT // 1_000_000} MB")
    if isinstance(xml, str) and xml.lstrip().startswith("<?xml"):
        data = xml[xml.index("?>") + 2 :].encode("utf-8") if "?>" in xml else data
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        message = f"文件不是格式正确的 XML：{error}。请用建模器重新导出。"
        raise refused(resource, Problem(rule="xml-syntax", message=message, line=line)) from None
    docinfo: Any = root.getroottree().docinfo
    if docinfo.doctype or docinfo.internalDTD is not None:
        message = "文件含有 DOCTYPE 声明，为安全起见不予读取。请删除 <!DOCTYPE …> 后重新上传。"
        raise refused(resource, Problem(rule="xml-doctype", message=message))
    if root.tag != f"{{{BPMN}}}definitions":
        message = "文件不是 BPMN 2.0 流程图（根元素应为 bpmn:definitions）。请上传 .bpmn 文件。"
        raise refused(resource, Problem(rule="not-bpmn", message=message))
    return root


def refused(resource: str, *problems: Problem) -> Refused:
    return Refused(resource=resource or "流程图", problems=problems)


def local(element: Element) -> str | None:
    """The local name of a BPMN element; None for elements of other namespaces."""
    tag = element.tag
    if isinstance(tag, str) and tag.startswith("{" + BPMN + "}"):
        return tag[len(BPMN) + 2 :]
    return None


def children(element: Element, name: str, namespace: str = BPMN) -> Iterator[Element]:
    return element.iterchildren(f"{{{namespace}}}{name}")


def child(element: Element, name: str, namespace: str = BPMN) -> Element | None:
    return next(children(element, name, namespace), None)


def text_of(element: Element | None) -> str:
    """The text of an element and everything within, trimmed; "" for None."""
    return "" if element is None else "".join(str(t) for t in element.itertext()).strip()


def extension(element: Element, name: str) -> Element | None:
    """The ``zeebe:`` extension element of that name."""
    holder = child(element, "extensionElements")
    return None if holder is None else child(holder, name, ZEEBE)


def flag(element: Element, name: str, default: bool) -> bool:
    """A boolean attribute of XML Schema."""
    value = element.get(name)
    return default if value is None else value.strip() in {"true", "1"}


def line_of(element: Element) -> int | None:
    line: Any = element.sourceline
    return line if isinstance(line, int) else None


def reference(value: str | None) -> str | None:
    """An id out of a QName reference (``ns:id`` or ``id``)."""
    if value is None or not value.strip():
        return None
    return value.strip().rpartition(":")[2]
