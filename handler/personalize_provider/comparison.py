"""Whether what runs is what was asked for, and what to send where it is not.

The service describes defaults or leaves them out, and writes numbers as strings ("0.3", "0.30"),
so both sides are completed and made canonical before they are compared.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from typing import Any

from personalize_provider.resources import ResourceSpec
from personalize_provider.schema import as_decimal


class Unstated(enum.IntEnum):
    """What an update sends for the keys of a map that a template states no longer.

    Another recipe may take no such map at all, and refuses a default that was only sent to be sure.
    """

    DEFAULT = 0
    LEFT_OUT = 1
    EMPTIED = 2


def is_as_asked(
    spec: ResourceSpec, desired: Mapping[str, Any], described: Mapping[str, Any]
) -> bool:
    """Whether a description shows the desired configuration, as far as an update can change it.

    Args:
        spec: The kind; its `defaults` stand for what is left out, on either side.
        desired: The create call's input.
        described: The service's description, or that of its latest update.
    """
    return all(_same(spec, member, desired, described) for member in spec.updatable_members)


def to_empty(
    spec: ResourceSpec, desired: Mapping[str, Any], before: Mapping[str, Any]
) -> tuple[str, ...]:
    """What is stated no longer and has no default: paths of lists, such as `config/columns/ITEMS`.

    Args:
        spec: The kind; its `emptied` says where.
        desired: The create call's input.
        before: The same, from the properties before.
    """
    return tuple(
        "/".join((*path, key))
        for path in spec.emptied
        for key in sorted(_at(before, path).keys() - _at(desired, path).keys())
    )


def with_emptied(desired: Mapping[str, Any], paths: Iterable[str]) -> dict[str, Any]:
    """What is desired, with an empty list at each of these paths where nothing is stated."""
    result = dict(desired)
    for each in paths:
        *path, key = each.split("/")
        result = _put(result, tuple(path), {key: [], **_at(result, tuple(path))})
    return result


def _at(value: Mapping[str, Any], path: tuple[str, ...]) -> Mapping[str, Any]:
    for member in path:
        value = value.get(member) or {}
    return value


def _put(value: Mapping[str, Any], path: tuple[str, ...], whole: Any) -> dict[str, Any]:
    first, *rest = path
    within = _put(value.get(first) or {}, tuple(rest), whole) if rest else whole
    return {**value, first: within}


def fixed_differences(
    spec: ResourceSpec, desired: Mapping[str, Any], described: Mapping[str, Any]
) -> tuple[str, ...]:
    """The members that no update can change, and that a description shows to be another's."""
    return tuple(
        member for member in spec.fixed_members if not _same(spec, member, desired, described)
    )


def update_input(
    spec: ResourceSpec,
    desired: Mapping[str, Any],
    described: Mapping[str, Any],
    unstated: Unstated = Unstated.DEFAULT,
) -> dict[str, Any]:
    """The update call's input, ARN left out.

    What a template no longer states goes back to the service's default, and is sent: whether an
    update resets what it leaves out is not documented.

    Args:
        spec: The kind; its `defaults` are sent.
        desired: The create call's input.
        described: The service's description.
        unstated: What becomes of maps that are not stated, or of their keys.
    """
    return {
        member: value
        for member in spec.updatable_members
        if (
            value := _with_resets(
                desired.get(member), described.get(member), spec.defaults.get(member), unstated
            )
        )
        is not None
    }


def other_ways(
    spec: ResourceSpec, desired: Mapping[str, Any], described: Mapping[str, Any], refused: Unstated
) -> tuple[Unstated, ...]:
    """The other ways that an update may be sent in, in their order, once it was refused in one."""
    sent = update_input(spec, desired, described, refused)
    return tuple(
        way
        for way in Unstated
        if way > refused and update_input(spec, desired, described, way) != sent
    )


def holds(described: object, sent: object) -> bool:
    """Whether a description states all that was sent, none of it by way of a default."""
    if isinstance(sent, Mapping):
        there = described if isinstance(described, Mapping) else {}
        return all(holds(there.get(key), value) for key, value in sent.items())
    return bool(_canonical(described, None) == _canonical(sent, None))


def _same(
    spec: ResourceSpec, member: str, desired: Mapping[str, Any], described: Mapping[str, Any]
) -> bool:
    equivalent = spec.equivalent.get(member)
    if equivalent is not None and equivalent(desired.get(member), described.get(member)):
        return True
    return _matches(desired.get(member), described.get(member), spec.defaults.get(member))


def _matches(desired: Any, described: Any, default: Any) -> bool:
    """Whether a described value shows what is desired, or the default where nothing is.

    What the service describes beyond both is its own affair: a member of a later version, say.
    """
    if isinstance(desired, Mapping) or isinstance(default, Mapping):
        wanted, runs, defaults = desired or {}, described or {}, default or {}
        return all(
            _matches(wanted.get(key), runs.get(key), defaults.get(key))
            for key in {*wanted, *defaults}
        )
    return bool(_canonical(desired, default) == _canonical(described, default))


def _canonical(value: Any, default: Any) -> Any:
    """A single value, or its default, with numbers in one spelling; of a list, what is in it."""
    value = default if value is None else value
    if isinstance(value, list):
        return sorted(value) or None
    number = as_decimal(value)
    return value if number is None else number.normalize()


def _with_resets(desired: Any, described: Any, default: Any, unstated: Unstated) -> Any:
    """What to send: what is desired, and the default where something else runs unasked."""
    if isinstance(default, Mapping):
        if unstated is not Unstated.DEFAULT and not _holds_maps(default):
            is_kept = _matches(desired, described, default)
            empties = desired is None and unstated is Unstated.EMPTIED and not is_kept
            return {} if empties else desired
        wanted, runs = desired or {}, described or {}
        sent = {
            key: value
            for key in sorted({*wanted, *default})
            if (value := _with_resets(wanted.get(key), runs.get(key), default.get(key), unstated))
            is not None
        }
        # An empty map that was asked for is sent as such.
        return sent if sent or desired is not None else None
    if desired is not None:
        return desired
    return None if _matches(None, described, default) else default


def _holds_maps(default: Mapping[str, Any]) -> bool:
    return any(isinstance(value, Mapping) for value in default.values())
