"""What the emulator saw and did, in the order of the times at which it happened."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.states import Change


class Journal:
    """Requests, changes of status, and defects of the emulator itself, as plain dicts.

    Every entry has `kind` and `at_s` (epoch seconds, by the backend's clock), and further
        request: operation, account, region, name, input, outcome ("ok", an error code, "dropped
            before" or "dropped after"), http_status (None when dropped), message (errors only)
        status: arn, what (see `Kind.what`, or "update"), old, new, reason
        defect: operation, message
    """

    def __init__(self) -> None:
        self._entries: list[dict[str, Any]] = []

    def request(self, at_s: float, **seen: Any) -> dict[str, Any]:
        """Note a request; the entry is returned so that its outcome can be filled in."""
        entry = {"kind": "request", "at_s": at_s, **seen, "outcome": None, "http_status": None}
        self._entries.append(entry)
        return entry

    def status(self, change: Change, *, arn: str, what: str) -> None:
        self._entries.append(
            {
                "kind": "status",
                "at_s": change.at_s,
                "arn": arn,
                "what": what,
                "old": change.old,
                "new": change.new,
                "reason": change.reason,
            }
        )

    def defect(self, at_s: float, *, operation: str, message: str) -> None:
        """Note an answer that the service's model does not allow: the emulator's own fault."""
        self._entries.append(
            {"kind": "defect", "at_s": at_s, "operation": operation, "message": message}
        )

    def entries(self) -> list[Mapping[str, Any]]:
        """Copies of all entries; those of the same time stay in the order they were noted."""
        return [dict(entry) for entry in sorted(self._entries, key=itemgetter("at_s"))]
