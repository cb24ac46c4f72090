"""What a tick changes at the service, at most once, and what it notes of it.

What came of a change, the next look tells.
"""

from __future__ import annotations

import logging

from personalize_provider.calls import (
    BusyError,
    PassingError,
    RefusedError,
    ServiceError,
    TakenError,
)
from personalize_provider.comparison import Unstated, other_ways, update_input
from personalize_provider.lifecycle import (
    VISIBLE_AFTER_S,
    Phase,
    Step,
    View,
    is_of_this_request,
    phase_of,
)
from personalize_provider.ownership import Owner, tags_of, tags_of_adopted
from personalize_provider.personalize import Found
from personalize_provider.tagging import give_back
from personalize_provider.work import Work

logger = logging.getLogger(__name__)


def act(work: Work, step: Step, view: View) -> None:
    """Change something, once. What came of it, the next look tells."""
    work.memo = work.memo.but(refusal=_why_again(step, view))
    if step is Step.UPDATE and view.found and _has_failed_already(view, view.found):
        work.memo = work.memo.but(failed_before=work.say.update_failed_before(view.found))
    try:
        _call(work, step, view)
    except PassingError as error:
        if step in (Step.CREATE, Step.UPDATE, Step.ADOPT) and error.may_act:
            work.memo = work.memo.but(unanswered_at_s=work.services.clock())
        work.memo = work.memo.but(refusal=str(error))
        raise
    except TakenError as error:
        if not work.memo.taken_at_s:
            work.memo = work.memo.but(taken_at_s=work.services.clock())
        _was_refused(work, error)
    except BusyError as error:
        # Someone, perhaps an earlier tick of this request, was faster: the look will tell.
        _was_refused(work, error)
    else:
        logger.info("%s %s", step.name.lower(), work.memo.target_arn or view.target_arn)


def _call(work: Work, step: Step, view: View) -> None:
    service, target = work.services.personalize, view.target_arn
    if step is Step.CREATE:
        named = {**work.desired, work.request.spec.name_member: work.name}
        arn = service.create(named, {**work.request.tags, **tags_of(work.request)})
        work.memo = work.memo.but(created_at_s=work.now_s)
        if work.request.spec.arn_from_service:
            work.memo = work.memo.but(target_arn=arn)
    elif step is Step.UPDATE and view.found is not None:
        _update(work, target, view.found)
    elif step in (Step.DELETE, Step.GIVE_BACK):
        undo(work, step, target, view.owner)
    elif step is Step.ADOPT:
        service.tag(target, tags_of_adopted(work.request, view.owner))
        work.memo = work.memo.but(adopted_at_s=work.now_s)
    elif step is Step.START:
        _start(work, target)
    elif step is Step.STOP:
        stop(work, target)


def _update(work: Work, target: str, found: Found) -> None:
    """Change a resource; in another way the next time, if the service refuses this one."""
    spec, described = work.request.spec, found.description
    way = Unstated(work.memo.unstated)
    try:
        changes = update_input(spec, work.desired, described, way)
        work.services.personalize.update(target, changes)
    except RefusedError as error:
        others = other_ways(spec, work.desired, described, way)
        if not others:
            raise
        work.memo = work.memo.but(unstated=int(others[0]))
        _was_refused(work, error)
    else:
        amended = bool(work.memo.updated_at_s)
        work.memo = work.memo.but(updated_at_s=work.now_s, amended=amended)


def _start(work: Work, arn: str) -> None:
    """Bring back what rests; a refusal may only mean that an earlier call does not show yet.

    Raises:
        ServiceError: It was not started, or has been refused for longer than that takes.
    """
    try:
        work.services.personalize.start(arn)
    except RefusedError as error:
        since_s = work.memo.refused_since_s or work.now_s
        work.memo = work.memo.but(refused_since_s=since_s)
        if work.now_s >= since_s + VISIBLE_AFTER_S:
            raise
        _was_refused(work, error)


def undo(work: Work, step: Step, arn: str, owner: Owner | None) -> None:
    """Delete what was made, or give back what was there before."""
    if step is Step.DELETE:
        work.services.personalize.delete(arn)
    elif owner is not None:
        give_back(work.services.personalize, arn, owner)
        work.memo = work.memo.but(given_back_at_s=work.now_s)


def stop(work: Work, arn: str) -> None:
    """End the work on what cannot be deleted; whether it has ended, the next look tells."""
    work.memo = work.memo.but(refusal="")
    try:
        work.services.personalize.stop(arn)
    except RefusedError as error:
        # It may have come to its end meanwhile.
        _was_refused(work, error)


def _was_refused(work: Work, error: ServiceError) -> None:
    """Note what is tried again, in case that it is refused until the time is over."""
    work.memo = work.memo.but(refusal=str(error))
    logger.info("%s", error)


def _why_again(step: Step, view: View) -> str:
    """Why a delete is called for once more: the one before has failed."""
    found = view.found
    if step is not Step.DELETE or found is None or not found.status.startswith("DELETE"):
        return ""
    return found.failure


def _has_failed_already(view: View, found: Found) -> bool:
    """Whether an update of this very request has failed, and is tried again."""
    update = found.update
    if update is None or phase_of(update.status) is not Phase.FAILED:
        return False
    return is_of_this_request(view, update)
