"""A page server for trying the bundles by hand: sample pages and stand-in endpoints on loopback.

Run ``python web/dev/serve.py`` after ``python web/build.py``. It sends the same content security
policy as the product and keeps what is sent to it in memory, nothing else. Never part of a release.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import parse_qs, urlsplit

DEV = Path(__file__).resolve().parent
DIST = DEV.parents[1] / "api" / "static" / "dist"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
TOKEN = "dev-token"  # noqa: S105 - a fixed word that the sample pages carry
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
    ".bpmn": "application/xml; charset=utf-8",
    ".dmn": "application/xml; charset=utf-8",
    ".form": "application/json",
}


@dataclass(kw_only=True)
class Store:
    """What the stand-in server remembers: the drafts and every request for the tests to look at."""

    versions: dict[str, int] = field(default_factory=dict)
    contents: dict[str, str] = field(default_factory=dict)
    requests: list[tuple[str, str, dict[str, str], str]] = field(default_factory=list)
    failing: int = 0
    """How many of the next changing requests are answered with 503."""
    stopped: Event = field(default_factory=Event)


def lint(xml: str) -> list[dict[str, str]]:
    """Two rules, enough to see problems come and go: tasks without a name or an addressee."""
    problems = []
    for match in re.finditer(r"<bpmn:userTask ([^>]*)>(.*?)</bpmn:userTask>", xml, re.DOTALL):
        attributes, body = match.groups()
        identity = re.search(r'id="([^"]+)"', attributes)
        element = identity.group(1) if identity else ""
        if "assignmentDefinition" not in body and "banshi:role" not in body:
            problems.append(
                {
                    "severity": "warning",
                    "element_id": element,
                    "rule": "addressee",
                    "message": "没有指定由谁办理，将按泳道的角色派发。",
                }
            )
        if 'name="' not in attributes:
            problems.append(
                {
                    "severity": "error",
                    "element_id": element,
                    "rule": "name",
                    "message": "用户任务没有名称，请写上办理事项，例如“形式审查”。",
                }
            )
    return problems


class Handler(BaseHTTPRequestHandler):
    """Pages and files by GET; the endpoints of web/README.md as stand-ins."""

    store: Store
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """A sample page, a bundled file, a sample document or the event stream."""
        path = urlsplit(self.path).path
        if path == "/events":
            self.stream()
        elif path == "/favicon.ico":
            self.send_bytes(b"", "image/svg+xml", HTTPStatus.OK)
        elif path.startswith("/static/dist/"):
            self.send_file(DIST / Path(path).name)
        elif path.startswith("/content/"):
            self.send_content(path.removeprefix("/content/"))
        else:
            name = Path(path).name or "index.html"
            self.send_file(DEV / name, template=name.endswith(".html"))

    def do_POST(self) -> None:
        """Drafts, evaluation, documents, lint and publishing."""
        self.change()

    def do_PUT(self) -> None:
        """Saving a diagram, decision or form."""
        self.change()

    def change(self) -> None:
        """One changing request: the token is checked, the request kept, an answer made up."""
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        text = body.decode("utf-8", "replace")
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.store.requests.append((self.command, self.path, headers, text))
        if headers.get("x-csrf-token") != TOKEN and "csrf_token=" + TOKEN not in text:
            self.problem(HTTPStatus.FORBIDDEN, "页面已过期，请刷新后再试。")
        elif self.store.failing > 0:
            self.store.failing -= 1
            self.problem(HTTPStatus.SERVICE_UNAVAILABLE, "服务正在重启，")
        else:
            self.answer(urlsplit(self.path).path, headers, text)

    def answer(self, path: str, headers: dict[str, str], text: str) -> None:
        """The stand-in for the endpoint at the path."""
        if path.startswith("/drafts/") or (self.command == "PUT" and path.startswith("/content/")):
            self.save(path, headers, text)
        elif path == "/evaluate":
            self.send_json(self.evaluation(parse_qs(text, keep_blank_values=True)))
        elif path == "/documents":
            name = re.search(r'filename="([^"]*)"', text)
            key = str(1000 + len(self.store.requests))
            title = name.group(1) if name else "文件"
            self.send_json(
                {"key": key, "name": title, "size": len(text), "url": f"/documents/{key}"},
                HTTPStatus.CREATED,
            )
        elif path == "/lint":
            sent = json.loads(text)
            self.send_json({"problems": lint(sent.get("content", ""))})
        elif path.startswith("/publish/"):
            self.publish(json.loads(text))
        else:
            self.send_json({})

    def evaluation(self, fields: dict[str, list[str]]) -> dict[str, Any]:
        """Shows the second field for one choice only; one error as a sample."""
        kind = fields.get("kind", [""])[0]
        phone = fields.get("phone", [""])[0]
        wrong = phone != "" and not re.fullmatch(r"1[3-9]\d{9}", phone)
        return {
            "hidden": [] if kind == "other" else ["kind_note"],
            "computed": {"age": "34 岁"},
            "errors": {"phone": "手机号应为 11 位数字，以 1 开头。"} if wrong else {},
        }

    def save(self, path: str, headers: dict[str, str], text: str) -> None:
        """Optimistic concurrency by If-Match, as the product does it."""
        version = self.store.versions.get(path, 1)
        sent = headers.get("if-match")
        if sent is not None and sent.strip('"') != str(version):
            self.problem(
                HTTPStatus.PRECONDITION_FAILED, "李科长在 10:32 保存了新的草稿（第 8 稿）。"
            )
            return
        self.store.versions[path] = version + 1
        self.store.contents[path] = text
        now = datetime.now(UTC).isoformat()
        self.send_json({"version": version + 1, "saved_at": now}, etag=str(version + 1))

    def publish(self, sent: dict[str, Any]) -> None:
        """Refuses what lint calls an error."""
        problems = lint(sent.get("content", ""))
        if any(problem["severity"] == "error" for problem in problems):
            self.problem(
                HTTPStatus.UNPROCESSABLE_ENTITY, "流程图有错误，不能发布。", problems=problems
            )
        else:
            self.send_json(
                {"version": 4, "message": "已提交发布，等待另一位管理员确认。"}, HTTPStatus.CREATED
            )

    def send_content(self, name: str) -> None:
        """What was saved last, else the sample."""
        path = f"/content/{name}"
        if path in self.store.contents:
            sent = json.loads(self.store.contents[path])
            kind = TYPES[Path(name).suffix]
            self.send_bytes(sent["content"].encode(), kind, etag=str(self.store.versions[path]))
        else:
            self.send_file(DEV / name, etag="1")

    def stream(self) -> None:
        """Counts at once and every two seconds, for a minute at most."""
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        try:
            for number in range(30):
                data = json.dumps({"inbox": 12 + number, "copied": 3})
                self.wfile.write(f"event: counts\ndata: {data}\n\n".encode())
                self.wfile.flush()
                if self.store.stopped.wait(2):
                    break
        except OSError:
            pass
        self.close_connection = True

    def send_file(self, path: Path, *, template: bool = False, etag: str | None = None) -> None:
        """A file of the folder; pages get {{name}} replaced by bundled file names."""
        if not path.is_file() or path.suffix not in TYPES:
            self.problem(HTTPStatus.NOT_FOUND, "没有这个页面。")
            return
        body = path.read_bytes()
        if template:
            files = json.loads((DIST / "manifest.json").read_text(encoding="utf-8"))["files"]
            text = re.sub(
                r"\{\{\s*include (\S+)\s*\}\}",
                lambda m: (DEV / Path(m.group(1)).name).read_text(encoding="utf-8"),
                body.decode(),
            )
            text = re.sub(
                r"\{\{\s*dist\s+(\S+)\s*\}\}", lambda m: f"/static/dist/{files[m.group(1)]}", text
            )
            body = text.replace("{{ now }}", datetime.now(UTC).isoformat()).encode()
        self.send_bytes(body, TYPES[path.suffix], etag=etag)

    def send_json(
        self, value: object, status: HTTPStatus = HTTPStatus.OK, *, etag: str | None = None
    ) -> None:
        """A JSON answer."""
        body = json.dumps(value, ensure_ascii=False).encode()
        self.send_bytes(body, "application/json", status, etag=etag)

    def problem(self, status: HTTPStatus, detail: str, **more: object) -> None:
        """An RFC 9457 problem document."""
        body = json.dumps(
            {"title": status.phrase, "status": status, "detail": detail, **more}, ensure_ascii=False
        )
        self.send_bytes(body.encode(), "application/problem+json", status)

    def send_bytes(
        self, body: bytes, kind: str, status: HTTPStatus = HTTPStatus.OK, *, etag: str | None = None
    ) -> None:
        """An answer with the product's security headers."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", CSP)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        if etag is not None:
            self.send_header("ETag", f'"{etag}"')
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Quiet."""


class Server(ThreadingHTTPServer):
    """Threads end with the program; a browser that hangs up is no error."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Only what is not a closed connection is told."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def make_server(port: int = 0) -> tuple[ThreadingHTTPServer, Store]:
    """A server on 127.0.0.1 (port 0: any free one), not yet serving, and its memory."""
    store = Store()
    handler = type("DevHandler", (Handler,), {"store": store})
    return Server(("127.0.0.1", port), handler), store


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description="试看网页资源的本机服务")
    parser.add_argument("--port", type=int, default=8799)
    server, store = make_server(parser.parse_args().port)
    sys.stdout.write(f"http://127.0.0.1:{server.server_address[1]}/\n")
    sys.stdout.flush()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        store.stopped.set()
        time.sleep(0.1)


if __name__ == "__main__":
    main()
