"""The support table of the documentation: every BPMN element and Camunda 8 extension, with its test.

Each line carries a small diagram. What is said of it (executed, refused by which rule, passed over
with a warning) is what the engine does with that diagram now; what it does then is shown by the
tests that the line names. ``python -m tests.runtime.support`` writes ``docs/bpmn-support.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from engine.model.errors import Refused
from engine.model.problems import Severity
from engine.runtime import compile_definition
from engine.runtime.lint import lint
from tests.runtime.support_rows import PATTERN_NOTES, SECTIONS, Line
from tests.runtime.test_patterns import OTHERWISE, PATTERNS

PAGE = Path(__file__).parents[2] / "docs" / "bpmn-support.md"
HERE = "tests/runtime/"

#: Warnings by which the linter says that something is passed over.
PASSED_OVER = {
    "vendor-extension",
    "expression-language",
    "executable-missing",
    "attribute-unknown",
    "markup-unknown",
    "property-unknown",
    "property-place",
}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """``word``: 执行, 拒绝, 忽略并提醒 or 仅作说明; ``rules``: by which it is refused or warned of."""

    word: str
    rules: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.word}（`{self.rules[0]}`）" if self.rules else self.word


@cache
def verdict(line: Line) -> Verdict:
    """What the engine does with the line's diagram."""
    try:
        compile_definition(line.xml)
    except Refused as refused:
        rules = tuple(p.rule for p in refused.problems if p.severity is Severity.ERROR)
        return Verdict(word="拒绝", rules=rules)
    told = tuple(p.rule for p in lint(line.xml) if p.rule in PASSED_OVER)
    if told:
        return Verdict(word="忽略并提醒", rules=told)
    return Verdict(word="仅作说明" if line.ornament else "执行")


def page() -> str:
    """The whole page."""
    parts = [_HEAD]
    counts: dict[str, int] = {}
    for title, lines in SECTIONS.items():
        parts.append(
            f"\n## {title}\n\n| 元素或属性 | BPMN / Camunda 8 | 结论 | 测试 |\n|---|---|---|---|\n"
        )
        for line in lines:
            found = verdict(line)
            counts[found.word] = counts.get(found.word, 0) + 1
            shown = "<br>".join(f"`{name}`" for name in line.tests)
            note = f"<br>{line.note}" if line.note else ""
            parts.append(f"| {line.chinese}{note} | {line.english} | {found} | {shown} |\n")
    parts.append(_patterns())
    summary = "，".join(f"{word} {count} 项" for word, count in counts.items())
    return "".join(parts).replace("SUMMARY", summary)


def _patterns() -> str:
    """The 43 workflow patterns."""
    numbered = {int(name.split(" ", 1)[0]): name.split(" ", 1)[1] for name in PATTERNS}
    head = (
        "\n## 43 个工作流模式\n\n"
        "（van der Aalst、ter Hofstede、Kiepuszewski、Barros，2006）"
        f"{len(numbered)} 个有图并按预期执行，其余 {len(OTHERWISE)} 个写明原因。\n\n"
        "| 编号 | 模式 | 结论 | 测试 |\n|---|---|---|---|\n"
    )
    lines = [head]
    for number in range(1, 44):
        if number in numbered:
            name = numbered[number]
            test = f"`test_patterns.py::test_pattern[{number} {name}]`"
            lines.append(f"| {number} | {name} | 执行 | {test} |\n")
        else:
            name, reason = PATTERN_NOTES[number]
            lines.append(f"| {number} | {name} | {reason} | |\n")
    return "".join(lines)


_HEAD = """# BPMN 支持情况

本页由 `make support` 从测试生成（`tests/runtime/support.py`），请勿手改；内容过时会使测试变红。

- **执行**：按标准（BPMN 2.0.2，扩展元素按 Camunda 8）执行，右边是证明它的测试。
- **拒绝**：部署时拒绝，说明是哪个元素、违反哪条规则、怎么改；括号里是规则名。
- **忽略并提醒**：不执行，检查时提醒；括号里是规则名。
- **仅作说明**：不影响执行。

没有第五种：不会有元素被悄悄地错误执行。合计：SUMMARY。

测试在 `tests/runtime/` 之下（`service/…` 在 `tests/service/`）。监听器、作业、消息在数据库里的行为见 `tests/service/exchange/test_listeners.py`、`test_task_listeners.py`、`test_canceling_listeners.py`、`test_jobs.py`、`test_messages.py`。

检查器还用 Python 包 `bpmn-io`（bpmn-moddle 与 bpmnlint 的移植）核对元模型：拼错的属性和元素、重复的连线、没有用到的消息、重叠的图形；只在 `engine/runtime/lint/metamodel.py` 一处使用。它的版式规则（必须有开始、结束事件，必须有图形，任务不得有两条进线等）没有采用：标准允许，或已有更严格的规则。
"""


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8")
    print(f"已写入 {PAGE}")  # noqa: T201 - a command line


if __name__ == "__main__":
    main()
