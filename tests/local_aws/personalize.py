"""The Personalize emulator of a running engine, seen from outside: what it did and is to do."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

ANSWER_LIMIT_S: Final = 30.0
"""Seconds that an answer may take."""


@dataclass(frozen=True)
class Personalize:
    """The admin endpoints of one emulator; `url` is where boto3 finds the service as well."""

    url: str

    def log(self) -> list[dict[str, Any]]:
        """Every request and every change of status, in the order in which they happened."""
        entries: list[dict[str, Any]] = self._call("GET", "log")["entries"]
        return entries

    def resources(self) -> list[dict[str, Any]]:
        """What exists now."""
        found: list[dict[str, Any]] = self._call("GET", "resources")["resources"]
        return found

    def plan(self, plans: Mapping[str, Mapping[str, Any]]) -> None:
        """Sets how resources fare, by a pattern of their names (see emulator/plans.py)."""
        self._call("PUT", "plans", plans)

    def add_solution_version(self, **fields: Any) -> None:
        """Makes a solution version known, so that campaigns and jobs may name it."""
        self._call("POST", "solution-versions", fields)

    def add_solution(self, **fields: Any) -> None:
        """Makes a solution known, so that versions of it can be trained."""
        self._call("POST", "solutions", fields)

    def set_quotas(self, **limits: int) -> None:
        """Sets what the account may have at once (see emulator/oddities.py)."""
        self._call("PUT", "quotas", limits)

    def status_times(self, arn: str, what: str, new: str) -> list[float]:
        """When a resource came to a status, in epoch seconds.

        Args:
            arn: The resource's.
            what: "campaign", "update" or "job".
            new: The status.
        """
        return [
            entry["at_s"]
            for entry in self.log()
            if entry["kind"] == "status"
            and (entry["arn"], entry["what"], entry["new"]) == (arn, what, new)
        ]

    def requests(self, operation: str) -> list[dict[str, Any]]:
        """The requests of an operation, whatever became of them."""
        return [
            entry
            for entry in self.log()
            if entry["kind"] == "request" and entry["operation"] == operation
        ]

    def _call(self, method: str, name: str, document: Mapping[str, Any] | None = None) -> Any:
        body = None if document is None else json.dumps(document).encode()
        return json.loads(get(f"{self.url}/_emulator/{name}", method=method, body=body))


def get(url: str, *, method: str = "GET", body: bytes | None = None) -> bytes:
    """The body of an answer over HTTP.

    Raises:
        OSError: Nobody answers, or the answer is an error.
    """
    request = urllib.request.Request(url, data=body, method=method)  # noqa: S310 -- ours, http
    with urllib.request.urlopen(request, timeout=ANSWER_LIMIT_S) as answer:  # noqa: S310
        content: bytes = answer.read()
    return content
