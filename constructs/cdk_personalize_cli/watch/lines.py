"""A watch as JSON: one object a line for each change, and one for the end. Schema: docs/cli.md."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any, TextIO

from cdk_personalize_cli.watch.outcome import Outcome
from cdk_personalize_cli.watch.rows import Row, Snapshot

VERSION = "1"
"""Version of the lines: fields are added within a version, and never removed or changed."""


class Lines:
    """Writes what has changed.

    Args:
        out: Where to.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._stack = ""
        self._rows: dict[tuple[str, str], tuple[str, ...]] = {}
        self._troubles: tuple[str, ...] = ()

    def show(self, snapshot: Snapshot) -> None:
        """Write each change since the snapshot before."""
        at = _iso(snapshot.at_s)
        if snapshot.stack.status != self._stack:
            self._stack = snapshot.stack.status
            self._write({"type": "stack", "time": at, **stack_line(snapshot)})
        for row in snapshot.rows:
            if self._rows.get(row.key) != row.state:
                self._rows[row.key] = row.state
                self._write({"type": "resource", "time": at, **resource_line(row)})
        for trouble in snapshot.troubles:
            if trouble not in self._troubles:
                self._write({"type": "trouble", "time": at, "message": trouble})
        self._troubles = snapshot.troubles

    def end(self, ended: Outcome) -> None:
        """Write the end."""
        self._write({"type": "outcome", **outcome_line(ended)})

    def _write(self, line: Mapping[str, Any]) -> None:
        self._out.write(json.dumps({"version": VERSION, **line}) + "\n")
        self._out.flush()


def stack_line(snapshot: Snapshot) -> dict[str, Any]:
    """The fields of a stack's line."""
    return {
        "stackName": snapshot.stack.stack_name,
        "stackId": snapshot.stack.stack_id,
        "cloudFormationStatus": snapshot.stack.status,
    }


def resource_line(row: Row) -> dict[str, Any]:
    """The fields of a resource's line."""
    return {
        "stackId": row.stack_id,
        "logicalResourceId": row.logical_id,
        "resourceType": row.kind,
        "isWaitSegment": row.is_segment,
        "cloudFormationStatus": row.status,
        "reason": row.reason,
        "personalizeStatus": row.sighting.status,
        "seenBy": row.sighting.seen_by,
        "arn": row.sighting.arn,
        "elapsedSeconds": int(row.elapsed_s),
        "usualTime": row.usual,
        "note": row.note,
        "links": dict(row.links),
    }


def outcome_line(ended: Outcome) -> dict[str, Any]:
    """The fields of the last line."""
    return {
        "stackName": ended.stack_name,
        "stackId": ended.stack_id,
        "cloudFormationStatus": ended.status,
        "succeeded": ended.succeeded,
        "wasWatched": ended.was_watched,
        "elapsedSeconds": int(ended.lasted_s),
        "failures": [
            {
                "stackId": failure.stack_id,
                "logicalResourceId": failure.logical_id,
                "cloudFormationType": failure.type,
                "cloudFormationStatus": failure.status,
                "reason": failure.reason,
            }
            for failure in ended.failures
        ],
        "links": {"stack": ended.link},
    }


def _iso(epoch_s: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch_s))
