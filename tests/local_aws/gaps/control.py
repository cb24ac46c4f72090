"""The harness's own door into the engine: an ASGI application around ministack's.

- PUT on a presigned ResponseURL, judged by response_url.py;
- GET /_local_aws/exchanges: every request to a custom resource, and what came of it;
- GET /_local_aws/executions: every execution of a state machine;
- GET /_local_aws/workers: the processes that run functions now, and which of them is at work.

Everything else is ministack's.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any, Final
from xml.sax.saxutils import escape

from local_aws.gaps.response_url import BUCKET_PATH, ResponseUrls

Application = Callable[[Any, Any, Any], Awaitable[None]]

DOOR: Final = "/_local_aws/"

_SECURE: Final = (b"x-forwarded-proto", b"https")
"""Plain HTTP on the loopback interface stands for TLS: policies that demand TLS are to hold."""


def guarded(
    application: Application, urls: ResponseUrls, reports: dict[str, Callable[[], Any]]
) -> Application:
    """ministack's application behind the harness's door; `reports` are what GET answers."""

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await application(scope, receive, send)
            return
        scope = {**scope, "headers": [*scope["headers"], _SECURE]}
        raw_path = scope.get("raw_path", scope["path"].encode()).decode("latin-1").split("?")[0]
        if raw_path.startswith(BUCKET_PATH) and scope["method"] == "PUT":
            await _take_answer(urls, raw_path, scope, receive, send)
        elif raw_path.startswith(DOOR) and raw_path.removeprefix(DOOR) in reports:
            report = reports[raw_path.removeprefix(DOOR)]()
            await _send(send, 200, "application/json", json.dumps(report).encode())
        else:
            await application(scope, receive, send)

    return serve


async def _take_answer(
    urls: ResponseUrls, raw_path: str, scope: Any, receive: Any, send: Any
) -> None:
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    headers = {
        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
    }
    refusal = urls.put(
        path=raw_path, query=scope["query_string"].decode("latin-1"), headers=headers, body=body
    )
    if refusal is None:
        await _send(send, 200, "", b"")
        return
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{refusal.code}</Code><Message>{escape(refusal.message)}</Message></Error>"
    )
    await _send(send, refusal.status, "application/xml", text.encode())


async def _send(send: Any, status: int, content_type: str, body: bytes) -> None:
    headers = [(b"content-length", str(len(body)).encode())]
    if content_type:
        headers.append((b"content-type", content_type.encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
