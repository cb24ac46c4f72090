"""Texts for people: durations, and foreign text without what must not be shown."""

from __future__ import annotations

import re

_SIGNED = re.compile(
    r"(https?://[^\s?\"']+)\?[^\s\"']*(?:X-Amz-|Signature=|AWSAccessKeyId=)[^\s\"']*", re.IGNORECASE
)


def safe(text: str) -> str:
    """A text of someone else's, where a presigned address has lost what signs it."""
    return _SIGNED.sub(r"\1?(signature left out)", text)


def duration(seconds: float) -> str:
    """Such as `45s`, `12m 05s`, `1h 02m`; never negative."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole}s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}m {rest:02d}s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h {minutes:02d}m"
