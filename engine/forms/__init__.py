"""Forms: form-js schemas (`.form`) read, checked and shown by one definition.

    form = parse(schema, functions=registry)          # FormError names every fault, by component
    view = form.view(context=context)                 # a fresh form, for the templates
    submission = form.from_html(pairs)                # what a browser sent, exactly as typed
    validated = form.validate(submission, context)    # pages and API alike
    if validated.ok: store(validated.data)            # FEEL values; validated.hidden counts no more
    else: form.view(submission, validated.problems, context=context)
    form.evaluate(submission, context)                # while typing: hidden, computed, errors
    form.view(context=context, readonly=True)         # to be read, out of the case's data

For authors of forms
--------------------

Draw the form in the form-js editor (schemaVersion 16 or later). Keys and paths are ASCII names,
with dots for nesting (`org.name`); labels are Chinese; every field needs one. Allowed components:
textfield, textarea, number, datetime, checkbox, checklist, radio, select, taglist, expression,
filepicker; group, dynamiclist; table, text (Markdown), separator, spacer, documentPreview. All
others (html, iframe, image, button, script …) are refused. Numbers are decimals, always.

FEEL (with a leading `=`) is understood in `conditional.hide`, `readonly`, `validate.required`,
`validate.min` / `max` / `minLength` / `maxLength`, `defaultValue`, `valuesExpression`, `valuesKey`,
`dataSource` and `expression`; `{{ … }}` in labels, descriptions, texts, adorners and messages. An
expression sees the case's variables, over them all fields of the form (null where hidden or
faulty), and the functions registered at the start. Inside a dynamiclist also `this` (the row),
`parent` and `i`: a field of the same row is `this.amount`, not `amount`, as in form-js. A hidden
field is neither checked nor stored. Read-only, disabled, masked and computed values are never taken
from outside: they come from the case, the default, or the formula.

Our own rules are custom properties (text → text); an unknown `banshi:` property is a fault:

| Property | On | Means |
|---|---|---|
| `banshi:type` | textfield | `resident-id`, `uscc`, `civil-uscc` (51 / 52 / 53), `mobile`, `phone`, `bank-card`, `bank-account`, `postcode`, `person-name`, `address`, `school-year`, `email` |
| | number, expression | `money`: decimal(14,2), not below 0 unless `min` says so |
| `banshi:registrar` | textfield of `civil-uscc` | six digits; another registrar is a warning |
| `banshi:privacy` | any field, group, dynamiclist | `L1` … `L4`; class of what it tells; with the type it gives the kind (`engine.forms.masks.kind_of`) by which a reader sees a mask and can't edit what is there; a group's class is the least of what is in it |
| `banshi:validate` with `banshi:message` | fields, group, dynamiclist | a condition that must be true (null is not); more as `banshi:validate-2` … `-9`. Not judged while the field is empty, or while a field that it reads is faulty |
| `banshi:severity` (`-2` …) | with the above | `warning` only tells |
| `banshi:sumEquals` | number | `budget.amount`: the value is the sum of that column; the sum is shown live under the list |
| `banshi:total` | number in a dynamiclist | `true`: show the column's sum |
| `banshi:capitals` | number | `true`: show the amount in capital numerals |
| `banshi:mustEqual` | fields | the same value as another field of the same scope |
| `banshi:min`, `banshi:max` | datetime | ISO text or `= FEEL`, both included |
| `banshi:minRows`, `banshi:maxRows` | dynamiclist | number or `= FEEL`; blank rows do not count |
| `banshi:layout` | dynamiclist | `table` or `cards`; without it, by what the rows hold |
| `banshi:maxFiles`, `banshi:maxSize` | filepicker | `5`; `10MB` |
| `banshi:autocomplete` | fields | HTML's autofill tokens |

Problems name their field by path in what was submitted (`budget.2.amount`); a group's rule is named
`#Group_id`. Values of filepickers are document keys that `Context.documents` must hold.

For pages
---------

`api/templates/form/form.html` has `form_fields(view)`, `form/view.html` has `form_view(view)`. The
page writes the `<form>` (with `novalidate`, multipart if `has_files`), the summary of `view.errors`,
the token and the buttons. Names and row buttons are described in `engine.forms.html`.
"""

from engine.forms.context import Context, Document
from engine.forms.errors import FormError, SchemaProblem
from engine.forms.evaluation import Evaluation
from engine.forms.form import Form, parse
from engine.forms.html import RowAction
from engine.forms.masks import KIND_NAMES, Kind, Privacy, mask
from engine.forms.problems import Problem, Severity
from engine.forms.validation import Validated
from engine.forms.veil import Sensitive, Veil, veil_over
from engine.forms.view import FormView

__all__ = [
    "KIND_NAMES",
    "Context",
    "Document",
    "Evaluation",
    "Form",
    "FormError",
    "FormView",
    "Kind",
    "Privacy",
    "Problem",
    "RowAction",
    "SchemaProblem",
    "Sensitive",
    "Severity",
    "Validated",
    "Veil",
    "mask",
    "parse",
    "veil_over",
]
