"""A request and what is seen -> the next step. Pure: no clock, no network, no client.

First the `Situation` is named, then a table says what to do in it. docs/lifecycle.md draws it.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from personalize_provider.comparison import (
    Unstated,
    fixed_differences,
    holds,
    is_as_asked,
    update_input,
)
from personalize_provider.event import Request, RequestType
from personalize_provider.memo import Memo
from personalize_provider.ownership import Owner
from personalize_provider.personalize import Found, LatestUpdate
from personalize_provider.resources import Change
from personalize_provider.state_change import State, is_of_an_update, is_running, state_of

CALLS_ACT_WITHIN_S = 30
"""How long a call that got no answer may still take effect."""

VISIBLE_AFTER_S = 60
"""How long a describe, or a list of tags, may not show what a call has just made."""

CALLS_SHOW_WITHIN_S = CALLS_ACT_WITHIN_S + VISIBLE_AFTER_S
"""How long what a call without an answer has done may not show."""

CLOCK_SKEW_S = 5
"""How far CloudFormation's clock and Personalize's may be apart."""


class Phase(enum.Enum):
    """What a status means, whatever its spelling."""

    WORKING = "working"
    ACTIVE = "active"
    FAILED = "failed"
    STOPPED = "stopped"
    LEAVING = "leaving"
    UNKNOWN = "unknown"


AT_REST = (Phase.ACTIVE, Phase.FAILED, Phase.STOPPED)
"""The phases in which nothing is under way."""

ENDED_BADLY = (Phase.FAILED, Phase.STOPPED)
"""The phases in which a run of what cannot be updated is of no use."""

_PHASES: Mapping[State, Phase] = {
    State.PENDING: Phase.WORKING,
    State.IN_PROGRESS: Phase.WORKING,
    State.ACTIVE: Phase.ACTIVE,
    State.FAILED: Phase.FAILED,
    State.STOPPING: Phase.LEAVING,
    State.STOPPED: Phase.STOPPED,
    State.DELETING: Phase.LEAVING,
    State.UNKNOWN: Phase.UNKNOWN,
}


def phase_of(status: str) -> Phase:
    """The phase of a status; one that is not documented is UNKNOWN, which is waited out."""
    return _PHASES[state_of(status)]


def is_updating(found: Found) -> bool:
    """Whether an update of a resource is under way, whatever its own status says meanwhile."""
    return found.update is not None and phase_of(found.update.status) not in AT_REST


def is_under_way(found: Found) -> bool:
    """Whether the service is at work on a resource, or on its latest update."""
    return phase_of(found.status) not in AT_REST or is_updating(found)


class Situation(enum.Enum):
    """What is the case with the resource that a request is about."""

    ABSENT = "there is no such resource"
    UNSEEN = "a create call was made a moment ago, and nothing shows yet"
    TAKEN = "the service says that the name is taken, and nothing of this request's shows"
    YOUNG = "it was made a moment ago, and its tags may not show yet"
    FOREIGN = "it exists, and is not this stack's"
    ADOPTABLE = "it exists, is not this resource's, and is to be adopted"
    WORKING = "it is being created, or started"
    RUNNING = "it is being created, the service is at it, and nobody waits for the end"
    LEAVING = "it is being deleted, or stopped"
    STOPPED = "it was stopped, and is to run, if only to be changed"
    RESTING = "it is stopped, as asked for"
    FAILED_NOW = "this request's creation failed"
    FAILED_BEFORE = "an earlier request's creation failed"
    FAILED_SINCE = "it has failed since an answer that did not wait for its end"
    UPDATING = "it is active, and an update is under way"
    UPDATE_UNSEEN = "an update was requested, or ended, a moment ago and does not show in full"
    UPDATE_FAILED = "this request's update failed"
    NOT_TAKEN = "this request's update ended, and something else runs than was asked for"
    AS_ASKED = "it is active, as asked for"
    TO_REST = "it is active, as asked for, and is to be stopped"
    DIFFERENT = "it is active, with another configuration"
    FIXED = "it is active, and differs in what no update can change"


class Step(enum.Enum):
    """What to do next; at most one of them changes something."""

    LOOK = "look again later"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    ADOPT = "adopt: mark it as this resource's"
    GIVE_BACK = "remove the marks, for it was there before"
    START = "start"
    STOP = "stop"
    SUCCEED = "answer SUCCESS"
    FAIL = "answer FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What is known when a tick decides.

    Attributes:
        request: The request.
        desired: The create call's input; empty for a Delete.
        fingerprint: Of the properties asked for.
        target_arn: The resource that the request is about; "" while that is not known.
        found: What the service describes, or None.
        owner: Who made it, or None. Only asked for where it matters.
        memo: What earlier ticks noted.
        now_s: Epoch seconds.
    """

    request: Request
    desired: Mapping[str, Any]
    fingerprint: str
    target_arn: str
    found: Found | None
    owner: Owner | None
    memo: Memo
    now_s: float


