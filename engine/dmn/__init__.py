"""DMN 1.1 to 1.6: decision tables, requirement graphs, decision services.

``load`` reads a model, ``Model.evaluate`` decides and says why, ``Model.problems`` finds gaps,
overlaps and everything else that is wrong before anyone depends on it. Standard library and
``engine.feel`` only.
"""

from engine.dmn.errors import DmnError, Problem, Severity
from engine.dmn.model import Decision, Field, Model, load, load_all
from engine.dmn.questions import Question
from engine.dmn.result import Explanation, MatchedRule, Result, TableInputs

__all__ = [
    "Decision",
    "DmnError",
    "Explanation",
    "Field",
    "MatchedRule",
    "Model",
    "Problem",
    "Question",
    "Result",
    "Severity",
    "TableInputs",
    "load",
    "load_all",
]
