"""The command line: ``banshi serve | worker | migrate | deploy | lint | feel | dmn | verify | demo``."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from engine import processes
from engine.bootstrap import build, feel_functions
from engine.config import Settings
from engine.model.actor import SYSTEM
from engine.model.errors import BanshiError, InvalidInput, Refused
from engine.model.problems import Problem, Severity
from engine.service.app import App
from engine.service.letters.shipped import SUFFIX

cli = typer.Typer(
    name="banshi",
    help="办事：民政审批与流程系统。\n\n数据库由环境变量 DATABASE_URL 指定；不指定则使用内置的 PostgreSQL。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
out = Console()
err = Console(stderr=True)

#: For what is read by programs as well, or was written by others: no markup, lines not broken.
_PLAIN: dict[str, Any] = {"highlight": False, "markup": False, "soft_wrap": True}

#: What is looked for below a folder.
_SUFFIXES = processes.SUFFIXES | {SUFFIX}

Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE…",
        exists=True,
        readable=True,
        help=".bpmn、.dmn、.form、.letter 文件，或含有它们的文件夹",
    ),
]


@cli.command()
def serve(
    host: Annotated[str | None, typer.Option(help="监听地址，默认 127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="端口，默认取环境变量 PORT 或 8000")] = None,
    workers: Annotated[int, typer.Option(min=1, help="服务进程数")] = 1,
) -> None:
    """启动网页与接口服务（不含后台任务，后台任务用 banshi worker）。"""
    settings = Settings()
    with processes.database(settings):
        processes.serve(host or settings.host, settings.port if port is None else port, workers)


@cli.command()
def worker() -> None:
    """启动后台任务进程：定时器、服务任务、通知。可以启动多个。"""
    with _app() as app:
        processes.work(app)


@cli.command()
def migrate() -> None:
    """把数据库升级到本版本的结构（可重复执行）。"""
    with _app() as app, err.status("正在升级数据库……"):
        revision = processes.migrate(app)
    out.print(f"数据库结构已是最新：{revision}")


@cli.command()
def deploy(files: Files) -> None:
    """部署流程、决策、表单与文书模板：全部合格才生效，内容没变的不产生新版本。"""
    from engine.service.letters.shipped import deploy_templates  # noqa: PLC0415 - idem
    from engine.service.publishing.deploy import Resource, deploy  # noqa: PLC0415 - only here

    paths, letters = _apart(_shipped(files))
    resources = [Resource(name=path.name, content=path.read_bytes()) for path in paths]
    table = Table("种类", "标识", "名称", "版本")
    with _app() as app, err.status(f"正在部署 {len(paths) + len(letters)} 个文件……"):
        try:
            templates = deploy_templates(app, letters)
        except ValueError as error:
            raise _fault(str(error)) from None
        deployment = deploy(app, SYSTEM, resources=resources) if resources else None
    if deployment is not None:
        for process in deployment.processes:
            table.add_row("流程", process.process_id, process.name, str(process.version))
        for decision in deployment.decisions:
            table.add_row("决策", decision.decision_id, decision.name, str(decision.version))
        for form in deployment.forms:
            table.add_row("表单", form.form_id, form.name, str(form.version))
    for made in templates:
        table.add_row("文书", made.template.id, made.template.name, str(made.version))
    out.print(table)


def _print_properties() -> None:
    from engine.runtime.lint.properties import PROPERTIES  # noqa: PLC0415 - only here

    table = Table(title="流程图可用的属性")
    for heading in ("属性", "含义", "设在"):
        table.add_column(heading, overflow="fold")
    for known in PROPERTIES:
        table.add_row(f"banshi:{known.name}", known.meaning, known.where)
    out.print(table)


@cli.command()
def lint(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE…", exists=True, readable=True, help="文件或文件夹，同 deploy"),
    ] = None,
    properties: Annotated[
        bool, typer.Option("--properties", help="列出流程图可用的全部 banshi: 属性")
    ] = False,
) -> None:
    """检查流程、决策、表单与文书模板，逐条列出问题；有错误时返回 1。"""
    if properties:
        _print_properties()
        return
    if not files:
        raise typer.BadParameter("请给出要检查的文件或文件夹")
    from engine.service.letters.shipped import (  # noqa: PLC0415 - only here
        check_template,
        known_templates,
    )
    from engine.service.publishing.lint import check_files  # noqa: PLC0415 - idem

    paths = _shipped(files)
    found: dict[str, tuple[Problem, ...]] = {}
    with Progress(console=err, transient=True) as progress:
        task = progress.add_task("检查", total=len(paths))
        others, letters = _apart(paths)
        for path in letters:
            found[str(path)] = check_template(path.read_bytes(), feel_functions())
            progress.advance(task)
        contents = {str(path): path.read_bytes() for path in others}
        for name, problems in check_files(
            contents, functions=feel_functions(), letters=known_templates(letters)
        ):
            found[name] = problems
            progress.advance(task)
    for name, problems in found.items():
        for problem in problems:
            colour = "red" if problem.severity is Severity.ERROR else "yellow"
            where = f" [{problem.element_id}]" if problem.element_id else ""
            line = f"[{colour}]{escape(name + where)}[/] {escape(problem.message)}"
            out.print(f"{line}（{problem.rule}）", highlight=False, soft_wrap=True)
    errors = sum(p.severity is Severity.ERROR for ps in found.values() for p in ps)
    warnings = sum(len(ps) for ps in found.values()) - errors
    out.print(f"检查了 {len(paths)} 个文件：{errors} 处错误，{warnings} 处提醒。")
    if errors:
        raise typer.Exit(1)


@cli.command()
def feel(
    expression: Annotated[
        str, typer.Argument(metavar="EXPR", help="FEEL 表达式，例如 'amount * 2'")
    ],
    context: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="变量：一个 JSON 文件，最外层是对象"),
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="列出每一部分的值")] = False,
) -> None:
    """试算一个 FEEL 表达式：结果以 JSON 输出，提醒写到标准错误。"""
    from engine.feel import FeelError, compile  # noqa: A004, PLC0415 - FEEL's own word

    given, warnings = _variables(context), list[str]()
    clock = processes.local_clock(Settings())
    try:
        compiled = compile(
            expression.strip().removeprefix("="), names=given, functions=feel_functions()
        )
        why = compiled.explain(given, clock=clock, warnings=warnings)
    except (FeelError, ValueError) as error:
        raise _fault(f"表达式有误：{error}") from None
    if explain:
        for depth, part in why.walk():
            err.print(f"{'  ' * depth}{part.source} = {_json(part.value)}", **_PLAIN)
    _warn(warnings)
    out.print(_json(why.value), **_PLAIN)


@cli.command()
def dmn(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help=".dmn 文件")
    ],
    decision: Annotated[str, typer.Argument(metavar="DECISION", help="决策的标识或名称")],
    inputs: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="输入：一个 JSON 文件，最外层是对象"),
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="列出每个决策和输入的值")] = False,
) -> None:
    """试算一个决策：结果以 JSON 输出，命中的规则和提醒写到标准错误。"""
    from engine.dmn import DmnError, load  # noqa: PLC0415 - only here
    from engine.feel import FeelError  # noqa: PLC0415 - idem
    from engine.service.publishing.evaluate import as_declared  # noqa: PLC0415 - idem

    given = _variables(inputs)
    try:
        model = load(file.read_bytes(), functions=feel_functions())
        known = next((d for d in model.decisions.values() if decision in {d.id, d.name}), None)
        if known is not None:
            given = as_declared(model.questions(known.id), given)
        result = model.evaluate(decision, given, clock=processes.local_clock(Settings()))
    except (DmnError, FeelError) as error:
        raise _fault(f"决策有误：{error}") from None
    if explain:
        err.print(result.explanation.text, **_PLAIN)
    else:
        for match in result.matched_rules:
            err.print(f"{match.decision_name}：{match.text}", **_PLAIN)
    _warn(result.warnings)
    out.print(_json(result.value), **_PLAIN)


@cli.command()
def verify(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", exists=True, dir_okay=False, help="办理记录文件，或一致性证明"
        ),
    ],
    key: Annotated[
        list[str] | None,
        typer.Option("--key", help="本局公布的公钥：64 位十六进制数字，或 PEM 文件；可以有多个"),
    ] = None,
) -> None:
    """离线核验办理记录或检查点一致性证明：不连数据库，逐项列出成立和不成立之处；不成立时返回 1。"""
    from engine.service.history.consistency_verification import (  # noqa: PLC0415 - idem
        verify_consistency_file,
    )
    from engine.service.history.findings import Outcome  # noqa: PLC0415 - idem
    from engine.service.history.record_verification import (  # noqa: PLC0415 - only here
        LARGEST,
        verify_record_file,
    )

    trusted = frozenset(_public_key(text) for text in key) if key else None
    with file.open("rb") as opened:
        data = opened.read(LARGEST + 1)
    of_checkpoints = b'"format"' not in data and b'"proof"' in data
    check = verify_consistency_file if of_checkpoints else verify_record_file
    report = check(data, trusted=trusted)
    marks = {Outcome.HOLDS: "成立", Outcome.NOTE: "说明", Outcome.BROKEN: "不成立"}
    if report.case_number:
        out.print(f"{report.case_number} {report.title}，{report.entries} 条记录", **_PLAIN)
    for found in report.findings:
        out.print(f"[{marks[found.outcome]}] {found.place or '文件'}：{found.text}", **_PLAIN)
    if not report.sound:
        raise _fault("核验不通过。")
    out.print("核验通过。" if trusted else "核验通过；签名人请以公钥指纹为准。", **_PLAIN)


def _public_key(text: str) -> bytes:
    from engine.service.history.findings import public_key_of  # noqa: PLC0415 - only here

    try:
        path = Path(text)
        named = len(text) < 1_000 and path.is_file()
        return public_key_of(path.read_text() if named else text)
    except (ValueError, OSError) as error:
        raise _fault(f"不能读取公钥“{text[:80]}”：{error}", code=2) from None


@cli.command()
def demo(
    port: Annotated[int | None, typer.Option(help="端口，默认取环境变量 PORT 或 8000")] = None,
    workers: Annotated[int, typer.Option(min=1, help="服务进程数")] = 1,
) -> None:
    """一条命令试用：建库、示例单位与账号、部署自带流程，并启动服务与后台任务。"""
    os.environ["BANSHI_DEMO"] = "true"
    settings = Settings()
    with processes.database(settings) as url:
        processes.prepare_demo(url, err)
        processes.run_all(settings.host, settings.port if port is None else port, workers, out)


@contextmanager
def _app() -> Iterator[App]:
    settings = Settings()
    with processes.database(settings) as url:
        app = build(settings.model_copy(update={"database_url": url}))
        try:
            yield app
        finally:
            app.database.close()


def _shipped(paths: Sequence[Path]) -> list[Path]:
    """The files named, and those below the folders named, in a stable order."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(p for p in path.rglob("*") if p.suffix in _SUFFIXES)
        else:
            found.append(path)
    return found


