"""Whether what runs is what was asked for, and what to send where it is not.

The service describes defaults or leaves them out, and writes numbers as strings ("0.3", "0.30"),
so both sides are completed and made canonical before they are compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from personalize_provider.resources import ResourceSpec
from personalize_provider.schema import as_decimal


def is_as_asked(
    spec: ResourceSpec, desired: Mapping[str, Any], described: Mapping[str, Any]
) -> bool:
    """Whether a description shows the desired configuration.

    Args:
        spec: The kind; its `defaults` stand for what is left out, on either side.
        desired: The create call's input.
        described: The service's description, or that of its latest update.
    """
    return all(_same(spec, member, desired, described) for member in spec.updatable_members)


def update_input(
    spec: ResourceSpec, desired: Mapping[str, Any], described: Mapping[str, Any]
) -> dict[str, Any]:
    """The update call's input, ARN left out.

    What a template no longer states goes back to the service's default, and is sent: whether an
    update resets what it leaves out is not documented.
    """
    return {
        member: value
        for member in spec.updatable_members
        if (
            value := _with_resets(
                desired.get(member), described.get(member), spec.defaults.get(member)
            )
        )
        is not None
    }


def _same(
    spec: ResourceSpec, member: str, desired: Mapping[str, Any], described: Mapping[str, Any]
) -> bool:
    equivalent = spec.equivalent.get(member)
    if equivalent is not None and equivalent(desired.get(member), described.get(member)):
        return True
    default = spec.defaults.get(member)
    return bool(
        _complete(desired.get(member), default) == _complete(described.get(member), default)
    )


def _complete(value: Any, default: Any) -> Any:
    """A value in canonical form, with defaults where it says nothing."""
    if isinstance(value, Mapping) or (value is None and isinstance(default, Mapping)):
        given = value or {}
        defaults = default if isinstance(default, Mapping) else {}
        return {
            key: _complete(given.get(key), defaults.get(key)) for key in sorted({*given, *defaults})
        }
    value = default if value is None else value
    number = as_decimal(value)
    return value if number is None else number.normalize()


def _with_resets(desired: Any, described: Any, default: Any) -> Any:
    """What to send: what is desired, and the default where something else runs unasked."""
    if isinstance(default, Mapping):
        wanted = desired or {}
        runs = described or {}
        sent = {
            key: value
            for key in sorted({*wanted, *default, *runs})
            if (value := _with_resets(wanted.get(key), runs.get(key), default.get(key))) is not None
        }
        # An empty map that was asked for, or that must replace a map, is sent as such.
        return sent if sent or desired is not None or (runs and not default) else None
    if desired is not None:
        return desired
    return default if _complete(described, default) != _complete(None, default) else None
