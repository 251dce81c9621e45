"""FEEL, the expression language of DMN 1.5 (chapter 10): compiled, exact, bounded.

    >>> expression = compile("if 金额 <= 100000 then \\"科长\\" else \\"分管领导\\"", names=["金额"])
    >>> expression.evaluate({"金额": 98000})
    '科长'

Standard library only, and nothing of the rest of the program: the package stands alone.
"""

from engine.feel.budget import Budget
from engine.feel.builtins import STANDARD
from engine.feel.errors import BudgetExceeded, FeelError, FeelSyntaxError
from engine.feel.explanation import Explanation
from engine.feel.expression import Expression, UnaryTests, compile, compile_unary  # noqa: A004
from engine.feel.functions import Registry
from engine.feel.lattice import Type, coerce, conforms
from engine.feel.type_syntax import parse_type
from engine.feel.values import FeelFunction, Parameter, Range, Value, from_host

__all__ = [
    "STANDARD",
    "Budget",
    "BudgetExceeded",
    "Explanation",
    "Expression",
    "FeelError",
    "FeelFunction",
    "FeelSyntaxError",
    "Parameter",
    "Range",
    "Registry",
    "Type",
    "UnaryTests",
    "Value",
    "coerce",
    "compile",
    "compile_unary",
    "conforms",
    "from_host",
    "parse_type",
]
