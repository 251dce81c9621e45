"""Reading a schema: typed access to its attributes, with every fault noted and none fatal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from engine import feel
from engine.forms import decimals
from engine.forms.errors import SchemaProblem
from engine.forms.expressions import UNSET, Dynamic
from engine.forms.template import Template, TemplateError, parse_template
from engine.text import tell

MAX_STRING = 10_000


@dataclass(kw_only=True)
class Notes:
    """What one reading gathers: faults, names in scope, how many components there were."""

    names: tuple[str, ...]
    functions: feel.Registry | None
    problems: list[SchemaProblem] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    components: int = 0

    def add(self, component_id: str, rule: str, message: str) -> None:
        self.problems.append(SchemaProblem(component_id=component_id, rule=rule, message=message))


@dataclass(frozen=True, kw_only=True)
class Reader:
    """The attributes of one component (or one part of it, as `validate`)."""

    source: Mapping[str, object]
    notes: Notes
    component_id: str

    def fault(self, rule: str, message: str) -> None:
        """Note a fault of this component."""
        self.notes.add(self.component_id, rule, message)

    def part(self, key: str) -> Reader:
        """A mapping inside, empty when there is none."""
        value = self.source.get(key)
        if value is not None and not isinstance(value, Mapping):
            self.fault("type", tell("{key} 应是一个对象。", key=key))
            value = None
        return Reader(source=value or {}, notes=self.notes, component_id=self.component_id)

    def only(self, *known: str) -> None:
        """Note every attribute that isn't among `known`."""
        for key in sorted(set(self.source) - set(known)):
            self.fault("unknown-attribute", tell("不支持的设置 {key}，请删去。", key=key[:60]))

    def text(self, key: str, default: str = "") -> str:
        value = self.source.get(key)
        if value is None:
            return default
        if not isinstance(value, str) or len(value) > MAX_STRING:
            self.fault(
                "type",
                tell("{key} 应是不超过 {max_string} 字的文字。", key=key, max_string=MAX_STRING),
            )
            return default
        return value

    def flag(self, key: str, *, default: bool = False) -> bool:
        value = self.source.get(key, default)
        if not isinstance(value, bool):
            self.fault("type", tell("{key} 应是 true 或 false。", key=key))
            return default
        return value

    def integer(self, key: str, *, low: int, high: int) -> int | None:
        """A whole number in the range; None when it isn't given (or is faulty)."""
        value = self.source.get(key)
        if value is None:
            return None
        number = decimals.from_value(value)
        if isinstance(value, str):
            number = decimals.parse(value)
        if number is None or number != number.to_integral_value() or not low <= number <= high:
            self.fault(
                "range", tell("{key} 应是 {low} 到 {high} 的整数。", key=key, low=low, high=high)
            )
            return None
        return int(number)

    def number(self, key: str) -> Decimal | None:
        value = self.source.get(key)
        if value is None:
            return None
        number = decimals.parse(value) if isinstance(value, str) else decimals.from_value(value)
        if number is None:
            self.fault("type", tell("{key} 应是数字。", key=key))
        return number

    def items(self, key: str, *, limit: int) -> Sequence[object]:
        """A list of at most `limit` items, empty when there is none."""
        value = self.source.get(key)
        if value is None:
            return ()
        if not isinstance(value, list | tuple):
            self.fault("type", tell("{key} 应是列表。", key=key))
            return ()
        if len(value) > limit:
            self.fault(
                "size",
                tell(
                    "{key} 最多 {limit} 项，现在有 {count} 项。",
                    key=key,
                    limit=limit,
                    count=len(value),
                ),
            )
        return value[:limit]

    def compile(self, source: str, where: str) -> feel.Expression | None:
        """A FEEL expression (without the leading `=`); a fault is noted."""
        try:
            return feel.compile(source, names=self.notes.names, functions=self.notes.functions)
        except feel.FeelError as error:
            self.fault(
                "feel",
                tell(
                    "{where} 的表达式“{source}”不对：{error}",
                    where=where,
                    source=source.strip()[:80],
                    error=error,
                ),
            )
            return None

    def formula(self, key: str) -> feel.Expression | None:
        """A FEEL expression, with or without `=`; None when it isn't given."""
        source = self.text(key).strip()
        return self.compile(source.removeprefix("="), key) if source else None

    def dynamic(self, key: str, *kinds: type) -> Dynamic:
        """A constant of one of the kinds, or an expression. Numbers written as text count."""
        value = self.source.get(key)
        if value is None or value == "":
            return UNSET
        if isinstance(value, str) and value.lstrip().startswith("="):
            expression = self.compile(value.lstrip()[1:], key)
            return UNSET if expression is None else Dynamic(expression=expression)
        if kinds == (Decimal,):
            number = self.number(key)
            return UNSET if number is None else Dynamic(constant=number)
        if not isinstance(value, kinds):
            self.fault("type", tell("{key} 的值不对，请改正或写成“= 表达式”。", key=key))
            return UNSET
        return Dynamic(constant=value)

    def template(self, key: str) -> Template:
        """A text that may have values in it."""
        return self.template_of(self.text(key), key)

    def template_of(self, source: str, where: str) -> Template:
        """Compile such a text; faults are noted and leave it empty."""
        try:
            return parse_template(source, self._compile_strictly)
        except TemplateError as error:
            self.fault("template", f"{where}：{error}")
        except feel.FeelError as error:
            self.fault("feel", tell("{where} 的表达式不对：{error}", where=where, error=error))
        return Template()

    def _compile_strictly(self, source: str) -> feel.Expression:
        return feel.compile(source, names=self.notes.names, functions=self.notes.functions)
