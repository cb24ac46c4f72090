"""The Lambda's entry. It loads even when another room is broken, and then says so at once."""

from __future__ import annotations

import importlib
import traceback
from typing import Any

from personalize_provider import last_resort


def _load() -> tuple[Any, str]:
    """The front door, or what keeps it from being imported."""
    try:
        return importlib.import_module("personalize_provider.front_door"), ""
    except Exception as error:  # noqa: BLE001 whatever it is, CloudFormation must hear of it
        traceback.print_exc()
        return None, f"{type(error).__name__}: {error}"


_front_door, _import_failure = _load()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Serve CloudFormation's event or a tick; see `front_door.handle`."""
    if _import_failure:
        cause = f"The provider's code cannot be imported: {_import_failure}"
        tick_of = event.get("event")
        last_resort.answer(tick_of or event, cause, context, nothing_done=tick_of is None)
        return {"wait_s": 0, "done": True, "memo": {}}
    result: dict[str, Any] = _front_door.handle(event, context, _front_door.lambda_runtime())
    return result