def situation(view: View) -> Situation:
    """Name the situation of a Create or an Update."""
    found = view.found
    if found is None:
        return _situation_when_absent(view)
    if view.owner is None and is_young(found, view.now_s):
        return Situation.YOUNG
    if view.owner is None or not view.owner.is_same_resource(view.request):
        return _situation_without_tags(view, found)
    phase = _phase_of_itself(found)
    replaces = view.request.spec.change is Change.REPLACEMENT
    if replaces and view.owner.fingerprint != view.fingerprint:
        return Situation.DIFFERENT
    if phase is Phase.FAILED or (phase is Phase.STOPPED and replaces):
        return _situation_when_failed(view, view.owner)
    if phase is Phase.ACTIVE and replaces:
        return Situation.AS_ASKED
    at_rest = _situation_at_rest(view, found)
    if at_rest is not None:
        return at_rest
    if phase is Phase.LEAVING:
        return Situation.LEAVING
    left = not view.request.waits_for_completion and is_running(found.status)
    return Situation.RUNNING if left else Situation.WORKING


def _situation_when_absent(view: View) -> Situation:
    memo = view.memo
    created = _is_recent(view, memo.created_at_s, VISIBLE_AFTER_S)
    # A second call beside one that may yet act could outlive the resource's end.
    unanswered = _is_recent(view, memo.unanswered_at_s, CALLS_ACT_WITHIN_S)
    # What an earlier tick made, and lost to a crash, may take a while to show.
    taken = _is_recent(view, memo.taken_at_s, VISIBLE_AFTER_S)
    if created or unanswered or taken:
        return Situation.UNSEEN
    used_up = memo.taken_at_s and view.request.spec.arn_from_service
    return Situation.TAKEN if used_up else Situation.ABSENT


def is_young(found: Found, now_s: float) -> bool:
    """Whether a resource is so new that its tags may not be listed yet."""
    return now_s < found.created_at_s + VISIBLE_AFTER_S


def _is_recent(view: View, at_s: float, within_s: float) -> bool:
    return bool(at_s) and view.now_s < at_s + within_s


def _situation_without_tags(view: View, found: Found) -> Situation:
    """The situation with a resource that is ours by nothing but its id, if at all.

    It is never changed, but a removed tag is no reason to fail a rollback: an Update that finds
    under the id that it carries what it asks for, or may find it once an update has ended, is fine.
    """
    request = view.request
    if request.adopts:
        return _situation_to_adopt(view, found)
    if (
        request.type is RequestType.UPDATE
        and request.physical_id == view.target_arn
        and request.spec.change is Change.IN_PLACE
    ):
        seen = _situation_at_rest(view, found)
        if seen in (Situation.AS_ASKED, Situation.UPDATING, Situation.RESTING):
            return seen
    return Situation.FOREIGN


def _situation_to_adopt(view: View, found: Found) -> Situation:
    """The situation with what somebody else made, and the user wants to have.

    What is wrong with it shows before it is touched, and what is under way ends first.
    """
    phase = _phase_of_itself(found)
    if phase is Phase.FAILED:
        return Situation.FOREIGN
    if phase is Phase.LEAVING:
        return Situation.LEAVING
    if phase not in AT_REST:
        return Situation.WORKING
    if fixed_differences(view.request.spec, view.desired, found.description):
        return Situation.FIXED
    if is_updating(found):
        return Situation.UPDATING
    return Situation.ADOPTABLE


def _situation_when_failed(view: View, owner: Owner) -> Situation:
    request = view.request
    if _was_answered_for(view, owner):
        return Situation.FAILED_SINCE
    now = request.continues or owner.request_id == request.request_id
    return Situation.FAILED_NOW if now else Situation.FAILED_BEFORE


def _was_answered_for(view: View, owner: Owner) -> bool:
    """Whether what has failed was answered for before, by a request or a link that left it."""
    request = view.request
    if request.waits_for_completion:
        return False
    if request.continues:
        return is_running(request.seen) or phase_of(request.seen) in AT_REST
    known = request.physical_id == view.target_arn and owner.request_id != request.request_id
    return known and request.is_left_throughout


def _phase_of_itself(found: Found) -> Phase:
    """The phase of a resource without its update: where that has failed, the resource goes on."""
    phase = phase_of(found.status)
    return Phase.ACTIVE if phase is Phase.FAILED and is_of_an_update(found.status) else phase


def _situation_at_rest(view: View, found: Found) -> Situation | None:
    """The situation with what can be changed and is not at work; None with any other."""
    phase = _phase_of_itself(found)
    if phase is Phase.ACTIVE:
        return _situation_when_active(view, found)
    return _situation_when_stopped(view, found) if phase is Phase.STOPPED else None


def _situation_when_stopped(view: View, found: Found) -> Situation:
    as_asked = _situation_if_running(view, found) is Situation.AS_ASKED
    return Situation.RESTING if view.request.wants_rest and as_asked else Situation.STOPPED


def _situation_when_active(view: View, found: Found) -> Situation:
    running = _situation_if_running(view, found)
    if running is Situation.AS_ASKED and view.request.wants_rest:
        return Situation.TO_REST
    return running


