"""From schema to components: one function per component type, and nothing but those types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from engine.forms import build_fields, properties
from engine.forms.components import (
    Column,
    Component,
    Field,
    Group,
    Preview,
    Prose,
    Repeat,
    Separator,
    Spacer,
    Table,
    in_scope,
)
from engine.forms.expressions import NEVER, Dynamic
from engine.forms.masks import Privacy
from engine.forms.paths import Path, parse_key
from engine.forms.reader import Notes, Reader
from engine.text import several, tell

MAX_COMPONENTS = 400
MAX_DEPTH = 6
MAX_ROWS = 500
_MAX_COLUMNS = 30


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a component stands: the path of the groups around it, their class, the depth."""

    path: Path = ()
    privacy: Privacy = Privacy.L1
    depth: int = 0


def components(items: object, place: Place, notes: Notes, owner: str) -> tuple[Component, ...]:
    """All components of a list; what can't be built is noted and left out."""
    if not isinstance(items, list | tuple):
        notes.add(owner, "type", tell("components 应是列表。"))
        return ()
    if place.depth > MAX_DEPTH:
        notes.add(owner, "depth", tell("嵌套太深，最多 {max_depth} 层。", max_depth=MAX_DEPTH))
        return ()
    built = (component(item, place, notes, owner) for item in items)
    return tuple(found for found in built if found is not None)


def component(item: object, place: Place, notes: Notes, owner: str) -> Component | None:
    """One component by its type."""
    notes.components += 1
    if notes.components > MAX_COMPONENTS:
        if notes.components == MAX_COMPONENTS + 1:
            notes.add(
                owner,
                "size",
                tell("组件太多，最多 {max_components} 个。", max_components=MAX_COMPONENTS),
            )
        return None
    if not isinstance(item, Mapping) or not all(isinstance(key, str) for key in item):
        notes.add(owner, "type", tell("组件应是一个对象。"))
        return None
    component_id = item.get("id")
    if not isinstance(component_id, str) or not component_id or len(component_id) > 100:
        notes.add(owner, "id", tell("有组件缺少 id。"))
        return None
    if component_id in notes.ids:
        notes.add(component_id, "id", tell("有两个组件用了同一个 id。"))
    notes.ids.add(component_id)
    reader = Reader(source=item, notes=notes, component_id=component_id)
    kind = reader.text("type")
    build = BUILDERS.get(kind)
    if build is None:
        reader.fault("component-type", refusal(kind))
        return None
    return build(reader, kind, place)


def refusal(kind: str) -> str:
    """Why a type isn't allowed, and what to use instead."""
    instead = {
        "html": tell("请改用“文本”组件（Markdown）"),
        "iframe": tell("请改用“文本”组件写一个链接"),
        "image": tell("请把图片作为附件上传，用“文件预览”组件"),
        "button": tell("提交按钮由页面提供，请删去"),
        "script": tell("请改用“表达式”组件（FEEL）"),
    }.get(kind, tell("可用的有：{builders}", builders=several(sorted(BUILDERS))))
    return tell("不允许使用组件类型“{kind}”；{instead}。", kind=kind[:40], instead=instead)


def base(reader: Reader, *, label: str = "label") -> dict[str, Any]:
    """The attributes that every component has."""
    layout = reader.part("layout")
    conditional = reader.part("conditional")
    conditional.only("hide")
    hide = conditional.formula("hide")
    return {
        "id": reader.component_id,
        "label": reader.template(label),
        "description": reader.template("description"),
        "hide": NEVER if hide is None else Dynamic(expression=hide),
        "row": layout.text("row"),
        "width": layout.integer("columns", low=1, high=16),
    }


def _field(reader: Reader, kind: str, place: Place) -> Field | None:
    key = reader.text("key")
    path = parse_key(key)
    if path is None:
        reader.fault(
            "key",
            tell(
                "键“{key}”不对：只能用字母、数字和下划线，用点分层，不能以数字或两条下划线开头。",
                key=key[:40],
            ),
        )
        return None
    own = properties.read(reader, kind)
    parts = build_fields.spec(reader, kind, own)
    if parts is None:
        return None
    validate = reader.part("validate")
    appearance = reader.part("appearance")
    computed = kind == "expression"
    label = "dateLabel" if kind == "datetime" and reader.source.get("dateLabel") else "label"
    if kind == "datetime" and reader.text("subtype") == "time" and reader.source.get("timeLabel"):
        label = "timeLabel"
    found = Field(
        **base(reader, label=label),
        path=place.path + path,
        spec=parts,
        required=NEVER if computed else validate.dynamic("required", bool),
        readonly=NEVER if computed else reader.dynamic("readonly", bool),
        disabled=reader.flag("disabled"),
        default=reader.dynamic("defaultValue", str, bool, list, int, Decimal),
        prefix=appearance.template("prefixAdorner"),
        suffix=appearance.template("suffixAdorner"),
        privacy=properties.privacy(own, place.privacy),
        autocomplete=properties.autocomplete(own),
        must_equal=properties.key_path(own, "mustEqual"),
        rules=properties.rules(own),
    )
    if not computed and not found.label:
        reader.fault("label", tell("字段“{key}”没有标题，填写的人不知道要填什么。", key=key))
    return found


