"""The inputs of a decision as the fields of a page, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from api.language import gettext as _
from api.pages import paging
from api.pages.admin.try_out import Faults, written
from api.pages.typed import Typed
from engine.dmn import Question
from engine.feel import Value
from engine.feel.texts import literal_text
from engine.feel.values import Date, DateTime, DayTimeDuration, Time, YearMonthDuration
from engine.model.actor import Actor
from engine.service.app import App


@dataclass(frozen=True, kw_only=True)
class InputField:
    """One input. ``widget``: ``choice``, ``number``, ``text``, ``date``, ``time``,
    ``datetime-local`` or ``feel`` (a value as one writes it in FEEL); ``suggestions``: values
    that rules of the table name."""

    id: str
    name: str
    label: str
    variable: str
    kind: str
    widget: str
    value: str
    choices: tuple[paging.Choice, ...]
    suggestions: tuple[str, ...]
    hint: str
    error: str


_WIDGETS: Mapping[str, str] = {
    "number": "number",
    "string": "text",
    "date": "date",
    "time": "time",
    "date and time": "datetime-local",
    "days and time duration": "text",
    "years and months duration": "text",
}


def _name(position: int) -> str:
    return f"input-{position}"


def ids(questions: Sequence[Question]) -> Mapping[str, str]:
    """Input → id of its control on the page."""
    return {question.name: _name(n) for n, question in enumerate(questions)}


def fields(
    questions: Sequence[Question], texts: Mapping[str, str] | None, errors: Mapping[str, str]
) -> tuple[InputField, ...]:
    """The fields with what was typed; where nothing has been yet, contexts show their entries."""
    return tuple(
        _field(
            n,
            question,
            _outline(question) if texts is None else texts.get(question.name, ""),
            errors.get(question.name, ""),
        )
        for n, question in enumerate(questions)
    )


def _field(position: int, question: Question, value: str, error: str) -> InputField:
    choices = _choices(question, value)
    return InputField(
        id=_name(position),
        name=_name(position),
        label=question.label or question.name,
        variable=question.name,
        kind=_kind(question.kind),
        widget="choice" if choices else _WIDGETS.get(question.kind, "feel"),
        value=value,
        choices=choices,
        suggestions=tuple(v for v in question.named if isinstance(v, str))[:50],
        hint=_hint(question),
        error=error,
    )


def _choices(question: Question, value: str) -> tuple[paging.Choice, ...]:
    options = question.options or ((True, False) if question.kind == "boolean" else ())
    if not options:
        return ()
    named = {True: _("是"), False: _("否")} if question.kind == "boolean" else {}
    listed = [("", _("（空）"))]
    for option in options:
        label = named.get(option) if isinstance(option, bool) else str(option)
        listed.append((literal_text(option), label or literal_text(option)))
    return paging.choices(listed, value)


def _kind(kind: str) -> str:
    return {
        "number": _("数字"),
        "string": _("文本"),
        "boolean": _("是否"),
        "date": _("日期"),
        "time": _("时间"),
        "date and time": _("日期时间"),
        "days and time duration": _("时长"),
        "years and months duration": _("年月时长"),
        "list": _("列表"),
        "context": _("上下文"),
    }.get(kind, _("任意"))


def _hint(question: Question) -> str:
    form = {
        "days and time duration": _("例如 P3D（三天）、PT8H（八小时）。"),
        "years and months duration": _("例如 P1Y6M（一年六个月）。"),
        "list": _('按 FEEL 书写，例如 ["甲", "乙"]、[{amount: 100}]。'),
        "context": _("按 FEEL 书写，把 null 换成要试的值；文本加英文双引号。"),
    }.get(question.kind, "")
    if not form and question.kind not in {*_WIDGETS, "boolean"}:
        form = _('按 FEEL 书写，例如 100、"文本"、date("2025-01-01")。')
    if question.allowed and not question.options:
        return form + _("允许的值：{tests}").format(tests=question.allowed.strip())
    return form


def _outline(question: Question) -> str:
    """A context with the entries that the decision reads, to be filled in."""
    if not question.entries:
        return ""
    entries = ",\n  ".join(literal_text({name: None})[1:-1] for name in question.entries)
    return f"{{\n  {entries}\n}}"


def typed_texts(questions: Sequence[Question], sent: Typed) -> dict[str, str]:
    """Input → text as it was sent."""
    return {question.name: sent.first(_name(n)) for n, question in enumerate(questions)}


def given(
    app: App,
    actor: Actor,
    questions: Sequence[Question],
    texts: Mapping[str, str],
    faults: Faults,
) -> dict[str, Any]:
    """The values; an input left empty is null. What is wrong goes to ``faults``."""
    values: dict[str, Any] = {}
    for question in questions:
        text = texts.get(question.name, "")
        if question.kind == "string" and not question.options:
            values[question.name] = text or None
        elif text.strip():
            values[question.name] = _value(app, actor, question, text.strip(), faults)
    return values


def _value(app: App, actor: Actor, question: Question, text: str, faults: Faults) -> Value:
    is_choice = question.options or question.kind == "boolean"
    read = None if is_choice else _READERS.get(question.kind)
    if read is None:
        return written(app, actor, text, faults, question.name)
    found = read(text)
    if found is None:
        faults.add(
            question.name,
            _("“{label}”应为{kind}，请改正。").format(
                label=question.label or question.name, kind=_kind(question.kind)
            ),
        )
    return found


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _time(text: str) -> Time | None:
    """Browsers leave out seconds that are zero."""
    return Time.parse(text) or Time.parse(f"{text}:00")


def _date_time(text: str) -> DateTime | None:
    return DateTime.parse(text) or DateTime.parse(f"{text}:00")


_READERS: Mapping[str, Callable[[str], Value]] = {
    "number": _number,
    "date": Date.parse,
    "time": _time,
    "date and time": _date_time,
    "days and time duration": DayTimeDuration.parse,
    "years and months duration": YearMonthDuration.parse,
}
