"""PutEvents is held to `events:source`: a policy may allow some sources only.

ministack knows no such condition key, so a policy with that condition would allow nothing. It reads
the buses of a call from its body right before it asks the policies; the sources are read with them.

Source: Service Authorization Reference, "Condition keys for Amazon EventBridge".
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Final

ACTION: Final = "events:PutEvents"
KEY: Final = "events:source"

_sources: ContextVar[tuple[str, ...]] = ContextVar("sources", default=())


def sources_of(body: bytes) -> tuple[str, ...]:
    """The sources that a call of PutEvents names, each once."""
    try:
        entries = json.loads(body or b"{}").get("Entries", [])
    except ValueError:
        return ()
    return tuple(dict.fromkeys(str(entry.get("Source", "")) for entry in entries))


def noting_sources(resource_arns: Callable[..., list[str]]) -> Callable[..., list[str]]:
    """ministack's reader of the buses of a call, which notes the sources beside them."""

    def read(body: bytes, *place: str) -> list[str]:
        _sources.set(sources_of(body))
        return resource_arns(body, *place)

    return read


def holding_to_sources(enforce: Callable[..., Any]) -> Callable[..., Any]:
    """ministack's check of a call against the caller's policies, once for each source."""

    def check(access_key: str, action: str, *rest: Any, **named: Any) -> Any:
        if action != ACTION:
            return enforce(access_key, action, *rest, **named)
        known = named.pop("service_context", None) or {}
        for source in _sources.get():
            context = {**known, KEY: source}
            denied = enforce(access_key, action, *rest, **named, service_context=context)
            if denied:
                return denied
        return None

    return check