def _group(reader: Reader, kind: str, place: Place) -> Group:
    own = properties.read(reader, kind)
    prefix = reader.text("path")
    path: Path = ()
    if prefix:
        parsed = parse_key(prefix)
        if parsed is None:
            reader.fault(
                "key",
                tell(
                    "路径“{prefix}”不对：只能用字母、数字和下划线，用点分层。", prefix=prefix[:40]
                ),
            )
        path = parsed or ()
    inner = Place(
        path=place.path + path,
        privacy=properties.privacy(own, place.privacy),
        depth=place.depth + 1,
    )
    children = reader.source.get("components", [])
    return Group(
        **base(reader),
        components=components(children, inner, reader.notes, reader.component_id),
        outline=reader.flag("showOutline"),
        rules=properties.rules(own),
    )


def _repeat(reader: Reader, kind: str, place: Place) -> Repeat | None:
    own = properties.read(reader, kind)
    prefix = reader.text("path")
    path = parse_key(prefix)
    if path is None:
        reader.fault(
            "key",
            tell(
                "重复列表的路径“{prefix}”不对：只能用字母、数字和下划线，用点分层。",
                prefix=prefix[:40],
            ),
        )
        return None
    inner = Place(privacy=properties.privacy(own, place.privacy), depth=place.depth + 1)
    children = components(
        reader.source.get("components", []), inner, reader.notes, reader.component_id
    )
    if not any(isinstance(child, Field | Repeat) for child in in_scope(children)):
        reader.fault("empty", tell("重复列表里没有字段。"))
    rows = reader.integer("defaultRepetitions", low=0, high=20)
    layout = own.text("layout", "auto")
    if layout not in ("auto", "table", "cards"):
        reader.fault("property", tell("banshi:layout 应是 table 或 cards。"))
    return Repeat(
        **base(reader),
        path=place.path + path,
        components=children,
        min_rows=properties.count(own, "minRows", high=MAX_ROWS),
        max_rows=properties.count(own, "maxRows", high=MAX_ROWS),
        default_rows=1 if rows is None else rows,
        can_change=reader.flag("allowAddRemove", default=True),
        as_table=layout == "table" or (layout == "auto" and _fits_a_table(children)),
        rules=properties.rules(own),
    )


def _fits_a_table(children: tuple[Component, ...]) -> bool:
    """A few plain fields next to each other are easier to read as one line of a table."""
    return len(children) <= 6 and all(
        isinstance(child, Field) and build_fields.is_compact(child.spec) for child in children
    )


def _table(reader: Reader, kind: str, place: Place) -> Table | None:  # noqa: ARG001
    source = reader.formula("dataSource")
    if reader.source.get("columnsExpression"):
        reader.fault("unsupported", tell("表格的列请逐列写出，不支持用表达式生成。"))
    columns = []
    for item in reader.items("columns", limit=_MAX_COLUMNS):
        part = item if isinstance(item, Mapping) else {}
        label, key = part.get("label"), part.get("key")
        path = parse_key(key) if isinstance(key, str) else None
        if not isinstance(label, str) or path is None:
            reader.fault("column", tell("表格的每一列要有标题和键。"))
        else:
            columns.append(Column(label=label, key=path))
    if source is None or not columns:
        reader.fault("source", tell("表格要写数据来源（dataSource）和至少一列。"))
        return None
    return Table(**base(reader), source=Dynamic(expression=source), columns=tuple(columns))


def _prose(reader: Reader, kind: str, place: Place) -> Prose:  # noqa: ARG001
    return Prose(**base(reader), text=reader.template("text"))


def _separator(reader: Reader, kind: str, place: Place) -> Separator:  # noqa: ARG001
    return Separator(**base(reader))


def _spacer(reader: Reader, kind: str, place: Place) -> Spacer:  # noqa: ARG001
    height = reader.integer("height", low=1, high=1000)
    return Spacer(**base(reader), height=60 if height is None else height)


def _preview(reader: Reader, kind: str, place: Place) -> Preview | None:  # noqa: ARG001
    source = reader.formula("dataSource")
    if source is None:
        reader.fault("source", tell("文件预览要写数据来源（dataSource）。"))
        return None
    label = "title" if reader.source.get("title") else "label"
    return Preview(**base(reader, label=label), source=Dynamic(expression=source))


BUILDERS: Mapping[str, Callable[[Reader, str, Place], Component | None]] = MappingProxyType(
    {
        **dict.fromkeys(build_fields.KINDS, _field),
        "group": _group,
        "dynamiclist": _repeat,
        "table": _table,
        "text": _prose,
        "separator": _separator,
        "spacer": _spacer,
        "documentPreview": _preview,
    }
)
