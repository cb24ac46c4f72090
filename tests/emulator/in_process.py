"""Real boto3 clients on the emulator without HTTP, threads or ports."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectionClosedError

from emulator.exceptions import ConnectionDroppedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.awsrequest import AWSPreparedRequest

    from emulator.responses import PersonalizeResponse


def attach(client: Any, response: PersonalizeResponse, *, account: str | None = None) -> None:
    """Make a boto3 personalize client talk to the emulator, through botocore's before-send event.

    A connection that a plan cuts is what botocore makes of it: ConnectionClosedError, and retries
    as the client is configured (with real sleeps: set `retries={"total_max_attempts": 1}`).
    """

    def answer(request: AWSPreparedRequest, **_kwargs: Any) -> AWSResponse:
        headers = {str(key): _text(value) for key, value in request.headers.items()}
        body = request.body if isinstance(request.body, bytes) else str(request.body).encode()
        try:
            status, answered, content = response.dispatch(headers, body, account=account)
        except ConnectionDroppedError as dropped:
            raise ConnectionClosedError(endpoint_url=request.url, error=dropped) from dropped
        return AWSResponse(str(request.url), status, HTTPHeaders.from_dict(answered), _Raw(content))

    client.meta.events.register("before-send.personalize", answer)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


class _Raw(BytesIO):
    """A body that botocore reads as it reads urllib3's."""

    def stream(self, **_kwargs: Any) -> Iterator[bytes]:
        yield self.read()
