"""Delivers an answer to CloudFormation's presigned URL.

Stock crhelper ignores the HTTP status, repeats for ever and speaks HTTPS only.
"""

from __future__ import annotations

import logging
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from typing import Final

logger = logging.getLogger(__name__)

ATTEMPTS: Final = 3
TIMEOUT_S: Final = 4.0
_FIRST_PAUSE_S: Final = 0.5
_WORTH_ANOTHER_TRY: Final = frozenset({408, 429})

Put = Callable[[str, bytes], int]
"""Sends a body to a URL and gives the HTTP status; raises OSError where nothing came back."""

Sleep = Callable[[float], None]


class UndeliveredError(Exception):
    """CloudFormation could not be reached; the tick is worth another try."""


def deliver(url: str, answer: bytes, *, put: Put, sleep: Sleep) -> None:
    """Send an answer, a few times if need be.

    A refusal (403: the URL has expired) ends it: no repetition can change that.

    Args:
        url: The presigned URL. Never logged.
        answer: The JSON.
        put: The transport.
        sleep: Waits so many seconds.

    Raises:
        UndeliveredError: No attempt got an answer, or all met a server's error.
    """
    trouble = ""
    for attempt in range(ATTEMPTS):
        if attempt:
            sleep(_FIRST_PAUSE_S * 2 ** (attempt - 1))
        try:
            status = put(url, answer)
        except OSError as error:
            # Not the error's own text: it may quote the URL.
            trouble = type(error).__name__
        else:
            if status < 300:
                logger.info("CloudFormation took the answer (HTTP %d)", status)
                return
            if 400 <= status < 500 and status not in _WORTH_ANOTHER_TRY:
                logger.error("CloudFormation refused the answer (HTTP %d), for good", status)
                return
            trouble = f"HTTP {status}"
        logger.warning("answer not delivered (attempt %d): %s", attempt + 1, trouble)
    raise UndeliveredError(f"CloudFormation did not take the answer: {trouble}")


def put_over_http(url: str, answer: bytes) -> int:
    """The real transport: one PUT, with the empty content type that the signature covers.

    Raises:
        OSError: Nothing came back; the URL is CloudFormation's, and stands in no error's text.
    """
    try:
        request = urllib.request.Request(url, data=answer, method="PUT")  # noqa: S310 see above
        request.add_header("Content-Type", "")
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:  # noqa: S310
            return int(response.status)
    except urllib.error.HTTPError as refusal:
        return refusal.code
    except (HTTPException, ValueError) as error:
        # Not the error itself: where the URL is malformed it quotes the URL.
        raise ConnectionError(type(error).__name__) from None