def _situation_if_running(view: View, found: Found) -> Situation:
    spec, memo, update = view.request.spec, view.memo, found.update
    if fixed_differences(spec, view.desired, found.description):
        return Situation.FIXED
    if is_updating(found):
        return Situation.UPDATING
    if update is None and _is_of_this_create(view):
        # However the service describes its defaults: nothing else was ever asked of it.
        return Situation.AS_ASKED
    shows = update is not None and is_of_this_request(view, update)
    # The call of a tick that crashed, and left no memo of it, may have come before the one noted.
    is_latest = update is not None and shows and update.created_at_s >= memo.updated_at_s
    # A second call beside one that may yet act would begin again what has just ended.
    unanswered = not shows and _is_recent(view, memo.unanswered_at_s, CALLS_ACT_WITHIN_S)
    if unanswered or (not is_latest and _is_recent(view, memo.updated_at_s, VISIBLE_AFTER_S)):
        # Whatever runs: the end of the update itself is to be seen, and told.
        return Situation.UPDATE_UNSEEN
    if is_as_asked(spec, view.desired, found.description):
        return Situation.AS_ASKED
    if update and shows and phase_of(update.status) is Phase.FAILED:
        return Situation.UPDATE_FAILED
    if update and shows:
        # The update and what it has changed may show one after the other.
        has_just_ended = _is_recent(view, update.changed_at_s, VISIBLE_AFTER_S)
        if has_just_ended:
            return Situation.UPDATE_UNSEEN
        return (
            Situation.DIFFERENT
            if _was_told_too_little(view, found, update)
            else Situation.NOT_TAKEN
        )
    return Situation.DIFFERENT


def _was_told_too_little(view: View, found: Found, update: LatestUpdate) -> bool:
    """Whether a describe that lagged hid what this request's update had to reset.

    It is asked once more, and only once: how much of a call the service shows is its own affair.
    """
    if view.memo.amended:
        return False
    spec, way = view.request.spec, Unstated(view.memo.unstated)
    return not holds(update.description, update_input(spec, view.desired, found.description, way))


def _is_of_this_create(view: View) -> bool:
    """Whether this very Create made the resource, with these very properties.

    A wait segment that meets what was never updated may take it for the work it goes on with.
    """
    owner, request = view.owner, view.request
    if owner is None or owner.adopted or owner.fingerprint != view.fingerprint:
        return False
    if request.continues:
        return True
    return request.type is RequestType.CREATE and owner.request_id == request.request_id


def is_of_this_request(view: View, update: LatestUpdate) -> bool:
    """Whether an update is this request's, even where a crash left no memo of it.

    A describe may lag behind a call, and show the update before it. What a wait segment goes on
    with was asked for before the segment was.
    """
    signed_at_s = 0 if view.request.continues else view.request.signed_at_s
    since_s = view.memo.updated_at_s or signed_at_s
    if update.created_at_s < since_s - CLOCK_SKEW_S:
        return False
    asked = is_as_asked(view.request.spec, view.desired, update.description)
    return asked or bool(view.memo.updated_at_s)


_WHEN_CONVERGING: Mapping[Situation, Step] = {
    Situation.ABSENT: Step.CREATE,
    Situation.UNSEEN: Step.LOOK,
    Situation.TAKEN: Step.FAIL,
    Situation.YOUNG: Step.LOOK,
    Situation.FOREIGN: Step.FAIL,
    Situation.ADOPTABLE: Step.ADOPT,
    Situation.WORKING: Step.LOOK,
    Situation.RUNNING: Step.SUCCEED,
    Situation.LEAVING: Step.LOOK,
    Situation.STOPPED: Step.START,
    Situation.RESTING: Step.SUCCEED,
    Situation.FAILED_NOW: Step.FAIL,
    Situation.FAILED_BEFORE: Step.DELETE,
    Situation.FAILED_SINCE: Step.SUCCEED,
    Situation.UPDATING: Step.LOOK,
    Situation.UPDATE_UNSEEN: Step.LOOK,
    Situation.UPDATE_FAILED: Step.FAIL,
    Situation.NOT_TAKEN: Step.FAIL,
    Situation.AS_ASKED: Step.SUCCEED,
    Situation.TO_REST: Step.STOP,
    Situation.DIFFERENT: Step.UPDATE,
    Situation.FIXED: Step.FAIL,
}


def converging(view: View) -> Step:
    """The next step of a Create or an Update.

    A resource that can be neither changed nor deleted leaves only a refusal: its explicit name
    is used up.
    """
    operations = view.request.spec.operations
    step = _WHEN_CONVERGING[situation(view)]
    possible = {
        Step.DELETE: operations.delete and may_be_made_anew(view),
        Step.UPDATE: operations.update,
        Step.START: operations.start,
        Step.STOP: operations.stop,
    }
    return step if possible.get(step, step) else Step.FAIL


def may_be_made_anew(view: View) -> bool:
    """Whether what failed may be deleted and made again: not what was there before."""
    return view.owner is None or not view.owner.adopted
