"""Sentences that people read: Chinese as written, and what another language needs to tell them.

A :class:`Text` *is* its Chinese sentence: it compares, is stored and is sent as any ``str``. It
also keeps the template and the values it was made of, so that a face can tell the same in another
language (:func:`translated`). What is stored is the Chinese sentence and nothing else: the record
is Chinese.

Templates are found in the sources by their literal: ``tell`` takes one, never a variable. The
sources are held to it, and each template to its English, by ``tests/contracts/test_messages.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

_NOTHING: Mapping[str, Any] = {}


class Text(str):
    """A Chinese sentence with its ``template`` and ``values`` (a value may be a Text itself)."""

    __slots__ = ("template", "values")

    template: str
    values: Mapping[str, Any]

    def __new__(cls, template: str, values: Mapping[str, Any] = _NOTHING) -> Text:
        made = super().__new__(cls, template.format_map(values) if values else template)
        made.template = template
        made.values = values
        return made

    def __str__(self) -> str:
        # ``str(error)`` of a fault that was raised with a Text is that Text.
        return self

    def __getnewargs__(self) -> tuple[str, Mapping[str, Any]]:  # type: ignore[override]
        return self.template, self.values


class Several(Text):
    """Texts set one after another; ``template`` is what stands between them."""

    __slots__ = ("items",)

    items: tuple[str, ...]

    def __new__(cls, separator: str, items: Iterable[str]) -> Several:
        listed = tuple(items)
        made = str.__new__(cls, separator.join(listed))
        made.template = separator
        made.values = _NOTHING
        made.items = listed
        return made

    def __getnewargs__(self) -> tuple[str, tuple[str, ...]]:  # type: ignore[override]
        return self.template, self.items


def tell(template: str, /, **values: Any) -> Text:
    """The sentence of a template (:meth:`str.format`); without values it is taken as it is.

    ``template``: a literal, Chinese; what changes is named: ``tell("没有人员“{name}”。", name=name)``.
    """
    return Text(template, values)


def several(items: Iterable[str], separator: str = "、") -> Several:
    """Texts (or names that are nobody's to translate) as one, e.g. an enumeration."""
    return Several(separator, items)


def translated(text: str, gettext: Callable[[str], str]) -> str:
    """What a Text says in the language of ``gettext``; anything else as it is.

    A template that the language does not know is left in Chinese, whole.
    """
    if not isinstance(text, Text):
        return text
    if isinstance(text, Several):
        between = gettext(text.template) if text.template else " "
        return between.join(translated(item, gettext) for item in text.items)
    template = gettext(text.template)
    if template == text.template:
        return "".join(text)
    if not text.values:
        return template
    return template.format_map(
        {name: _translated(value, gettext) for name, value in text.values.items()}
    )


def _translated(value: Any, gettext: Callable[[str], str]) -> Any:
    if isinstance(value, Exception):
        value = str(value)
    return translated(value, gettext) if isinstance(value, Text) else value
