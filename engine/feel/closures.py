"""Functions written in FEEL (DMN 1.5, 10.3.2.13.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from engine.feel.lattice import Type, coerce
from engine.feel.run import Run
from engine.feel.values import FeelFunction, Parameter, Value


class Closure(FeelFunction):
    """The body of a function with the frame it was made in."""

    __slots__ = ("body", "frame", "slots", "steps")

    def __init__(
        self,
        parameters: tuple[Parameter, ...],
        result: Type | None,
        *,
        slots: tuple[int, ...],
        body: Callable[[list[Value]], Value],
        frame: list[Value],
        steps: int,
    ) -> None:
        super().__init__("", parameters, result)
        self.slots = slots
        self.body = body
        self.frame = frame
        self.steps = steps

    def invoke(self, run: Run, arguments: Sequence[Value]) -> Value:
        if len(arguments) != len(self.parameters):
            return run.warn(f"函数要 {len(self.parameters)} 个参数，给了 {len(arguments)} 个")
        frame = self.frame.copy()
        frame[0] = run
        for slot, parameter, argument in zip(self.slots, self.parameters, arguments, strict=True):
            value = argument
            if parameter.type is not None and argument is not None:
                value = coerce(argument, parameter.type, run.budget)
                if value is None:
                    return run.warn(f"参数“{parameter.name}”的值不是 {parameter.type.text}")
            frame[slot] = value
        budget = run.budget
        budget.enter(self.steps)
        try:
            return self.body(frame)
        finally:
            budget.leave()

    def invoke_named(self, run: Run, arguments: Mapping[str, Value]) -> Value:
        names = [parameter.name for parameter in self.parameters]
        if any(name not in names for name in arguments):
            return run.warn(f"函数的参数是：{'、'.join(names) or '无'}")
        return self.invoke(run, [arguments.get(name) for name in names])


class ExternalFunction(FeelFunction):
    """A function of Java or PMML (10.3.2.13.3): nothing outside is ever called, the result is null."""

    __slots__ = ()

    def invoke(self, run: Run, arguments: Sequence[Value]) -> Value:  # noqa: ARG002
        return run.warn("不支持外部函数（Java、PMML）")

    def invoke_named(self, run: Run, arguments: Mapping[str, Value]) -> Value:  # noqa: ARG002
        return run.warn("不支持外部函数（Java、PMML）")
