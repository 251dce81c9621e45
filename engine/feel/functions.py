"""Functions that are not written in FEEL: built in, or given by the host."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from engine.feel.lattice import (
    ANY,
    NAMES,
    AnyFunctionType,
    ContextType,
    ListType,
    RangeType,
    Type,
    UnionType,
    coerce,
)
from engine.feel.names import NameIndex
from engine.feel.run import Run
from engine.feel.values import FeelFunction, Parameter, Value, from_host

LIST: Final = ListType(ANY)
_TYPES: Final[dict[str, Type | None]] = {
    **NAMES,
    "any": None,
    "list": LIST,
    "context": ContextType(()),
    "range": RangeType(ANY),
    "function": AnyFunctionType(),
}


def parameters_of(text: str) -> tuple[tuple[Parameter, ...], bool]:
    """Read `list: list, item...: any` or `n: number, scale?: number`.

    A name ends with `?` if it may be left out, with `...` if it takes all further arguments (the
    second result is then True). Types are joined with `|`.
    """
    parameters: list[Parameter] = []
    variadic = False
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, kind = (piece.strip() for piece in part.partition(":"))
        variadic = name.endswith("...")
        optional = name.endswith("?")
        parameters.append(Parameter(name.rstrip("?."), _type_of_parameter(kind), optional))
    return tuple(parameters), variadic


def _type_of_parameter(text: str) -> Type | None:
    options = [_TYPES[option.strip()] for option in text.split("|")] if text else [None]
    known = tuple(option for option in options if option is not None)
    if len(known) < len(options):
        return None
    return known[0] if len(known) == 1 else UnionType(known)


@dataclass(frozen=True, slots=True)
class Signature:
    """One way to call a function; `call` takes the run and the converted arguments."""

    parameters: tuple[Parameter, ...]
    variadic: bool
    call: Callable[..., Value]

    def takes(self, count: int) -> bool:
        """Whether so many positional arguments fit."""
        least = sum(not parameter.optional for parameter in self.parameters)
        return count >= least if self.variadic else least <= count <= len(self.parameters)

    def converted(self, arguments: Sequence[Value], run: Run) -> list[Value] | None:
        """The arguments as the parameters want them (10.3.2.9.4), or None if one does not fit."""
        result: list[Value] = []
        last = len(self.parameters) - 1
        for number, argument in enumerate(arguments):
            parameter = self.parameters[min(number, last)]
            kind = parameter.type
            if kind is None or (argument is None and parameter.optional):
                result.append(argument)
                continue
            value = coerce(argument, kind, run.budget)
            if value is None:
                return None
            result.append(value)
        return result

    def arranged(self, named: Mapping[str, Value]) -> list[Value] | None:
        """Named arguments in order, those left out null; None if a name is not a parameter's."""
        names = [parameter.name for parameter in self.parameters]
        if any(name not in names for name in named):
            return None
        return [named.get(name) for name in names]


class Builtin(FeelFunction):
    """A function with one or more signatures."""

    __slots__ = ("signatures",)

    def __init__(self, name: str, signatures: tuple[Signature, ...]) -> None:
        super().__init__(name, signatures[0].parameters)
        self.signatures = signatures

    @property
    def doc(self) -> str:
        """Signature and section of the standard."""
        return (self.signatures[0].call.__doc__ or "").strip()

    def invoke(self, run: Run, arguments: Sequence[Value]) -> Value:
        count = len(arguments)
        for signature in self.signatures:
            if signature.takes(count):
                values = signature.converted(arguments, run)
                if values is not None:
                    return signature.call(run, *values)
        return run.warn(f"函数“{self.name}”不接受这些参数")

    def invoke_named(self, run: Run, arguments: Mapping[str, Value]) -> Value:
        for signature in self.signatures:
            arranged = signature.arranged(arguments)
            if arranged is not None:
                values = signature.converted(arranged, run)
                if values is not None:
                    return signature.call(run, *values)
        return run.warn(f"函数“{self.name}”不接受这些参数")


class HostFunction(FeelFunction):
    """A function of the host program: FEEL values in, a host or FEEL value out.

    ValueError means that it has no answer for these arguments (null, with its message as warning).
    """

    __slots__ = ("_doc", "signature")

    def __init__(
        self,
        name: str,
        parameters: tuple[Parameter, ...],
        call: Callable[..., object],
        *,
        variadic: bool = False,
        doc: str = "",
    ) -> None:
        super().__init__(name, parameters)
        self._doc = doc

        def guarded(run: Run, *arguments: Value) -> Value:
            try:
                return from_host(call(*arguments))
            except ValueError as error:
                return run.warn(f"函数“{name}”：{error}")

        self.signature = Signature(parameters, variadic, guarded)

    @property
    def doc(self) -> str:
        """What the registry was told."""
        return self._doc

    def invoke(self, run: Run, arguments: Sequence[Value]) -> Value:
        values = None
        if self.signature.takes(len(arguments)):
            values = self.signature.converted(arguments, run)
        if values is None:
            return run.warn(f"函数“{self.name}”不接受这些参数")
        run.budget.tick()
        return self.signature.call(run, *values)

    def invoke_named(self, run: Run, arguments: Mapping[str, Value]) -> Value:
        arranged = self.signature.arranged(arguments)
        if arranged is None:
            return run.warn(f"函数“{self.name}”没有这样的参数")
        return self.invoke(run, arranged)


@dataclass(frozen=True, eq=False)
class Registry:
    """The functions that expressions can call; adding one gives a new registry."""

    functions: Mapping[str, FeelFunction]

    @cached_property
    def index(self) -> NameIndex:
        """The names, as the parser matches them."""
        return NameIndex(self.functions)

    def with_function(
        self,
        name: str,
        parameters: Sequence[str | Parameter],
        call: Callable[..., object],
        doc: str = "",
    ) -> Registry:
        """This registry and one more function.

        A parameter is its name, or `name: type` with `?` after the name if it may be left out and
        `...` if it takes all further arguments (`"days: number"`, `"calendar?: string"`).
        `call` takes FEEL values by position and returns a host or FEEL value.
        """
        read: list[Parameter] = []
        variadic = False
        for parameter in parameters:
            if isinstance(parameter, Parameter):
                read.append(parameter)
            else:
                found, variadic = parameters_of(parameter)
                read.extend(found)
        function = HostFunction(name, tuple(read), call, variadic=variadic, doc=doc)
        return Registry({**self.functions, name: function})
