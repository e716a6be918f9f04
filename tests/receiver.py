"""A receiver of posts for the tests: a real HTTP server that answers as it is told to."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DRIP_S = 20


@dataclass
class Receiver:
    """`answers` are used up one a post, then every post is answered 204.

    An answer is a status, or "hang", "garbage", "drop", "drip".
    """

    answers: list[object] = field(default_factory=list)
    posts: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""
    port: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def bodies(self) -> list[dict]:
        return [json.loads(body) for _, body in self.posts]


class Server(ThreadingHTTPServer):
    daemon_threads = True
    receiver: Receiver

    def handle_error(self, *_: object) -> None:
        """Say nothing of those who hung up."""


class Answer(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        receiver = self.server.receiver
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        receiver.posts.append(({**headers, "path": self.path}, body))
        self.close_connection = True
        match receiver.answers.pop(0) if receiver.answers else 204:
            case "hang":
                receiver.over.wait(DRIP_S)
            case "garbage":
                self.wfile.write(b"\x00\x01 hello\r\n\r\n")
            case "drip":
                self._drip()
            case int(status):
                self._status(status)

    def _drip(self) -> None:
        end = time.monotonic() + DRIP_S
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while time.monotonic() < end and not self.server.receiver.over.wait(0.2):
            self.wfile.write(b"x-slow: 1\r\n")
            self.wfile.flush()

    def _status(self, status: int) -> None:
        self.send_response(status)
        if status == 302:
            self.send_header("location", f"{self.server.receiver.url}/elsewhere")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def receiving() -> Iterator[Receiver]:
    server = Server(("127.0.0.1", 0), Answer)
    port = server.server_address[1]
    server.receiver = Receiver(url=f"http://127.0.0.1:{port}", port=port)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield server.receiver
    finally:
        server.receiver.over.set()
        server.shutdown()
        server.server_close()
