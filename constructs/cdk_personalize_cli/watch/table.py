"""A watch for people: a table that is drawn anew on a terminal, else a line for each change."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from cdk_personalize_cli.usual import SOURCE
from cdk_personalize_cli.watch.operation import Operation
from cdk_personalize_cli.watch.outcome import Outcome
from cdk_personalize_cli.watch.rows import Row, Snapshot
from cdk_personalize_cli.watch.sightings import BY_WAITER
from cdk_personalize_cli.wording import duration

_STYLES: Final = {
    "FAILED": "red",
    "ROLLBACK": "yellow",
    "COMPLETE": "green",
    "IN_PROGRESS": "cyan",
    "ACTIVE": "green",
}
"""By what a status contains; the first that fits."""

_LINK_NAMES: Final = {
    "stack": "CloudFormation",
    "execution": "Step Functions",
    "resource": "Personalize",
}


class LiveTable:
    """The table, in place on a terminal; a context manager, so that the cursor comes back.

    Addresses are long, so each is written once, above the table. In the table they lie behind the
    texts, for terminals that can open them.

    Args:
        console: The terminal.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, auto_refresh=False)
        self._told: set[str] = set()

    def __enter__(self) -> LiveTable:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def show(self, snapshot: Snapshot) -> None:
        """Draw it anew."""
        for line in new_links(snapshot.rows, self._told):
            self._console.print(line, highlight=False, markup=False, soft_wrap=True)
        self._live.update(picture(snapshot), refresh=True)

    def end(self, ended: Outcome) -> None:
        """Leave the last picture, and the end below it."""
        self._live.stop()
        self._console.print(ending(ended), soft_wrap=True)


class ChangeLines:
    """A line for each change, where no terminal is: in a log.

    Args:
        console: Where to.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._states: dict[tuple[str, str], tuple[str, ...]] = {}
        self._told: set[str] = set()
        self._stack = ""

    def __enter__(self) -> ChangeLines:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is left open."""

    def show(self, snapshot: Snapshot) -> None:
        """Write each change since the snapshot before."""
        at = time.strftime("%H:%M:%S", time.gmtime(snapshot.at_s))
        if snapshot.stack.status != self._stack:
            self._stack = snapshot.stack.status
            self._print(f"{at} {snapshot.stack.stack_name} {self._stack}")
        for row in snapshot.rows:
            if self._states.get(row.key) != row.state:
                self._states[row.key] = row.state
                texts = (row.logical_id, row.status, _personalize(row), duration(row.elapsed_s))
                note = f"({row.note})" if row.note else ""
                self._print(f"{at}   {'  '.join(text for text in (*texts, note) if text)}")
                for line in new_links((row,), self._told):
                    self._print(f"           {line}")
        for trouble in snapshot.troubles:
            if trouble not in self._told:
                self._told.add(trouble)
                self._print(f"{at} {trouble}")

    def end(self, ended: Outcome) -> None:
        """Write the end."""
        self._console.print(ending(ended), soft_wrap=True)

    def _print(self, line: str) -> None:
        self._console.print(line, highlight=False, markup=False, soft_wrap=True)


def new_links(rows: Iterable[Row], told: set[str]) -> Iterator[str]:
    """The addresses that were not told before; they count as told from now on."""
    for row in rows:
        for name, address in row.links.items():
            if row.is_in_progress and address not in told:
                told.add(address)
                of = row.stack_id.split("/")[1] if name == "stack" else row.logical_id
                yield f"{of}, {_LINK_NAMES[name]}: {address}"


def picture(snapshot: Snapshot) -> RenderableType:
    """All that is known now: the stack, a row a resource, and what holds each of them up."""
    parts: list[RenderableType] = [_head(snapshot.stack, snapshot.at_s)]
    if snapshot.rows:
        parts.append(_table(snapshot))
    else:
        parts.append(Text("None of this library's resources has begun yet.", style="dim"))
    for row in snapshot.rows:
        if row.note and row.is_in_progress:
            parts.append(Text(f"{row.logical_id}: {row.note}", style="yellow", overflow="fold"))
    parts += (Text(trouble, style="yellow") for trouble in snapshot.troubles)
    return Group(*parts)


def ending(ended: Outcome) -> RenderableType:
    """How it has ended, with every reason in full."""
    head = Text(f"{ended.stack_name}: ")
    head.append(ended.status, style="bold green" if ended.succeeded else "bold red")
    if ended.lasted_s:
        head.append(f" after {duration(ended.lasted_s)}")
    if not ended.was_watched:
        head = Text("Nothing is in progress. The latest operation: ").append_text(head)
    parts: list[RenderableType] = [head]
    if not ended.succeeded:
        for failure in ended.failures:
            parts.append(Text(f"  {failure.logical_id} {failure.status}", style="red"))
            parts.append(Text(f"    {failure.reason}"))
        parts.append(Text(f"CloudFormation: {ended.link}"))
    return Group(*parts)


def _head(stack: Operation, now_s: float) -> Text:
    gone = f", {duration(now_s - stack.began_s)}" if stack.began_s and stack.is_in_progress else ""
    return Text.assemble((stack.stack_name, "bold"), " ", _status(stack.status), gone)


def _table(snapshot: Snapshot) -> Table:
    table = Table(
        expand=True,
        show_edge=False,
        pad_edge=False,
        header_style="bold",
        caption=f"Usual times: {SOURCE}",
        caption_justify="left",
    )
    table.add_column("Resource", ratio=4, overflow="fold")
    table.add_column("CloudFormation", ratio=3, overflow="fold")
    table.add_column("Personalize", ratio=3, overflow="fold")
    table.add_column("Gone", justify="right", no_wrap=True)
    table.add_column("Usual", ratio=3, overflow="fold")
    for row in snapshot.rows:
        table.add_row(
            Text.assemble(_linked(row.logical_id, row.links.get("execution")), "\n", row.title),
            _linked(row.status, row.links.get("stack"), _style(row.status)),
            _linked(_personalize(row), row.links.get("resource"), _style(row.sighting.status)),
            duration(row.elapsed_s),
            row.usual if row.is_in_progress else "",
        )
    return table


def _personalize(row: Row) -> str:
    seen = row.sighting
    return f"{seen.status} (seen by the waiter)" if seen.seen_by == BY_WAITER else seen.status


def _status(status: str) -> Text:
    return Text(status, style=_style(status))


def _style(status: str) -> str:
    return next((style for part, style in _STYLES.items() if part in status), "")


def _linked(text: str, address: str | None, style: str = "") -> Text:
    return Text(text, style=f"{style} link {address}".strip() if address else style)
