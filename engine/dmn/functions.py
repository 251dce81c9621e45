"""Functions that models define: callable from FEEL, typed, bounded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from engine.dmn.itemtypes import Fit
from engine.dmn.run import Run
from engine.feel.run import Run as FeelRun
from engine.feel.types import Type
from engine.feel.values import FeelFunction, Parameter

__all__ = ["ModelFunction"]


class ModelFunction(FeelFunction):
    """A boxed function, business knowledge model or decision service (DMN 1.5, 10.2.1.6, 10.4).

    Parameters that named arguments leave out are null; too few or too many positional ones, or
    an argument that does not conform to its type, make the call null without running the body.
    """

    __slots__ = ("body", "fit_result", "fits", "run")

    def __init__(
        self,
        name: str,
        parameters: Sequence[tuple[str, Type | None, Fit | None]],
        result: tuple[Type | None, Fit | None],
        body: Callable[[dict[str, object]], object],
        run: Run,
    ) -> None:
        super().__init__(name, tuple(Parameter(n, kind) for n, kind, _ in parameters), result[0])
        self.fits = [(n, fit) for n, _, fit in parameters]
        self.fit_result = result[1]
        self.body = body
        self.run = run

    def invoke(self, run: FeelRun, arguments: Sequence[object]) -> object:
        """Call with positional arguments; null if they do not fit."""
        if len(arguments) != len(self.fits):
            run.warn(f"函数 {self.name} 要 {len(self.fits)} 个参数，给了 {len(arguments)} 个")
            return None
        names = (name for name, _ in self.fits)
        return self._call(run, dict(zip(names, arguments, strict=True)))

    def invoke_named(self, run: FeelRun, arguments: Mapping[str, object]) -> object:
        """Call with named arguments; null if they do not fit."""
        names = [name for name, _ in self.fits]
        if not arguments.keys() <= set(names):
            run.warn(f"函数 {self.name} 的参数是：{'、'.join(names) or '无'}")
            return None
        return self._call(run, {name: arguments.get(name) for name in names})

    def _call(self, run: FeelRun, arguments: dict[str, object]) -> object:
        for name, fit in self.fits:
            value = arguments[name]
            if fit is not None and value is not None:
                arguments[name] = fit(value)
                if arguments[name] is None:
                    run.warn(f"函数 {self.name} 的参数 {name} 类型不符")
                    return None
        run.budget.enter()
        try:
            result = self.body(arguments)
        finally:
            run.budget.leave()
        if result is None or self.fit_result is None:
            return result
        fitting = self.fit_result(result)
        if fitting is None:
            run.warn(f"函数 {self.name} 的结果类型不符")
        return fitting
