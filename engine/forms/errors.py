"""A schema that can't be used, with every fault named."""

from __future__ import annotations

from dataclasses import dataclass

from engine.text import several, tell


@dataclass(frozen=True, kw_only=True)
class SchemaProblem:
    """One fault of a form schema, for its author.

    `component_id` is the form-js id (empty for the form itself), `rule` is stable, for programs;
    `message` is Chinese and says how to mend it.
    """

    component_id: str
    rule: str
    message: str

    def __str__(self) -> str:
        if not self.component_id:
            return self.message
        return tell(
            "{component_id}：{message}", component_id=self.component_id, message=self.message
        )


class FormError(ValueError):
    """The schema is refused. `problems` lists all faults that could be found, at least one."""

    def __init__(self, problems: tuple[SchemaProblem, ...], form_id: str = "") -> None:
        self.problems = problems
        self.form_id = form_id
        lines = several((str(problem) for problem in problems[:5]), "；")
        more = tell("；另有 {count} 处", count=len(problems) - 5) if len(problems) > 5 else ""
        super().__init__(
            tell(
                "表单{form_id}不能使用：{lines}{more}",
                form_id=form_id and f"“{form_id}”",
                lines=lines,
                more=more,
            )
        )
