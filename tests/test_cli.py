"""The command line: what it prints where, and how it ends."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from engine import cli
from tests.dmn.build import Column, Table, decision, feel, input_data, model

ROOT = Path(__file__).parents[1]
COMMANDS = ("serve", "worker", "migrate", "deploy", "lint", "feel", "dmn", "demo")

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """``run("feel", "1 + 1")``; nothing outside the temporary folder is touched."""
    monkeypatch.setenv("BANSHI_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DATABASE_URL", raising=False)

    def call(*arguments: str | Path) -> Result:
        # Rich's consoles take sys.stdout when they print, so that the runner sees it.
        return CliRunner().invoke(cli.cli, [str(a) for a in arguments], env={"COLUMNS": "100"})

    return call


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str, Any], Path]:
    """A file with this text, or with this value as JSON."""

    def write(name: str, content: Any) -> Path:
        path = tmp_path / name
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        path.write_text(text, encoding="utf-8")
        return path

    return write


def plain(text: str) -> str:
    """Without colours, frames and line breaks."""
    return " ".join(re.sub(r"\x1b\[[0-9;]*m|[│╭╮╰╯─]", "", text).split())


def test_help_names_every_command(run: Run) -> None:
    shown = run("--help")
    assert shown.exit_code == 0
    for command in COMMANDS:
        assert command in shown.output
    assert "DATABASE_URL" in shown.output


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_what_it_does(run: Run, command: str) -> None:
    """Each has help of its own, with a Chinese sentence and help for every option."""
    shown = run(command, "--help")
    assert shown.exit_code == 0
    assert "Usage" in shown.output
    assert re.search(r"[\u4e00-\u9fff]{4}", shown.output)


def test_without_a_command_help_is_shown(run: Run) -> None:
    assert "feel" in run().output


@pytest.mark.parametrize(
    ("expression", "printed"),
    [
        ("0.1 + 0.2", "0.3"),
        ("=1 + 1", "2"),
        (" = 1", "1"),
        ('"办" + "事"', '"办事"'),
        ('date("2025-01-01")', '"2025-01-01"'),
        ('{a: [1, null, true], b: duration("P1D")}', '{"a":[1,null,true],"b":"P1D"}'),
        ("2 ** 100", "1267650600228229401496703205376"),
        ("function(x) x", "function(x)"),
        ("[1..5]", '"[1..5]"'),
        ('"[red]"', '"[red]"'),
        ('today() >= date("2025-01-01")', "true"),
        ('working days after(date("2025-03-03"), 5)', '"2025-03-10"'),
    ],
)
def test_feel_prints_the_value_as_json(run: Run, expression: str, printed: str) -> None:
    shown = run("feel", expression)
    assert (shown.exit_code, shown.stdout.strip(), shown.stderr) == (0, printed, "")


def test_feel_reads_variables_exactly(run: Run, written: Callable[..., Path]) -> None:
    path = written(
        "v.json", '{"金额": 0.1, "申请 人": "张三", "n": 123456789012345678901234567890}'
    )
    shown = run("feel", '[金额 + 0.2, 申请 人 + "您好", n + 1]', "--context", path)
    assert shown.stdout.strip() == '[0.3,"张三您好",123456789012345678901234567891]'


def test_long_values_stay_on_one_line(run: Run) -> None:
    shown = run("feel", "for i in 1..2000 return i")
    assert json.loads(shown.stdout) == list(range(1, 2001))
    assert shown.stdout.count("\n") == 1


def test_feel_tells_why_something_is_null(run: Run) -> None:
    shown = run("feel", "x + 1")
    assert shown.exit_code == 0
    assert shown.stdout.strip() == "null"
    assert "没有变量“x”" in shown.stderr


def test_feel_explains(run: Run, written: Callable[..., Path]) -> None:
    path = written("v.json", {"a": 2})
    shown = run("feel", "1 + a * 3", "--explain", "--context", path)
    assert shown.stderr.splitlines() == ["1 + a * 3 = 7", "  a * 3 = 6", "    a = 2"]
    assert shown.stdout.strip() == "7"


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("1 +", "第 1 行第 4 列"),
        ("[/]", "第 1 行第 2 列"),
        ("", "第 1 行第 1 列"),
        ("count(for i in 1..100000, j in 1..100000 return i)", "运算量超出上限"),
        ("(" * 5000, "嵌套超过 64 层"),
    ],
)
def test_feel_says_what_is_wrong(run: Run, expression: str, says: str) -> None:
    shown = run("feel", expression)
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert says in shown.stderr


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "不是合格的 JSON"),
        ("[1]", "最外层应是一个 JSON 对象"),
        ('{"a": NaN}', "“NaN”不是数字"),
        ("[" * 100_000, "不是合格的 JSON"),
        ('{"a": "[/red]"', "不是合格的 JSON"),
    ],
)
def test_wrong_variables(run: Run, written: Callable[..., Path], content: str, says: str) -> None:
    for command in (("feel", "a", "--context"), ("dmn", ROOT / "pyproject.toml", "x", "--inputs")):
        shown = run(*command, written("v.json", content))
        assert (shown.exit_code, shown.stdout) == (2, "")
        assert says in shown.stderr


def test_numbers_out_of_range(run: Run, written: Callable[..., Path]) -> None:
    shown = run("feel", "a", "--context", written("v.json", '{"a": 1e99999}'))
    assert shown.exit_code == 1
    assert "数字太大" in shown.stderr


def test_a_file_that_is_not_there(run: Run, tmp_path: Path) -> None:
    for arguments in (
        ("feel", "1", "--context", tmp_path / "no.json"),
        ("dmn", tmp_path / "no.dmn", "x"),
        ("lint", tmp_path / "no.bpmn"),
        ("deploy", tmp_path / "no.bpmn"),
    ):
        assert run(*arguments).exit_code == 2, arguments


@pytest.fixture
def levels(written: Callable[..., Path]) -> Path:
    table = Table(
        inputs=[Column(text="金额", label="申请金额", type_ref="number")],
        outputs=["审批"],
        rules=[["<= 10000", '"科长"', "第八条"], ["> 10000", '"分管领导"', "第九条"]],
        notes=["依据"],
    )
    text = model(
        input_data("金额", "number"),
        input_data("日期", "date"),
        decision("层级", str(table), needs=["i_金额"]),
        decision("次日", feel('日期 + duration("P1D")'), needs=["i_日期"]),
        decision("无穷", feel("count(for i in 1..100000, j in 1..100000 return i)")),
    )
    return written("levels.dmn", text)


def test_dmn_by_id_or_name(run: Run, levels: Path, written: Callable[..., Path]) -> None:
    path = written("i.json", {"金额": 30000})
    for which in ("层级", "d_层级"):
        shown = run("dmn", levels, which, "--inputs", path)
        assert (shown.exit_code, shown.stdout.strip()) == (0, '"分管领导"')
        assert shown.stderr.strip() == (
            "层级：命中第 2 行：申请金额 = 30000 → 审批 = “分管领导”（第九条）"
        )


def test_dmn_explains(run: Run, levels: Path, written: Callable[..., Path]) -> None:
    path = written("i.json", {"金额": 3})
    shown = run("dmn", levels, "层级", "--explain", "--inputs", path)
    lines = shown.stderr.splitlines()
    assert lines[0] == "层级 = “科长”"
    assert lines[1].startswith("  命中第 1 行")
    assert lines[2] == "  金额 = 3"


def test_dmn_reads_dates_where_dates_are_declared(
    run: Run, levels: Path, written: Callable[..., Path]
) -> None:
    shown = run("dmn", levels, "次日", "--inputs", written("i.json", {"日期": "2024-02-28"}))
    assert shown.stdout.strip() == '"2024-02-29"'


def test_dmn_tells_when_nothing_matched(run: Run, levels: Path) -> None:
    shown = run("dmn", levels, "层级")
    assert shown.stdout.strip() == "null"
    assert "没有命中任何一行" in shown.stderr


def test_dmn_says_what_is_wrong(run: Run, levels: Path, written: Callable[..., Path]) -> None:
    for file, which, says in (
        (levels, "没有", "没有决策“没有”"),
        (written("a.dmn", "<a/>"), "x", "这不是 DMN"),
        (written("b.dmn", "{}"), "x", "不是合法的 XML"),
        (levels, "无穷", "运算量超出上限"),
    ):
        shown = run("dmn", file, which)
        assert (shown.exit_code, shown.stdout) == (1, ""), which
        assert says in shown.stderr


def main(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> Any:
    """The entry point of the installed program; its exit code."""
    monkeypatch.setattr(sys, "argv", ["banshi", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code


def test_wrong_types_end_in_a_line_for_each(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    levels: Path,
    written: Callable[..., Path],
) -> None:
    path = written("i.json", {"金额": "三万"})
    assert main(monkeypatch, "dmn", levels, "层级", "--inputs", path) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "金额：“申请金额”应为 number 类型的值。" in printed.err


def test_what_is_shipped_has_no_errors(run: Run) -> None:
    shown = run("lint", ROOT / "bpmn", ROOT / "forms")
    assert shown.exit_code == 0, shown.stdout
    assert re.search(r"检查了 \d{2,} 个文件：0 处错误，\d+ 处提醒。", shown.stdout)


def test_lint_prints_the_properties_that_diagrams_may_carry(run: Run) -> None:
    shown = run("lint", "--properties")
    assert shown.exit_code == 0
    for name in ("banshi:deadline", "banshi:starters", "banshi:stopsClock"):
        assert name in shown.stdout
    assert run("lint").exit_code == 2


def test_lint_names_file_element_and_rule(run: Run, written: Callable[..., Path]) -> None:
    rules = [["[0..10]", '"甲"'], ["[5..20]", '"乙"']]
    column = Column(text="n", label="人数", type_ref="number")
    table = Table(inputs=[column], outputs=["级"], rules=rules)
    path = written("a.dmn", model(decision("有叠", str(table)), decision("坏", feel("1 +"))))
    shown = run("lint", path)
    assert shown.exit_code == 1
    lines = shown.stdout.splitlines()
    assert any(f"{path} [" in line and line.endswith("（overlap）") for line in lines), lines
    assert any("（syntax）" in line and "第 1 行第 4 列" in line for line in lines), lines
    assert re.fullmatch(r"检查了 1 个文件：2 处错误，\d+ 处提醒。", lines[-1])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.bpmn", "<a/>"),
        ("a.bpmn", ""),
        ("a.bpmn", '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'),
        ("a.dmn", "<a/>"),
        ("a.dmn", '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'),
        ("a.form", "{"),
        ("a.form", "[]"),
        ("a.form", '{"id": "[/bold]", "type": "default", "components": 3}'),
    ],
)
def test_lint_of_broken_files(
    run: Run, written: Callable[..., Path], name: str, content: str
) -> None:
    path = written(name, content)
    shown = run("lint", path)
    assert shown.exit_code == 1
    assert str(path) in shown.stdout
    assert "处错误" in shown.stdout


def test_lint_looks_through_folders(run: Run, tmp_path: Path, levels: Path) -> None:
    folder = tmp_path / "deep" / "er"
    folder.mkdir(parents=True)
    levels.rename(folder / "x.dmn")
    (folder / "notes.txt").write_text("not a model")
    assert "检查了 1 个文件" in run("lint", tmp_path / "deep").stdout


def test_an_unknown_command(run: Run) -> None:
    assert run("nonsense").exit_code == 2


def test_templates_of_letters_are_checked_like_everything_else(
    run: Run, written: Callable[[str, Any], Path]
) -> None:
    """given a sound and a broken template, then lint names the part that is at fault."""
    sound = ROOT / "forms/venture-grants/supplement-notice.letter"
    assert run("lint", sound).exit_code == 0
    broken = json.loads(sound.read_text())
    broken["body"] = ["{= missing"]
    shown = run("lint", written("broken.letter", broken))
    assert shown.exit_code == 1
    assert "占位符没有结束" in plain(shown.output)
    shown = run("lint", written("other.letter", ["nothing"]))
    assert shown.exit_code == 1
    assert "不是文书模板文件" in plain(shown.output)
