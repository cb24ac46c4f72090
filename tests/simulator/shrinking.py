"""Makes a history that violates an invariant as small as it goes, so that its story is short."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from emulator.oddities import Oddities
from simulator.faults import LAGS, Trouble
from simulator.histories import History

MOST_RUNS = 300

Violates = Callable[[History], bool]


def shrink(history: History, violates: Violates) -> History:
    """The smallest history found that still violates.

    Args:
        history: One that violates.
        violates: Runs a history and tells whether the same invariant breaks.
    """
    runs = 0
    smaller = True
    while smaller:
        smaller = False
        for candidate in _smaller(history):
            runs += 1
            if runs > MOST_RUNS:
                return history
            if violates(candidate):
                history, smaller = candidate, True
                break
    return history


def _smaller(history: History) -> Iterator[History]:
    """Every history with one thing less, the coarsest cuts first."""
    if history.trouble != Trouble():
        yield replace(history, trouble=Trouble())
    for number in reversed(range(len(history.acts))):
        left = history.acts[:number] + history.acts[number + 1 :]
        if left:
            yield replace(history, acts=left)
    for name, number in history.trouble.each():
        yield replace(history, trouble=history.trouble.without(name, number))
    for lag in LAGS:
        if getattr(history.trouble, lag):
            none: dict[str, Any] = {lag: 0.0}
            yield replace(history, trouble=replace(history.trouble, **none))
    for number, act in enumerate(history.acts):
        for name in act.template:
            needed = any(name in each.needs for each in act.template.values())
            if len(act.template) > 1 and not needed:
                template = {key: value for key, value in act.template.items() if key != name}
                acts = list(history.acts)
                acts[number] = replace(act, template=template)
                yield replace(history, acts=tuple(acts))
    if history.oddities != Oddities():
        yield replace(history, oddities=Oddities())
    for what in ("create_fails", "update_fails"):
        for nth in getattr(history.plan, what):
            fails = getattr(history.plan, what)
            fewer: dict[str, Any] = {what: {key: fails[key] for key in fails if key != nth}}
            yield replace(history, plan=replace(history.plan, **fewer))
