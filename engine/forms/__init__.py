"""Forms."""

from engine.forms.context import Context, Document
from engine.forms.errors import FormError, SchemaProblem
from engine.forms.evaluation import Evaluation
from engine.forms.form import Form, parse
from engine.forms.html import RowAction
from engine.forms.masks import Privacy, mask
from engine.forms.problems import Problem, Severity
from engine.forms.validation import Validated
from engine.forms.view import FormView

__all__ = [
    "Context",
    "Document",
    "Evaluation",
    "Form",
    "FormError",
    "FormView",
    "Privacy",
    "Problem",
    "RowAction",
    "SchemaProblem",
    "Severity",
    "Validated",
    "mask",
    "parse",
]
