"""A Delete, or a rollback, and what is seen -> the next step. Pure, as lifecycle.py is.

What was made has to go, what was there before has to stay, and a rollback must not fail.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from personalize_provider.comparison import is_as_asked
from personalize_provider.event import Request, RequestType
from personalize_provider.lifecycle import (
    AT_REST,
    Phase,
    Situation,
    Step,
    View,
    is_under_way,
    is_updating,
    may_be_made_anew,
    phase_of,
    situation,
)
from personalize_provider.ownership import Owner
from personalize_provider.personalize import Found
from personalize_provider.resources import LONGEST_TIMEOUT_S

UPDATES_WITHIN_S = 2 * LONGEST_TIMEOUT_S
"""How long an update of a stack may take: as long as two of its slowest resources."""

ASKED_WITHIN_S = 10
"""How long CloudFormation takes, after an answer, to ask the resource that waited for it."""


def removing(
    request: Request, found: Found | None, owner: Owner | None, *, gives_back: bool = False
) -> Step:
    """The next step towards a resource's absence; SUCCEED when nothing is left to do.

    What cannot be deleted by itself is left alone once nothing works on it any more.

    Args:
        request: The request.
        found: What the service describes, or None.
        owner: Whose it is, or None.
        gives_back: Whether it stays, as what it was before it was adopted.
    """
    if found is None or not request.spec.can_be_undone:
        return Step.SUCCEED
    if owner is None or not owner.is_same_resource(request):
        return Step.SUCCEED
    if gives_back:
        return Step.GIVE_BACK
    if request.spec.operations.delete is None:
        return stopping(phase_of(found.status))
    # A status that nobody knows may be one that does not end by itself.
    unknown = phase_of(found.status) is Phase.UNKNOWN
    return Step.LOOK if is_under_way(found) and not unknown else Step.DELETE


def stopping(phase: Phase) -> Step:
    """The next step towards the end of the work on a resource that cannot be deleted."""
    if phase in AT_REST:
        return Step.SUCCEED
    return Step.STOP if phase is Phase.WORKING else Step.LOOK


def after_failure_in_rollback(view: View) -> Step:
    """What to do instead of FAIL when an Update undoes another: try again what may succeed."""
    if view.request.type is not RequestType.UPDATE:
        return Step.FAIL
    operations = view.request.spec.operations
    seen = situation(view)
    if seen is Situation.UPDATE_FAILED and operations.update:
        return Step.UPDATE
    if seen is Situation.FAILED_NOW and operations.delete and may_be_made_anew(view):
        return Step.DELETE
    if seen is Situation.FOREIGN and _was_taken(view):
        return Step.SUCCEED
    if seen is Situation.FAILED_BEFORE and not view.request.waits_for_completion:
        # How it ended was no matter when it was made, and is none now.
        return Step.SUCCEED
    return Step.FAIL


def _was_taken(view: View) -> bool:
    """Whether another resource has adopted what was this one's; nothing can undo that from here."""
    request, owner = view.request, view.owner
    return owner is not None and owner.previous == (request.stack_id, request.logical_id)


def needs_no_certain_successor(request: Request, desired: Mapping[str, Any], found: Found) -> bool:
    """Whether a link of a rollback may hand over although the next one may not be asked.

    Nothing that the next link declares has changed, so CloudFormation may leave it alone unless
    the update that is undone had reached it. That is so if it had such a link, and what runs by
    then has run for longer than the links up to this one had. And what is under way as asked for
    ends by itself, unless it is to be stopped then.

    Args:
        request: An Update.
        desired: The create call's input.
        found: What the service describes.
    """
    update = found.update
    ends_by_itself = not request.wants_rest
    if update is None:
        return ends_by_itself and phase_of(found.status) is Phase.WORKING
    under_way = is_updating(found)
    if under_way and ends_by_itself and is_as_asked(request.spec, desired, update.description):
        return True
    rollback_began_s = request.signed_at_s - request.waited_before_s
    reached_after_s = request.waited_before_s + request.timeout_s + ASKED_WITHIN_S
    had_reached_it = rollback_began_s - update.created_at_s >= reached_after_s
    return under_way and request.handed_over_before and had_reached_it


def was_there_before(view: View, leftover: Found, made_for: str) -> bool:
    """Whether what an update left is older than that update: retained when its name was given up.

    A failed replacement was made with the properties that the rollback undoes, and is younger than
    what it was to replace. Where its age tells nothing, for that is gone, made anew or adopted, it
    is younger than any update that may just have failed.

    Args:
        view: What the rollback brings back.
        leftover: What is there under the other name, of the same resource.
        made_for: Fingerprint of the properties that it was made with.
    """
    found, owner, request = view.found, view.owner, view.request
    if made_for != request.spec.fingerprint(request.old_properties):
        return True
    tells = found and owner and not owner.adopted and owner.request_id != request.request_id
    since_s = found.created_at_s if found and tells else request.signed_at_s - UPDATES_WITHIN_S
    return leftover.created_at_s < since_s


def is_failed_replacement(view: View) -> bool:
    """Whether an Update made a new resource that failed, which must go before the answer.

    CloudFormation never learns the id of a replacement that failed, so no Delete would come.
    """
    return _replaces(view) and situation(view) is Situation.FAILED_NOW


def is_adopted_in_vain(view: View) -> bool:
    """Whether an Update that fails adopted something in place of what it had.

    A rollback would give it back; but a stack that keeps failures is not rolled back.
    """
    owner = view.owner
    if owner is None or not _replaces(view):
        return False
    return owner.adopted and owner.is_same_resource(view.request)


def _replaces(view: View) -> bool:
    request = view.request
    deletable = request.spec.operations.delete is not None
    is_update = request.type is RequestType.UPDATE
    return is_update and deletable and view.target_arn != request.physical_id
