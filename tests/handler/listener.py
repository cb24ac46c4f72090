"""A real HTTP server that takes answers as CloudFormation's bucket does."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer

from handler.given import response_url


@dataclass
class Listener:
    """What arrived, and what the next answers will be.

    Attributes:
        port: The port on 127.0.0.1.
        statuses: HTTP statuses to give, one an attempt; then 200. 0 drops the connection.
        bodies: The bodies that arrived.
        headers: Their headers, in lower case.
    """

    port: int = 0
    statuses: list[int] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """A presigned URL that leads here."""
        return f"http://127.0.0.1:{self.port}/answer?{response_url().partition('?')[2]}"


@contextlib.contextmanager
def listening() -> Iterator[Listener]:
    """Serve on a free port until the end of the block."""
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            status = listener.statuses.pop(0) if listener.statuses else 200
            listener.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            listener.headers.append({key.lower(): value for key, value in self.headers.items()})
            if not status:
                return
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Keep the tests' output clean."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    listener.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