def _apart(paths: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """What is deployed as a resource, and templates of letters."""
    letters = [path for path in paths if path.suffix == SUFFIX]
    return [path for path in paths if path not in letters], letters


def _variables(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        given = json.loads(
            path.read_text(encoding="utf-8-sig"),
            parse_float=Decimal,
            parse_int=Decimal,
            parse_constant=_no_number,
        )
    except (ValueError, RecursionError) as error:
        raise _fault(f"{path} 不是合格的 JSON：{error}", code=2) from None
    if not isinstance(given, dict):
        raise _fault(f"{path} 的最外层应是一个 JSON 对象。", code=2)
    return given


def _no_number(text: str) -> Decimal:
    raise ValueError(f"“{text}”不是数字")


def _json(value: Any) -> str:
    """As JSON; what JSON has no way to write, as FEEL writes it."""
    from engine.feel.texts import literal_text  # noqa: PLC0415 - only here
    from engine.model.codec import Unstorable, encode, plain  # noqa: PLC0415 - idem

    try:
        return encode(plain(value))
    except Unstorable:
        return literal_text(value)


def _warn(warnings: Iterable[str]) -> None:
    for warning in dict.fromkeys(warnings):
        err.print(f"[yellow]{escape(warning)}[/]", highlight=False, soft_wrap=True)


def _fault(message: str, *, code: int = 1) -> typer.Exit:
    err.print(f"[red]{escape(message)}[/]", highlight=False, soft_wrap=True)
    return typer.Exit(code)


def main() -> None:
    """The entry point; faults of the domain become one clear line, not a traceback."""
    try:
        cli()
    except (Refused, InvalidInput) as error:
        _fault(error.message)
        for problem in error.problems:
            err.print(f"  {problem.element_id or '（整体）'}：{problem.message}", **_PLAIN)
        sys.exit(1)
    except BanshiError as error:
        _fault(error.message)
        sys.exit(1)


if __name__ == "__main__":
    main()
