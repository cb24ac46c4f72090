"""A relay between functions and Personalize, to act at an exact moment of a request.

A test that kills a function "during a tick" has to know when a tick is under way, and whether its
call has had its effect already. The relay knows: it holds every request in its hands, and calls a
hook before it passes the request on, or after the service has obeyed and before the function hears.
"""

from __future__ import annotations

import http.server
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Final, Literal, Self

Moment = Literal["before", "after"]
Hook = Callable[[str, Moment], None]
"""Gets the operation, such as "CreateCampaign", and the moment."""

_PASSED_ON: Final = ("Authorization", "Content-Type", "X-Amz-Target", "X-Amz-Date")


class Relay:
    """Listens on a free port of the loopback interface; `target` is where requests go."""

    def __init__(self, hook: Hook) -> None:
        """Starts listening; `target` must be set before the first request."""
        self.target = ""
        relay = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                operation = self.headers["X-Amz-Target"].rpartition(".")[2]
                hook(operation, "before")
                status, content = relay._pass_on(dict(self.headers), body)
                hook(operation, "after")
                self.send_response(status)
                self.send_header("Content-Type", "application/x-amz-json-1.1")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """The emulator's own log tells the requests."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        # The caller of an answer may well be dead: that is what the relay is for.
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where functions find Personalize."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _pass_on(self, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        kept = {name: value for name, value in headers.items() if name.title() in _PASSED_ON}
        request = urllib.request.Request(self.target, data=body, headers=kept, method="POST")  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 -- ours
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()
