"""Stand-ins for the world outside, on loopback: a mail server, and a web server that is called."""

from __future__ import annotations

import email
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast


@dataclass
class MailBox:
    """What came in, and how the server behaves: ``refuses`` answers every recipient with it."""

    port: int = 0
    mails: list[tuple[str, EmailMessage]] = field(default_factory=list)
    refuses: str = ""
    logins: list[str] = field(default_factory=list)

    @property
    def subjects(self) -> list[str]:
        return [mail["Subject"] for _, mail in self.mails]

    def text(self, index: int = -1) -> str:
        return str(self.mails[index][1].get_content())


class _Smtp(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a client of one mail at a time needs."""

    def handle(self) -> None:
        box = cast("Any", self.server).box
        self._say("220 test ESMTP")
        recipient = ""
        while line := self.rfile.readline().decode():
            verb, _, rest = line.strip().partition(" ")
            match verb.upper():
                case "EHLO":
                    self._say("250-test\r\n250 AUTH PLAIN")
                case "AUTH":
                    box.logins.append(rest)
                    self._say("235 ok")
                case "RCPT":
                    recipient = rest.partition(":")[2].strip("<> ")
                    self._say(box.refuses or "250 ok")
                case "DATA":
                    self._say("354 go on")
                    self._take(box, recipient)
                case "QUIT":
                    self._say("221 bye")
                    return
                case _:
                    self._say("250 ok")

    def _take(self, box: MailBox, recipient: str) -> None:
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line[1:] if line.startswith(b"..") else line)
        parsed = email.message_from_bytes(b"".join(lines), policy=default)
        box.mails.append((recipient, cast("EmailMessage", parsed)))
        self._say("250 kept")

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")


@contextmanager
def mail_box() -> Iterator[MailBox]:
    """A mail server that keeps what it is given."""
    box = MailBox()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Smtp) as server:
        server.daemon_threads = True
        cast("Any", server).box = box
        box.port = server.server_address[1]
        with _served(server):
            yield box


@dataclass
class Receiver:
    """Requests that came in; ``status`` and ``location`` are what it answers."""

    port: int = 0
    status: int = 204
    location: str = ""
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


class _Web(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        receiver = cast("Any", self.server).receiver
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        receiver.requests.append((self.path, headers, body))
        self.send_response(receiver.status)
        if receiver.location:
            self.send_header("Location", receiver.location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def web_receiver() -> Iterator[Receiver]:
    """A web server that notes what is posted to it."""
    receiver = Receiver()
    with ThreadingHTTPServer(("127.0.0.1", 0), _Web) as server:
        server.daemon_threads = True
        cast("Any", server).receiver = receiver
        receiver.port = server.server_address[1]
        with _served(server):
            yield receiver


@contextmanager
def _served(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join(5)
