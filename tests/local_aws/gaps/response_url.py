"""The ResponseURL, presigned and guarded as S3 guards it.

ministack hands out a bare URL and takes any answer. On AWS the URL is a presigned S3 PUT: its query
carries the time of signing, which the handler orders requests by, and S3 refuses a PUT whose
signature, headers or age do not fit. S3 takes an answer of any size and any shape; it is
CloudFormation that reads it afterwards and refuses it. So the PUT is judged here, and the answer
where it is read (custom_resource.py).

Source: the user guide, "Custom resource response objects" and "Authenticating requests: using
query parameters".
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote

BUCKET_PATH: Final = "/cloudformation-custom-resource-response-useast1/"
LIFETIME_S: Final = 7200
"""Seconds for which a presigned ResponseURL is good, as AWS signs it."""


@dataclass(frozen=True)
class Refusal:
    """An S3 error answer to a PUT."""

    status: int
    code: str
    message: str

    def document(self) -> bytes:
        """The answer's body."""
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<Error><Code>{self.code}</Code><Message>{self.message}</Message></Error>"
        ).encode()


@dataclass
class _Issued:
    query: str
    expires: datetime
    answered: threading.Event = field(default_factory=threading.Event)
    body: bytes = b""


class ResponseUrls:
    """The URLs that were handed out, and the answers that came in."""

    def __init__(self, *, base_url: str) -> None:
        """Starts without any URL; `base_url` is scheme, host and port of the gateway."""
        self._base_url = base_url
        self._host = base_url.split("//", 1)[1]
        self._secret = secrets.token_bytes(32)
        self._issued: dict[str, _Issued] = {}
        self._lock = threading.Lock()

    def issue(self, *, stack_id: str, logical_id: str, request_id: str, region: str) -> str:
        """A fresh presigned URL in CloudFormation's shape; its key is percent-encoded."""
        now = datetime.now(UTC)
        path = BUCKET_PATH + quote(f"{stack_id}|{logical_id}|{request_id}", safe="/")
        credential = quote(f"AKIALOCALAWSCLOUDFRM/{now:%Y%m%d}/{region}/s3/aws4_request", safe="")
        query = (
            "X-Amz-Algorithm=AWS4-HMAC-SHA256"
            f"&X-Amz-Date={now:%Y%m%dT%H%M%SZ}"
            "&X-Amz-SignedHeaders=host"
            f"&X-Amz-Expires={LIFETIME_S}"
            f"&X-Amz-Credential={credential}"
        )
        signed = f"PUT\n{path}\n{query}\nhost:{self._host}".encode()
        query += "&X-Amz-Signature=" + hmac.new(self._secret, signed, hashlib.sha256).hexdigest()
        with self._lock:
            self._issued[path] = _Issued(query, now + timedelta(seconds=LIFETIME_S))
        return f"{self._base_url}{path}?{query}"

    def put(self, *, path: str, query: str, headers: dict[str, str], body: bytes) -> Refusal | None:
        """Takes an answer, or says why S3 would not.

        Args:
            path: As it came over the wire, still percent-encoded.
            query: As it came over the wire.
            headers: Names in lower case.
            body: What was sent.
        """
        with self._lock:
            issued = self._issued.get(path)
        if issued is None or not hmac.compare_digest(issued.query.encode(), query.encode()):
            return Refusal(
                403,
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided.",
            )
        if headers.get("content-type"):
            # CloudFormation signs for an empty Content-Type and documents that it must be empty.
            return Refusal(403, "SignatureDoesNotMatch", "The Content-Type header must be empty.")
        if datetime.now(UTC) > issued.expires:
            return Refusal(403, "AccessDenied", "Request has expired")
        if "content-length" not in headers:
            return Refusal(
                411, "MissingContentLength", "You must provide the Content-Length HTTP header."
            )
        # The object may be written again; CloudFormation has read the first one by then.
        if not issued.answered.is_set():
            issued.body = body
            issued.answered.set()
        return None

    def wait(self, url: str, *, timeout_s: float) -> bytes | None:
        """The first answer that came to this URL, or None when none came in time."""
        path = url.removeprefix(self._base_url).split("?", 1)[0]
        with self._lock:
            issued = self._issued[path]
        return issued.body if issued.answered.wait(timeout_s) else None
