"""Boxed for, some, every and filter: FEEL's own loops with a boxed body (DMN 1.5, 10.2.1.8, .9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from engine import feel
from engine.dmn.run import Evaluator, Run, Scope
from engine.feel.run import Run as FeelRun
from engine.feel.values import FeelFunction, Parameter

__all__ = ["filtered", "iterated"]

_NAMES = ("domain", "body")
_LOOPS = {
    "for": feel.compile("for x in domain return body(x)", names=_NAMES),
    "partial": feel.compile("for x in domain return body(x, partial)", names=_NAMES),
    "some": feel.compile("some x in domain satisfies body(x)", names=_NAMES),
    "every": feel.compile("every x in domain satisfies body(x)", names=_NAMES),
    "filter": feel.compile("domain[body(item)]", names=_NAMES),
}


class _Body(FeelFunction):
    """The body of a loop as a function of the item, and of the results so far if asked for."""

    __slots__ = ("call",)

    def __init__(self, call: Callable[..., object]) -> None:
        super().__init__("", (Parameter("x"),))
        self.call = call

    def invoke(self, run: FeelRun, arguments: Sequence[object]) -> object:
        """Call the body; a turn of the loop is a step."""
        run.budget.tick()
        return self.call(*arguments)

    def invoke_named(self, run: FeelRun, arguments: Mapping[str, object]) -> object:
        """Never called by the loops above."""
        return self.invoke(run, tuple(arguments.values()))


def _loop(kind: str, domain: object, call: Callable[..., object], run: Run) -> object:
    return _LOOPS[kind].evaluate(
        {"domain": domain, "body": _Body(call)},
        budget=run.budget,
        clock=run.clock,
        warnings=run.trail.warnings,
        trusted=True,
    )


def iterated(
    kind: str, variable: str, source: Evaluator, body: Evaluator, *, with_partial: bool
) -> Evaluator:
    """The closure of ``for``, ``some`` or ``every``; ``with_partial`` gives the body the results
    so far."""
    loop = "partial" if kind == "for" and with_partial else kind

    def run_loop(scope: Scope, run: Run) -> object:
        inner = dict(scope)

        def turn(item: object, *partial: object) -> object:
            inner[variable] = item
            if partial:
                inner["partial"] = partial[0]
            return body(inner, run)

        return _loop(loop, source(scope, run), turn, run)

    return run_loop


def filtered(source: Evaluator, match: Evaluator) -> Evaluator:
    """The closure of a filter: the items for which ``match`` is true, or the one at the position
    that it gives; null when it is neither boolean nor number."""

    def run_filter(scope: Scope, run: Run) -> object:
        inner = dict(scope)
        faults: list[object] = []

        def turn(item: object) -> object:
            inner["item"] = item
            # an entry called "item" hides the item itself, as in FEEL (10.3.2.5)
            local = {**inner, **item} if isinstance(item, dict) else inner
            verdict = match(local, run)
            if verdict is not None and not isinstance(verdict, bool | Decimal):
                faults.append(verdict)
            return verdict

        result = _loop("filter", source(scope, run), turn, run)
        if faults:
            run.warn("筛选条件的结果不是布尔值，按空值处理。")
            return None
        return result

    return run_filter
