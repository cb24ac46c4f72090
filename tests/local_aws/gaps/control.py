"""The harness's own door into the engine: an ASGI application around ministack's.

- PUT on a presigned ResponseURL, judged by response_url.py;
- calls of Personalize, asked for leave and passed on by personalize.py;
- GET /_local_aws/exchanges: every request to a custom resource, and what came of it;
- GET /_local_aws/executions: every execution of a state machine;
- GET /_local_aws/workers: the processes that run functions now, and which of them is at work.

Everything else is ministack's.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, Final

from local_aws.gaps.personalize import TARGET_PREFIX, Gate
from local_aws.gaps.response_url import BUCKET_PATH, ResponseUrls

Application = Callable[[Any, Any, Any], Awaitable[None]]

DOOR: Final = "/_local_aws/"

_SECURE: Final = (b"x-forwarded-proto", b"https")
"""Plain HTTP on the loopback interface stands for TLS: policies that demand TLS are to hold."""


def guarded(
    application: Application,
    *,
    urls: ResponseUrls,
    personalize: Gate,
    reports: dict[str, Callable[[], Any]],
) -> Application:
    """ministack's application behind the harness's door; `reports` are what GET answers."""

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await application(scope, receive, send)
            return
        scope = {**scope, "headers": [*scope["headers"], _SECURE]}
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in scope["headers"]
        }
        raw_path = scope.get("raw_path", scope["path"].encode()).decode("latin-1").split("?")[0]
        if raw_path.startswith(BUCKET_PATH) and scope["method"] == "PUT":
            query = scope["query_string"].decode("latin-1")
            body = await _body(receive)
            refusal = urls.put(path=raw_path, query=query, headers=headers, body=body)
            if refusal is None:
                await _send(send, 200, "", b"")
            else:
                await _send(send, refusal.status, "application/xml", refusal.document())
        elif headers.get("x-amz-target", "").startswith(TARGET_PREFIX):
            answer = await asyncio.to_thread(personalize.answer, headers, await _body(receive))
            await _send(send, answer[0], "application/x-amz-json-1.1", answer[1])
        elif raw_path.startswith(DOOR) and raw_path.removeprefix(DOOR) in reports:
            report = reports[raw_path.removeprefix(DOOR)]()
            await _send(send, 200, "application/json", json.dumps(report).encode())
        else:
            await application(scope, receive, send)

    return serve


async def _body(receive: Any) -> bytes:
    body: bytes = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if message["type"] != "http.request" or not message.get("more_body"):
            return body


async def _send(send: Any, status: int, content_type: str, body: bytes) -> None:
    headers = [(b"content-length", str(len(body)).encode())]
    if content_type:
        headers.append((b"content-type", content_type.encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
