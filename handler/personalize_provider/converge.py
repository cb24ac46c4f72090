"""Create and Update: bring the resource to what was asked for."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator

from personalize_provider import names
from personalize_provider.event import RequestType
from personalize_provider.lifecycle import (
    Phase,
    Situation,
    Step,
    View,
    after_failure_in_rollback,
    converging,
    is_failed_replacement,
    phase_of,
    removing,
    situation,
)
from personalize_provider.resources import Change
from personalize_provider.supersede import behind_fence, guard, unless_unseen
from personalize_provider.work import Again, Outcome, OverError, Work

logger = logging.getLogger(__name__)


def converge(work: Work) -> Outcome:
    """Look at the resource that is asked for, and bring it one step closer."""
    # No wait segment would know of what is left behind.
    work.may_hand_over = not work.memo.failure and not _leftover_arn(work)
    target = target_of(work)
    view = work.view(target)
    if work.memo.failure or is_failed_replacement(view):
        return _remove_failed_replacement(work, view)
    step = converging(view)
    if step is Step.LOOK:
        return work.again()
    if step is Step.FAIL:
        step = _once_more(work, view)
    if step is Step.FAIL:
        return work.failed(work.say.why_not(view, situation(view)))
    # Behind a fence too: what a stopped execution made may take several looks to show.
    leftover = _leftover(work) if step is Step.SUCCEED else None
    if leftover is not None or behind_fence(work):
        return leftover or work.again()
    if step is Step.SUCCEED:
        return unless_unseen(work) or work.say.success(target, view)
    guard(work)
    work.act(step, view)
    return work.again()


def is_done_before(work: Work) -> bool:
    """Whether a wait segment finds, at its first look, that the links before have done it all.

    Then nobody needs to be stopped first, which would only cost the time of a fence.
    """
    if not work.request.continues or work.memo.rivals_settled or work.memo.rivals:
        return False
    return converging(work.view(target_of(work))) is Step.SUCCEED


def _once_more(work: Work, view: View) -> Step:
    """In a rollback, what the service let fail is tried again: a rollback must not fail."""
    step = after_failure_in_rollback(view)
    if step is not Step.FAIL and work.services.is_rolling_back():
        logger.warning("tried again, for the stack rolls back: %s", view.target_arn)
        return step
    return Step.FAIL


def target_of(work: Work) -> str:
    """The resource to converge on: on an Update one that is there already and fits, if any.

    A rollback of a replacement asks for the resource before it, whose generated name
    cannot be derived from the rollback's own request.
    """
    if not work.memo.target_arn:
        work.memo = work.memo.but(target_arn=_fitting(work) or names.own_arn(work.request))
    return work.memo.target_arn


def _fitting(work: Work) -> str:
    request = work.request
    replaces = request.spec.change is Change.REPLACEMENT
    if request.type is not RequestType.UPDATE or not replaces or request.continues:
        return ""
    known = (request.physical_id,) if names.is_arn(request, request.physical_id) else ()
    candidates = itertools.chain(known, _earlier_runs(work))
    return next((arn for arn in candidates if _fits(work, arn)), "")


def _earlier_runs(work: Work) -> Iterator[str]:
    """The ARNs of all runs of this resource with the same properties."""
    if names.has_given_name(work.request):
        return
    prefix = names.arn(work.request, names.job_name_prefix(work.request, work.request.properties))
    filter_value = work.desired.get(work.request.spec.list_filter or "", "")
    for arn in work.services.personalize.names(filter_value):
        if arn.startswith(prefix):
            yield arn


def _fits(work: Work, arn: str) -> bool:
    found = work.services.personalize.find(arn)
    if found is None or phase_of(found.status) is Phase.FAILED:
        return False
    owner = work.services.personalize.owner(arn)
    return (
        owner is not None
        and owner.is_same_resource(work.request)
        and owner.fingerprint == work.fingerprint
    )


def _remove_failed_replacement(work: Work, view: View) -> Outcome:
    """Delete the new resource of a replacement that failed, then answer with the old id."""
    failure = work.memo.failure or work.say.why_not(view, Situation.FAILED_NOW)
    if not work.memo.failure:
        # Noted before it is deleted: afterwards nobody could tell the reason.
        raise OverError(Again(wait_s=0, memo=work.memo.but(failure=failure)))
    step = removing(work.request, view.found, view.owner)
    if step is Step.SUCCEED:
        return work.failed(failure)
    if step is Step.DELETE:
        work.act(step, view)
    return work.again()


def _leftover(work: Work) -> Outcome | None:
    """On a rollback: remove what a replacement that never succeeded has left behind."""
    arn = _leftover_arn(work)
    if not arn or arn == work.memo.target_arn:
        return None
    found = work.services.personalize.find(arn)
    owner = work.services.personalize.owner(arn) if found else None
    step = removing(work.request, found, owner)
    if step is not Step.SUCCEED:
        # What is waited for, should the time run out.
        work.found = found
    if step is Step.DELETE:
        guard(work)
        work.services.personalize.delete(arn)
        logger.info("delete %s, left behind by a failed replacement", arn)
    return None if step is Step.SUCCEED else work.again()


def _leftover_arn(work: Work) -> str:
    """The resource that CloudFormation may not know of: an Update's older one, under another id."""
    request = work.request
    deletes = request.spec.operations.delete is not None
    if request.type is not RequestType.UPDATE or not deletes or request.continues:
        return ""
    arn = names.arn(request, names.resource_name(request, request.old_properties))
    return "" if arn in (names.own_arn(request), request.physical_id) else arn
