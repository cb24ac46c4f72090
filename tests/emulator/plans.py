"""What is to happen to resources, set from outside: how long, how it ends, which calls go wrong.

A plan belongs to a glob of resource names. Where several match, the one set last decides each
field it fills, and all their faults count. A plan speaks about work that starts after it was set.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from typing import Any, Literal, TypeAlias, cast, get_args

Verb: TypeAlias = Literal["create", "update", "delete"]
Seconds: TypeAlias = float | Sequence[float]
"""One duration for all, or one for each successive time, of which the last one repeats."""
Failure: TypeAlias = str | Mapping[int, str]
"""The failureReason of every time, or of the nth times only (counted from 1)."""
Effect: TypeAlias = Literal["deny", "throttle", "error", "drop_before", "drop_after"]

NEVER = math.inf


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A call that goes wrong, whatever the resource does.

    Args:
        effect: `deny` (AccessDeniedException), `throttle` (ThrottlingException), `error` (`code`
            and `http_status`), or the connection cut before or after the operation's effect.
        operation: A glob of operations, such as `CreateCampaign` or `Describe*`.
        times: How often for each resource name; None: without end.
        until_s: The clock's time, in epoch seconds, from which on it no longer happens.
    """

    effect: Effect
    operation: str = "*"
    times: int | None = None
    until_s: float | None = None
    code: str = "InternalFailure"
    http_status: int = 500
    message: str = "The request processing has failed because of an unknown error."

    def applies(self, operation: str, *, spent: int, now_s: float) -> bool:
        return (
            fnmatchcase(operation, self.operation)
            and (self.times is None or spent < self.times)
            and (self.until_s is None or now_s < self.until_s)
        )


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How resources of some names fare; None leaves a field to the plans set before.

    A solution version goes by its name, or by its id when it has none; `delete_s` is the time that
    it takes to stop. A recommender stops in `delete_s` and starts in `update_s`; both count apart.
    """

    create_s: Seconds | None = None
    update_s: Seconds | None = None
    delete_s: Seconds | None = None
    create_fails: Failure | None = None
    update_fails: Failure | None = None
    delete_fails: Failure | None = None
    faults: Sequence[Fault] = ()


@dataclass(frozen=True)
class Course:
    """What one piece of work will do: its duration, and the reason if it is to fail."""

    duration_s: float
    failure: str | None


DEFAULTS = Plan(create_s=2.0, update_s=2.0, delete_s=1.0)


class PlanBook:
    """The plans by glob, and what has been used of them."""

    def __init__(self, defaults: Plan = DEFAULTS) -> None:
        self._defaults = defaults
        self._plans: dict[str, Plan] = {}
        self._started: Counter[tuple[str, str]] = Counter()
        self._spent: Counter[tuple[str, int, str]] = Counter()

    def put(self, glob: str, plan: Plan) -> None:
        """Set or replace the plan of a glob; its faults count from nothing again."""
        self._plans.pop(glob, None)
        self._plans[glob] = plan
        for key in [key for key in self._spent if key[0] == glob]:
            del self._spent[key]

    def course(self, verb: Verb, *, arn: str, name: str, counted_as: str | None = None) -> Course:
        """The course of the work that starts now: the nth create, update or delete of an ARN.

        Args:
            counted_as: What sets this work's count apart from the verb's own; None: nothing does.
        """
        counted = (arn, counted_as or verb)
        self._started[counted] += 1
        nth = self._started[counted]
        matching = [plan for glob, plan in self._plans.items() if fnmatchcase(name, glob)]
        plans = [*reversed(matching), self._defaults]
        durations = (getattr(plan, f"{verb}_s") for plan in plans)
        failures = (getattr(plan, f"{verb}_fails") for plan in plans)
        duration: Seconds = next((each for each in durations if each is not None), 0.0)
        failure: Failure | None = next((each for each in failures if each is not None), None)
        if isinstance(duration, Sequence):
            duration = duration[min(nth, len(duration)) - 1]
        if isinstance(failure, Mapping):
            failure = failure.get(nth)
        return Course(duration, failure)

    def fault(self, operation: str, *, name: str, now_s: float) -> Fault | None:
        """The fault that this call meets, which is thereby used once."""
        for glob, plan in self._plans.items():
            if not fnmatchcase(name, glob):
                continue
            for index, fault in enumerate(plan.faults):
                key = (glob, index, name)
                if fault.applies(operation, spent=self._spent[key], now_s=now_s):
                    self._spent[key] += 1
                    return fault
        return None


def plan_from_json(document: Mapping[str, Any]) -> Plan:
    """Read a plan as the admin endpoint takes it: the fields of `Plan` and `Fault`, by name.

    A duration may be "never"; the keys of a failure map are numbers in strings, as JSON has them.

    Raises:
        ValueError: A field is unknown, or a value is not of its type.
    """
    _check_fields(document, Plan)
    values: dict[str, Any] = dict(document)
    for verb in get_args(Verb):
        values[f"{verb}_s"] = _seconds(document.get(f"{verb}_s"), field=f"{verb}_s")
        values[f"{verb}_fails"] = _failure(document.get(f"{verb}_fails"), field=f"{verb}_fails")
    values["faults"] = tuple(_fault(each) for each in document.get("faults", ()))
    return Plan(**values)


def _seconds(value: Any, *, field: str) -> Seconds | None:
    if isinstance(value, list) and value:
        return tuple(cast("float", _seconds(each, field=field)) for each in value)
    if value == "never":
        return NEVER
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ValueError(f"{field}: {value!r} is neither seconds >= 0, nor a list, nor 'never'")
    return float(value)


def _failure(value: Any, *, field: str) -> Failure | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return {int(nth): str(reason) for nth, reason in value.items()}
    raise ValueError(f"{field}: {value!r} is neither a reason nor a map of nth -> reason")


def _fault(document: Mapping[str, Any]) -> Fault:
    _check_fields(document, Fault)
    if document.get("effect") not in get_args(Effect):
        raise ValueError(
            f"effect: {document.get('effect')!r} is none of {', '.join(get_args(Effect))}"
        )
    return Fault(**document)


def _check_fields(document: Mapping[str, Any], kind: type[Plan] | type[Fault]) -> None:
    known = {field.name for field in fields(kind)}
    unknown = sorted(set(document) - known)
    if unknown:
        raise ValueError(f"unknown fields {unknown}; {kind.__name__} has {sorted(known)}")
