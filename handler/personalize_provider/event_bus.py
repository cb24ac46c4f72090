"""Puts events on EventBridge. The only room that calls it."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from typing import Any

from personalize_provider.calls import ServiceError, call

logger = logging.getLogger(__name__)

MOST_ENTRIES = 10
"""Entries that PutEvents takes in one call."""


def put(client: Any, noted: Sequence[str]) -> tuple[str, ...]:
    """Put events on the default bus of account and region.

    What stands in the way is logged, and never raised: an event must not fail the work it is about.

    Args:
        client: A botocore client of `events`.
        noted: Entries of PutEvents, as JSON, oldest first.

    Returns:
        Those that the bus has not taken, or perhaps has without saying so.
    """
    sent, rest = noted[:MOST_ENTRIES], noted[MOST_ENTRIES:]
    try:
        answer = call(client, "PutEvents", {"Entries": [json.loads(each) for each in sent]})
    except ServiceError as error:
        logger.warning("events not sent, will be tried again: %s", error)
        return tuple(noted)
    results = zip(sent, answer.get("Entries", ()), strict=False)
    refused = [(each, result) for each, result in results if result.get("ErrorCode")]
    for each, result in refused:
        code, words = result["ErrorCode"], result.get("ErrorMessage", "")
        logger.warning("event not taken, will be tried again: %s: %s: %s", code, words, each)
    return (*(each for each, _ in refused), *rest)
