"""Which version of a form, decision or process an element means (Camunda 8 ``bindingType``).

``latest`` is resolved when the instance starts and pinned with it (design decision 12);
``deployment`` means the version that came with the deployment of the process, ``versionTag`` the
newest version with that tag. The last two are other things than the latest version of the same
id, so in a bundle they go by other names: ``id@@process`` and ``id##tag``.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.runtime.expressions import Value
from engine.runtime.markup import Element, local
from engine.runtime.reading import Reading, label

_DEPLOYMENT, _TAG = "@@", "##"


@dataclass(frozen=True, kw_only=True, slots=True)
class Bound:
    """What a name in a bundle stands for. ``process``: that of whose deployment it is; ``tag``:
    the version's; neither: the latest version."""

    id: str
    process: str | None = None
    tag: str | None = None


def bound(name: str) -> Bound:
    """A name of a bundle, taken apart."""
    identity, at, process = name.partition(_DEPLOYMENT)
    if at:
        return Bound(id=identity, process=process)
    identity, at, tag = name.partition(_TAG)
    return Bound(id=identity, tag=tag) if at else Bound(id=identity)


def plain(name: str) -> str:
    """The id that a name of a bundle stands for."""
    return bound(name).id


def bind(
    reading: Reading, element: Element, item: Element | None, value: Value | None
) -> Value | None:
    """The reference under the name that it has in a bundle; refuses what cannot be bound."""
    kind = "latest" if item is None else item.get("bindingType") or "latest"
    if kind == "latest" or value is None or item is None:
        return value
    if kind not in {"deployment", "versionTag"}:
        reading.refuse(
            element,
            "binding",
            f"{label(element)}的版本绑定方式“{kind}”不受支持，请改为 latest、deployment 或 versionTag。",
        )
        return value
    if value.formula is not None:
        reading.refuse(
            element,
            "binding",
            f"{label(element)}的编号由表达式给出，只能绑定最新版本（latest），请改用固定编号或 latest。",
        )
        return value
    if kind == "deployment":
        return Value(text=f"{value.text}{_DEPLOYMENT}{_process_of(element)}")
    tag = (item.get("versionTag") or "").strip()
    if not tag:
        reading.refuse(
            element,
            "binding",
            f"{label(element)}按版本标签绑定，但没有填写标签（versionTag），请填写。",
        )
        return value
    return Value(text=f"{value.text}{_TAG}{tag}")


def _process_of(element: Element) -> str:
    return next((e.get("id", "") for e in element.iterancestors() if local(e) == "process"), "")
