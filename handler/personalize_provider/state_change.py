"""What a wait sees of a resource -> the event that EventBridge gets. Pure: no clock, no client.

The schema, and what is promised about it: docs/events.md.
"""

from __future__ import annotations

import enum
import json
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from personalize_provider import names
from personalize_provider.resources.spec import text_at

if TYPE_CHECKING:
    from personalize_provider.lifecycle import View
    from personalize_provider.personalize import Found
    from personalize_provider.resources import ResourceSpec

SOURCE = "cdk-personalize"
"""The events' `source`. AWS's own services have names that start with `aws.`."""

DETAIL_VERSION = "1"
"""Version of `detail`: fields are added within a version, and never removed or changed."""

LONGEST_REASON = 2000
"""Characters of the service's reason that an event holds at most."""

ABSENT = "absent"
"""Stands for the status where there is no resource."""

_UPDATE = ", update "


class State(enum.Enum):
    """What a status means, whatever its spelling; for the patterns of rules."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    ACTIVE = "ACTIVE"
    FAILED = "FAILED"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"
    DELETING = "DELETING"
    UNKNOWN = "UNKNOWN"

    @property
    def is_final(self) -> bool:
        """Whether nothing more comes by itself."""
        return self in (State.ACTIVE, State.FAILED, State.STOPPED)


_STATES: Mapping[str, State] = {
    "PENDING": State.PENDING,
    "IN PROGRESS": State.IN_PROGRESS,
    "CREATE PENDING": State.PENDING,
    "CREATE IN PROGRESS": State.IN_PROGRESS,
    "UPDATE PENDING": State.PENDING,
    "UPDATE IN PROGRESS": State.IN_PROGRESS,
    "START PENDING": State.PENDING,
    "START IN PROGRESS": State.IN_PROGRESS,
    "ACTIVE": State.ACTIVE,
    "FAILED": State.FAILED,
    "CREATE FAILED": State.FAILED,
    "UPDATE FAILED": State.FAILED,
    "DELETE FAILED": State.FAILED,
    "CREATE STOPPING": State.STOPPING,
    "STOP PENDING": State.STOPPING,
    "STOP IN PROGRESS": State.STOPPING,
    "CREATE STOPPED": State.STOPPED,
    "INACTIVE": State.STOPPED,
    "DELETE PENDING": State.DELETING,
    "DELETE IN PROGRESS": State.DELETING,
}


def state_of(status: str) -> State:
    """The state that a status stands for, in either of the service's spellings."""
    return _STATES.get(status.replace("_", " ").upper(), State.UNKNOWN)


def is_running(status: str) -> bool:
    """Whether the service has accepted the work and is at it: not merely pending, nor done."""
    return state_of(status) is State.IN_PROGRESS


def is_of_an_update(status: str) -> bool:
    """Whether a resource's own status tells of its update, as `UPDATE FAILED` does."""
    return status.upper().startswith("UPDATE")


def detail_type(spec: ResourceSpec) -> str:
    """The `detail-type` of a kind: `Personalize Batch Inference Job State Change`."""
    return f"Personalize {spec.title.title()} State Change"


def status_text(found: Found | None) -> str:
    """All of a resource whose change is told, as one text; a link hands it on to the next.

    An update counts with the time at which it was asked for: two in a row may look the same.
    """
    if found is None:
        return ABSENT
    if found.update is None:
        return found.status
    return f"{found.status}{_UPDATE}{found.update.status} of {_iso(found.update.created_at_s)}"


def overall(found: Found) -> State:
    """What has become of the latest that was asked of a resource.

    While it is ACTIVE that is its latest update, if there is one.
    """
    state = state_of(found.status)
    if state is State.ACTIVE and found.update is not None:
        return state_of(found.update.status)
    return state


def entry(view: View, *, before: str, is_news: bool) -> str | None:
    """The event that a look gives rise to: an entry of PutEvents as JSON, or None.

    Where the status before is known, every change is told. At a first look one is told unless the
    resource was at rest before this request: an update that does not concern it must not start
    again what users do when it has finished.

    Args:
        view: What was seen.
        before: The text of what was seen before, "" where that is not known.
        is_news: Whether what is seen was made by this request, came since it was asked, or may
            have come while an earlier wait was stopped.
    """
    request, found, owner = view.request, view.found, view.owner
    if not request.tells_state_changes or found is None:
        return None
    if owner is None or not owner.is_same_resource(request):
        return None
    after = status_text(found)
    if before == after or not (before or is_news or not overall(found).is_final):
        return None
    return json.dumps(
        {
            "Time": int(view.now_s),
            "Source": SOURCE,
            "Resources": [found.arn],
            "DetailType": detail_type(request.spec),
            "Detail": json.dumps(_detail(view, found, before=before, after=after)),
        }
    )


def _detail(view: View, found: Found, *, before: str, after: str) -> dict[str, Any]:
    request, update = view.request, found.update
    state = overall(found)
    reason = found.failure_reason
    if update is not None and state_of(found.status) is State.ACTIVE:
        reason = update.failure_reason
    known = before.partition(_UPDATE)[0]
    detail = {
        "version": DETAIL_VERSION,
        "id": names.digest(found.arn, request.request_id, before, after, length=32),
        "arn": found.arn,
        "name": found.arn.rsplit("/", 1)[-1],
        "resourceType": request.spec.kind,
        "status": found.status,
        "previousStatus": "" if known == ABSENT else known,
        "updateStatus": update.status if update is not None else "",
        "state": state.value,
        "failureReason": _cut(reason) if state is State.FAILED else "",
        "adopted": "true" if view.owner is not None and view.owner.adopted else "",
        "stackId": request.stack_id,
        "logicalResourceId": request.logical_id,
        **{name: text_at(found.description, path) for name, path in request.spec.told.items()},
    }
    return {name: value for name, value in detail.items() if value}


def _cut(reason: str) -> str:
    return reason if len(reason) <= LONGEST_REASON else f"{reason[: LONGEST_REASON - 1]}…"


def _iso(epoch_s: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch_s))
