"""The timeline of a step: what CloudFormation said and what Personalize did, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from rich.table import Table
from rich.text import Text

from demo.seen import CAMPAIGN, JOB, Seen, short
from local_aws.events import StackEvent

_COLOURS: Final = {
    "FAILED": "red",
    "ROLLBACK": "yellow",
    "COMPLETE": "green",
    "ACTIVE": "green",
    "IN_PROGRESS": "cyan",
    "PENDING": "dim",
}
"""By what a status contains; the first that fits."""

_WHATS: Final = {"campaign": "campaign", "update": "campaign's update", "job": "job"}


@dataclass(frozen=True)
class Line:
    """One moment, on one side."""

    time_s: float
    cloudformation: Text | None = None
    personalize: Text | None = None


def timeline(seen: Seen) -> Table:
    """A step as a table: seconds since the command started, and one column a side."""
    table = Table(expand=True, show_edge=False, pad_edge=False, header_style="bold")
    table.add_column("seconds", justify="right", no_wrap=True)
    table.add_column("CloudFormation", ratio=1, overflow="fold")
    table.add_column("Personalize", ratio=1, overflow="fold")
    # What CloudFormation says follows from what Personalize said, so of one moment it comes last.
    for line in sorted(lines(seen), key=lambda each: each.time_s):
        table.add_row(
            f"{line.time_s - seen.started_s:+.2f}",
            line.cloudformation or "",
            line.personalize or "",
        )
    return table


def lines(seen: Seen) -> Iterator[Line]:
    """The moments worth telling: the stack's, its Personalize resources', and the service's own."""
    for entry in seen.log:
        told = _told(entry)
        if told is not None:
            yield Line(entry["at_s"], personalize=told)
    others: set[str] = set()
    for event in seen.events:
        if event.is_stack or event.resource_type in {CAMPAIGN, JOB}:
            yield Line(event.time.timestamp(), cloudformation=_event(event))
        else:
            others.add(event.logical_id)
    if others and seen.events:
        count = Text(f"({len(others)} other resources)", style="dim")
        yield Line(seen.events[0].time.timestamp(), cloudformation=count)


def _event(event: StackEvent) -> Text:
    name = "stack" if event.is_stack else short(event.logical_id)
    text = Text.assemble((f"{name} ", "bold" if event.is_stack else ""), _status(event.status))
    if event.reason and "FAILED" in event.status:
        text.append(f"\n{event.reason}", style="red")
    return text


def _told(entry: Mapping[str, Any]) -> Text | None:
    if entry["kind"] == "status":
        what = _WHATS[entry["what"]]
        text = Text.assemble(f"{what} ", _status(entry["new"] or "gone"))
        if entry["reason"]:
            text.append(f"\n{entry['reason']}", style="red")
        return text
    if entry["kind"] == "request" and not entry["operation"].startswith(("Describe", "List")):
        return Text.assemble((entry["operation"], "bold"), _outcome(entry["outcome"]))
    return None


def _outcome(outcome: str | None) -> Text:
    return Text("" if outcome == "ok" else f" {outcome}", style="red")


def _status(status: str) -> Text:
    style = next((style for part, style in _COLOURS.items() if part in status), "")
    return Text(status, style=style)
